"""Does a word stay in its place? The share of a change that lies where the Action Unit moves the face."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.bootstrap import DIGITS, Figure, by_person, with_interval
from lfes_core.evaluation.questions import Exchange, Question

REGION_SHARE = 0.25
"""A pixel belongs to the region of an Action Unit where it moves at least this share of the farthest pixel."""


Pictures = Sequence[UInt8[np.ndarray, "256 256 3"]] | UInt8[np.ndarray, "n 256 256 3"]


def unit_region(dataset: ScanFaces, subject: str, unit: int) -> Bool[np.ndarray, "256 256"]:
    """Where an Action Unit moves the face of a held-out person.

    Raises:
        UserError: there is no map of it.
    """
    movement = dataset.region_map(subject, unit)
    inside: Bool[np.ndarray, "256 256"] = movement >= REGION_SHARE * movement.max()
    return inside


def widest(exchanges: Sequence[Exchange], questions: Sequence[Question]) -> list[Exchange]:
    """Of the exchanges of each person and Action Unit the one of the farthest levels, A and E where both exist."""
    farthest: dict[tuple[str, int], tuple[int, Exchange]] = {}
    for exchange in exchanges:
        weak, strong = (
            questions[place].named[exchange.unit] or 0 for place in (exchange.weak, exchange.strong)
        )
        key = (questions[exchange.weak].subject, exchange.unit)
        if strong - weak > farthest.get(key, (0, exchange))[0]:
            farthest[key] = (strong - weak, exchange)
    return [exchange for _, exchange in farthest.values()]


def share_inside(
    before: UInt8[np.ndarray, "256 256 3"],
    after: UInt8[np.ndarray, "256 256 3"],
    inside: Bool[np.ndarray, "256 256"],
) -> float:
    """Share of the absolute change of colors that lies inside; nan where nothing changed."""
    change = np.abs(after.astype(float) - before.astype(float)).sum(axis=2)
    total = change.sum()
    return float(change[inside].sum() / total) if total else float("nan")


def locality(
    exchanges: Sequence[Exchange],
    questions: Sequence[Question],
    pictures: Pictures,
    dataset: ScanFaces,
) -> Figure | None:
    """Mean share of the change from the weakest to the strongest adverb that lies in the right region.

    A change spread evenly over the picture would have the region's share of the picture (`area`); the true edit's
    share is that of the row "truth", below 1 because skin also shades what it does not move.
    """
    found = _shares(exchanges, questions, pictures, dataset)
    return with_interval(by_person([person for person, *_ in found], [share for *_, share, _ in found]))


def by_unit(
    exchanges: Sequence[Exchange],
    questions: Sequence[Question],
    pictures: Pictures,
    dataset: ScanFaces,
) -> dict[str, dict[str, Any]]:
    """For each Action Unit the mean share inside, the region's share of the picture (``area``), and n.

    A picture that does not change at all has no share: copy has None, and n 0.
    """
    table = {}
    found = _shares(exchanges, questions, pictures, dataset)
    for unit in sorted({unit for _, unit, *_ in found}):
        shares = [share for _, one, share, _ in found if one == unit and not np.isnan(share)]
        areas = [area for _, one, _, area in found if one == unit]
        table[str(unit)] = {
            "share": round(float(np.mean(shares)), DIGITS) if shares else None,
            "area": round(float(np.mean(areas)), DIGITS),
            "n": len(shares),
        }
    return table


def _shares(
    exchanges: Sequence[Exchange],
    questions: Sequence[Question],
    pictures: Pictures,
    dataset: ScanFaces,
) -> list[tuple[str, int, float, float]]:
    """Person, Action Unit, share inside and area of the widest exchanges."""
    found = []
    for exchange in widest(exchanges, questions):
        person = questions[exchange.weak].subject
        inside = unit_region(dataset, person, exchange.unit)
        share = share_inside(pictures[exchange.weak], pictures[exchange.strong], inside)
        found.append((person, exchange.unit, share, float(inside.mean())))
    return found


def area_by_chance(exchanges: Sequence[Exchange], questions: Sequence[Question], dataset: ScanFaces) -> float:
    """Mean share of the picture that the regions of these exchanges cover: what chance would score."""
    chosen = widest(exchanges, questions)
    shares = [unit_region(dataset, questions[e.weak].subject, e.unit).mean() for e in chosen]
    return round(float(np.mean(shares)), 4)
