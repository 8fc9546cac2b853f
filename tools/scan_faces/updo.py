"""Hair that is tied: a ponytail over one shoulder, or a bun."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.comb import POINTS
from tools.scan_faces.model import LANDMARKS
from tools.scan_faces.noise import smooth_curve, soft_step


@dataclass(frozen=True)
class Tied:
    """Strands that are not rooted in the scalp.

    `points` [strands points 3] and `tint` [strands] as in `hair.Strands`, `layer` [strands] from 0 inside to 1
    outside, `alpha` [strands points] as a share of full opacity.
    """

    points: np.ndarray
    layer: np.ndarray
    tint: np.ndarray
    alpha: np.ndarray


def ponytail(vertices: np.ndarray, side: float, r: np.random.Generator) -> Tied:
    """Return a tail that hangs from the back of the head [vertices 3], most often over one shoulder."""
    marks = vertices[LANDMARKS]
    jaw = marks[12 if side > 0 else 4]
    reach = r.uniform(0.2, 1.6)
    way = np.array(
        [
            [-3.5, 8.0, -12.5],
            [-1.0, 2.5, -13.5],
            [1.1 + reach, -3.5, -8.0],
            [1.0 + reach, -7.0, -3.5],
            [0.2, -13.0, 0.5],
        ]
    ) * [side, 1, 1]
    curve = smooth_curve(jaw + way, POINTS)
    count, t = 6500, np.linspace(0, 1, POINTS)
    angle, radius = r.uniform(0, 2 * np.pi, count), np.sqrt(r.uniform(0, 1, count))
    width = r.uniform(1.3, 1.8) * np.interp(t, [0, 0.12, 0.5, 0.8, 1], [0.45, 0.75, 1.0, 0.9, 0.35])
    ring = np.stack([np.cos(angle) * radius, 0 * angle, 0.8 * np.sin(angle) * radius], 1)
    tail = curve + ring[:, None] * width[:, None]
    lock = np.round(angle / (2 * np.pi) * 9)
    wave = r.uniform(0.15, 0.4) * soft_step(0.15, 0.6, t) * np.sin(9 * t + 0.9 * lock[:, None])
    tail[..., 0] += wave
    tail += (r.normal(0, 0.12, (count, 1, 3))) * t[:, None]
    short = 1 - 0.35 * r.beta(1, 2, count)
    alpha = soft_step(1.0, 0.6, t[None] / short[:, None])
    tint = 1.35 * np.exp(r.normal(0, 0.1, count) + 0.1 * np.sin(2.1 * lock))
    return Tied(tail, 0.35 + 0.65 * radius, tint, alpha)


def bun(vertices: np.ndarray, side: float, r: np.random.Generator) -> Tied:
    """Return a bun on the crown of the head [vertices 3] or lower at its back, wound of flat locks."""
    marks = vertices[LANDMARKS]
    top = vertices[vertices[:, 1] > vertices[:, 1].max() - 0.6].mean(0)
    high = r.uniform(0.0, 1.0)
    size = r.uniform(2.3, 3.0)
    middle = np.array([0.3 * side, top[1] + size * (0.15 + 0.35 * high), top[2] - 4.0 + 0.5 * high])
    middle[0] += marks[27, 0]
    count, t = 7000, np.linspace(0, 1, POINTS)
    lock = r.integers(0, 7, count)
    start, tilt = 0.9 * lock + r.normal(0, 0.12, count), 0.28 * np.sin(1.7 * lock)
    ring = size * (0.35 + 0.65 * np.sqrt(r.uniform(0.1, 1, count)))
    angle = start[:, None] + r.uniform(0.6, 1.1, (count, 1)) * np.pi * t
    rise = size * (0.75 * np.sin(0.9 * (lock[:, None] - 3)) * 0.8 + 0.5 * r.uniform(-1, 1, (count, 1)))
    rise = rise + tilt[:, None] * size * np.cos(angle)
    wide = np.sqrt(np.clip(1 - (rise / (1.15 * size)) ** 2, 0.08, 1)) * ring[:, None]
    points = middle + np.stack([wide * np.cos(angle), 0.82 * rise, wide * np.sin(angle)], 2)
    points += r.normal(0, 0.05, (count, 1, 3))
    alpha = np.minimum(soft_step(0.0, 0.15, t), soft_step(1.0, 0.85, t))[None].repeat(count, 0)
    return Tied(
        points,
        np.clip(ring / size, 0, 1) ** 2,
        np.exp(r.normal(0, 0.12, count) + 0.1 * np.sin(2.3 * lock)),
        alpha,
    )
