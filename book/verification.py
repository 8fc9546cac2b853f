"""What chapters 8 and 9 measure with discriminators that they train themselves, and its figures.

The pictures of an experiment are of the same people in both classes, so that nobody's face tells the class.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from courtroom import draw_logits
from figures import COLORS
from lfes_core.datasets import Frame, ScanFaces, split, to_tensor
from lfes_core.networks.blocks import image_levels

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


class Opposites(NamedTuple):
    """Pictures of level 1 with a movement (sentence 0), then as many of the same people without it (1).

    pictures, neutral: [n 3 64 64]. sentence: [n]. people: how many there are.
    """

    pictures: Tensor
    neutral: Tensor
    sentence: Tensor
    people: int

    def other(self, each: Tensor) -> Tensor:
        """For each picture that of the same person in the other class."""
        return each.roll(len(each) // 2, dims=0)


def opposites(
    faces: ScanFaces, part: str, unit: int, alike: Collection[int] = ()
) -> Opposites:
    """Pictures of a part of ScanFaces with an Action Unit at C or more, and without.

    Each person gives as many of one kind as of the other; which, is drawn with a fixed seed.

    Args:
        faces: the dataset.
        part: train, validation or test.
        unit: the Action Unit.
        alike: Action Units that must be absent, too, in pictures without it.
    """
    draw = np.random.default_rng(0)
    moved: list[Frame] = []
    still: list[Frame] = []
    frames = [frame for frame in split(faces, part) if not frame.is_neutral]
    for subject in dict.fromkeys(frame.subject for frame in frames):
        own = [frame for frame in frames if frame.subject == subject]
        ours = [f for f in own if (f.action_units.get(unit) or 0) >= 3]
        rest = [f for f in own if {unit, *alike}.isdisjoint(f.action_units)]
        count = min(len(ours), len(rest))
        moved += ours[:count]
        still += [rest[index] for index in draw.permutation(len(rest))[:count]]
    chosen = moved + still
    return Opposites(
        pictures=small(faces, chosen),
        neutral=small(faces, [faces.neutral_of(frame) for frame in chosen]),
        sentence=torch.arange(2).repeat_interleave(len(moved)),
        people=len({frame.subject for frame in chosen}),
    )


def small(faces: ScanFaces, frames: Sequence[Frame]) -> Tensor:
    """Frames at the size of level 1, [n 3 64 64]."""
    levels = {f: image_levels(to_tensor(faces.face(f))[None])[0] for f in set(frames)}
    return torch.cat([levels[frame] for frame in frames])


def blurred(pictures: Tensor) -> Tensor:
    """Pictures as a young generator paints them: means over small squares."""
    width = pictures.shape[-1] // 20 | 1  # 3 pixels of 64, 13 of 256
    return F.avg_pool2d(
        pictures, width, stride=1, padding=width // 2, count_include_pad=False
    )


def show_pulls() -> None:
    """Draw what a logit costs in Eq. 2, and the size of the slope."""
    x = np.linspace(-6, 6, 200)
    believed = 1 / (1 + np.exp(-x))
    curves = {
        "cost": (np.logaddexp(0, -x), np.logaddexp(0, x)),
        "size of the gradient": (1 - believed, believed),
    }
    names = ("true picture", "synthesized picture")
    formulas = {
        "cost": ("$-\\log D$", "$-\\log(1-D)$"),
        "size of the gradient": ("$1-D$", "$D$"),
    }
    _, axes = plt.subplots(1, 2, figsize=(7, 3.1))
    for axis, (name, lines) in zip(axes, curves.items(), strict=True):
        looks = zip(lines, names, formulas[name], ("-", "--"), strict=True)
        for (y, who, formula, dashes), color in zip(
            looks, ("blue", "vermilion"), strict=True
        ):
            _ = axis.plot(x, y, dashes, color=COLORS[color], label=f"{who}: {formula}")
        _ = axis.set(xlabel="logit x (positive: “true”)", ylabel=name)
        _ = axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    plt.show()


def show_landscape() -> None:
    """Draw one brace of Eq. 2 over the logits of a true and of a synthesized picture."""
    grid = np.linspace(-4, 4, 81)
    true, synthesized = np.meshgrid(grid, grid)
    height = (np.logaddexp(0, -true) + np.logaddexp(0, synthesized)) / 2
    right, down = 0.5 / (1 + np.exp(true)), -0.5 / (1 + np.exp(-synthesized))
    figure, axis = plt.subplots(figsize=(5.6, 4.2))
    drawn = axis.contourf(grid, grid, height, levels=14, cmap="cividis")
    some = (slice(5, None, 10),) * 2
    _ = axis.quiver(
        true[some],
        synthesized[some],
        right[some],
        down[some],
        color="white",
        scale=7,
        width=0.006,
    )
    _ = axis.plot(0, 0, "o", color="white", markersize=8, markeredgecolor=COLORS["ink"])
    box = {"facecolor": COLORS["ink"], "edgecolor": "none", "boxstyle": "round"}
    _ = axis.text(0.35, 0.0, "undecided: log 2", color="white", va="center", bbox=box)
    _ = axis.set(
        xlabel="logit of the true picture", ylabel="logit of the synthesized picture"
    )
    axis.grid(False)
    _ = figure.colorbar(drawn, label="one brace of Eq. 2, with its ½")
    plt.show()


def show_heard(heard: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Draw conditional logits of held-out pictures: a panel for each discriminator."""
    _, axes = plt.subplots(1, len(heard), figsize=(7, 2.6), sharey=True)
    for axis, (name, said) in zip(axes, heard.items(), strict=True):
        draw_logits(axis, said)
        _ = axis.set(title=name, xlabel="conditional logit")
    plt.show()


def show_learning(curves: Mapping[str, Sequence[Sequence[float]]], every: int) -> None:
    """Draw how often the right sentence wins as training goes on: a line for each seed."""
    _, axis = plt.subplots(figsize=(7, 3.2))
    looks = zip(("orange", "blue", "green"), ("s:", "o-", "^--"), strict=True)
    for (name, seeds), (color, line) in zip(curves.items(), looks, strict=False):
        for number, shares in enumerate(seeds):
            steps = every * np.arange(1, 1 + len(shares))
            label = None if number else name
            _ = axis.plot(
                steps, 100 * np.array(shares), line, color=COLORS[color], label=label
            )
    _ = axis.axhline(50, color=COLORS["ink"], linewidth=0.8)
    _ = axis.text(every, 46, "a coin")
    _ = axis.set(xlabel="steps of training", ylim=(40, 102))
    _ = axis.set_ylabel("right sentence gets more,\n% of held-out pairs")
    _ = axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(curves))
    plt.show()


def show_reading(scores: Mapping[str, Sequence[float]], rows: Sequence[str]) -> None:
    """Draw scores from 0 to 1 as dots: a row for each name in `rows`, a look for each way of reading."""
    _, axis = plt.subplots(figsize=(7, 0.24 * len(rows) + 0.9))
    looks = zip(("orange", "blue", "green"), "so^", strict=True)
    places = np.arange(len(rows))
    for (name, values), (color, marker) in zip(scores.items(), looks, strict=False):
        _ = axis.plot(
            values, places, marker, color=COLORS[color], label=name, markersize=6
        )
    _ = axis.set_yticks(places, rows)
    _ = axis.set_ylim(len(rows) - 0.5, -0.5)
    _ = axis.set_xlabel("correlation with the true intensity, held-out people")
    _ = axis.axvline(0, color=COLORS["ink"], linewidth=0.8)
    _ = axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(scores))
    plt.show()
