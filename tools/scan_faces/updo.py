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
    """Return a tail that hangs from the back of the head [vertices 3]: behind the neck or over one shoulder."""
    marks = vertices[LANDMARKS]
    jaw, middle = marks[12 if side > 0 else 4], 0.5 * (marks[4] + marks[12])
    if r.random() < 0.4:
        start = middle
        way = np.array([[0, 9, -13.5], [0.3, 5, -16], [0.8, -2, -14], [1.5, -9, -12.5], [1.0, -14, -12]])
    else:
        start, reach = jaw, r.uniform(-0.3, 0.6)
        way = np.array(
            [
                [-4.0, 8.0, -12.5],
                [-2.0, 2.5, -13.5],
                [0.5 + reach, -3.0, -8.5],
                [1.0 + reach, -5.8, -3.6],
                [0.5 + reach, -8.0, -0.8],
                [-0.2 + reach, -8.5 - r.uniform(1.0, 4.0), 0.4],
            ]
        )
    curve = smooth_curve(start + way * [side, 1, 1], POINTS)
    count, t = 5200, np.linspace(0, 1, POINTS)
    angle, radius = r.uniform(0, 2 * np.pi, count), np.sqrt(r.uniform(0, 1, count))
    width = r.uniform(1.3, 1.9) * np.interp(t, [0, 0.12, 0.5, 0.75, 1], [0.5, 0.8, 1.0, 0.9, 0.3])
    ring = np.stack([np.cos(angle) * radius, 0 * angle, 0.8 * np.sin(angle) * radius], 1)
    tail = curve + ring[:, None] * width[:, None]
    lock = r.integers(0, 11, count)
    bend = soft_step(0.1, 0.6, t)
    tail[..., 0] += r.uniform(0.15, 0.35) * bend * np.sin(8 * t + 1.3 * lock[:, None])
    tail[..., 2] += 0.2 * bend * np.cos(9 * t + 2.1 * lock[:, None])
    tail += r.normal(0, 0.16, (count, 1, 3)) * t[:, None] ** 2
    tail[..., 1] += r.uniform(-0.4, 0.4, (count, 1))
    short = 1 - 0.4 * r.beta(1, 1.6, count)
    alpha = soft_step(1.0, 0.55, t[None] / short[:, None])
    tint = 1.25 * np.exp(r.normal(0, 0.1, count) + 0.22 * np.sin(2.1 * lock))
    return Tied(tail, 0.3 + 0.7 * radius, tint, alpha)


def bun(vertices: np.ndarray, side: float, r: np.random.Generator) -> Tied:
    """Return a bun on the crown of the head [vertices 3] or at one side of the nape, wound of flat locks."""
    marks = vertices[LANDMARKS]
    top = vertices[vertices[:, 1] > vertices[:, 1].max() - 0.6].mean(0)
    size = r.uniform(2.3, 3.0)
    if r.random() < 0.5:
        middle = np.array([marks[27, 0] + 0.3 * side, top[1] + 0.3 * size, top[2] - 3.5])
    else:
        jaw = marks[13 if side > 0 else 3]
        middle = jaw + np.array([-0.8 * side, r.uniform(1.0, 3.0), -12.5])
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


def wisps(vertices: np.ndarray, r: np.random.Generator) -> Tied:
    """Return two thin locks that have come loose at the temples and frame the face [vertices 3]."""
    marks = vertices[LANDMARKS]
    t, parts, count = np.linspace(0, 1, POINTS), [], 80
    for side, jaw in ((-1, marks[:5]), (1, marks[16:11:-1])):
        out, low = r.uniform(0.25, 0.6), r.uniform(0.3, 1.0)
        corners = np.array(
            [
                jaw[0] + [-0.5 * side, 5.0, 0.3],
                jaw[0] + [side * (out - 0.1), 2.4, 1.0],
                jaw[0] + [side * (out + 0.2), -0.6, 1.2],
                jaw[1] * (1 - low) + jaw[3] * low + [side * (out + 0.1), 0, 1.3],
            ]
        )
        curve = smooth_curve(corners, POINTS)
        spread = r.normal(0, 0.16, (count, 1, 3)) * (0.5 + np.sin(np.pi * t) + 0.6 * t)[:, None]
        sway = 0.12 * np.sin(2 * np.pi * t * r.uniform(0.8, 1.4) + r.uniform(0, 6)) * t
        parts.append(curve + spread + sway[:, None] * [side, 0, 0.5])
    points = np.concatenate(parts)
    short = r.uniform(0.45, 1.0, len(points))
    alpha = soft_step(1.0, 0.5, t[None] / short[:, None]) * soft_step(-0.05, 0.2, t) * 0.7
    return Tied(points, r.uniform(0.2, 0.6, len(points)), np.exp(r.normal(-0.2, 0.12, len(points))), alpha)
