"""Is it still the same person? The nearest neutral face, by features that nothing was trained on.

Histograms of oriented gradients (Dalal and Triggs, 2005) of the gray face from hairline to chin: they keep the
outlines of eyes, nose, mouth and jaw and forget color and light. They have no weights, so no synthesizer can have
learned to please them; the price is that they are easily disturbed by blur. The row "truth" shows how well they
know a person in spite of an expression.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8
from skimage.feature import hog

from lfes_core.datasets import FaceDataset
from lfes_core.evaluation.bootstrap import Figure, by_person, with_interval
from lfes_core.evaluation.questions import Question
from lfes_core.evaluation.rows import Gallery

TOP, LEFT, SIDE = 56, 64, 128
GRAY = np.array([0.299, 0.587, 0.114])


def face_features(picture: UInt8[np.ndarray, "256 256 3"]) -> Float[np.ndarray, " features"]:
    """The face in numbers, of length 1."""
    face = picture[TOP : TOP + SIDE + 32, LEFT : LEFT + SIDE] @ GRAY / 255
    found: np.ndarray = hog(face, orientations=9, pixels_per_cell=(16, 16), cells_per_block=(2, 2))
    return found / max(float(np.linalg.norm(found)), 1e-12)


def known_faces(
    dataset: FaceDataset, gallery: Gallery, people: Sequence[str]
) -> dict[str, Float[np.ndarray, " features"]]:
    """The features of everybody's neutral face, where it can be read."""
    neutrals = {person: dataset.neutral(person) for person in people}
    return {name: face_features(gallery[face]) for name, face in neutrals.items() if gallery.can_show(face)}


def recognized(
    questions: Sequence[Question],
    seen: Sequence[Float[np.ndarray, " features"]],
    faces: Mapping[str, Float[np.ndarray, " features"]],
) -> list[float]:
    """For each picture 1 where the right person's neutral face is the nearest of all, else 0.

    Args:
        questions: whose face was given.
        seen: the `face_features` of the answers.
        faces: who is to be told apart.
    """
    names = list(faces)
    table = np.stack([faces[name] for name in names])
    return [
        float(names[int((table @ features).argmax())] == question.subject)
        for question, features in zip(questions, seen, strict=True)
    ]


def identity_right(questions: Sequence[Question], right: Sequence[float]) -> Figure | None:
    """Share of pictures that are nearest to the right person, with an interval over people."""
    if len({question.subject for question in questions}) < 2:
        return None  # one person is always the nearest
    return with_interval(by_person([question.subject for question in questions], right))
