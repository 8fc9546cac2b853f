"""Action Units as shapes of the model and as creases of the skin."""

from collections.abc import Mapping

DISFA_PLUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
"""The twelve Action Units that DISFA+ annotates."""
ACTION_UNITS = tuple(sorted((*DISFA_PLUS, 7, 10, 14, 16, 18, 22, 24, 27, 28, 43)))
"""All Action Units that the renderer can draw."""
STRONGEST = 5
"""Intensities run from 0 (absent) to 5 (maximum, FACS level E)."""

# Which expression shapes of the model make which Action Unit, and how far at full intensity. "*" stands for
# the left and the right shape. The pairing follows the model's published FACS table; the gains above 1 were
# chosen by eye, so that full intensity looks like FACS level E.
SHAPES: Mapping[int, Mapping[str, float]] = {
    1: {"browInnerUp_*": 1.6, "browOuterUp_*": -0.2},
    2: {"browOuterUp_*": 1.3},
    4: {"browDown_*": 1.35},
    5: {"eyeWide_*": 1.25},
    6: {"cheekRaiser_*": 1.35, "eyeSquint_*": -0.3},
    7: {"eyeSquint_*": 1.1, "eyeBlink_*": 0.15},
    # The sneer of the scans lifts the upper lip too; that is AU 10, so most of it is taken back.
    9: {"noseSneer_*": 1.05, "mouthUpperUp_*": -0.25, "mouthShrugUpper": -0.6, "mouthClose": 0.08},
    10: {"mouthUpperUp_*": 0.95},
    12: {"mouthSmile_*": 1.0},
    14: {"mouthDimple_*": 1.0},
    15: {"mouthFrown_*": 1.25},
    16: {"mouthLowerDown_*": 1.2, "mouthRollLower": -0.2, "jawOpen": 0.03},
    17: {"mouthShrugLower": 1.0},
    18: {"mouthPucker": 1.15},
    20: {"mouthStretch_*": 0.95, "mouthSmile_*": 0.22, "mouthRollLower": 0.15, "mouthRollUpper": 0.15},
    22: {"mouthFunnel": 0.85, "jawOpen": 0.12},
    24: {"mouthPress_*": 0.9, "mouthFrown_*": 0.2, "mouthRollLower": 0.4, "mouthRollUpper": 0.4},
    25: {"mouthUpperUp_*": 0.35, "mouthLowerDown_*": 0.6, "jawOpen": 0.04},
    26: {"jawOpen": 0.45, "tongueUp": 0.45},
    27: {"jawOpen": 1.0, "tongueUp": 0.5},
    28: {"mouthRollLower": 1.1, "mouthRollUpper": 1.1, "mouthClose": 0.05},
    43: {"eyeBlink_*": 1.0},
}

# Which creases an Action Unit presses into the skin at full intensity; the names are those of wrinkles.py.
CREASES: Mapping[int, Mapping[str, float]] = {
    1: {"forehead_middle": 1.0},
    2: {"forehead_sides": 1.0},
    4: {"glabella": 1.0},
    5: {"upper_lid": 0.7},
    6: {"crows_feet": 1.0, "under_eye": 0.9},
    7: {"lower_lid": 1.0},
    9: {"nose_root": 1.0, "nasolabial_top": 0.75},
    10: {"nasolabial_top": 0.65, "nasolabial": 0.3},
    12: {"nasolabial": 0.85, "mouth_corner": 0.5, "cheek_line": 0.22},
    14: {"dimple": 1.15, "mouth_corner": 0.3},
    15: {"marionette": 0.95},
    16: {"chin_groove": 0.6},
    17: {"chin": 1.0, "chin_groove": 1.0},
    18: {"lip_lines": 1.0},
    20: {"mouth_corner": 0.25, "nasolabial": 0.3, "cheek_line": 0.3, "neck_bands": 0.5},
    22: {"lip_lines": 0.4},
    24: {"lip_rims": 0.5, "mouth_corner": 0.2, "chin": 0.25},
    25: {},
    26: {},
    27: {},
    28: {"lip_rims": 0.3},
    43: {},
}

# At most this much of one shape: beyond it the scans' linear shapes tear.
LARGEST_WEIGHT = 1.6


# `mouthClose` brings the rims of the lips together by this many model units.
CLOSING = 3.9


def resting_mouth(gap: float) -> float:
    """Return the weight of `mouthClose` that shuts lips `gap` model units apart: some scanned people let them part."""
    return max(0.0, (gap + 0.04) / CLOSING)


# `eyeBlink` brings the middles of the lids together by this many model units.
BLINKING = 0.79


def closing_lids(gap: float) -> float:
    """Return the weight of `eyeBlink` that just shuts lids `gap` model units apart."""
    return min(LARGEST_WEIGHT, gap / BLINKING + 0.07)


def shape_weight(intensity: int) -> float:
    """Return the share of full movement for an intensity 0-5; slightly concave, so that a weak one still shows."""
    return (intensity / STRONGEST) ** 0.7


def crease_weight(intensity: int) -> float:
    """Return the share of full crease depth for an intensity 0-5; more concave than the movement."""
    return (intensity / STRONGEST) ** 0.6


def shape_weights(action_units: Mapping[int, int]) -> dict[str, float]:
    """Return the model's shape weights for Action Units with intensities 0-5."""
    weights: dict[str, float] = {}
    for number, intensity in action_units.items():
        for pattern, gain in SHAPES[number].items():
            for name in (pattern.replace("*", "L"), pattern.replace("*", "R")) if "*" in pattern else (pattern,):
                total = weights.get(name, 0.0) + gain * shape_weight(intensity)
                weights[name] = max(-LARGEST_WEIGHT, min(LARGEST_WEIGHT, total))
    return weights


def crease_weights(action_units: Mapping[int, int]) -> dict[str, float]:
    """Return the depth 0-1.2 of every crease for Action Units with intensities 0-5."""
    weights: dict[str, float] = {}
    for number, intensity in action_units.items():
        for name, depth in CREASES[number].items():
            weights[name] = min(1.2, weights.get(name, 0.0) + depth * crease_weight(intensity))
    return weights
