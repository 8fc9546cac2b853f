"""The row that a network must beat: one mean-difference picture for each Action Unit, laid over any face.

It is the best *linear* answer that knows nothing of the face before it: target minus neutral picture as a sum of
fixed pictures, one a unit, by ridge regression over all training pairs. Whoever measures only whether something moves
in the right direction is content with it; no eye is.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from jaxtyping import Float, UInt8

from lfes_core.action_units import ACTION_UNITS

UNKNOWN_LEVEL = 3
"""What counts for an intensity that was not given: C, the middle."""
RIDGE = 1.0
"""Added to the diagonal of the normal equations, beside hundreds of pairs a unit."""

Picture = UInt8[np.ndarray, "256 256 3"]


class Stencil:
    """One picture of change for each Action Unit.

    Args:
        pairs: neutral picture, target picture, and the target's Action Units, number -> 1..5, or None where it is not
            known. Pictures are read one by one, nothing but sums is kept.
    """

    def __init__(self, pairs: Iterable[tuple[Picture, Picture, Mapping[int, int | None]]]) -> None:
        products = RIDGE * np.eye(len(ACTION_UNITS))
        sums = np.zeros((len(ACTION_UNITS), 256 * 256 * 3), np.float32)
        for neutral, target, units in pairs:
            levels = _levels(units)
            products += np.outer(levels, levels)
            change = target.astype(np.float32).ravel() - neutral.astype(np.float32).ravel()
            for place in levels.nonzero()[0]:
                sums[place] += levels[place].astype(np.float32) * change
        self.changes: Float[np.ndarray, "units pixels"] = np.linalg.solve(products, sums).astype(np.float32)

    def __call__(self, neutral: Picture, units: Mapping[int, int | None]) -> Picture:
        """The neutral face with the change of each unit added to it, in proportion to its level."""
        change = (_levels(units).astype(np.float32) @ self.changes).reshape(neutral.shape)
        changed: Picture = np.rint(neutral + change).clip(0, 255).astype(np.uint8)
        return changed


def _levels(units: Mapping[int, int | None]) -> Float[np.ndarray, " units"]:
    """Levels 0..5 in the order of `ACTION_UNITS`; units that no sentence can name are left out."""
    return np.array([(units[unit] or UNKNOWN_LEVEL) if unit in units else 0 for unit in ACTION_UNITS], np.float64)
