"""One row of the report: ask it everything, measure its answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import UInt8

from lfes_core.datasets import FaceDataset, ScanFaces
from lfes_core.evaluation import attention as looking
from lfes_core.evaluation import breakdowns, identity, locality
from lfes_core.evaluation import word_control as words
from lfes_core.evaluation.asked import Asked
from lfes_core.evaluation.bootstrap import Figure
from lfes_core.evaluation.change_made import change_made_by_unit
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.frechet import DistanceToTruth
from lfes_core.evaluation.published import Published
from lfes_core.evaluation.quality import measure_quality, quality_figures
from lfes_core.evaluation.questions import Exchange, Question
from lfes_core.evaluation.rows import NO_WORD_LOOKS, Gallery, Model, Progress, Row
from lfes_core.metrics import Closeness

FIGURES = (
    "ssim",
    "ssim_moved",
    "l1_moved",
    "direction_right",
    "icc",
    "leakage",
    "attention_lift",
    "identity_right",
)
"""The columns of a report, in its order."""

Pictures = UInt8[np.ndarray, "n 256 256 3"]


@dataclass(frozen=True)
class RowResult:
    """What was found about one row.

    Attributes:
        figures: the columns of `FIGURES`; None where one has no meaning.
        details: what stands behind them; `lfes_core.evaluation.bootstrap.plain` makes it ready for JSON.
        closeness: of every held-out pair.
        recognized: of every held-out pair, 1 where the right person is the nearest.
        pictures: the answers to the held-out pairs.
    """

    figures: dict[str, Figure | None]
    details: dict[str, Any]
    closeness: list[Closeness]
    recognized: list[float]
    pictures: Pictures = field(repr=False)


@dataclass(frozen=True)
class Ruler:
    """What every row is measured with.

    Attributes:
        dataset: where the held-out people come from.
        gallery: its pictures.
        meter: measures Action Units; None for photographs, which it has not learned.
        progress: wraps the questions that are being answered.
        distance: the Frechet distance on VSE's features; None where there is no VSE.
        published: FID and LPIPS, where they can be computed; None where nobody asks.
    """

    dataset: FaceDataset
    gallery: Gallery
    meter: IntensityMeter | None
    progress: Progress
    distance: DistanceToTruth | None = None
    published: Published | None = None

    @cached_property
    def faces(self) -> dict[str, np.ndarray]:
        """The `face_features` of everybody's neutral face, read once for all rows."""
        return identity.known_faces(self.dataset, self.gallery, self.dataset.subjects)

    def measure(self, questions: Sequence[Question], pictures: Pictures) -> words.Levels:
        """Intensities of all Action Units in these pictures."""
        assert self.meter is not None
        return self.meter.measure(pictures, np.stack([self.gallery[q.neutral] for q in questions]))

    def drawn(self, row: Row, questions: Sequence[Question]) -> Pictures:
        """The row's answers."""
        return np.stack(list(row.answers(questions, self.progress)))


def evaluate_row(row: Row, asked: Asked, ruler: Ruler) -> RowResult:
    """Everything about one row."""
    pictures = ruler.drawn(row, asked.held_out)
    closeness = measure_quality(ruler.progress(asked.held_out), pictures, ruler.gallery)
    figures: dict[str, Figure | None] = dict.fromkeys(FIGURES)
    figures |= quality_figures(asked.held_out, closeness)
    recognized, details = _identity(asked, ruler, pictures)
    if ruler.distance is not None:
        details["vse_distance"] = ruler.distance(list(pictures))
    if ruler.published is not None:
        true = np.stack([ruler.gallery[q.truth] for q in asked.held_out if q.truth is not None])
        details |= ruler.published.measure([q.subject for q in asked.held_out], pictures, true)
    figures["identity_right"] = identity.identity_right(asked.held_out, recognized)
    if ruler.meter is not None and asked.adverbs[0]:
        for name, value in _words(row, asked, ruler, pictures).items():
            if name in FIGURES:
                figures[name] = value
            else:
                details[name] = value
    if isinstance(row, Model) and asked.added[0] and row.name not in NO_WORD_LOOKS:
        assert isinstance(ruler.dataset, ScanFaces)
        questions = asked.added[0]
        found = looking.looks(questions, row.attention(questions, ruler.progress), ruler.dataset)
        figures["attention_lift"] = looking.attention_lift(found)
        details["attention"] = looking.attention_table(found)
        details["attention_by_unit"] = looking.attention_by_unit(found)
    return RowResult(figures, details, closeness, recognized, pictures)


def _identity(asked: Asked, ruler: Ruler, pictures: Pictures) -> tuple[list[float], dict[str, Any]]:
    """The nearest of the held-out people, and as a detail the nearest of everybody in the dataset."""
    dataset, questions, faces = ruler.dataset, asked.held_out, ruler.faces
    held_out = {person: faces[person] for person in dataset.test_subjects if person in faces}
    seen = [identity.face_features(picture) for picture in pictures]
    among_all = identity.identity_right(questions, identity.recognized(questions, seen, faces))
    details = {"people": len(held_out), "among_all": among_all, "all_people": len(faces)}
    return identity.recognized(questions, seen, held_out), {"identity": details}


def _words(row: Row, asked: Asked, ruler: Ruler, held_out: Pictures) -> dict[str, Any]:
    """Word control and locality, by name; names of `FIGURES` are columns, the others details."""
    assert ruler.meter is not None and isinstance(ruler.dataset, ScanFaces)
    units = ruler.meter.units
    questions, exchanges = asked.adverbs
    pictures = ruler.drawn(row, questions)
    measured = ruler.measure(questions, pictures)
    found: dict[str, Any] = {
        "direction_right": words.direction_right(exchanges, questions, measured, units),
        "direction_by_distance": words.direction_by_distance(exchanges, questions, measured, units),
        "direction_by_unit": words.direction_by_unit(exchanges, questions, measured, units),
        "direction_by_pair": breakdowns.direction_by_pair(exchanges, questions, measured, units),
        "direction_table": breakdowns.direction_table(exchanges, questions, measured, units),
        "icc": words.agreement(questions, measured, units),
        "by_unit": words.agreement_by_unit(questions, measured, units),
        "leakage": words.leakage(questions, measured, units),
        "leakage_largest": words.leakage(questions, measured, units, largest=True),
        "leakage_by_unit": breakdowns.leakage_by_unit(questions, measured, units),
        "change_made": change_made_by_unit(questions, pictures, ruler.gallery),
        "response": breakdowns.response(questions, measured, units),
        "locality": locality.locality(exchanges, questions, pictures, ruler.dataset),
        "locality_by_chance": locality.area_by_chance(exchanges, questions, ruler.dataset),
        "locality_by_unit": locality.by_unit(exchanges, questions, pictures, ruler.dataset),
        **_phrases("phrase_removed", row, asked.removed, ruler),
        **_phrases("phrase_added", row, asked.added, ruler),
    }
    levels = ruler.measure(asked.held_out, held_out)
    unseen = [asked.held_out[place] for place in asked.unseen]
    found["unseen_icc"] = words.combined_agreement(unseen, levels[asked.unseen], units)
    several = [asked.held_out[place] for place in asked.several]
    found["several_icc"] = words.combined_agreement(several, levels[asked.several], units)
    if isinstance(row, Model) and asked.reworded:
        again = ruler.measure(asked.reworded, ruler.drawn(row, asked.reworded))
        found["paraphrase"] = words.paraphrase_distance(several, levels[asked.several], again, units)
    return found


def _phrases(
    name: str, row: Row, asked: tuple[list[Question], list[Exchange]], ruler: Ruler
) -> dict[str, Figure | None]:
    """Share of phrases whose Action Unit is stronger with the phrase than without, and how much all changes.

    None for rows without pictures for it: nobody has photographed a sentence with one phrase crossed out.
    """
    questions, exchanges = asked
    names = (name, f"{name}_change", f"{name}_others")
    if not all(row.can_answer(question) for question in questions):
        return dict.fromkeys(names)
    assert ruler.meter is not None
    measured, units = ruler.measure(questions, ruler.drawn(row, questions)), ruler.meter.units
    right = words.direction_right(exchanges, questions, measured, units)
    return dict(
        zip(names, (right, *breakdowns.phrase_change(exchanges, questions, measured, units)), strict=True)
    )
