"""Glasses: frames and lenses as meshes, fitted to a person's own eyes, nose and ears."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.model import LANDMARKS, FaceModel
from tools.scan_faces.person import Person, to_linear
from tools.scan_faces.props import Prop, tube

SHARE = 0.15
"""How many people wear glasses."""


@dataclass(frozen=True)
class Frame:
    """A shape of glasses; lengths in model units (about 1 cm).

    `height` and `width` of one lens; `square` is the exponent of its outline (2 an ellipse, more squarer); `upper`
    and `lower` are the radii of the rim above and below; `lift` how much wider the top is than the bottom.
    """

    height: float
    width: float
    square: float
    upper: float
    lower: float
    lift: float


FRAMES = {
    "round": Frame(4.3, 4.6, 2.1, 0.10, 0.10, 0.0),
    "rectangular": Frame(3.3, 5.1, 4.5, 0.13, 0.13, 0.05),
    "browline": Frame(3.8, 5.0, 3.0, 0.19, 0.06, 0.08),
    "soft square": Frame(4.0, 5.0, 3.0, 0.15, 0.15, 0.06),
    "thin": Frame(3.5, 5.0, 2.8, 0.055, 0.055, 0.04),
}
COLORS = ((20, 19, 20), (30, 27, 28), (74, 44, 28), (52, 36, 30), (38, 44, 60), (96, 84, 70))
METAL = ((150, 146, 140), (164, 138, 98), (70, 70, 74))


def wears_glasses(person: Person) -> bool:
    """Return whether a person wears glasses, in all pictures."""
    return bool(person.generator("glasses").random() < SHARE) if person.glasses is None else person.glasses


def make_glasses(model: FaceModel, person: Person, vertices: np.ndarray) -> tuple[list[Prop], list[np.ndarray]]:
    """Make a person's glasses on the neutral face [vertices 3].

    Returns:
        Frame parts, and the outlines [points 3] of the lenses; both empty for people without glasses.
    """
    if not wears_glasses(person):
        return [], []
    r = person.generator("frame")
    kind = str(r.choice(list(FRAMES)))
    frame = FRAMES[kind]
    metal = frame.upper < 0.12
    color = to_linear((METAL if metal else COLORS)[r.integers(3 if metal else len(COLORS))])
    silver = to_linear(METAL[r.integers(3)])
    scale = r.uniform(0.95, 1.05)
    marks = vertices[LANDMARKS]
    middle = np.array([0, marks[36:48, 1].mean() - 0.25, 0])
    apart = (marks[42:48, 0].mean() - marks[36:42, 0].mean()) / 2
    # On the model's own face the eyes are 6.3 apart and the brows end 5.8 from the middle.
    scale *= 0.95 * min(apart / 3.15, np.abs(marks[[17, 26], 0]).mean() / 5.8)
    width, height = frame.width * scale, frame.height * scale
    center = max(apart * 1.03, width / 2 + 0.75)
    t = np.linspace(0, 2 * np.pi, 73)[:-1]
    outline = np.stack([_power(np.cos(t), frame.square) * width / 2, _power(np.sin(t), frame.square) * height / 2], 1)
    outline[:, 0] *= 1 + frame.lift * np.sin(t)
    skin = model.skin
    front = vertices[skin][vertices[skin, 2] > 4]
    rims = [_bow(np.pad(outline * [side, 1] + [side * center, middle[1]], ((0, 0), (0, 1)))) for side in (-1, 1)]
    forward = max(_clearance(rim, front) for rim in rims) + 0.32
    rims = [rim + np.array([0, 0, forward]) for rim in rims]
    shiny = 0.5 if metal else 0.28
    parts = []
    for rim in rims:
        top = np.clip((rim[:, 1] - middle[1]) / (0.5 * height) * 2.5, -1, 1)
        radius = frame.lower + (frame.upper - frame.lower) * (top + 1) / 2
        parts.append(tube(rim, radius, color, shiny, closed=True))
    inner = center - width / 2
    x = np.linspace(-inner - 0.04, inner + 0.04, 13)
    rise = 0.14 * height * (1 - 0.3 * (x / inner) ** 2) + 0.1
    bridge = np.stack([x, middle[1] + rise, 0 * x + forward + 0.1], 1)
    parts.append(tube(_bow(bridge), np.full(13, max(frame.upper * 0.9, 0.07)), color, shiny))
    parts += _temples(model, vertices, rims, 0.22 * height + middle[1], max(frame.upper * 0.75, 0.07), color, shiny)
    if kind == "browline":
        for side in (-1, 1):
            steps = np.array([[-0.1 * side, -0.2, -0.1], [-0.2 * side, -0.9, -0.45]])
            pad = np.array([side * inner, middle[1], forward]) + steps
            parts.append(tube(_bow(pad), np.full(2, 0.06), silver, 0.5))
    return parts, rims


def _temples(
    model: FaceModel,
    vertices: np.ndarray,
    rims: list[np.ndarray],
    height: float,
    radius: float,
    color: np.ndarray,
    shiny: float,
) -> list[Prop]:
    """Two arms from the outer rims to where the ears leave the head."""
    place = model.neutral
    skin = model.skin
    parts = []
    for side, rim in zip((-1, 1), rims, strict=True):
        outer = rim[np.argmax(side * rim[:, 0])].copy()
        hinge = np.array([outer[0] + side * 0.12, height, outer[2] - 0.05])
        near = np.linalg.norm(place[skin] - [side * 7.85, 4.4, 0.2], axis=1).argsort()[:6]
        ear = vertices[skin[near]].mean(0) + np.array([side * 0.12, 0, 0])
        # Between hinge and ear nothing of the head may stick out past the arm.
        band = vertices[skin]
        band = band[(band[:, 2] > 1) & (band[:, 2] < 8) & (np.abs(band[:, 1] - height) < 0.7) & (side * band[:, 0] > 5)]
        share = (hinge[2] - band[:, 2]) / (hinge[2] - ear[2])
        short = (side * band[:, 0] - side * (hinge[0] + share * (ear[0] - hinge[0]))).max(initial=0.0)
        middle = (hinge + ear) / 2 + [side * (short + 0.06), 0, 0]
        start = np.array([outer[0] - side * 0.1, height, outer[2]])
        arm = np.array([start, hinge, middle, ear, ear - np.array([0, 0.7, 1.2])])
        parts.append(tube(arm, np.full(5, radius), color, shiny, tall=1.7))
    return parts


def _bow(points: np.ndarray) -> np.ndarray:
    """Bend points [n 3] backwards at the sides and tilt the lower rim towards the cheeks."""
    bowed = points.copy()
    bowed[:, 2] -= 0.024 * points[:, 0] ** 2 - 0.09 * (points[:, 1] - 3.3)
    return bowed


def _clearance(rim: np.ndarray, skin: np.ndarray) -> float:
    """Return how far forward a rim [n 3] must move to stand before the skin [m 3]."""
    near = ((rim[:, None, :2] - skin[None, :, :2]) ** 2).sum(-1) < 0.12
    ahead = np.where(near, skin[None, :, 2], -np.inf).max(1) - rim[:, 2]
    # Towards the nose the pads, not the rim, touch the skin.
    return float(np.quantile(ahead[np.isfinite(ahead)], 0.9))


def _power(x: np.ndarray, square: float) -> np.ndarray:
    return np.sign(x) * np.abs(x) ** (2 / square)
