"""Weights taken from elsewhere: LSE and VSE instead of stage 1, or all networks to begin with (fine-tuning).

A run's first checkpoint holds what it took, so that it can be resumed without the other run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor, nn

from lfes_core import shipped, weights
from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.files import user_path
from lfes_core.sentences import Vocabulary
from lfes_core.training.checkpoint import check_same
from lfes_core.training.log import RunFolder
from lfes_core.weights import digest

Given = str | os.PathLike[str]

#: Fact in ``matching.safetensors`` that names the run from which a copy was taken.
ORIGIN = "taken_from"

#: The settings that decide what the encoders are; without the word term the regions were never trained.
_MUST_AGREE = ("networks.language.", "networks.visual.", "losses.word_matching")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a run takes from others before its first step.

    Attributes:
        matched: LSE and VSE in place of stage 1; their fact `ORIGIN` says who trained them.
        start: weights that the networks begin with: LSE and VSE under ``encoders.``, FFE, conditioning augmentation and
            MES under ``generator.``, all five discriminators under ``discriminators.`` (a run that never came to stage
            2 has neither).
        run: whose weights they are.
    """

    matched: weights.Stored | None = None
    start: Mapping[str, Tensor] | None = None
    run: str = ""

    def about(self) -> dict[str, dict[str, str] | None]:
        """What the record of a run says of it."""
        about: dict[str, dict[str, str] | None] = {"matching_from": None, "start_from": None}
        if self.matched is not None:
            about["matching_from"] = {"run": self.matched.facts[ORIGIN], "sha256": digest(self.matched.tensors)}
        if self.start is not None:
            about["start_from"] = {"run": self.run, "sha256": digest(self.start)}
        return about

    def put_into(self, encoders: nn.Module, generator: nn.Module, discriminators: nn.Module) -> None:
        """Copies the weights; UserError where they belong to networks of other widths."""
        parts = []
        if self.start is not None:
            ours = {"encoders.": encoders, "generator.": generator, "discriminators.": discriminators}
            for name, network in ours.items():
                found = {k.removeprefix(name): x for k, x in self.start.items() if k.startswith(name)}
                whose = f"--start-from {self.run}: its {name[:-1]}"
                parts += [(network, found, whose)] if found else []
        if self.matched is not None:
            parts.append((encoders, dict(self.matched.tensors), f"{self.matched.path}: its network"))
        for network, tensors, whose in parts:
            try:
                network.load_state_dict(tensors)
            except RuntimeError as error:
                raise UserError(f"{whose} has other widths than this run; use the same networks") from error

    def keep(self, folder: RunFolder) -> None:
        """Writes a copy of LSE and VSE into the folder of a run, so that it can be read without the other run."""
        if (it := self.matched) is not None:
            weights.save(folder.matching, weights.MATCHING, it.tensors, it.config, it.vocabulary, it.facts, bits=32)


def take(matched: Given | None, start_from: Given | None, config: Config, words: Vocabulary) -> Taken:
    """What a new run takes, as `Options` says it. UserError: as `matched_encoders`; or there is no such start."""
    encoders = None if matched is None else matched_encoders(matched, config, words)
    if start_from is None:
        return Taken(matched=encoders)
    name, other = os.fspath(start_from), RunFolder(user_path(start_from))
    comes_along = name in shipped.shipped_sets()
    if not comes_along and not other.matching.is_file():
        sets = ", ".join(shipped.shipped_sets())
        raise UserError(f"--start-from {name}: neither a run whose matching is finished nor one of {sets}")
    begun = weights.load(shipped.matching_file(None if comes_along else other.path), weights.MATCHING)
    tensors = {f"encoders.{key}": value for key, value in begun.tensors.items()}
    if comes_along or other.synthesizer.is_file():
        synthesizer = weights.load(shipped.synthesizer_file(name), weights.SYNTHESIZER)
        lse = synthesizer.part("language_semantic_encoder")
        tensors |= {f"generator.{key}": x for key, x in synthesizer.tensors.items() if key not in lse}
        rivals = weights.load(shipped.discriminators_file(name), weights.DISCRIMINATORS)
        tensors |= {f"discriminators.{key}": x for key, x in rivals.tensors.items()}
    return Taken(matched=encoders, start=tensors, run=name if comes_along else other.path.resolve().name)


def matched_encoders(given: Given, config: Config, vocabulary: Vocabulary) -> weights.Stored:
    """LSE and VSE with which a run replaces its matching stage; their fact `ORIGIN` says who trained them.

    ``given`` is another run's folder, its ``matching.safetensors``, or, where no run is called so, ``matching`` for
    those of the package. UserError: this run has no LSE, no such file, or its networks or vocabulary are not the run's.
    """
    if config.networks.language.input == "action_units":
        raise UserError("networks.language.input=action_units matches nothing; leave --matching-from out")
    here = (path := user_path(given)).exists()  # then it is no name, also if it is called so
    stored = weights.load(shipped.matching_file(path.absolute() if here else os.fspath(given)), weights.MATCHING)
    theirs, ours = (
        {key: x for key, x in both.flat().items() if key.startswith(_MUST_AGREE)} | {"vocabulary": words.to_json()}
        for both, words in ((stored.config, stored.vocabulary), (config, vocabulary))
    )
    advice = "use the same, or train the matching stage anew without --matching-from"
    check_same(f"{stored.path} was trained", theirs, ours, advice)
    run = stored.path.resolve().parent.name if here else os.fspath(given)
    return replace(stored, facts={ORIGIN: run, **stored.facts})
