"""The rows of the table: models, and the two that need none, copy and the truth."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Float, UInt8

from lfes_core.config import Config
from lfes_core.datasets import FaceDataset, Frame
from lfes_core.errors import UserError
from lfes_core.evaluation.questions import Question
from lfes_core.synthesis import Synthesizer

Picture = UInt8[np.ndarray, "256 256 3"]
Maps = tuple[Float[np.ndarray, "words _ _"], ...]
Progress = Callable[[Iterable[Question]], Iterable[Question]]

ROWS = ("full", "full_skips", "no_matching", "no_attention", "au_vector", "copy", "truth")
"""All rows of a report, in its order."""

WHY_EMPTY = {
    "full": "no weights of the paper's design were named",
    "full_skips": "no weights with skip connections were named; train with --set networks.synthesizer.skips=true",
    "no_matching": "no such run was named; train one with --set losses.language_visual=0",
    "no_attention": "no such run was named; train one with --set networks.synthesizer.attention=false",
    "au_vector": "no such run was named; train one with --set networks.language.input=action_units "
    "--set losses.language_visual=0",
}
"""Why a row may have no figures, and what to do."""

NO_WORD_LOOKS = ("no_attention", "au_vector")
"""Rows of models in which no word of the sentence has a map: one has no maps, the other reads no words."""


class Gallery:
    """The pictures of a dataset, each decoded once."""

    def __init__(self, dataset: FaceDataset) -> None:
        self.dataset = dataset
        self._kept: dict[str, np.ndarray] = {}

    def __getitem__(self, frame: Frame) -> Picture:
        """The face of a frame, 256x256."""
        if frame.image not in self._kept:
            self._kept[frame.image] = self.dataset.face(frame)
        return self._kept[frame.image]

    def can_show(self, frame: Frame) -> bool:
        """Whether the picture can be read; if not, it goes on the dataset's list of what was skipped."""
        try:
            return len(self[frame]) > 0
        except UserError as error:
            self.dataset.skip(frame.image, str(error))
            return False


class Row(ABC):
    """Somebody who answers questions with pictures.

    Args:
        name: one of `ROWS`.
        gallery: where the pictures of the dataset come from.
    """

    def __init__(self, name: str, gallery: Gallery) -> None:
        self.name = name
        self.gallery = gallery

    def can_answer(self, question: Question) -> bool:
        """Whether there is an answer at all."""
        return True

    @abstractmethod
    def answers(self, questions: Sequence[Question], progress: Progress) -> Iterator[Picture]:
        """One picture for each question, in order; `progress` wraps the questions if they take time."""


class Copy(Row):
    """Returns the neutral face unchanged: what doing nothing scores."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__("copy", gallery)

    def answers(self, questions: Sequence[Question], progress: Progress) -> Iterator[Picture]:
        """The neutral faces."""
        return (self.gallery[question.neutral] for question in questions)


class Truth(Row):
    """Returns the true picture: the best that can be scored, and how far the ruler itself can be trusted."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__("truth", gallery)

    def can_answer(self, question: Question) -> bool:
        """Where the picture was made."""
        return question.truth is not None

    def answers(self, questions: Sequence[Question], progress: Progress) -> Iterator[Picture]:
        """The true pictures."""
        return (self.gallery[question.truth] for question in questions if question.truth is not None)


class Model(Row):
    """A trained synthesizer. One picture after the other: on a CPU a batch is no faster (34 ms against 33 to 41).

    Args:
        synthesizer: trained weights.
        gallery: where neutral faces come from.
        weights: the name or path by which they were named.
    """

    def __init__(self, synthesizer: Synthesizer, gallery: Gallery, weights: str) -> None:
        super().__init__(row_of(synthesizer.config), gallery)
        self.synthesizer = synthesizer
        self.weights = weights

    def answers(self, questions: Sequence[Question], progress: Progress) -> Iterator[Picture]:
        """What the model makes of face and sentence."""
        for question in progress(questions):
            yield np.asarray(self.synthesizer(self.gallery[question.neutral], question.sentence).image)

    def attention(
        self, questions: Sequence[Question], progress: Progress
    ) -> Iterator[tuple[list[str], Maps]]:
        """The words that were read, and the share of each at each place, for both attention modules."""
        for question in progress(questions):
            synthesis = self.synthesizer(self.gallery[question.neutral], question.sentence)
            yield synthesis.words, synthesis.attention


def row_of(config: Config) -> str:
    """Which row a model belongs to: its own configuration says it."""
    if config.networks.language.input == "action_units":
        return "au_vector"
    if not config.networks.synthesizer.attention:
        return "no_attention"
    if config.losses.language_visual == 0:
        return "no_matching"
    return "full_skips" if config.networks.synthesizer.skips else "full"
