"""Soft shadows of the key light and the darkness of hollows."""

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from tools.scan_faces.raster import FARTHEST, draw_strands, rasterize

SIDE = 512
"""Pixels along a side of the shadow map."""
REACH = 17.0
"""Model units from the middle of the face to the rim of the shadow map."""


class ShadowMap:
    """What the key light sees: the nearest surface along each of its parallel rays."""

    def __init__(self, direction: np.ndarray, strands: np.ndarray | None) -> None:
        """Aim from `direction` [3], which points to the light; `strands` [n k 3] throw shadows too."""
        z = direction / np.linalg.norm(direction)
        x = np.cross([0, 1, 0], z)
        x /= np.linalg.norm(x)
        self.axes = np.stack([x, np.cross(z, x), z]).astype(np.float32)
        self.hair = np.full((SIDE, SIDE), FARTHEST, np.float32)
        if strands is not None:
            blank = np.zeros((*strands.shape[:2], 3), np.float32)
            draw_strands(self.place(strands), blank, self.hair, np.zeros((SIDE, SIDE, 3), np.float32))

    def place(self, points: np.ndarray) -> np.ndarray:
        """Return map column, map row and depth of points in camera space [... 3]."""
        turned = points @ self.axes.T
        scale = SIDE / (2 * REACH)
        return np.stack(
            [SIDE / 2 + turned[..., 0] * scale, SIDE / 2 - turned[..., 1] * scale, turned[..., 2]], -1
        ).astype(np.float32)

    def add(self, vertices: np.ndarray, triangles: np.ndarray) -> None:
        """Let a mesh in camera space, which no expression moves, throw its shadow too."""
        if len(triangles):
            mesh, _, _ = rasterize(self.place(vertices), triangles, SIDE, SIDE)
            self.hair = np.maximum(self.hair, mesh)

    def lit(self, points: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Return how much of the key light, 0-1, reaches points [n 3] under a map of nearest depths."""
        column, row, height = self.place(points).T
        total = np.zeros(len(points), np.float32)
        steps = np.linspace(-6, 6, 5)
        for dy in steps:
            for dx in steps:
                i, j = (row + dy).astype(int), (column + dx).astype(int)
                inside = (i >= 0) & (j >= 0) & (i < SIDE) & (j < SIDE)
                ahead = depth[i.clip(0, SIDE - 1), j.clip(0, SIDE - 1)] - 0.05 * (abs(dx) + abs(dy))
                total += ~inside | (ahead < height + 0.28)
        return total / len(steps) ** 2

    def depth(self, vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Return the nearest depth over the map [SIDE SIDE] for a mesh in camera space and the hair."""
        mesh, _, _ = rasterize(self.place(vertices), triangles, SIDE, SIDE)
        return np.maximum(mesh, self.hair)


def hollowness(depth: np.ndarray, nearest: np.ndarray, shrink: int) -> np.ndarray:
    """Return how open the surface is to light from all sides, 0-1.

    A pixel lying deeper than its neighbourhood, at three sizes of neighbourhood, gets less light.

    Args:
        depth: [height width] of the surface, larger = nearer, `FARTHEST` where none is.
        nearest: [height width] of whatever is in front: the surface or the hair over it.
        shrink: the work is done at 1/shrink of the size.

    Returns:
        [height width] float32.
    """
    small, around = (
        np.maximum(layer[shrink // 2 :: shrink, shrink // 2 :: shrink], -16.0) for layer in (depth, nearest)
    )
    dark = np.zeros_like(small)
    for sigma, slope, share in ((2.0, 0.22, 0.5), (5.0, 0.5, 0.6), (12.0, 1.3, 0.6)):
        sigma = sigma * len(small) / 256
        dark += share * np.clip((gaussian_filter(around, sigma) - small) / slope, 0, 1.5)
    return zoom(np.exp(-0.62 * dark), shrink, order=1, grid_mode=True, mode="nearest").astype(np.float32)
