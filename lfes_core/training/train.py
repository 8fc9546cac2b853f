"""``train``: one call from a dataset and a configuration to weights that `Synthesizer.load` takes."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch.nn.utils import convert_conv2d_weight_memory_format

from lfes_core.config import Config
from lfes_core.datasets import FaceDataset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.networks import Discriminators, Generator
from lfes_core.training.adversarial import train_adversarially
from lfes_core.training.compute import StopReason, launch
from lfes_core.training.log import RunFolder
from lfes_core.training.matching import take_encoders, train_matching
from lfes_core.training.opening import Opened, Options, alone, check_folder
from lfes_core.training.run import begun


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """How a call of `train` ended: in which stage, after how many of its steps and seconds of the whole run.

    Attributes:
        stopped: whether the run is finished, or why it stopped before; it can then be resumed.
        metrics: the last held-out numbers (ssim, ssim_moved, copy_ssim, copy_ssim_moved); empty in stage 1.
        synthesizer: the exported weights; None in stage 1.
    """

    run_folder: Path
    stopped: Literal["finished"] | StopReason
    stage: str
    step: int
    seconds: float
    metrics: Mapping[str, float | int]
    synthesizer: Path | None


def train(
    config: Config, dataset: FaceDataset, run_folder: str | os.PathLike[str], options: Options | None = None
) -> TrainingResult:
    """Trains LSE and VSE to match (stage 1), freezes them, and trains the synthesizer against its discriminators.

    Where ``networks.language.input`` is ``action_units`` there is nothing to match, and stage 1 is left out.

    On a CPU, with ``precision="32-true"``, a resumed run ends with the same bits as an unbroken one. The global random
    generator of PyTorch is seeded, and on a CPU the process keeps the memory that it frees.

    ``config`` has every setting, steps and intervals among them; ``run_folder`` is where to write, see `RunFolder`. No
    other run can start there meanwhile.

    Raises:
        UserError: the folder holds another run or none to resume, a setting differs from the run's, the data differ or
            are too few, weights to take do not fit, a file cannot be written, or the updates stopped being finite. All
            that the caller can mend is found before anything is written.
    """
    options = options or Options()
    folder = RunFolder(Path(run_folder))
    check_folder(folder, config, resume=options.resume)
    # While level 1 warms up alone, the weights of the other levels rest.
    rest = config.adversarial.level_1_alone > 0
    fabric = launch(options.devices, options.precision, some_weights_rest=rest)
    with ExitStack() as stack:
        if options.resume:  # before anything is read that another process could still change
            stack.enter_context(alone(fabric, folder, config, resume=True))
        opened = Opened(config, dataset, folder, options, fabric)

        torch.manual_seed(config.seed)
        encoders = LanguageVisualSemanticNetwork(config, opened.vocabulary)
        generator = Generator(config.networks)
        discriminators = Discriminators(config.networks.discriminator)
        opened.taken.put_into(encoders, generator)
        if fabric.device.type == "cuda":  # where convolutions are faster with the channels of a pixel side by side
            for network in (encoders, generator, discriminators):
                convert_conv2d_weight_memory_format(network, torch.channels_last)

        if not options.resume:  # only now, so that what was refused leaves no folder
            stack.enter_context(alone(fabric, folder, config, resume=False))
        run = stack.enter_context(begun(opened))
        stopped: StopReason | None = None
        if opened.has_matching and run.stage == "matching":
            stopped, step = train_matching(run, encoders)
        else:
            take_encoders(run, encoders)
        if stopped is None:
            stopped, step = train_adversarially(run, encoders, generator, discriminators)

        ended: Literal["finished"] | StopReason = stopped or "finished"
        noted = run.note(step, stopped=ended)
        run.log.line(
            f"{ended} in {run.stage}, step {step}, after {run.seconds:.0f} s; "
            f"{noted['images_per_second']:.3g} images/s, at most {noted['peak_memory_bytes'] / 1e9:.1f} GB"
        )
        return TrainingResult(
            run_folder=folder.path,
            stopped=ended,
            stage=run.stage,
            step=step,
            seconds=run.seconds,
            metrics=run.numbers or {},
            synthesizer=folder.synthesizer if run.stage == "adversarial" else None,
        )
