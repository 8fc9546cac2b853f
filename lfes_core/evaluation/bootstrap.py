"""A figure with its interval: percentile bootstrap over people.

Pictures of one person resemble each other, so people are drawn and not pictures (the cluster bootstrap of
Davison and Hinkley, 1997, Sec. 3.8). With eight people an interval is itself uncertain; it says how much the
figure would change with other people, and nothing about another training run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

DRAWS = 1000
SEED = 0
LEVEL = 0.95
"""Share of the draws that lie inside the interval."""

DIGITS = 4

Rows = Float[np.ndarray, "n columns"]
Statistic = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Figure:
    """A number, the ends of its interval, and how many measurements it rests on.

    The ends are None where no interval can be had: with fewer than two people. `drawn` keeps the value of every
    draw of people, so that figures of the same people can be averaged draw by draw (`mean_figure`).
    """

    value: float
    low: float | None
    high: float | None
    n: int
    drawn: Float[np.ndarray, " draws"] | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The four numbers under their names."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def mean_figure(figures: Sequence[Figure]) -> Figure:
    """The mean of one figure over several trainings (seeds), with an interval over people as every figure has.

    Every training was asked about the same people and the same people are drawn for it, so the mean is taken
    inside each draw. The spread between trainings is another thing and no part of this interval.

    Args:
        figures: of the same measurements, one for each training; n is that of one of them.
    """
    low = high = drawn = None
    draws = [figure.drawn for figure in figures if figure.drawn is not None]
    if len(draws) == len(figures):
        drawn = np.mean(draws, axis=0)
        low, high = _ends(drawn)
    value = round(float(np.mean([figure.value for figure in figures])), DIGITS)
    return Figure(value, low, high, figures[0].n, drawn)


def plain(value: Any) -> Any:
    """The same ready for JSON: every figure as its four numbers, and null for what is not a number."""
    if isinstance(value, Figure):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def known_mean(rows: np.ndarray) -> float:
    """The statistic of most figures: the mean of the only column, what is not known (nan) left out."""
    known = rows[~np.isnan(rows)]
    return float(known.mean()) if len(known) else float("nan")


def with_interval(
    measurements: Mapping[str, Sequence[Any] | np.ndarray],
    statistic: Statistic = known_mean,
    draws: int = DRAWS,
) -> Figure | None:
    """A statistic of all measurements, with an interval.

    Args:
        measurements: for each person an array whose first axis counts measurements.
        statistic: from the arrays of several people, joined along the first axis, to one number.
        draws: how many times people are drawn, with replacement.

    Returns:
        The figure, rounded to four digits; None where there is nothing to measure.
    """
    people = [np.asarray(rows, dtype=float) for rows in measurements.values() if len(rows)]
    if not people:
        return None
    together = np.concatenate(people)
    value = statistic(together)
    if np.isnan(value):
        return None
    low = high = drawn = None
    if len(people) > 1:
        r = np.random.default_rng(SEED)
        drawn = np.array(
            [
                statistic(np.concatenate([people[i] for i in r.integers(len(people), size=len(people))]))
                for _ in range(draws)
            ]
        )
        low, high = _ends(drawn)
    known = ~np.isnan(together.reshape(len(together), -1)).all(axis=1)
    return Figure(round(value, DIGITS), low, high, int(known.sum()), drawn)


def _ends(drawn: Float[np.ndarray, " draws"]) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return round(float(low), DIGITS), round(float(high), DIGITS)


def by_person(people: Sequence[str], rows: Sequence[Any] | np.ndarray) -> dict[str, np.ndarray]:
    """Sort measurements by the person they belong to, in the order in which people first appear."""
    values = np.asarray(rows, dtype=float)
    names = np.asarray(people)
    return {name: values[names == name] for name in dict.fromkeys(people)}
