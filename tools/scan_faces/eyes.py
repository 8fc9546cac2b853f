"""The painted eyeball: sclera, iris with its dark rim and its fibers, pupil."""

import numba
import numpy as np

from tools.scan_faces.mouth import ramp


@numba.njit(cache=True, fastmath=True)
def paint_eye(color, ex, ey, iris):
    """Write the color [3] of the eyeball at a place right of and above the middle of its iris [3]."""
    r = np.sqrt(ex * ex + ey * ey)
    angle = np.arctan2(ey, ex)
    corner = ramp(0.7, 1.35, abs(ex))
    color[0] = 0.54 - 0.12 * corner
    color[1] = 0.50 - 0.22 * corner
    color[2] = 0.465 - 0.21 * corner
    fibers = 1 + 0.16 * np.sin(angle * 31 + 2 * np.sin(angle * 7)) + 0.1 * np.sin(angle * 67)
    inner = ramp(0.48, 0.24, r)
    rim = 1 - 0.8 * ramp(0.45, 0.61, r)
    m = ramp(0.70, 0.60, r)
    p = ramp(0.265, 0.225, r)
    for d in range(3):
        warm = iris[d] * (1 + inner * (0.35, 0.12, -0.1)[d]) * fibers * rim
        # Light gathers in the iris opposite to where it comes in.
        warm *= 0.9 + 0.45 * ramp(0.15, -0.5, ey)
        value = color[d] * (1 - m) + warm * m
        color[d] = value * (1 - p) + 0.004 * p
