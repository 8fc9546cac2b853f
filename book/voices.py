"""Chapter 10: the gradient that each loss gives to each network, and the best single picture."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

from figures import COLORS, show_figure
from lfes_core.datasets import ExpressionPairs, collate
from lfes_core.datasets.pairs import Batch

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

INK = COLORS["ink"]

Pictures = Float[Tensor, "n 3 size size"]


def batches_of_people(pairs: ExpressionPairs, batches: int, size: int) -> list[Batch]:
    """Batches in which nobody stands twice: of each person another of the expressions, in turn.

    The people are spread evenly over all that the pairs have.
    """
    subjects = list(dict.fromkeys(frame.subject for frame in pairs.frames))
    count = batches * size
    if count > len(subjects):
        raise ValueError(
            f"{count} pairs of different people, but {len(subjects)} are there"
        )
    picked = []
    for turn, subject in enumerate(subjects[:: len(subjects) // count][:count]):
        own = [i for i, frame in enumerate(pairs.frames) if frame.subject == subject]
        picked.append(pairs[own[turn % len(own)]])
    return [collate(picked[start : start + size]) for start in range(0, count, size)]


def gradient_lengths(loss: Tensor, networks: Iterable[nn.Module]) -> list[float]:
    """The length of the gradient that a loss leaves in each network; 0 where none arrives."""
    networks = list(networks)
    for network in networks:
        network.zero_grad()
    loss.backward(retain_graph=True)
    lengths = []
    for network in networks:
        found = [p.grad for p in network.parameters() if p.grad is not None]
        lengths.append(math.sqrt(sum(float(each.square().sum()) for each in found)))
    return lengths


def agreement(gradients: Sequence[Tensor]) -> float:
    """Mean cosine of the gradients of different batches: 1 if all say the same, near 0 if none do."""
    cosines = [
        float(F.cosine_similarity(one, other, dim=0))
        for place, one in enumerate(gradients)
        for other in gradients[:place]
    ]
    return sum(cosines) / len(cosines)


def as_few_numbers(
    gradients: Mapping[str, Sequence[Tensor]],
) -> dict[str, list[Tensor]]:
    """Gradients as coordinates in the space that they span: as many numbers as there are gradients.

    Lengths and angles stay, those of their sums, too, and the chapter asks for nothing else. Whole, those
    of a set take 600 MB.
    """
    rows = [row for own in gradients.values() for row in own]
    products = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    for one, two in itertools.combinations_with_replacement(range(len(rows)), 2):
        product = rows[one].float() @ rows[two].float()
        products[one, two] = products[two, one] = product
    lengths = products.diagonal().sqrt()
    values, vectors = torch.linalg.eigh(products / (lengths[:, None] * lengths))
    few = iter(vectors * values.clamp(min=0).sqrt() * lengths[:, None])
    return {name: [next(few) for _ in own] for name, own in gradients.items()}


def weighted_median(
    pictures: Pictures, weights: Float[Tensor, "n 1 size size"]
) -> Float[Tensor, "3 size size"]:
    """The picture with the smallest weighted sum of L1 distances to all pictures, number by number."""
    ordered, order = pictures.sort(dim=0)
    weight = weights.expand_as(pictures).gather(0, order).cumsum(dim=0)
    first = (weight >= weight[-1:] / 2).float().argmax(dim=0, keepdim=True)
    return ordered.gather(0, first)[0]


def show_price() -> None:
    """Draw what a logit costs if the picture is true, if it is synthesized, and in the mean of both."""
    x = np.linspace(-5, 5, 201)
    true, synthesized = np.logaddexp(0, -x), np.logaddexp(0, x)
    figure, axis = plt.subplots(figsize=(6.4, 3.1))
    axis.plot(x, true, color=COLORS["blue"], label="softplus(−x)")
    axis.plot(x, synthesized, "-.", color=COLORS["vermilion"], label="softplus(x)")
    axis.plot(x, true + synthesized, color=INK, linewidth=2.4, label="their sum")
    axis.plot(x, 2 * math.log(2) + x**2 / 4, ":", color=INK, label="2 log 2 + x²/4")
    axis.plot(0, 2 * math.log(2), "o", color=INK)
    axis.set(xlabel="logit x", ylabel="cost", ylim=(0, 6))
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    show_figure(figure)


#: How each of two weightings is drawn: color, marker, filled.
LOOKS = ((COLORS["blue"], "o", True), (COLORS["vermilion"], "s", False))


def show_pulls(
    panels: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]],
) -> None:
    """Draw how hard terms pull: for each set a panel, for each term a row, for each weighting a mark.

    Args:
        panels: title -> weighting -> term -> lengths of the gradient in several batches. A mark is their
            mean, a line goes from the smallest to the largest. The weightings are two.
    """
    figure, axes = plt.subplots(1, len(panels), figsize=(7, 3.5), sharey=True)
    for axis, (title, weightings) in zip(
        np.atleast_1d(axes), panels.items(), strict=True
    ):
        for shift, (color, marker, filled), (label, terms) in zip(
            (-0.14, 0.14), LOOKS, weightings.items(), strict=True
        ):
            face = color if filled else "white"
            for row, lengths in enumerate(terms.values()):
                mean = sum(lengths) / len(lengths)
                axis.hlines(
                    row + shift, min(lengths), max(lengths), color=color, linewidth=2
                )
                axis.plot(
                    mean,
                    row + shift,
                    marker,
                    color=color,
                    markerfacecolor=face,
                    markersize=7,
                    label=None if row else label,
                )
        axis.set(xscale="log", title=title, xlabel="weight × length of the gradient")
        names = list(next(iter(weightings.values())))
        axis.set_yticks(range(len(names)), names)
        axis.set_ylim(len(names) - 0.5, -0.5)
        axis.grid(visible=True, which="major")
    handles, labels = np.atleast_1d(axes)[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    show_figure(figure)


def show_who(table: Mapping[str, Sequence[float]], networks: Sequence[str]) -> None:
    """Draw which network gets a gradient from which loss, and how long it is; a dot is none."""
    values = np.array(list(table.values()))
    figure, axis = plt.subplots(figsize=(7, 0.34 * len(table) + 0.6))
    shown = np.ma.log10(np.ma.masked_equal(values, 0))
    drawn = axis.imshow(shown, cmap="cividis", aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        text = f"{value:.0f}" if value >= 10 else f"{value:.1f}"
        light = value and drawn.norm(np.log10(value)) < 0.6
        color = "white" if light else "black"
        axis.text(
            column, row, text if value else "·", ha="center", va="center", color=color
        )
    axis.set_xticks(range(len(networks)), networks)
    axis.set_yticks(range(len(table)), list(table))
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    show_figure(figure)
