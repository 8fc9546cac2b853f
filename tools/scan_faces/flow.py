"""Flow fields: where in the neutral picture the surface was that a pixel of an expression shows, known exactly."""

import io
from collections.abc import Callable

import numpy as np

from tools.scan_faces.plan import Expression
from tools.scan_faces.raster import BACKGROUND, rasterize
from tools.scan_faces.studio import SHRINK, SIZE, Studio

FIELD = 64
"""Places along a side of a field."""
TOLERANCE = 0.08
"""A point is seen in the neutral picture unless something lies further before it than this, in model units."""


def flow_field(studio: Studio) -> Callable[[Expression], np.ndarray]:
    """Return what gives the flow field of an expression, [3 64 64] float32.

    Channels 0 and 1 say how far to the right and down from each place the neutral picture has to be read, in halves of
    its width, as `torch.nn.functional.grid_sample` counts; they are means over the pixels whose point the neutral
    picture shows. Channel 2 is the share of these pixels: where it is low there is nothing to move, as in a mouth that
    has just opened. Hair, clothes, glasses and the background do not move; where the head uncovers them they are new.
    """
    size = SIZE * SHRINK
    start = studio.surface({})[1]
    depth_before, hit, _ = rasterize(start, studio.triangles, size, size)
    still_before = (hit == BACKGROUND) | studio.skin_is_hidden(depth_before)

    def field(expression: Expression) -> np.ndarray:
        depth, hit, weights = rasterize(studio.surface(expression)[1], studio.triangles, size, size)
        still = (hit == BACKGROUND) | studio.skin_is_hidden(depth)
        rows, columns = np.nonzero(~still)
        a, b = weights[rows, columns].T
        corners = np.stack((a, b, 1 - a - b), 1)[..., None] * start[studio.triangles[hit[rows, columns]]]
        x, y, nearness = corners.sum(1).T
        column, row = (np.floor(place).clip(0, size - 1).astype(int) for place in (x, y))
        inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        shift = np.zeros((2, size, size), np.float32)
        shift[:, rows, columns] = (x - columns - 0.5, y - rows - 0.5)
        seen = still & still_before
        in_front = depth_before[row, column] > nearness + TOLERANCE
        seen[rows, columns] = inside & ~still_before[row, column] & ~in_front
        share = _means(seen)
        weight = seen + 1e-3  # where nothing was seen the mean is of all, for want of better
        moved = np.stack([_means(one * weight) for one in shift]) / _means(weight) / (size / 2)
        return np.concatenate((moved, share[None])).astype(np.float32)

    return field


def flow_file(field: np.ndarray) -> bytes:
    """Return a field as a NumPy file of float16, one step of which is at most 0.06 pixels."""
    buffer = io.BytesIO()
    np.save(buffer, field.astype(np.float16), allow_pickle=False)
    return buffer.getvalue()


def _means(values: np.ndarray) -> np.ndarray:
    block = SIZE * SHRINK // FIELD
    return values.reshape(FIELD, block, FIELD, block).mean((1, 3))
