"""How well two columns of intensities agree: ICC(3,1) and mean absolute error."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float


def icc_3_1(ratings: Float[np.ndarray, "targets judges"]) -> float:
    """Intraclass correlation of single ratings by fixed judges, ICC(3,1) of Shrout and Fleiss (1979).

    It asks whether the judges' numbers are consistent: a constant difference between judges does not count
    against them, different scales do. 1 is perfect, 0 is none.

    Args:
        ratings: one row for each target (here a picture), one column for each judge (here the level that the
            sentence names and the level that is measured).

    Returns:
        (BMS - EMS) / (BMS + (k - 1) EMS) with the mean squares between targets and of the error; nan where
        nothing varies, or for fewer than two targets.
    """
    targets, judges = ratings.shape
    if targets < 2 or judges < 2:
        return float("nan")
    ratings = ratings - ratings.mean()
    of_targets, of_judges = ratings.mean(axis=1), ratings.mean(axis=0)
    between = judges * (of_targets**2).sum() / (targets - 1)
    residual = ratings - of_targets[:, None] - of_judges[None, :]
    error = (residual**2).sum() / ((targets - 1) * (judges - 1))
    total = between + (judges - 1) * error
    return float((between - error) / total) if total > 1e-12 else float("nan")


def mean_absolute_error(named: Float[np.ndarray, " n"], measured: Float[np.ndarray, " n"]) -> float:
    """Mean distance of the measured level from the named one, in levels (A to E are 1 to 5)."""
    return float(np.abs(named - measured).mean())


def accuracy(
    named: Float[np.ndarray, "n units"], measured: Float[np.ndarray, "n units"], units: Sequence[int]
) -> dict[str, Any]:
    """ICC(3,1), MAE and n of each Action Unit; pictures whose level is not known (nan) are left out."""
    found = {}
    for column, unit in enumerate(units):
        known = ~np.isnan(named[:, column])
        pair = np.stack((named[known, column], measured[known, column]), axis=1)
        found[str(unit)] = {
            "icc": round(icc_3_1(pair), 4),
            "mae": round(mean_absolute_error(pair[:, 0], pair[:, 1]), 4),
            "n": int(known.sum()),
        }
    return found
