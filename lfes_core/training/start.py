"""Weights taken from elsewhere: LSE and VSE instead of stage 1, or all networks to begin with (fine-tuning).

Matching is the same for every synthesizer that is tried afterwards, so it need not be paid for again. A run keeps
copies of what it took, so that it can be resumed, and repeated, without the other run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor, nn

from lfes_core import shipped, weights
from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.training.checkpoint import first_difference
from lfes_core.training.log import RunFolder
from lfes_core.weights import digest, read_tensors, write_tensors

FORMAT = "lfes start 1"

#: Fact in ``matching.safetensors`` that names the run from which a copy was taken.
ORIGIN = "taken_from"

#: The settings that decide what the encoders are; without the word term the regions were never trained.
_MUST_AGREE = ("networks.language.", "networks.visual.", "losses.word_matching")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a run takes from others before its first step.

    Attributes:
        matched: LSE and VSE in place of stage 1; their fact `ORIGIN` says who trained them.
        start_run: whose weights the networks begin with: the name of a run folder or of a set of the package.
        start: these weights: LSE and VSE under ``encoders.``, and FFE, conditioning augmentation and MES under
            ``generator.``; a run that never came to stage 2 has no generator.
    """

    matched: weights.Stored | None = None
    start_run: str | None = None
    start: Mapping[str, Tensor] = field(default_factory=dict)

    def about(self) -> dict[str, dict[str, str] | None]:
        """What the record of a run says of it."""
        about: dict[str, dict[str, str] | None] = {"matching_from": None, "start_from": None}
        if self.matched is not None:
            tensors = self.matched.tensors
            about["matching_from"] = {"run": self.matched.facts[ORIGIN], "sha256": digest(tensors)}
        if self.start_run is not None:
            about["start_from"] = {"run": self.start_run, "sha256": digest(self.start)}
        return about

    def put_into(self, encoders: nn.Module, generator: nn.Module) -> None:
        """Copies the weights.

        Raises:
            UserError: they belong to networks of other widths.
        """
        for name, network in (("encoders", encoders), ("generator", generator)):
            start = f"{name}."
            part = {key.removeprefix(start): x for key, x in self.start.items() if key.startswith(start)}
            if part:
                _load(network, part, f"--start-from {self.start_run}: its {name}")
        if self.matched is not None:
            _load(encoders, self.matched.tensors, f"{self.matched.path}: its network")

    def keep(self, folder: RunFolder) -> None:
        """Writes copies into the folder of a run, for `copies`."""
        if (stored := self.matched) is not None:
            config, words, facts = stored.config, stored.vocabulary, stored.facts
            weights.save(folder.matching, weights.MATCHING, stored.tensors, config, words, facts, bits=32)
        if self.start_run is not None:
            write_tensors(folder.start, self.start, {"format": FORMAT, "run": self.start_run})


def copies(folder: RunFolder) -> Taken:
    """What `Taken.keep` left in the folder of a run; its own encoders do not count.

    Raises:
        UserError: a file is damaged.
    """
    taken = Taken()
    if folder.matching.exists():
        matched = weights.load(folder.matching, weights.MATCHING)
        taken = replace(taken, matched=matched if ORIGIN in matched.facts else None)
    if folder.start.exists():
        file = read_tensors(folder.start, FORMAT, "start the run anew in another folder")
        taken = replace(taken, start_run=file.header.get("run", "unknown"), start=file.tensors)
    return taken


def take(
    matching_from: str | os.PathLike[str] | None,
    start_from: str | os.PathLike[str] | None,
    config: Config,
    vocabulary: Vocabulary,
) -> Taken:
    """What a new run takes. Writes nothing.

    Args:
        matching_from: as `matched_encoders` takes it; None for encoders of its own.
        start_from: another run's folder, or the name of a set that comes with the package; None for random weights.
        config: of this run.
        vocabulary: of this run.

    Raises:
        UserError: as `matched_encoders`; or there is no run or set to start from.
    """
    matched = None if matching_from is None else matched_encoders(matching_from, config, vocabulary)
    if start_from is None:
        return Taken(matched=matched)
    name, other = os.fspath(start_from), RunFolder(Path(start_from))
    comes_along = name in shipped.shipped_sets()
    if not comes_along and not other.matching.is_file():
        raise UserError(
            f"--start-from {name}: neither a run whose matching stage is finished nor one of "
            f"{', '.join(shipped.shipped_sets())}"
        )
    encoders = weights.load(shipped.matching_file(None if comes_along else other.path), weights.MATCHING)
    start = {f"encoders.{key}": value for key, value in encoders.tensors.items()}
    if comes_along or other.synthesizer.is_file():
        synthesizer = weights.load(shipped.synthesizer_file(name), weights.SYNTHESIZER)
        lse = synthesizer.part("language_semantic_encoder")
        start |= {f"generator.{key}": value for key, value in synthesizer.tensors.items() if key not in lse}
    return Taken(matched=matched, start_run=name if comes_along else other.path.resolve().name, start=start)


def matched_encoders(given: str | os.PathLike[str], config: Config, vocabulary: Vocabulary) -> weights.Stored:
    """LSE and VSE with which a run replaces its matching stage; their fact `ORIGIN` says who trained them.

    Args:
        given: another run's folder, its ``matching.safetensors``, or ``matching`` for the encoders that come with the
            package, unless a run of that name is there.
        config: of this run.
        vocabulary: of this run.

    Raises:
        UserError: this run has no LSE; there is no such file; its networks or its vocabulary are not this run's.
    """
    if config.networks.language.input == "action_units":
        raise UserError(
            "networks.language.input=action_units has no encoders that could be matched; leave --matching-from out"
        )
    here = Path(given).exists()  # then it is no name, also if it is called so
    stored = weights.load(shipped.matching_file(Path(given).absolute() if here else given), weights.MATCHING)
    theirs, ours = (
        {key: value for key, value in settings.flat().items() if key.startswith(_MUST_AGREE)}
        for settings in (stored.config, config)
    )
    different = first_difference(theirs, ours)
    if different is not None:
        key, before, now = different
        raise UserError(
            f"{stored.path} was trained with {key} = {before!r}, and here it is {now!r}; use the same setting or "
            "train the matching stage anew"
        )
    if stored.vocabulary != vocabulary:
        raise UserError(
            f"{stored.path}: trained with another vocabulary; train the matching stage anew without --matching-from"
        )
    run = stored.path.resolve().parent.name if here else os.fspath(given)
    return replace(stored, facts={ORIGIN: run, **stored.facts})


def _load(network: nn.Module, tensors: Mapping[str, Tensor], whose: str) -> None:
    try:
        network.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise UserError(f"{whose} has other widths than this run; use the same networks") from error
