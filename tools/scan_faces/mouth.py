"""What lies behind the lips: its colors and the little light that reaches it."""

import numba
import numpy as np

# Light inside the mouth, and how far behind the lips (model units) it falls to a third of that.
MOUTH_LIGHT = (0.38, 0.33, 0.28)
REACH = 2.6


@numba.njit(cache=True, fastmath=True)
def ramp(start, end, x):
    """Return 0 before `start`, 1 after `end` and a smooth ramp between; `start` may be larger than `end`."""
    t = min(max((x - start) / (end - start), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@numba.njit(cache=True, fastmath=True)
def paint_mouth(color, x, y, z):
    """Set the color [3] at a place on the generic face: dark red gums, palate and throat, a paler grooved tongue."""
    tongue = ramp(-2.8, -3.0, y) * ramp(9.9, 9.5, z) * ramp(2.3, 1.9, abs(x) + 0.35 * max(z - 8.0, 0.0))
    groove = 1 - 0.3 * np.exp(-((x / 0.16) ** 2))
    color[0] = 0.40 + 0.12 * tongue * groove
    color[1] = 0.135 + 0.085 * tongue * groove
    color[2] = 0.125 + 0.075 * tongue * groove


@numba.njit(cache=True, fastmath=True)
def light_inside(place, lips):
    """Return the share of light 0-1 at a place [3] behind the inner rims of the upper and lower lip [2 3]."""
    down = min(max((lips[0, 1] - place[1]) / max(lips[0, 1] - lips[1, 1], 0.3), 0.0), 1.0)
    gate = lips[0, 2] + down * (lips[1, 2] - lips[0, 2])
    return min(np.exp((place[2] - gate + 0.7) / REACH), 1.0)
