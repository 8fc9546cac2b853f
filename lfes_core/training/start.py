"""Weights taken from elsewhere: LSE and VSE instead of stage 1, or all networks to begin with (fine-tuning).

Matching is the same for every synthesizer that is tried afterwards, so it need not be paid for again. A run keeps
copies of what it took, so that it can be resumed, and repeated, without the other run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor, nn

from lfes_core import shipped, weights
from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.tensor_files import digest, read_tensors, write_tensors
from lfes_core.training.checkpoint import first_difference
from lfes_core.training.log import RunFolder

FORMAT = "lfes start 1"

#: Fact in ``matching.safetensors`` that names the run from which a copy was taken.
ORIGIN = "taken_from"

#: The settings that decide what the encoders are; without the word term the regions were never trained.
_MUST_AGREE = ("networks.language.", "networks.visual.", "losses.word_matching")


@dataclass(frozen=True, kw_only=True)
class StartingPoint:
    """Weights to begin with instead of random ones.

    Attributes:
        run: whose they are: the name of a run folder or of a set that comes with the package.
        tensors: LSE and VSE under ``encoders.``, and FFE, conditioning augmentation and MES under ``generator.``; a run
            that never came to stage 2 has no generator.
    """

    run: str
    tensors: Mapping[str, Tensor]

    def part(self, network: str) -> dict[str, Tensor]:
        """The tensors of one of the two networks, by its own names."""
        start = f"{network}."
        return {
            key.removeprefix(start): value for key, value in self.tensors.items() if key.startswith(start)
        }


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a run takes from others before its first step.

    Attributes:
        matched: LSE and VSE in place of stage 1; their fact `ORIGIN` says who trained them.
        start: the first weights of the networks.
    """

    matched: weights.Stored | None = None
    start: StartingPoint | None = None

    def about(self) -> dict[str, dict[str, str] | None]:
        """What the record of a run says of it."""
        about: dict[str, dict[str, str] | None] = {"matching_from": None, "start_from": None}
        if self.matched is not None:
            tensors = self.matched.tensors
            about["matching_from"] = {"run": self.matched.facts[ORIGIN], "sha256": digest(tensors)}
        if self.start is not None:
            about["start_from"] = {"run": self.start.run, "sha256": digest(self.start.tensors)}
        return about

    def put_into(self, encoders: nn.Module, generator: nn.Module) -> None:
        """Copies the weights.

        Raises:
            UserError: they belong to networks of other widths.
        """
        whose = ""
        try:
            if self.start is not None:
                for name, network in (("encoders", encoders), ("generator", generator)):
                    whose = f"--start-from {self.start.run}: its {name} has"
                    if part := self.start.part(name):
                        network.load_state_dict(part)
            if self.matched is not None:
                whose = f"{self.matched.path}: its encoders have"
                encoders.load_state_dict(dict(self.matched.tensors))
        except RuntimeError as error:
            raise UserError(f"{whose} other widths than this run; use the same networks") from error

    def keep(self, folder: RunFolder) -> None:
        """Writes copies into the folder of a run, for `copies`."""
        if (stored := self.matched) is not None:
            weights.save(
                folder.matching,
                weights.MATCHING,
                stored.tensors,
                stored.config,
                stored.vocabulary,
                stored.facts,
                bits=32,
            )
        if self.start is not None:
            write_tensors(folder.start, self.start.tensors, {"format": FORMAT, "run": self.start.run})


def copies(folder: RunFolder) -> Taken:
    """What `Taken.keep` left in the folder of a run; its own encoders do not count.

    Raises:
        UserError: a file is damaged.
    """
    matched = weights.load(folder.matching, weights.MATCHING) if folder.matching.exists() else None
    start = None
    if folder.start.exists():
        file = read_tensors(folder.start, FORMAT, "start the run anew in another folder")
        start = StartingPoint(run=file.header.get("run", "unknown"), tensors=file.tensors)
    return Taken(matched=matched if matched and ORIGIN in matched.facts else None, start=start)


def matched_encoders(given: str | os.PathLike[str], config: Config, vocabulary: Vocabulary) -> weights.Stored:
    """LSE and VSE with which a run replaces its matching stage; its fact `ORIGIN` says who trained them.

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


def starting_point(given: str | os.PathLike[str]) -> StartingPoint:
    """The weights of another run, to start with.

    Args:
        given: its folder, or the name of a set that comes with the package.

    Raises:
        UserError: there is no such run or set.
    """
    name = os.fspath(given)
    comes_along = name in shipped.shipped_sets()
    other = RunFolder(Path(given))
    if not comes_along and not other.matching.is_file():
        raise UserError(
            f"--start-from {given}: neither a run whose matching stage is finished nor one of "
            f"{', '.join(shipped.shipped_sets())}"
        )
    encoders = weights.load(shipped.matching_file(None if comes_along else other.path), weights.MATCHING)
    tensors = {f"encoders.{key}": value for key, value in encoders.tensors.items()}
    if comes_along or other.synthesizer.is_file():
        synthesizer = weights.load(shipped.synthesizer_file(given), weights.SYNTHESIZER)
        lse = synthesizer.part("language_semantic_encoder")
        tensors |= {f"generator.{key}": value for key, value in synthesizer.tensors.items() if key not in lse}
    return StartingPoint(run=name if comes_along else other.path.resolve().name, tensors=tensors)


def take(
    matching_from: str | os.PathLike[str] | None,
    start_from: str | os.PathLike[str] | None,
    config: Config,
    vocabulary: Vocabulary,
) -> Taken:
    """What a new run takes, from whatever it names; errors as `matched_encoders` and `starting_point`."""
    return Taken(
        matched=None if matching_from is None else matched_encoders(matching_from, config, vocabulary),
        start=None if start_from is None else starting_point(start_from),
    )
