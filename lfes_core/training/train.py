"""``train``: one call from a dataset and a configuration to weights that `Synthesizer.load` takes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from lightning_fabric import Fabric
from torch.nn.utils import convert_conv2d_weight_memory_format

from lfes_core.config import Config
from lfes_core.datasets import FaceDataset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.files import alone_in, user_path
from lfes_core.networks import Discriminators, Generator
from lfes_core.training.adversarial import train_adversarially
from lfes_core.training.compute import StopReason, freed_memory_given_back, launch
from lfes_core.training.log import RunFolder
from lfes_core.training.matching import take_encoders, train_matching
from lfes_core.training.run import Options, Run


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """How a call of `train` ended: in which stage, after how many of its steps and seconds of the whole run.

    A run that ``stopped`` before it was finished can be resumed. ``metrics`` are the last held-out numbers (ssim,
    ssim_moved, copy_ssim, copy_ssim_moved, pairs), ``synthesizer`` the exported weights; in stage 1 there are none.
    """

    run_folder: Path
    stopped: Literal["finished"] | StopReason
    stage: str
    step: int
    seconds: float
    metrics: Mapping[str, float | int]
    synthesizer: Path | None


@freed_memory_given_back()
def train(
    config: Config, dataset: FaceDataset, run_folder: str | os.PathLike[str], options: Options | None = None
) -> TrainingResult:
    """Trains LSE and VSE to match (stage 1), freezes them, and trains the synthesizer against its discriminators.

    Where ``networks.language.input`` is ``action_units`` there is nothing to match, and stage 1 is left out.

    On a CPU, with ``precision="32-true"``, a resumed run ends with the same bits as an unbroken one. The global random
    generator of PyTorch is seeded. On a CPU the process keeps until the end the memory that it frees. ``run_folder`` is
    where to write, see `RunFolder`; no other run can start there meanwhile.

    Raises:
        UserError: the folder holds another run or none to resume, a setting differs from the run's, the data differ or
            are too few, weights to take do not fit, a file cannot be written, or the updates stopped being finite. All
            that the caller can mend is found before anything is written.
    """
    options = options or Options()
    folder = RunFolder(user_path(run_folder))
    check_folder(folder, resume=options.resume)
    fabric = launch(options.devices, options.precision, options.accelerator)
    with ExitStack() as stack:
        if options.resume:  # before anything is read that another process could still change
            stack.enter_context(alone(fabric, folder))
            check_folder(folder, resume=True)
        run = Run(config, dataset, folder, options, fabric)

        torch.manual_seed(config.seed)
        encoders = LanguageVisualSemanticNetwork(config, run.vocabulary)
        generator = Generator(config.networks)
        discriminators = Discriminators(config.networks.discriminator)
        run.taken.put_into(encoders, generator, discriminators)
        for network in (encoders, generator, discriminators):  # faster with the channels of a pixel side by side
            convert_conv2d_weight_memory_format(network, torch.channels_last)

        if not options.resume:  # only now, so that what was refused leaves no folder
            stack.enter_context(alone(fabric, folder))
            check_folder(folder, resume=False)  # another run may have been quicker
        stack.enter_context(run.begun())
        stopped: StopReason | None = None
        if run.has_matching and run.stage == "matching":
            stopped = train_matching(run, encoders, generator, discriminators)
        else:
            take_encoders(run, encoders)
        if stopped is None:
            stopped = train_adversarially(run, encoders, generator, discriminators)

        ended: Literal["finished"] | StopReason = stopped or "finished"
        noted = run.note(stopped=ended)
        run.log.line(
            f"{ended} in {run.stage}, step {run.step}, after {run.seconds:.0f} s; "
            f"{noted['images_per_second']:.3g} images/s, at most {noted['peak_memory_bytes'] / 1e9:.1f} GB"
        )
        return TrainingResult(
            run_folder=folder.path,
            stopped=ended,
            stage=run.stage,
            step=run.step,
            seconds=run.seconds,
            metrics=run.numbers or {},
            synthesizer=folder.synthesizer if run.stage == "adversarial" else None,
        )


def check_folder(folder: RunFolder, *, resume: bool) -> None:
    """Looks whether a run may start there, or continue. Writes nothing; refuses by UserError."""
    if folder.path.exists() and not folder.path.is_dir():
        raise UserError(f"{folder.path} is a file; give a folder for the run")
    if resume and not folder.checkpoint.exists():
        raise UserError(f"{folder.path} holds no run to resume; start it without --resume")
    if not resume and (folder.checkpoint.exists() or folder.synthesizer.exists()):
        raise UserError(f"{folder.path} already holds a run; continue it with --resume or choose another")


@contextmanager
def alone(fabric: Fabric, folder: RunFolder) -> Iterator[None]:
    """Keeps other runs out of the folder, which is made if it is not there; one process holds the lock for all.

    UserError: another run is at work there, or the folder cannot be made.
    """
    with ExitStack() as stack:
        refused: str | None = None
        if fabric.is_global_zero:
            try:
                folder.path.mkdir(parents=True, exist_ok=True)
                stack.enter_context(alone_in(folder.path))
            except UserError as error:
                refused = str(error)
            except OSError as error:
                refused = f"{folder.path}: the folder cannot be made: {error.strerror or error}"
        if (refused := fabric.broadcast(refused)) is not None:
            raise UserError(refused)
        yield
