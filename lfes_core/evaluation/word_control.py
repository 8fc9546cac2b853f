"""Does each word do what it says? Named intensities against measured ones, adverb by adverb, phrase by phrase.

The measuring is done by `lfes_core.evaluation.estimator`; how far it can be trusted is seen in the row "truth",
which the same functions measure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from lfes_core.evaluation.agreement import icc_3_1, mean_absolute_error
from lfes_core.evaluation.bootstrap import Figure, by_person, with_interval
from lfes_core.evaluation.questions import UNITS, Exchange, Question

SMALLEST_CHANGE = 0.01
"""A change of less than a hundredth of a level is the rounding of a computer and no change of a face."""

Levels = Float[np.ndarray, "n units"]


def named_levels(questions: Sequence[Question], units: Sequence[int]) -> Levels:
    """What the sentences say: 0 for an Action Unit that they do not name, nan where they give no intensity."""
    table = np.zeros((len(questions), len(units)))
    for row, question in enumerate(questions):
        for column, unit in enumerate(units):
            level = question.named.get(unit, 0)
            table[row, column] = np.nan if level is None else level
    return table


def agreement(questions: Sequence[Question], measured: Levels, units: Sequence[int]) -> Figure | None:
    """ICC(3,1) between named and measured intensity, averaged over the twelve Action Units.

    For each Action Unit all pictures count, also those whose sentence does not name it and which should measure 0.
    """
    columns = [tuple(units).index(unit) for unit in UNITS if unit in units]
    pairs = np.stack((named_levels(questions, units), measured), axis=2)[:, columns]

    def statistic(rows: np.ndarray) -> float:
        return float(np.nanmean([icc_3_1(rows[:, column]) for column in range(rows.shape[1])]))

    return with_interval(by_person([question.subject for question in questions], pairs), statistic)


def agreement_by_unit(
    questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """For each of the twelve: ICC(3,1), MAE over the pictures that name it, and the mean measured at each level."""
    named = named_levels(questions, units)
    found = {}
    for unit in UNITS:
        if unit not in units:
            continue
        column = tuple(units).index(unit)
        pair = np.stack((named[:, column], measured[:, column]), axis=1)
        spoken = pair[pair[:, 0] > 0]
        found[str(unit)] = {
            "icc": round(icc_3_1(pair), 4),
            "mae": round(mean_absolute_error(spoken[:, 0], spoken[:, 1]), 4) if len(spoken) else None,
            "n": len(pair),
            "n_named": len(spoken),
            "measured": {
                str(int(level)): round(float(pair[pair[:, 0] == level, 1].mean()), 4)
                for level in np.unique(pair[:, 0])
            },
        }
    return found


def outcomes(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> tuple[list[str], list[float]]:
    """For each exchange whose it is, and 1 where the stronger sentence measures more, else 0.

    No change, or one below `SMALLEST_CHANGE`, is wrong: copy scores 0, and a coin would score one half.
    """
    columns = {unit: column for column, unit in enumerate(units)}
    known = [exchange for exchange in exchanges if exchange.unit in columns]
    people = [questions[exchange.weak].subject for exchange in known]
    right = []
    for exchange in known:
        weak, strong = (measured[place, columns[exchange.unit]] for place in (exchange.weak, exchange.strong))
        right.append(float(strong - weak > SMALLEST_CHANGE))
    return people, right


def direction_right(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> Figure | None:
    """Share of exchanges after which the Action Unit is measured to be stronger in the stronger sentence."""
    return with_interval(by_person(*outcomes(exchanges, questions, measured, units)))


def direction_by_distance(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """The same for exchanges of neighboring levels, of levels two apart, and so on: A against E is the easiest."""
    found: dict[int, list[Exchange]] = {}
    for exchange in exchanges:
        strong, weak = (questions[place].named[exchange.unit] for place in (exchange.strong, exchange.weak))
        found.setdefault((strong or 0) - (weak or 0), []).append(exchange)
    return {
        str(distance): {
            "right": round(float(np.mean(outcomes(group, questions, measured, units)[1])), 4),
            "n": len(group),
        }
        for distance, group in sorted(found.items())
    }


def direction_by_unit(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, float]:
    """The same for each Action Unit by itself."""
    groups: dict[int, list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault(exchange.unit, []).append(exchange)
    return {
        str(unit): round(float(np.mean(outcomes(group, questions, measured, units)[1])), 4)
        for unit, group in groups.items()
        if unit in units
    }


def unnamed_changes(
    questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> Float[np.ndarray, "n 3"]:
    """For each picture: mean and largest absolute change of what its sentence does not name, and the named level.

    The estimator compares with the neutral face, so what it measures *is* the change. All Action Units count that
    it knows.
    """
    named = named_levels(questions, units)
    silent = np.where(named == 0, np.abs(measured), np.nan)
    return np.stack((np.nanmean(silent, 1), np.nanmax(silent, 1), named.max(1)), axis=1)


def leakage(
    questions: Sequence[Question], measured: Levels, units: Sequence[int], *, largest: bool = False
) -> Figure | None:
    """Change of what was not named, as a share of the change that was: the sum of the one over that of the other.

    Args:
        questions: of `single_units`.
        measured: intensities in their pictures.
        units: the Action Units of the columns.
        largest: take in each picture the unnamed Action Unit that changes most, instead of the mean over them.
    """
    rows = unnamed_changes(questions, measured, units)[:, [1 if largest else 0, 2]]
    people = [question.subject for question in questions]
    return with_interval(by_person(people, rows), lambda part: float(part[:, 0].sum() / part[:, 1].sum()))


def paraphrase_distance(
    questions: Sequence[Question], first: Levels, second: Levels, units: Sequence[int]
) -> Figure | None:
    """Mean absolute difference, in levels, of the named Action Units between two wordings of one description."""
    named = named_levels(questions, units) > 0
    distance = np.where(named, np.abs(first - second), np.nan)
    rows = [np.nanmean(row) if spoken.any() else np.nan for row, spoken in zip(distance, named, strict=True)]
    return with_interval(by_person([question.subject for question in questions], rows))


def unseen(questions: Sequence[Question], seen: Sequence[Mapping[int, int | None]]) -> list[int]:
    """The places of questions that name two or more Action Units, in a combination that nobody was trained on."""
    known = {frozenset(action_units) for action_units in seen}
    return [
        place
        for place, question in enumerate(questions)
        if len(question.named) > 1 and frozenset(question.named) not in known
    ]


def combined_agreement(
    questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> Figure | None:
    """ICC(3,1) over all named Action Units of all pictures together, for sets with too few pictures of each."""
    named = named_levels(questions, units)
    people, pairs = [], []
    for question, spoken, found in zip(questions, named, measured, strict=True):
        for level, value in zip(spoken, found, strict=True):
            if level > 0:
                people.append(question.subject)
                pairs.append((level, value))
    return with_interval(by_person(people, pairs), icc_3_1) if pairs else None
