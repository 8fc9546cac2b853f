"""Eyelashes as single fine strokes that lie on the lash cards of the model and so move with the lids."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.model import FaceModel
from tools.scan_faces.person import Person

MATERIAL = "M_EyeLashes"
UPPER, LOWER = 34, 13
"""Lashes on one card of the upper and of the lower lid; each lid has three cards."""
POINTS = 4


@dataclass(frozen=True)
class Lashes:
    """Strokes from the rim of the lid to the tip.

    `corners` [lashes points 3] are vertex numbers, `weights` [lashes points 3] barycentric places in the triangles
    that they span, `color` [lashes 3], `alpha` [lashes points].
    """

    corners: np.ndarray
    weights: np.ndarray
    color: np.ndarray
    alpha: np.ndarray

    def points(self, vertices: np.ndarray) -> np.ndarray:
        """Return where the lashes are on a mesh [vertices 3]: [lashes points 3]."""
        return np.einsum("lpc,lpcd->lpd", self.weights, vertices[self.corners]).astype(np.float32)


def grow_lashes(model: FaceModel, person: Person) -> Lashes:
    """Grow a person's lashes: `person.lashes` (0-1) says how long and dark they are."""
    r = person.generator("lashes")
    mask = model.is_material(MATERIAL)
    triangles, texture = model.triangles[mask], model.texture[mask].astype(np.float64)
    corners, weights, strength = [], [], []
    for card in np.array_split(np.arange(len(triangles)), 12):
        place = texture[card].reshape(-1, 2)
        depth = model.neutral[triangles[card].ravel(), 2]
        height = model.neutral[triangles[card].ravel(), 1].mean()
        low, high = place.min(0) + 1e-4, place.max(0) - 1e-4
        upper = height > 3.3
        # A card's second texture axis runs between rim and tip; tips stand out further.
        top = depth[place[:, 1] > high[1] - 0.01].mean() > depth[place[:, 1] < low[1] + 0.01].mean()
        rim, tip = (low[1], high[1]) if top else (high[1], low[1])
        count = UPPER if upper else LOWER
        root = r.uniform(0.03, 0.97, count)
        reach = r.uniform(0.5, 0.95, count) * (0.45 + 0.55 * person.lashes) * (1.0 if upper else 0.8)
        slant = r.normal(0, 0.012, count)
        t = np.linspace(0, 1, POINTS)
        u = np.clip(root[:, None] + slant[:, None] * t, 0, 1) * (high[0] - low[0]) + low[0]
        v = rim + (tip - rim) * reach[:, None] * t
        found, share = _locate(texture[card], np.stack([u, v], -1).reshape(-1, 2))
        corners.append(triangles[card][found].reshape(count, POINTS, 3))
        weights.append(share.reshape(count, POINTS, 3))
        strength.append(np.full(count, 1.0 if upper else 0.45))
    strong = np.concatenate(strength)[:, None] * np.array([0.75, 0.75, 0.6, 0.1])
    alpha = strong * (0.25 + 0.75 * person.lashes)
    color = np.minimum(person.brow_color * 0.5, 0.03) * (1 - 0.5 * person.makeup)
    return Lashes(
        np.concatenate(corners),
        np.concatenate(weights).astype(np.float32),
        np.tile(color, (len(alpha), 1)).astype(np.float32),
        alpha.astype(np.float32),
    )


def _locate(texture: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which triangle [n] of a card [triangles 3 2] holds points [n 2] and the place in it [n 3]."""
    a, b, c = (texture[:, k][None] for k in range(3))
    p = points[:, None]
    area = _cross(b - a, c - a)
    first, second = _cross(b - p, c - p) / area, _cross(c - p, a - p) / area
    shares = np.stack([first, second, 1 - first - second], -1)
    found = np.nan_to_num(shares.min(-1), nan=-np.inf).argmax(1)
    share = shares[np.arange(len(points)), found].clip(0, 1)
    return found, share / share.sum(1, keepdims=True)


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the cross product in the plane of vectors [... 2]."""
    return u[..., 0] * v[..., 1] - v[..., 0] * u[..., 1]
