"""LSE and VSE as another run's matching left them: read, compared with this run's settings, and kept in its folder.

Matching is the same for every synthesizer that is tried afterwards, so it need not be paid for again.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.training.checkpoint import write_tensors
from lfes_core.training.run_folder import RunFolder, first_difference
from lfes_core.weight_files import MATCHING
from lfes_core.weights import digest, load_matching

#: Entry of the header of ``matching.safetensors`` that names the run it was taken from.
ORIGIN = "taken_from"


@dataclass(frozen=True, kw_only=True)
class MatchedEncoders:
    """What a ``matching.safetensors`` holds.

    Attributes:
        path: the file.
        tensors: LSE and VSE, by full name.
        header: ``config`` and ``vocabulary`` of the run that trained them, as JSON; `ORIGIN` in a copy.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    header: Mapping[str, str]

    @property
    def origin(self) -> str | None:
        """The run that this copy was taken from; None in the file of the run that trained it."""
        return self.header.get(ORIGIN)

    @property
    def run(self) -> str:
        """Name of the run that trained the encoders."""
        return self.origin or self.path.resolve().parent.name

    @property
    def sha256(self) -> str:
        """Of the tensors alone, so that a copy has the same."""
        return digest(self.tensors)

    def put_into(self, encoders: nn.Module) -> None:
        """Loads the tensors.

        Raises:
            UserError: the networks have other tensors (the file was written by another version).
        """
        try:
            encoders.load_state_dict(dict(self.tensors))
        except RuntimeError as error:
            raise UserError(f"{self.path}: its tensors do not fit; train the matching stage anew") from error

    def copy_to(self, path: Path) -> None:
        """Writes the same tensors, with a note where they come from."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tensors(path, self.tensors, {**self.header, ORIGIN: self.run})


def encoders_to_take(
    folder: RunFolder,
    matching_from: str | os.PathLike[str] | None,
    config: Config,
    vocabulary: Vocabulary,
    *,
    resume: bool,
) -> MatchedEncoders | None:
    """The encoders with which a run replaces its matching stage; None if it trains its own. Writes nothing.

    Args:
        folder: the run's own.
        matching_from: another run's folder, its ``matching.safetensors``, or ``matching`` for the encoders that come
            with the package, unless a run of that name is there. A run that resumes has a copy and needs none; if
            one is given it must be the same.
        config: of this run.
        vocabulary: of this run.
        resume: whether the run was started before.

    Raises:
        UserError: this run has no LSE; there is no such file; its networks or its vocabulary are not this run's; the
            run to resume was started with other encoders, or with its own.
    """
    if matching_from is not None and config.networks.language.input == "action_units":
        raise UserError(
            "networks.language.input=action_units has no encoders that could be matched; leave --matching-from out"
        )
    ours = load_matched(folder.matching) if resume and folder.matching.exists() else None
    if ours is not None and ours.origin is None:
        ours = None  # its own matching wrote the file
    if matching_from is None:
        return ours
    shipped = str(matching_from) == MATCHING and not Path(matching_from).exists()
    given = shipped_encoders() if shipped else load_matched(Path(matching_from))
    if not resume:
        _check(given, config, vocabulary)
        return given
    if ours is None:
        raise UserError(
            f"{folder.path} was started without --matching-from; resume without it or choose another folder"
        )
    if ours.sha256 != given.sha256:
        raise UserError(
            f"{folder.path} was started with the encoders of {ours.run}, and those of {given.path} differ; "
            "resume without --matching-from or choose another folder"
        )
    return ours


def shipped_encoders() -> MatchedEncoders:
    """LSE and VSE that come with the package, VSE's rounded weights as they are.

    Raises:
        UserError: none come with this copy of the package, or their files were damaged.
    """
    stored = load_matching()
    header = {
        "config": json.dumps(stored.config.to_json()),
        "vocabulary": json.dumps(stored.vocabulary.to_json()),
        ORIGIN: MATCHING,
    }
    return MatchedEncoders(path=stored.path, tensors=stored.tensors, header=header)


def load_matched(path: Path) -> MatchedEncoders:
    """Reads a run's ``matching.safetensors``.

    Args:
        path: the file, or the run folder in which it lies.

    Raises:
        UserError: there is none, or it is not one.
    """
    file = path / "matching.safetensors" if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{file}: no such file; give a run whose matching stage is finished")
    try:
        with safe_open(file, framework="pt") as stored:
            header = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{file}: cannot be read; give a run whose matching stage is finished") from error
    if not {"config", "vocabulary"} <= header.keys():
        raise UserError(f"{file}: not what a matching stage writes; give a run folder")
    return MatchedEncoders(path=file, tensors=tensors, header=header)


def _check(given: MatchedEncoders, config: Config, vocabulary: Vocabulary) -> None:
    try:
        stored = Config.from_json(json.loads(given.header["config"]))
        words = json.loads(given.header["vocabulary"])
    except (UserError, ValueError) as error:
        raise UserError(f"{given.path}: its header is not understood ({error})") from error
    different = first_difference(_what_must_agree(stored), _what_must_agree(config))
    if different is not None:
        key, before, now = different
        raise UserError(
            f"{given.path} was trained with {key} = {before!r}, and here it is {now!r}; use the same setting or "
            "train the matching stage anew"
        )
    if words != vocabulary.to_json():
        raise UserError(
            f"{given.path}: trained with another vocabulary; train the matching stage anew without --matching-from"
        )


def _what_must_agree(config: Config) -> dict[str, Any]:
    """The settings that decide what the encoders are; without the word term the regions were never trained."""
    networks = config.networks
    return {
        "networks": {"language": networks.language.to_json(), "visual": networks.visual.to_json()},
        "losses": {"word_matching": config.losses.word_matching},
    }
