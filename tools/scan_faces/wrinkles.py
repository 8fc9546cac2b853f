"""Creases of the skin on the generic neutral face, one map for each name in `expression.CREASES`."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.model import FaceModel
from tools.scan_faces.noise import bump, curve_distance, noise, smooth_curve, soft_step

NAMES = (
    "forehead_middle", "forehead_sides", "glabella", "upper_lid", "crows_feet", "under_eye", "nose_root",
    "nasolabial_top", "nasolabial", "mouth_corner", "cheek_line", "marionette", "chin", "chin_groove", "neck_bands",
    "lower_lid", "dimple", "lip_lines", "lip_rims",
)  # fmt: skip

# How deep age alone presses each crease at age 1 (about 75 years).
AGE = {
    "forehead_middle": 0.45, "forehead_sides": 0.4, "glabella": 0.35, "crows_feet": 0.5, "under_eye": 0.8,
    "nasolabial": 0.75, "marionette": 0.6, "neck_bands": 0.6, "cheek_line": 0.15, "upper_lid": 0.5,
}  # fmt: skip


def crease_maps(model: FaceModel, place: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return the depth of every crease, 1 at the bottom, at places on the generic neutral face.

    Args:
        model: gives the landmarks that the creases hang on.
        place: [n 3] positions.
        offset: [3] moves the noise, so that no two people crease alike.

    Returns:
        [n creases] float32 in the order of `NAMES`; a little below 0 where the skin bulges beside a crease.
    """
    front = (place[:, 2] > 1.5) & (np.abs(place[:, 0]) < 9) & (place[:, 1] > -16)
    p = place[front]
    field = _Field(p, model.landmarks, noise(p + offset, 0.5), noise(p + offset, 1.7), offset)
    drawn = {
        **_forehead(field),
        **_nose_root(field),
        **_eyes(field),
        **_cheeks(field),
        **_mouth(field),
        **_chin(field),
    }
    maps = np.zeros((len(place), len(NAMES)), np.float32)
    for i, name in enumerate(NAMES):
        maps[front, i] = np.clip(drawn[name], -0.5, 1.1)
    return maps


@dataclass(frozen=True)
class _Field:
    """Places [n 3], the 68 landmarks, slow and fine noise [n] and the noise's offset."""

    p: np.ndarray
    marks: np.ndarray
    wobble: np.ndarray
    fine: np.ndarray
    offset: np.ndarray

    @property
    def x(self) -> np.ndarray:
        return self.p[:, 0]

    @property
    def y(self) -> np.ndarray:
        return self.p[:, 1]

    def line(self, corners: list[tuple[float, float]], width: float, count: int = 16) -> np.ndarray:
        """Return a crease along the smooth curve through the corners; it fades towards its ends."""
        return self.along(smooth_curve(np.array(corners, float), count), width)

    def along(self, curve: np.ndarray, width: float) -> np.ndarray:
        """Return a crease along a polyline [k 2]."""
        reach = 5 * width
        near = np.all((self.p[:, :2] > curve.min(0) - reach) & (self.p[:, :2] < curve.max(0) + reach), axis=1)
        distance, place = curve_distance(self.p[near, :2], curve)
        ends = soft_step(0, 0.15, place) * soft_step(1, 0.8, place)
        crease = np.zeros(len(self.p), np.float32)
        crease[near] = _groove(distance, width) * (0.15 + 0.85 * ends) * (1 + 0.2 * self.wobble[near])
        return crease


def _forehead(f: _Field) -> dict[str, np.ndarray]:
    ax, above = np.abs(f.x), f.y - f.marks[19, 1]
    lines = _ridges((above - 0.55 - 0.012 * f.x**2 + 0.16 * f.wobble) / 0.92) * (0.75 + 0.35 * f.fine)
    band = soft_step(0.5, 1.1, above) * soft_step(4.2, 2.6, above)
    inner = f.marks[22, :2]
    furrows = np.zeros(len(f.p), np.float32)
    for sign, depth in ((-1, 0.8), (1, 0.95)):
        # Two frown lines from the heads of the brows, leaning outwards at the top.
        frown = [(sign * 0.72, inner[1] - 1.15), (sign * 0.66, inner[1] - 0.4), (sign * 0.8, inner[1] + 0.5)]
        furrows = furrows + depth * f.line(frown, 0.2)
    # The skin between the lines bulges, and a short third line cuts it.
    between = bump(ax, 0.45) * bump(f.y - inner[1], 0.9)
    furrows = furrows - 0.3 * between + 0.35 * bump(f.x - 0.12 + 0.06 * f.wobble, 0.1) * bump(f.y - inner[1] - 0.3, 0.7)
    return {
        "forehead_middle": lines * band * soft_step(4.2, 2.0, ax + 0.5 * f.fine),
        "forehead_sides": lines * band * soft_step(6.4, 5.0, ax + 0.5 * f.fine) * soft_step(0.3, 2.6, ax),
        "glabella": furrows,
    }


def _nose_root(f: _Field) -> dict[str, np.ndarray]:
    ax, root, bridge = np.abs(f.x), f.y - f.marks[27, 1] - 0.25, f.y - f.marks[28, 1]
    across = _ridges((root + 0.22 * ax + 0.05 * f.fine) / 0.5) * bump(root, 0.95) * soft_step(1.5, 0.7, ax)
    beside = _ridges((ax * 0.8 - 0.55 * bridge + 0.06 * f.fine) / 0.42) * bump(bridge, 0.7) * bump(ax - 1.0, 0.5)
    return {"nose_root": across + 0.55 * beside}


def _eyes(f: _Field) -> dict[str, np.ndarray]:
    feet = under = lids = lowers = np.zeros(len(f.p), np.float32)
    for sign, lid in ((-1, (39, 38, 37, 36)), (1, (42, 43, 44, 45))):
        (ix, iy), (ox, oy) = f.marks[lid[0], :2], f.marks[lid[3], :2]
        for angle, length, depth in (
            (0.62, 1.35, 0.8),
            (0.22, 1.75, 1.0),
            (-0.18, 1.8, 1.0),
            (-0.62, 1.5, 0.75),
        ):
            # They leave the outer corner like a fan and bend down towards the cheek.
            start = np.array([ox, oy]) + 0.55 * np.array([sign * np.cos(angle), np.sin(angle)])
            end = start + length * np.array([sign * np.cos(angle), np.sin(angle)]) - [0, 0.12]
            ray = [tuple(start), tuple((start + end) / 2 + [0, 0.07]), tuple(end)]
            feet = feet + 0.8 * depth * f.line(ray, 0.12)
        for drop, depth, width in ((0.62, 1.0, 0.16), (1.05, 0.6, 0.22)):
            bag = [
                (ix + sign * 0.2, iy - 0.25),
                (0.72 * ox, oy - drop - 0.15),
                (ox + sign * 0.15, oy - 0.7 * drop),
            ]
            under = under + depth * f.line(bag, width)
        low = [(ix + sign * 0.1, iy - 0.2), (0.5 * (ix + ox), oy - 0.75), (ox, oy - 0.25)]
        lowers = lowers + f.line(low, 0.11)
        lids = lids + f.along(smooth_curve(f.marks[list(lid), :2] + [0, 0.42], 16), 0.14)
    return {"crows_feet": feet, "under_eye": under, "upper_lid": lids, "lower_lid": lowers}


def _cheeks(f: _Field) -> dict[str, np.ndarray]:
    folds = tops = corners = brackets = downs = np.zeros(len(f.p), np.float32)
    for sign, wing, corner in ((-1, 31, 48), (1, 35, 54)):
        (wx, wy), (mx, my) = f.marks[wing, :2], f.marks[corner, :2]
        fold = smooth_curve(
            np.array(
                [
                    (wx + sign * 0.55, wy + 0.75),
                    (wx + sign * 1.3, wy),
                    (mx + sign * 1.0, my + 0.75),
                    (mx + sign * 1.1, my - 0.35),
                ]
            ),
            28,
        )
        folds = folds + f.along(fold, 0.2)
        tops = tops + f.along(fold[:16] + np.array([0, 0.1]), 0.2)
        bracket = [(mx + sign * 1.75, my + 1.2), (mx + sign * 2.1, my + 0.1), (mx + sign * 1.8, my - 1.1)]
        brackets = brackets + f.line(bracket, 0.2)
        corner = [(mx + sign * 0.42, my + 0.7), (mx + sign * 0.72, my), (mx + sign * 0.55, my - 0.65)]
        corners = corners + f.line(corner, 0.22)
        down = [(mx + sign * 0.12, my - 0.1), (mx + sign * 0.6, my - 0.65), (mx + sign * 0.95, my - 1.6)]
        downs = downs + 0.65 * f.line(down, 0.24)
    return {
        "nasolabial": folds,
        "nasolabial_top": tops,
        "mouth_corner": corners,
        "cheek_line": brackets,
        "marionette": downs,
    }


def _chin(f: _Field) -> dict[str, np.ndarray]:
    ax, boss = np.abs(f.x), f.y - f.marks[57, 1] + 1.75
    # A chin like the skin of an orange: pits and, between them, small bulges.
    pits = 0.7 * noise(f.p + f.offset, 1.7) + 0.35 * noise(f.p + f.offset, 3.0)
    groove = bump(boss - 0.95 + 0.12 * f.x**2, 0.16) * soft_step(1.9, 1.0, ax)
    bands = bump(ax - 2.1 - 0.1 * (f.y + 10) - 0.2 * f.wobble, 0.3) * soft_step(-8.6, -10, f.y)
    return {"chin": pits * bump(boss, 0.95) * bump(f.x, 1.35), "chin_groove": groove, "neck_bands": bands}


def _mouth(f: _Field) -> dict[str, np.ndarray]:
    """Dimples beside the corners, short lines across the red lips' rim and the rim itself."""
    dimples = np.zeros(len(f.p), np.float32)
    for sign, corner in ((-1, 48), (1, 54)):
        mx, my = f.marks[corner, :2]
        hook = [(mx + sign * 0.55, my + 0.75), (mx + sign * 0.85, my + 0.05), (mx + sign * 0.6, my - 0.6)]
        dimples = np.maximum(dimples, f.line(hook, 0.2))
    upper, lower = smooth_curve(f.marks[48:55, :2], 32), smooth_curve(f.marks[54:60, :2], 28)
    rise = np.array([0, 0.22])
    rims = np.maximum(f.along(upper + rise, 0.24), f.along(lower - rise, 0.24))
    around = np.minimum(curve_distance(f.p[:, :2], upper)[0], curve_distance(f.p[:, :2], lower)[0])
    # The lines fan out from the middle of the mouth and are not evenly deep.
    spread = f.x / (1 + 0.25 * np.abs(f.y - f.marks[48, 1])) + 0.12 * f.wobble
    rays = _ridges(spread / 0.5) * (0.65 + 0.5 * f.fine)
    rays = 0.75 * rays * soft_step(0.8, 0.1, around) * soft_step(2.0, 1.0, np.abs(f.x))
    return {"dimple": dimples, "lip_lines": rays, "lip_rims": rims}


def _groove(distance: np.ndarray, width: float) -> np.ndarray:
    """Return the profile of a crease: 1 at its bottom, a little below 0 where skin is pushed up beside it."""
    return (bump(distance, width) - 0.28 * bump(distance, 2.4 * width)) / 0.72


def _ridges(phase: np.ndarray) -> np.ndarray:
    """Return narrow dark lines at whole phases, 0-1."""
    return np.clip(np.cos(2 * np.pi * phase), 0, 1) ** 3
