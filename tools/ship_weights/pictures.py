"""How good synthesized pictures are: SSIM over all held-out pairs, copy beside it, and its spread over the people."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lfes_core.datasets import ExpressionPairs
from lfes_core.metrics import closeness, moved_region
from lfes_core.synthesis import Synthesizer

Progress = Callable[[Iterable[int], str, int], Iterable[int]]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A mean over pairs, and the standard deviation of the people's own means (NaN for one person)."""

    mean: float
    over_people: float

    def __str__(self) -> str:
        return (
            f"{self.mean:.3f}"
            if math.isnan(self.over_people)
            else f"{self.mean:.3f} ({self.over_people:.3f})"
        )


@dataclass(frozen=True, kw_only=True)
class PictureQuality:
    """SSIM of a synthesizer and of copy, and what was measured."""

    ssim: Spread
    moved_ssim: Spread
    copy_ssim: Spread
    copy_moved_ssim: Spread
    pairs: int
    people: tuple[str, ...]
    seed: int


def measure_pictures(synthesizer: Synthesizer, pairs: ExpressionPairs, progress: Progress) -> PictureQuality:
    """Synthesizes every pair as a user would, in 8 bits a color, and compares it with its target."""
    found: list[tuple[float, ...]] = []
    for index in progress(range(len(pairs)), "measuring", len(pairs)):
        neutral, target = (
            pairs.dataset.face(frame) for frame in (pairs.neutrals[index], pairs.frames[index])
        )
        picture = np.asarray(synthesizer(neutral, pairs.sentence(index)).image)
        drawn, still, true = (_unit(image) for image in (picture, neutral, target))
        region = moved_region(still, true)
        ours, copied = closeness(drawn, true, region), closeness(still, true, region)
        found.append((ours.ssim, ours.ssim_moved, copied.ssim, copied.ssim_moved))
    people = [frame.subject for frame in pairs.frames]
    ssim, moved, copy, copy_moved = (spread(values, people) for values in zip(*found, strict=True))
    return PictureQuality(
        ssim=ssim,
        moved_ssim=moved,
        copy_ssim=copy,
        copy_moved_ssim=copy_moved,
        pairs=len(found),
        people=tuple(sorted(set(people))),
        seed=pairs.seed,
    )


def spread(values: Sequence[float], people: Sequence[str]) -> Spread:
    """Mean over the pairs that have a value, and the deviation of the means of the people who have one."""
    numbers, names = np.asarray(values, dtype=float), np.asarray(people)
    known = ~np.isnan(numbers)
    own = [numbers[known & (names == name)].mean() for name in sorted(set(names[known].tolist()))]
    return Spread(
        mean=float(numbers[known].mean()) if own else math.nan,
        over_people=float(np.std(own, ddof=1)) if len(own) > 1 else math.nan,
    )


def _unit(image: Any) -> Any:
    return image.astype(np.float64) / 255
