"""How much of the true change a picture makes: did the lid go up, or is it only a good copy of the neutral face?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from lfes_core.evaluation.bootstrap import DIGITS
from lfes_core.evaluation.questions import Question, unit_of
from lfes_core.evaluation.rows import Gallery

Colors = Float[np.ndarray, "256 256 3"]


def share_made(made: Colors, true: Colors) -> tuple[float, float]:
    """The true change inside a made one, and the true change itself: two sums, to be added up over pictures.

    Their quotient is the factor by which the true change has to be multiplied to come nearest to the made one
    (least squares): 1 where all of it was made, 0 where nothing was, or only what has nothing to do with it.
    """
    return float((made * true).sum()), float((true * true).sum())


def change_made_by_unit(
    questions: Sequence[Question], pictures: UInt8[np.ndarray, "n 256 256 3"], gallery: Gallery
) -> dict[str, dict[str, Any]]:
    """For each Action Unit the share of the true change of colors that was made, and the number of pictures.

    Args:
        questions: of `single_units`, all with a true picture.
        pictures: the answers.
        gallery: where neutral faces and true pictures come from.
    """
    sums: dict[int, list[tuple[float, float]]] = {}
    for question, picture in zip(questions, pictures, strict=True):
        assert question.truth is not None
        neutral = gallery[question.neutral].astype(float)
        made, true = picture.astype(float) - neutral, gallery[question.truth].astype(float) - neutral
        sums.setdefault(unit_of(question), []).append(share_made(made, true))
    return {
        str(unit): {
            "value": round(sum(made for made, _ in found) / sum(true for _, true in found), DIGITS),
            "n": len(found),
        }
        for unit, found in sorted(sums.items())
    }
