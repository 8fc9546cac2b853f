"""The rows of the table: models, and those that need none, copy, stencil and the truth; and with which weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageFilter

from lfes_core.config import Config, preset
from lfes_core.datasets import FaceDataset, Frame
from lfes_core.datasets.frames import subjects_of
from lfes_core.errors import UserError
from lfes_core.evaluation.questions import Question
from lfes_core.evaluation.stencil import Stencil
from lfes_core.sentences import Description, describe
from lfes_core.synthesis import Synthesizer

Picture = UInt8[np.ndarray, "256 256 3"]
Change = Float[np.ndarray, "256 256 3"]

TRAINED_WITH = {
    "full": "any preset",
    "full_moving": "--set networks.synthesizer.moves=true",
    "no_matching": "--set losses.language_visual=0",
    "no_attention": "--set networks.synthesizer.attention=false",
    "au_vector": "--set networks.language.input=action_units --set losses.language_visual=0",
}
"""Options of ``train`` that make a model for a row."""
ROWS = (*TRAINED_WITH, "copy", "stencil", "truth")
"""All rows of a report, in its order."""

BLURRED, BLUR = "truth_blurred", 2.0
"""The true pictures once more, softened by so many pixels as synthesized ones are: only the estimator sees them."""

FREE = ("log_interval", "grid_interval", "checkpoint_interval", "held_out_pairs")  # say nothing about a run's result


class Answer(NamedTuple):
    """A picture, and the words that were read with the share of each at each place; empty where nobody looked."""

    picture: Picture
    words: Sequence[str] = ()
    attention: Sequence[Float[np.ndarray, "words _ _"]] = ()
    by_sentence: Change | None = None  # against the picture of a neutral sentence
    by_words: Change | None = None  # the same where the synthesizer does not see the condition


@dataclass(frozen=True)
class Row:
    """Somebody who answers questions with pictures, one by one: on a CPU a batch is no faster (34 ms, or 33 to 41)."""

    name: str  # one of `ROWS`, or `BLURRED`
    sets: tuple[str, ...]  # whose questions there are answers to
    answer: Callable[[Question], Answer]
    about: Mapping[str, Any] = field(default_factory=dict)  # of a model: `about_weights`


class Gallery(dict[Frame, Picture]):
    """The faces of a dataset's frames, 256x256, each decoded once."""

    def __init__(self, dataset: FaceDataset) -> None:
        super().__init__()
        self.dataset = dataset

    def __missing__(self, frame: Frame) -> Picture:
        return self.setdefault(frame, self.dataset.face(frame))

    def truth(self, question: Question) -> Picture:
        """The picture that a perfect answer equals."""
        assert question.truth is not None
        return self[question.truth]

    def can_show(self, frame: Frame) -> bool:
        """Whether the picture can be read; if not, it goes on the dataset's list of what was skipped."""
        return self.dataset.attempt(frame.image, lambda: self[frame]) is not None


def reference_rows(gallery: Gallery) -> list[Row]:
    """What needs no weights: nothing, the best linear answer, the best that can be done, and that best out of focus."""
    stencil = Stencil(_training_pairs(gallery.dataset))

    def blurred(question: Question) -> Answer:
        picture = Image.fromarray(gallery.truth(question))
        return Answer(np.asarray(picture.filter(ImageFilter.GaussianBlur(BLUR))))

    return [
        Row("copy", ("held_out", "single", "removed", "added"), lambda asked: Answer(gallery[asked.neutral])),
        Row(
            "stencil",
            ("held_out", "single", "removed", "added", "reworded"),
            lambda asked: Answer(stencil(gallery[asked.neutral], asked.named)),
        ),
        Row("truth", ("held_out", "single"), lambda asked: Answer(gallery.truth(asked))),
        Row(BLURRED, ("held_out",), blurred),
    ]


def _training_pairs(dataset: FaceDataset) -> Iterator[tuple[Picture, Picture, Mapping[int, int | None]]]:
    """Neutral picture, target picture and Action Units of each training pair that can be read."""
    trained = set(subjects_of(dataset, "train"))
    for frame in dataset.targets():
        if frame.subject in trained:
            pictures = [
                dataset.attempt(one.image, partial(dataset.face, one)) for one in (dataset.neutral_of(frame), frame)
            ]
            if pictures[0] is not None and pictures[1] is not None:
                yield pictures[0], pictures[1], frame.action_units


def model_rows(models: Sequence[tuple[str, Synthesizer]], gallery: Gallery) -> list[Row]:
    """What trained synthesizers, each with its name or path, make of face and sentence; in the order of `ROWS`.

    Raises:
        UserError: two of one row, which are averaged, differ in more than their seed, or not even in that.
    """
    for (first, one), (other, two) in combinations(models, 2):
        ours, theirs, name = one.config.flat(), two.config.flat(), row_of(one.config)
        different = [key for key in ours if ours[key] != theirs[key] and key.rpartition(".")[2] not in FREE]
        if row_of(two.config) == name and different != ["seed"]:
            key = next((key for key in different if key != "seed"), None)
            why = f"differ in {key} ({ours[key]} and {theirs[key]})" if key else "have the same seed"
            raise UserError(
                f"{first} and {other} are both weights for the row '{name}' and {why}: "
                "name one of them, or runs that differ in their seed only"
            )
    rows = [_model_row(weights, synthesizer, gallery) for weights, synthesizer in models]
    return sorted(rows, key=lambda row: ROWS.index(row.name))


def _model_row(weights: str, synthesizer: Synthesizer, gallery: Gallery) -> Row:
    name = row_of(synthesizer.config)

    @lru_cache(maxsize=1)  # the questions come person by person
    def unmoved(neutral: Frame) -> list[Change]:
        """What a neutral sentence makes, with the condition and without: a design that redraws a face changes it."""
        silent = describe(Description(neutral.gender, None, {}), "with", None)
        made = (synthesizer(gallery[neutral], silent, hide_condition=hidden) for hidden in (False, True))
        return [np.asarray(one.image, float) for one in made]

    def answer(question: Question) -> Answer:
        made = synthesizer(gallery[question.neutral], question.sentence)
        # No word has a map where there is no attention, or where numbers are read and no words.
        looks = () if name in ("no_attention", "au_vector") else made.attention
        changes: list[Change] = []
        if question.set == "single":
            alone = synthesizer(gallery[question.neutral], question.sentence, hide_condition=True)
            shown = [np.asarray(one.image, float) for one in (made, alone)]
            changes = [one - silent for one, silent in zip(shown, unmoved(question.neutral), strict=True)]
        return Answer(np.asarray(made.image), made.words, looks, *changes)

    sets = ("held_out", "single", "removed", "added", "reworded")
    return Row(name, sets, answer, about_weights(weights, synthesizer))


def row_of(config: Config) -> str:
    """Which row a model belongs to: its own configuration says it."""
    if config.networks.language.input == "action_units":
        return "au_vector"
    if not config.networks.synthesizer.attention:
        return "no_attention"
    if config.losses.language_visual == 0:
        return "no_matching"
    return "full_moving" if config.networks.synthesizer.moves else "full"


def about_weights(weights: str, synthesizer: Synthesizer) -> dict[str, Any]:
    """What a report says about one set of weights; None: not known.

    ``sha256`` is that of its model card, ``pictures`` is steps of stage 2 times batch size, and ``start`` the run whose
    weights it began with and whose budget is not in these numbers. ``settings`` are those that differ from the preset,
    ``facts`` what training wrote. Of a path from the root, which tells other people nothing, the last part is named.
    """
    config, facts, path = synthesizer.config, dict(synthesizer.facts), Path(weights)
    steps, batch, usual = facts.get("step"), config.adversarial.batch_size, preset(config.preset).flat()
    return {
        "weights": path.name if path.is_absolute() or ".." in path.parts else weights,
        "sha256": synthesizer.sha256,
        "preset": config.preset,
        "seed": config.seed,
        "steps": steps,
        "batch_size": batch,
        "pictures": None if steps is None else steps * batch,
        **{name: facts.get(name) for name in ("seconds", "hardware", "start")},
        "settings": {key: value for key, value in config.flat().items() if value != usual[key]},
        "facts": facts,
    }
