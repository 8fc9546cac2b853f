"""How close the pictures are to the true ones: the columns of Table 1 that need no words."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import UInt8

from lfes_core.evaluation.bootstrap import Figure, by_person, with_interval
from lfes_core.evaluation.questions import Question
from lfes_core.evaluation.rows import Gallery
from lfes_core.metrics import Closeness, closeness, moved_region

FIGURES = ("ssim", "ssim_moved", "l1_moved")


def measure_quality(
    questions: Iterable[Question], pictures: Iterable[UInt8[np.ndarray, "256 256 3"]], gallery: Gallery
) -> list[Closeness]:
    """SSIM, and SSIM and L1 in the moved region, of every picture; each question needs its true picture."""
    found = []
    for question, picture in zip(questions, pictures, strict=True):
        assert question.truth is not None
        target, neutral = gallery[question.truth] / 255.0, gallery[question.neutral] / 255.0
        found.append(closeness(picture / 255.0, target, moved_region(neutral, target)))
    return found


def quality_figures(questions: Sequence[Question], found: Sequence[Closeness]) -> dict[str, Figure | None]:
    """The three columns, with intervals over people."""
    people = [question.subject for question in questions]
    return {name: with_interval(by_person(people, [getattr(one, name) for one in found])) for name in FIGURES}
