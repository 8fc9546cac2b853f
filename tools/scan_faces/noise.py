"""Smooth random fields and soft steps: the paint box of the renderer."""

import numba
import numpy as np


@numba.njit(cache=True)
def _hash(x: int, y: int, z: int) -> float:
    value = (x * 374761393 + y * 668265263 + z * 2147483647) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 1274126177) & 0xFFFFFFFF
    value = ((value ^ (value >> 16)) * 2246822519) & 0xFFFFFFFF
    return ((value ^ (value >> 15)) & 0xFFFFFF) / 8388607.5 - 1.0


@numba.njit(cache=True)
def _value_noise(points: np.ndarray, out: np.ndarray) -> None:
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        xi, yi, zi = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
        fx, fy, fz = x - xi, y - yi, z - zi
        fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
        total = 0.0
        for dx in range(2):
            wx = fx if dx else 1 - fx
            for dy in range(2):
                wy = fy if dy else 1 - fy
                for dz in range(2):
                    wz = fz if dz else 1 - fz
                    total += wx * wy * wz * _hash(xi + dx, yi + dy, zi + dz)
        out[i] = total


def noise(points: np.ndarray, frequency: float | np.ndarray = 1.0) -> np.ndarray:
    """Return smooth noise in [-1, 1] at the points.

    Args:
        points: [n 3] positions.
        frequency: cells per unit, one number or one for each axis.

    Returns:
        [n] float32; the same points always give the same values.
    """
    out = np.empty(len(points), np.float32)
    _value_noise(np.ascontiguousarray(points * frequency, dtype=np.float64), out)
    return out


def soft_step(start: float, end: float, x: np.ndarray) -> np.ndarray:
    """Return 0 before `start`, 1 after `end` and a smooth ramp between; `start` may be larger than `end`."""
    t = np.clip((x - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def bump(x: np.ndarray, width: float) -> np.ndarray:
    """Return a bell of height 1 at 0 whose value at `width` is 1/e."""
    return np.exp(-((x / width) ** 2))


def curve_distance(points: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance of points to an open polyline and the place along it.

    Args:
        points: [n d] positions.
        curve: [k d] corners of the polyline.

    Returns:
        Distance [n] and place in 0-1 [n].
    """
    distance = np.empty(len(points), np.float32)
    place = np.empty(len(points), np.float32)
    _nearest_on_curve(
        np.ascontiguousarray(points, np.float64), np.ascontiguousarray(curve, np.float64), distance, place
    )
    return distance, place


@numba.njit(cache=True)
def _nearest_on_curve(points: np.ndarray, curve: np.ndarray, distance: np.ndarray, place: np.ndarray) -> None:
    segments, axes = curve.shape[0] - 1, curve.shape[1]
    for n in range(points.shape[0]):
        nearest, at = np.inf, 0.0
        for i in range(segments):
            dot, square = 0.0, 0.0
            for d in range(axes):
                along = curve[i + 1, d] - curve[i, d]
                dot += (points[n, d] - curve[i, d]) * along
                square += along * along
            t = min(max(dot / square, 0.0), 1.0)
            far = 0.0
            for d in range(axes):
                far += (points[n, d] - curve[i, d] - t * (curve[i + 1, d] - curve[i, d])) ** 2
            if far < nearest:
                nearest, at = far, (i + t) / segments
        distance[n], place[n] = np.sqrt(nearest), at


def inside_polygon(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Return which of the points [n 2] lie inside the closed polygon [k 2]."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, 1, axis=0), strict=True):
        inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay + 1e-12) + ax)
    return inside


def smooth_curve(corners: np.ndarray, count: int) -> np.ndarray:
    """Return `count` points of the Catmull-Rom curve through the corners [k d]."""
    padded = np.vstack([2 * corners[:1] - corners[1:2], corners, 2 * corners[-1:] - corners[-2:-1]])
    place = np.linspace(0, len(corners) - 1, count)
    i = np.minimum(place.astype(int), len(corners) - 2)
    t = (place - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
