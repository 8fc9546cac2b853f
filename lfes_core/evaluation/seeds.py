"""A row of several runs that differ in their seed only: the mean over the seeds, and each seed beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lfes_core.evaluation.bootstrap import DIGITS, Figure, mean_figure
from lfes_core.evaluation.row_figures import FIGURES, RowResult
from lfes_core.metrics import Closeness


def over_seeds(results: Sequence[RowResult], runs: Sequence[Mapping[str, Any]]) -> RowResult:
    """One result for a row of one run or more.

    Args:
        results: of every run, answers to the same questions.
        runs: `lfes_core.evaluation.trained.about_weights` of every run.

    Returns:
        The only result; or the mean of every figure and detail, the interval over people of that mean, and as the
        detail ``seeds`` the columns of every run and their ``spread``, the largest less the smallest. The pictures
        stay those of the first run, and the numbers of one picture are means over the runs.
    """
    if len(results) == 1:
        return results[0]
    mean = mean_of([{"figures": result.figures, "details": result.details} for result in results])
    values: list[dict[str, float | None]] = [
        {name: figure.value if figure else None for name, figure in result.figures.items()}
        for result in results
    ]
    each = [
        {"weights": run["weights"], "sha256": run["sha256"], "seed": run["seed"], "values": found}
        for run, found in zip(runs, values, strict=True)
    ]
    return replace(
        results[0],
        figures=mean["figures"],
        details={**mean["details"], "seeds": {"runs": each, "spread": _spread(values)}},
        closeness=[_closeness(several) for several in zip(*(r.closeness for r in results), strict=True)],
        recognized=np.mean([result.recognized for result in results], axis=0).tolist(),
    )


def mean_of(values: Sequence[Any]) -> Any:
    """The mean of several nested results of one form: of their figures and numbers, at every depth.

    What is the same everywhere stays as it is (a count, a name); what one of them lacks is None.
    """
    first = values[0]
    if any(value is None for value in values):
        return None
    if isinstance(first, Figure):
        return mean_figure(values)
    if isinstance(first, Mapping):
        return {key: mean_of([value.get(key) for value in values]) for key in first}
    if all(value == first for value in values):
        return first
    return round(float(np.mean(values)), DIGITS)


def _spread(values: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    spread: dict[str, float | None] = {}
    for name in FIGURES:
        known = [value for found in values if (value := found[name]) is not None]
        spread[name] = round(max(known) - min(known), DIGITS) if known else None
    return spread


def _closeness(several: Sequence[Closeness]) -> Closeness:
    return Closeness(
        ssim=float(np.mean([one.ssim for one in several])),
        ssim_moved=float(np.mean([one.ssim_moved for one in several])),
        l1_moved=float(np.mean([one.l1_moved for one in several])),
    )
