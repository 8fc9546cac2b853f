"""Fixed held-out faces: looked at as a sample grid and measured as SSIM, always by the averaged generator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from PIL import Image
from torch.nn import functional

from lfes_core.config import IMAGE_SIZE, LEVEL_SIZES
from lfes_core.datasets.pairs import Batch, ExpressionPairs, collate
from lfes_core.images import to_uint8
from lfes_core.metrics import SSIM_SETTINGS, compare, moved_region, to_unit_range

#: A network, or what behaves like it.
Network = Callable[..., Any]

#: Faces in a sample grid.
GRID_ROWS = 4

_PART = 8


@dataclass(frozen=True)
class HeldOutNumbers:
    """Means over the held-out pairs: SSIM of the synthesizer and of copy, whole picture and moved region."""

    ssim: float
    ssim_moved: float
    copy_ssim: float
    copy_ssim_moved: float
    pairs: int

    def row(self) -> dict[str, float | int]:
        """The columns of the metrics file."""
        return {
            "ssim": self.ssim,
            "ssim_moved": self.ssim_moved,
            "copy_ssim": self.copy_ssim,
            "copy_ssim_moved": self.copy_ssim_moved,
            "pairs": self.pairs,
        }


class HeldOut:
    """Pairs of people that training never sees, the same ones at every step.

    Args:
        pairs: the test part of a dataset.
        count: how many to use, spread evenly over the part.

    Attributes:
        frames: the frames of the targets.
        count: how many they are.
        shown: frame and sentence of each row of the sample grid.
    """

    def __init__(self, pairs: ExpressionPairs, count: int) -> None:
        chosen = np.linspace(0, len(pairs) - 1, min(count, len(pairs))).round().astype(int).tolist()
        items = [pairs[index] for index in dict.fromkeys(chosen)]
        self.frames = [pairs.frames[index] for index in dict.fromkeys(chosen)]
        self.parts: list[Batch] = [collate(items[i : i + _PART]) for i in range(0, len(items), _PART)]
        self.count = len(items)
        most_moved = self._most_moved()
        self._grid = collate([items[index] for index in most_moved])
        self.shown = [(self.frames[index], items[index].sentence) for index in most_moved]

    def settings(self) -> str:
        """One line that says what is measured, and how."""
        arguments = ", ".join(f"{name}={value}" for name, value in SSIM_SETTINGS.items())
        return f"held-out SSIM: {self.count} pairs, skimage.metrics.structural_similarity({arguments})"

    def measure(
        self, fabric: Fabric, language: Network, generator: Network, levels: int = 3
    ) -> HeldOutNumbers:
        """Synthesizes all pairs and compares them with their targets; ``levels`` as for `synthesize`."""
        found = []
        for part in self.parts:
            images = synthesize(fabric, language, generator, part, levels)[-1]
            found += [
                compare(to_unit_range(image), to_unit_range(neutral), to_unit_range(target))
                for image, neutral, target in zip(images, part.neutral, part.target, strict=True)
            ]
        return HeldOutNumbers(
            ssim=_mean([entry.ssim for entry in found]),
            ssim_moved=_mean([entry.moved_ssim for entry in found]),
            copy_ssim=_mean([entry.copy_ssim for entry in found]),
            copy_ssim_moved=_mean([entry.copy_moved_ssim for entry in found]),
            pairs=len(found),
        )

    def grid(self, fabric: Fabric, language: Network, generator: Network, levels: int = 3) -> Image.Image:
        """Rows of one person each: neutral | level 1 | level 2 | level 3 | target, 256x256 pixels each."""
        synthesized = synthesize(fabric, language, generator, self._grid, levels)
        size = self._grid.target.shape[-1]
        columns = [self._grid.neutral, *synthesized, self._grid.target]
        rows = torch.cat([functional.interpolate(column, (size, size)) for column in columns], dim=-1)
        return Image.fromarray(np.concatenate(list(to_uint8(rows)), axis=0))

    def _most_moved(self) -> list[int]:
        """The pairs whose faces move most, one of each person as long as there are enough people."""
        moved = [
            moved_region(to_unit_range(neutral), to_unit_range(target)).mean()
            for part in self.parts
            for neutral, target in zip(part.neutral, part.target, strict=True)
        ]
        order = sorted(range(self.count), key=lambda index: -moved[index])
        people: dict[str, list[int]] = {}
        for index in order:
            people.setdefault(self.frames[index].subject, []).append(index)
        # First everybody's most moved pair, then everybody's second, ...
        return sorted(order, key=lambda index: people[self.frames[index].subject].index(index))[:GRID_ROWS]


@torch.no_grad()
def synthesize(
    fabric: Fabric, language: Network, generator: Network, batch: Batch, levels: int = 3
) -> tuple[torch.Tensor, ...]:
    """The three levels of a batch, on the CPU in float32, with the mean of the condition (nothing is drawn).

    Where the generator computes fewer ``levels``, its last picture stands for the rest, enlarged to 256x256.
    """
    neutral, tokens, lengths = (fabric.to_device(x) for x in (batch.neutral, batch.tokens, batch.lengths))
    with fabric.autocast():
        words, sentence, mask = language(tokens, lengths)
        generated = generator(neutral, words, sentence, mask, sample=False, levels=levels)
    images = [image.float().cpu() for image in generated.levels.images]
    if levels < len(LEVEL_SIZES):
        whole = functional.interpolate(images[-1], (IMAGE_SIZE, IMAGE_SIZE), mode="bicubic").clamp(-1, 1)
        images += [whole] * (len(LEVEL_SIZES) - levels)
    return tuple(images)


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def describe(numbers: HeldOutNumbers) -> str:
    """Held-out numbers in one line, copy beside the model."""
    return (
        f"held-out SSIM {numbers.ssim:.3f} (copy {numbers.copy_ssim:.3f}), "
        f"moved region {numbers.ssim_moved:.3f} (copy {numbers.copy_ssim_moved:.3f}), n = {numbers.pairs}"
    )
