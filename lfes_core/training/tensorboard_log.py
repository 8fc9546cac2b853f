"""The rows of ``metrics.csv`` and the sample grids once more, for TensorBoard: ``tensorboard --logdir runs``."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lfes_core.training.metrics_file import STAGES

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

#: Where a curve stands in TensorBoard; names that are not here are losses.
GROUPS = {
    "run": ("seconds", "images_per_second", "skipped"),
    "gradients": ("discriminator_gradient", "generator_gradient"),
    "held_out": (
        *("r1_image_to_sentence", "r1_sentence_to_image", "r1_chance", "gender_share"),
        *("ssim", "ssim_moved", "copy_ssim", "copy_ssim_moved", "pairs"),
    ),
}


class TensorBoardLog:
    """Event files, one folder for each stage, because both count their steps from one.

    TensorBoard is imported when the first row is written. A file of events cannot be shortened; what a resumed run
    will write again is instead marked, at its start, as to be forgotten.

    Args:
        folder: where the folders of the stages go.
        stage: where the run begins or resumes.
        step: the last step of it that is kept.
    """

    def __init__(self, folder: Path, stage: str, step: int) -> None:
        self.folder = folder
        self._last = (STAGES.index(stage), step)
        self._writers: dict[str, SummaryWriter] = {}

    def scalars(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """One point on each curve; a value that is no number leaves a gap."""
        for name, value in values.items():
            if not math.isnan(value):
                self._writer(stage).add_scalar(f"{group_of(name)}/{name}", value, step)

    def grid(self, stage: str, step: int, image: Image.Image) -> None:
        """A sample grid at half its size, so that the files of a long run stay small."""
        small = image.reduce(2)
        self._writer(stage).add_image("samples", np.asarray(small), step, dataformats="HWC")

    def flush(self) -> None:
        """Brings everything to the disk."""
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        """Brings everything to the disk and ends the writing threads."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _writer(self, stage: str) -> "SummaryWriter":
        if stage not in self._writers:
            from torch.utils.tensorboard import SummaryWriter

            number, (last_stage, last_step) = STAGES.index(stage), self._last
            first = last_step + 1 if number == last_stage else 0
            self._writers[stage] = SummaryWriter(str(self.folder / stage), purge_step=first)
        return self._writers[stage]


def group_of(name: str) -> str:
    """The group of curves that a column of ``metrics.csv`` belongs to."""
    return next((group for group, names in GROUPS.items() if name in names), "losses")
