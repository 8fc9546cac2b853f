"""Brows and beards: short hairs that are rooted in the skin and move with it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from tools.scan_faces.atlas import Atlas, brow_curves
from tools.scan_faces.hairline import beard_mask
from tools.scan_faces.model import FaceModel
from tools.scan_faces.noise import noise, soft_step
from tools.scan_faces.person import Person

BROW_HAIRS = 1500
BEARD_HAIRS = 15000


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
        parts.append(_beard(atlas, person))
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
    man = person.gender == "man"
    arch, rise = r.normal(0.0 if man else 0.1, 0.13), r.normal(0, 0.12)
    first, last = r.uniform(-0.04, 0.07), r.uniform(0.88, 1.0)
    peak, upright, bushy = r.uniform(0.5, 0.7), r.uniform(45, 85), r.uniform(0.75, 1.25) * (1.1 if man else 1)
    hairs, alphas = [], []
    for side, curve in zip((-1, 1), brow_curves(model), strict=True):
        # Left and right are alike, not equal.
        arch_here, rise_here = arch + r.normal(0, 0.03), rise + r.normal(0, 0.03)
        along = first + (last - first) * r.beta(1.0, 1.15, BROW_HAIRS)
        spine = np.stack([np.interp(along, np.linspace(0, 1, len(curve)), curve[:, d]) for d in range(3)], 1)
        spine[:, 0] -= side * 2.0 * np.minimum(along, 0) * -1.5
        width = person.brow_width * (0.55 + 0.45 * soft_step(-0.05, 0.25, along)) * soft_step(1.15, 0.35, along)
        offset = np.clip(r.normal(0, 0.45, BROW_HAIRS), -1.1, 1.1) * width
        height = offset - 0.06 + arch_here * np.exp(-(((along - peak) / 0.3) ** 2)) + rise_here * (along - 0.5)
        root = spine + np.stack([0 * along, height, 0 * along], 1)
        # Near the nose hairs stand up, towards the tail they lie along the brow; those below the spine point up,
        # those above it down.
        angle = np.radians(
            upright
            - (upright - 14) * soft_step(0, 0.4, along)
            - 18 * along
            - 45 * offset / np.maximum(width, 0.05) * along
        )
        angle += r.normal(0, 0.2, BROW_HAIRS)
        way = np.stack([side * np.cos(angle), np.sin(angle), 0 * angle], 1)
        length = bushy * r.uniform(0.28, 0.58, BROW_HAIRS) * (1 - 0.35 * along) * (0.4 + 0.8 * person.brow_width)
        bend = np.stack([side * 0.1 * length, -0.05 * length, 0 * length], 1)
        steps = [root + way * (length * t)[:, None] + bend * t**2 for t in (0.0, 0.5, 1.0)]
        hairs.append(np.stack(steps, 1))
        # Both ends and both rims of a brow thin out.
        alphas.append(
            soft_step(first - 0.02, first + 0.2, along)
            * soft_step(last + 0.05, last - 0.35, along)
            * np.exp(-0.6 * (offset / np.maximum(width, 0.05)) ** 2)
            * r.uniform(0.6, 1.0, BROW_HAIRS)
        )
    points = np.concatenate(hairs)
    n = len(points)
    lift = np.tile(np.array([0.0, 0.05, 0.05], np.float32), (n, 1))
    gray = (r.random((n, 1)) < 0.5 * person.gray) * 0.05
    color = person.brow_color * r.uniform(0.8, 1.2, (n, 1)) + 0.06 * person.skin + gray
    alpha = np.array([0.5, 0.6, 0.08]) * (np.concatenate(alphas) * person.brow_density)[:, None]
    return points, lift, np.zeros((n, 3, 3), np.float32), color, alpha.astype(np.float32)


def _beard(atlas: Atlas, person: Person) -> tuple[np.ndarray, ...]:
    r = person.generator("beard hairs")
    front = np.nonzero(atlas.face & (atlas.place[:, 2] > 0) & (atlas.place[:, 1] < 3))[0]
    mask = beard_mask(atlas.lips[front], atlas.place[front], person)
    density = mask * np.clip(0.85 + 0.3 * noise(atlas.place[front] + person.offset, 1.5), 0, 1)
    chosen = r.choice(len(front), BEARD_HAIRS, p=density / density.sum())
    root, grows = atlas.place[front[chosen]], mask[chosen]
    length = 0.16 + 0.5 * person.beard * r.uniform(0.5, 1.0, BEARD_HAIRS)
    length *= np.where((root[:, 1] > -2.9) & (np.abs(root[:, 0]) < 3), 0.6, 1.0) * (0.4 + 0.6 * grows)
    sideways = 0.3 * np.sign(root[:, 0]) * np.clip(np.abs(root[:, 0]) / 3, 0, 1)
    sideways += 0.35 * noise(root + person.offset, 0.9) + r.normal(0, 0.15, BEARD_HAIRS)
    points = np.repeat(root[:, None], 3, 1)
    t = np.array([0.0, 0.6, 1.0])
    drop = np.zeros((BEARD_HAIRS, 3, 3), np.float32)
    drop[:, :, 0] = (sideways * length)[:, None] * t
    drop[:, :, 1] = -(length * 0.9)[:, None] * t
    lift = (0.25 * length[:, None] * np.sqrt(t)).astype(np.float32)
    gray = (r.random((BEARD_HAIRS, 1)) < 0.6 * person.gray) * 0.12
    color = person.brow_color * r.uniform(0.75, 1.5, (BEARD_HAIRS, 1)) + 0.04 * person.skin + gray
    alpha = np.array([0.25, 0.32, 0.04]) * (0.35 + 0.65 * grows)[:, None] * r.uniform(0.6, 1, (BEARD_HAIRS, 1))
    return points, lift, drop, color, alpha.astype(np.float32)
