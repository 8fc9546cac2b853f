"""Networks of another run as the start of this one, instead of random numbers: fine-tuning.

Optimizers, averages and random numbers start anew; only weights are taken. The run keeps a copy of them, so that it
can be resumed, and repeated, without the other run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from lfes_core.errors import UserError
from lfes_core.training.checkpoint import write_tensors
from lfes_core.training.matched_encoders import load_matched
from lfes_core.training.run_folder import RunFolder
from lfes_core.weight_files import matching_file, shipped_sets, synthesizer_file
from lfes_core.weights import digest, load_matching, load_synthesizer

ENCODERS, GENERATOR = "encoders.", "generator."
_NOT_OF_THE_GENERATOR = "language_semantic_encoder."


@dataclass(frozen=True, kw_only=True)
class StartingPoint:
    """Weights to begin with.

    Attributes:
        run: whose they are: the name of a run folder or of a set that comes with the package.
        tensors: LSE and VSE under ``encoders.``, and FFE, conditioning augmentation and MES under ``generator.``; a run
            that never came to stage 2 has no generator.
    """

    run: str
    tensors: Mapping[str, Tensor]

    def facts(self) -> dict[str, Any]:
        """What a run record says about it."""
        return {"run": self.run, "sha256": digest(self.tensors)}

    def put_into(self, encoders: nn.Module, generator: nn.Module) -> None:
        """Copies the weights.

        Raises:
            UserError: they belong to networks of other widths.
        """
        for start, network in ((ENCODERS, encoders), (GENERATOR, generator)):
            part = {
                name.removeprefix(start): value
                for name, value in self.tensors.items()
                if name.startswith(start)
            }
            if not part:
                continue
            try:
                network.load_state_dict(part)
            except RuntimeError as error:
                raise UserError(
                    f"--start-from {self.run}: its {start[:-1]} has other widths than this run; use the same networks"
                ) from error

    def copy_to(self, path: Path) -> None:
        """Writes the weights with a note whose they are."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tensors(path, self.tensors, {"run": self.run})


def starting_point(
    folder: RunFolder, start_from: str | os.PathLike[str] | None, *, resume: bool
) -> StartingPoint | None:
    """The weights that a run starts with; None for random ones. Writes nothing.

    Args:
        folder: the run's own.
        start_from: another run's folder, or the name of a set that comes with the package.
        resume: whether the run was started before; it has a copy then.

    Raises:
        UserError: there is no such run, or a run that resumes is given another start.
    """
    if resume:
        if start_from is not None:
            raise UserError(
                f"{folder.path} has been started; resume without --start-from or choose another folder"
            )
        return _read_copy(folder.start) if folder.start.exists() else None
    if start_from is None:
        return None
    shipped = str(start_from) in shipped_sets()
    other = RunFolder(Path(start_from))
    if not shipped and not other.matching.is_file():
        raise UserError(
            f"--start-from {start_from}: neither a run whose matching stage is finished nor one of "
            f"{', '.join(shipped_sets())}"
        )
    encoders = load_matching(matching_file()).tensors if shipped else load_matched(other.path).tensors
    tensors = {f"{ENCODERS}{name}": value for name, value in encoders.items()}
    if shipped or other.synthesizer.is_file():
        stored = load_synthesizer(synthesizer_file(start_from))
        tensors |= {
            f"{GENERATOR}{name}": value
            for name, value in stored.tensors.items()
            if not name.startswith(_NOT_OF_THE_GENERATOR)
        }
    return StartingPoint(run=str(start_from) if shipped else other.path.resolve().name, tensors=tensors)


def _read_copy(path: Path) -> StartingPoint:
    try:
        with safe_open(path, framework="pt") as stored:
            return StartingPoint(
                run=(stored.metadata() or {}).get("run", "unknown"),
                tensors={name: stored.get_tensor(name) for name in stored.keys()},
            )
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: cannot be read; start the run anew in another folder") from error
