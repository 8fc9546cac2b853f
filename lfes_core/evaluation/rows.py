"""The rows of the table: models, and the two that need none, copy and the truth; and with which weights."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageFilter

from lfes_core.config import Config, preset
from lfes_core.datasets import FaceDataset, Frame
from lfes_core.errors import UserError
from lfes_core.evaluation.questions import Question
from lfes_core.synthesis import Synthesizer

Picture = UInt8[np.ndarray, "256 256 3"]

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

BLURRED = "truth_blurred"
"""The true pictures once more, softened as synthesized ones are: only the estimator looks at them."""
BLUR = 2.0
"""Width, in pixels, of that blur."""

FREE = ("log_interval", "grid_interval", "checkpoint_interval", "held_out_pairs")
"""Settings that change what a run shows on its way and nothing of its result."""


class Answer(NamedTuple):
    """A picture, and the words that were read with the share of each at each place; empty where nobody looked."""

    picture: Picture
    words: Sequence[str] = ()
    attention: Sequence[Float[np.ndarray, "words _ _"]] = ()


@dataclass(frozen=True)
class Row:
    """Somebody who answers questions with pictures.

    Attributes:
        name: one of `ROWS`, or `BLURRED`.
        sets: whose questions there are answers to.
        answer: gives them, one after the other: on a CPU a batch is no faster (34 ms against 33 to 41).
        synthesizer: of a model.
        weights: of a model, the name or path by which they were named.
    """

    name: str
    sets: tuple[str, ...]
    answer: Callable[[Question], Answer]
    synthesizer: Synthesizer | None = None
    weights: str = ""

    @property
    def config(self) -> Config:
        """A model's configuration."""
        assert self.synthesizer is not None
        return self.synthesizer.config


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


def copy_row(gallery: Gallery) -> Row:
    """Returns the neutral face unchanged: what doing nothing scores."""
    sets = ("held_out", "single", "removed", "added")
    return Row("copy", sets, lambda question: Answer(gallery[question.neutral]))


def truth_row(gallery: Gallery, blur: float = 0.0) -> Row:
    """Returns the true picture, the best that can be scored; or that picture out of focus, by so many pixels."""
    soften = ImageFilter.GaussianBlur(blur)

    def answer(question: Question) -> Answer:
        assert question.truth is not None
        picture = gallery[question.truth]
        return Answer(np.asarray(Image.fromarray(picture).filter(soften)) if blur else picture)

    return Row(BLURRED, ("held_out",), answer) if blur else Row("truth", ("held_out", "single"), answer)


def model_row(synthesizer: Synthesizer, gallery: Gallery, weights: str) -> Row:
    """Returns what a trained synthesizer makes of face and sentence."""
    name = row_of(synthesizer.config)

    def answer(question: Question) -> Answer:
        made = synthesizer(gallery[question.neutral], question.sentence)
        looks = () if name in NO_WORD_LOOKS else made.attention
        return Answer(np.asarray(made.image), made.words, looks)

    return Row(name, ("held_out", "single", "removed", "added", "reworded"), answer, synthesizer, weights)


def row_of(config: Config) -> str:
    """Which row a model belongs to: its own configuration says it."""
    if config.networks.language.input == "action_units":
        return "au_vector"
    if not config.networks.synthesizer.attention:
        return "no_attention"
    if config.losses.language_visual == 0:
        return "no_matching"
    return "full_skips" if config.networks.synthesizer.skips else "full"


def about_weights(row: Row) -> dict[str, Any]:
    """What a report says about one set of weights.

    Returns:
        Its name, ``sha256`` over all tensors as its model card gives it, preset, seed, and the budget of stage 2:
        ``steps``, ``batch_size``, ``pictures`` (their product), ``seconds``, ``hardware``; ``start`` names the run
        whose weights it began with, and whose budget is not in these numbers. ``settings`` are those that differ
        from the preset, ``facts`` what training wrote. None: not known.
    """
    assert row.synthesizer is not None
    config, facts = row.config, dict(row.synthesizer.facts)
    steps, batch = facts.get("step"), config.adversarial.batch_size
    usual = _settings(preset(config.preset))
    record = _record(row.weights)
    return {
        "weights": shown_name(row.weights),
        "sha256": row.synthesizer.sha256,
        "preset": config.preset,
        "seed": config.seed,
        "steps": steps,
        "batch_size": batch,
        "pictures": None if steps is None else steps * batch,
        "seconds": facts.get("seconds"),
        "hardware": facts.get("hardware") or record.get("hardware"),
        "start": facts.get("start") or record.get("start"),
        "settings": {key: value for key, value in _settings(config).items() if value != usual[key]},
        "facts": facts,
    }


def shown_name(weights: str) -> str:
    """A name for a report that other people read: of a path from the root only the last part."""
    path = Path(weights)
    return path.name if path.is_absolute() or ".." in path.parts else weights


def _record(weights: str) -> dict[str, str]:
    """Hardware and start of a run, from ``run.json`` in its folder; empty where nobody wrote it down."""
    path, found = Path(weights), {}
    record: Any = None
    with suppress(OSError, ValueError, RecursionError):
        record = json.loads(((path if path.is_dir() else path.parent) / "run.json").read_text("utf-8"))
    with suppress(KeyError, TypeError):
        found["hardware"] = "; then ".join(dict.fromkeys(began["hardware"] for began in record["starts"]))
    with suppress(KeyError, TypeError):
        found["start"] = str(record["start_from"]["run"])
    return found


def check_seeds(rows: Sequence[Row]) -> None:
    """Looks whether the runs of one row may be averaged: they must differ in their seed, and in nothing else.

    Raises:
        UserError: they may not; the first difference is named.
    """
    for first, other in combinations(rows, 2):
        ours, theirs = _settings(first.config), _settings(other.config)
        different = [key for key in ours if ours[key] != theirs[key] and key.rpartition(".")[2] not in FREE]
        if different != ["seed"]:
            key = next((key for key in different if key != "seed"), None)
            why = f"differ in {key} ({ours[key]} and {theirs[key]})" if key else "have the same seed"
            raise UserError(
                f"{first.weights} and {other.weights} are both weights for the row '{first.name}' and {why}: "
                "name one of them, or runs that differ in their seed only"
            )


def _settings(config: Config) -> dict[str, Any]:
    """Every setting by its dotted key."""

    def flat(settings: Mapping[str, Any], start: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in settings.items():
            found |= flat(value, f"{start}{key}.") if isinstance(value, Mapping) else {start + key: value}
        return found

    return flat(config.to_json(), "")
