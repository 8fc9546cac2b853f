"""Word control taken apart: by pair of levels, by Action Unit, and how much a phrase changes besides."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lfes_core.action_units import INTENSITY_LETTERS
from lfes_core.evaluation.bootstrap import DIGITS, Figure, by_person, with_interval
from lfes_core.evaluation.questions import UNITS, Exchange, Question, unit_of
from lfes_core.evaluation.word_control import Levels, direction_right, outcomes, unnamed_changes


def pair_of(exchange: Exchange, questions: Sequence[Question]) -> str:
    """The two levels of an adverb exchange, the weaker first: "A-C"."""
    levels = (questions[place].named[exchange.unit] or 0 for place in (exchange.weak, exchange.strong))
    return "-".join(INTENSITY_LETTERS[level - 1] for level in levels)


def direction_by_pair(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, Figure | None]:
    """`direction_right` for each pair of levels, over all Action Units."""
    groups: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault(pair_of(exchange, questions), []).append(exchange)
    return {
        pair: direction_right(group, questions, measured, units) for pair, group in sorted(groups.items())
    }


def direction_table(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Share of right directions and n for each Action Unit at each pair of levels."""
    groups: dict[tuple[int, str], list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault((exchange.unit, pair_of(exchange, questions)), []).append(exchange)
    table: dict[str, dict[str, dict[str, Any]]] = {}
    for (unit, pair), group in sorted(groups.items()):
        _, right = outcomes(group, questions, measured, units)
        if right:
            table.setdefault(str(unit), {})[pair] = {"right": _round(right), "n": len(right)}
    return table


def leakage_by_unit(
    questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """`leakage` of the sentences about each Action Unit, and their number."""
    rows = unnamed_changes(questions, measured, units)
    asked = np.array([unit_of(question) for question in questions])
    return {
        str(unit): {
            "value": round(float(rows[asked == unit, 0].sum() / rows[asked == unit, 2].sum()), DIGITS),
            "n": int((asked == unit).sum()),
        }
        for unit in UNITS
        if (asked == unit).any()
    }


def response(
    questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> dict[str, dict[str, float]]:
    """What the sentences about each Action Unit do to all that can be measured: mean levels, at the strongest adverb.

    A good model has large numbers where both names are the same and small ones elsewhere.
    """
    asked = np.array([unit_of(question) for question in questions])
    said = np.array([question.named[unit_of(question)] or 0 for question in questions])
    strongest = said == said.max()
    return {
        str(unit): {
            str(other): round(float(value), DIGITS)
            for other, value in zip(units, measured[strongest & (asked == unit)].mean(axis=0), strict=True)
        }
        for unit in UNITS
        if (strongest & (asked == unit)).any()
    }


def phrase_change(
    exchanges: Sequence[Exchange], questions: Sequence[Question], measured: Levels, units: Sequence[int]
) -> tuple[Figure | None, Figure | None]:
    """How much a phrase changes, in levels: its own Action Unit, and all others in the mean, without a sign.

    The first should be near what the phrase says, the second near 0: the rest of the sentence is the same.
    """
    columns = {unit: column for column, unit in enumerate(units)}
    people, own, others = [], [], []
    for exchange in exchanges:
        if exchange.unit in columns:
            change = measured[exchange.strong] - measured[exchange.weak]
            people.append(questions[exchange.weak].subject)
            own.append(float(change[columns[exchange.unit]]))
            others.append(float(np.abs(np.delete(change, columns[exchange.unit])).mean()))
    return with_interval(by_person(people, own)), with_interval(by_person(people, others))


def _round(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), DIGITS)
