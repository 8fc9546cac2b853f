"""Brows and beards: short hairs that are rooted in the skin and move with it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from tools.scan_faces.atlas import Atlas, brow_curves
from tools.scan_faces.model import FaceModel
from tools.scan_faces.noise import noise, soft_step
from tools.scan_faces.paint import beard_mask
from tools.scan_faces.person import Person

BROW_HAIRS = 700
BEARD_HAIRS = 9000


@dataclass(frozen=True)
class FineHair:
    """Hairs as points attached to triangles.

    `corners` [hairs points 3] vertex numbers, `weights` [hairs points 3] barycentric, `lift` [hairs points] height
    over the skin, `drop` [hairs points 3] an offset that does not follow the skin, `color` [hairs 3] linear,
    `alpha` [hairs points].
    """

    corners: np.ndarray
    weights: np.ndarray
    lift: np.ndarray
    drop: np.ndarray
    color: np.ndarray
    alpha: np.ndarray

    def points(self, vertices: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """Return where the hairs are on a mesh [vertices 3] with normals: [hairs points 3]."""
        place = np.einsum("hpc,hpcd->hpd", self.weights, vertices[self.corners])
        normal = np.einsum("hpc,hpcd->hpd", self.weights, normals[self.corners])
        return (place + normal * self.lift[..., None] + self.drop).astype(np.float32)


def grow_fine_hair(model: FaceModel, atlas: Atlas, person: Person) -> FineHair:
    """Grow the brows and, where the person has one, the beard."""
    front = np.nonzero(atlas.face & (atlas.place[:, 2] > 0))[0]
    tree = cKDTree(atlas.place[front])
    parts = [_brows(model, person)]
    if person.beard > 0:
        parts.append(_beard(model, atlas, person))
    points = np.concatenate([part[0] for part in parts])
    _, nearest = tree.query(points.reshape(-1, 3))
    texel = front[nearest].reshape(points.shape[:2])
    lift, drop, color, alpha = (np.concatenate([part[i] for part in parts]) for i in range(1, 5))
    return FineHair(
        atlas.corners[texel],
        atlas.weights[texel].astype(np.float32),
        lift,
        drop,
        color.astype(np.float32),
        alpha,
    )


def _brows(model: FaceModel, person: Person) -> tuple[np.ndarray, ...]:
    r = person.generator("brows")
    hairs = []
    arch = r.uniform(-0.12, 0.12)
    for side, curve in zip((-1, 1), brow_curves(model), strict=True):
        along = 0.93 * r.uniform(0, 1, BROW_HAIRS)
        spine = np.stack([np.interp(along, np.linspace(0, 1, len(curve)), curve[:, d]) for d in range(3)], 1)
        width = person.brow_width * (0.6 + 0.4 * np.clip(along * 5, 0, 1)) * soft_step(1.12, 0.3, along)
        offset = np.clip(r.normal(0, 0.5, BROW_HAIRS), -1, 1) * width
        root = spine + np.stack([0 * along, offset - 0.06 + arch * np.sin(np.pi * along), 0 * along], 1)
        # Near the nose hairs stand up, towards the tail they lie along the brow; those below the spine point up,
        # those above it down.
        angle = np.radians(
            82 - 68 * soft_step(0, 0.4, along) - 18 * along - 45 * offset / np.maximum(width, 0.05) * along
        )
        angle += r.normal(0, 0.17, BROW_HAIRS)
        way = np.stack([side * np.cos(angle), np.sin(angle), 0 * angle], 1)
        length = r.uniform(0.32, 0.62, BROW_HAIRS) * (1 - 0.35 * along) * (0.4 + 0.8 * person.brow_width)
        bend = np.stack([side * 0.1 * length, -0.05 * length, 0 * length], 1)
        steps = [root + way * (length * t)[:, None] + bend * t**2 for t in (0.0, 0.5, 1.0)]
        hairs.append(np.stack(steps, 1))
    points = np.concatenate(hairs)
    n = len(points)
    lift = np.tile(np.array([0.0, 0.06, 0.05], np.float32), (n, 1))
    color = person.brow_color * r.uniform(0.6, 1.25, (n, 1))
    alpha = np.tile(np.array([0.85, 0.75, 0.15], np.float32), (n, 1)) * np.float32(person.brow_density)
    return points, lift, np.zeros((n, 3, 3), np.float32), color, alpha


def _beard(model: FaceModel, atlas: Atlas, person: Person) -> tuple[np.ndarray, ...]:
    r = person.generator("beard")
    front = np.nonzero(atlas.face & (atlas.place[:, 2] > 0) & (atlas.place[:, 1] < 3))[0]
    mask = beard_mask(model, atlas.lips[front], atlas.place[front], person)
    mask = mask * np.clip(0.75 + 0.5 * noise(atlas.place[front] + person.offset, 2.0), 0, 1)
    root = atlas.place[r.choice(front, BEARD_HAIRS, p=mask / mask.sum())]
    length = 0.18 + 0.75 * person.beard * r.uniform(0.5, 1.0, BEARD_HAIRS)
    length *= np.where((root[:, 1] > -2.9) & (np.abs(root[:, 0]) < 3), 0.55, 1.0)
    sideways = 0.35 * np.sign(root[:, 0]) * np.clip(np.abs(root[:, 0]) / 3, 0, 1) + r.normal(
        0, 0.25, BEARD_HAIRS
    )
    points = np.repeat(root[:, None], 4, 1)
    t = np.linspace(0, 1, 4)
    drop = np.zeros((BEARD_HAIRS, 4, 3), np.float32)
    drop[:, :, 0] = (sideways * length)[:, None] * t
    drop[:, :, 1] = -(length * 0.9)[:, None] * t
    lift = (0.32 * length[:, None] * np.sqrt(t)).astype(np.float32)
    color = person.brow_color * r.uniform(0.5, 1.6, (BEARD_HAIRS, 1)) + 0.02 * person.gray
    alpha = np.tile(np.array([0.6, 0.65, 0.5, 0.15], np.float32), (BEARD_HAIRS, 1))
    # Brows have three points on the skin, a beard hair has four: repeat the middle one to agree in shape.
    return points[:, [0, 1, 3]], lift[:, [0, 2, 3]], drop[:, [0, 2, 3]], color, alpha[:, [0, 2, 3]]
