"""Pictures of chapter 4: what VSE sees, a choice, where words look, and what matching has learned."""

from collections.abc import Mapping, Sequence
from typing import Any

from figures import COLORS, as_picture, show_figure

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn import functional as F

INK = COLORS["ink"]
SIZES = ((299, 17), (75, 3))
"""Pixels at which VSE looks, and the regions that it gets along each side."""

ANSWERS = (
    "right",
    "right units, another strength",
    "one unit or more in common",
    "no unit in common",
)
"""What an answer can be, from right to most wrong."""

_ANSWER_STYLES = (
    ("blue", "", "white"),
    ("sky", "", INK),
    ("orange", "//", INK),
    ("vermilion", "xx", INK),
)


def show_regions(
    face: Float[Tensor, "3 height width"], place: tuple[float, float]
) -> None:
    """Show a face as VSE sees it at 299 and at 75 pixels, under the grid of its regions.

    Args:
        face: values in -1..1.
        place: a point of the face, in shares of its width and height; its region is framed.
    """
    figure, axes = plt.subplots(1, 2, figsize=(6.6, 3.5))
    for axis, (pixels, regions) in zip(axes, SIZES, strict=True):
        seen = F.interpolate(
            face[None], size=(pixels, pixels), mode="bilinear", antialias=True
        )
        edge = (0, regions, regions, 0)
        axis.imshow(as_picture(seen), extent=edge, interpolation="nearest")
        for line in range(1, regions):
            axis.axhline(line, color="white", lw=0.8, alpha=0.8)
            axis.axvline(line, color="white", lw=0.8, alpha=0.8)
        corner = [int(share * regions) for share in place]
        frame = {"fill": False, "edgecolor": COLORS["orange"], "lw": 3, "zorder": 3}
        axis.add_patch(Rectangle((corner[0], corner[1]), 1, 1, **frame))
        axis.set_axis_off()
        axis.set_title(f"{pixels} pixels: {regions}×{regions} regions")
    show_figure(figure)


def show_choices(
    cosine: Float[Tensor, "b b"], free: Float[Tensor, "b b"], fair: Float[Tensor, "b b"]
) -> None:
    """Show a matrix of cosines, and each picture's choice with and without the pairs that say the same.

    Args:
        cosine: pictures in rows, sentences in columns.
        free: its rows as probabilities.
        fair: the same where pairs of one label are left out; what is left out has the probability 0.
    """
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.75))
    titles = ("cosines $S$", "each picture's choice", "the same face left out")
    left_out = (fair == 0) & (free > 1e-4)
    for axis, values, title in zip(axes, (cosine, free, fair), titles, strict=True):
        lowest = -0.5 if title == titles[0] else 0
        axis.imshow(values.numpy(), cmap="Blues", vmin=lowest, vmax=2.4)
        for row, column in np.ndindex(*values.shape):
            hidden = title == titles[2] and left_out[row, column]
            if hidden:
                corner = (column - 0.5, row - 0.5)
                axis.add_patch(Rectangle(corner, 1, 1, fc="white", ec=INK, hatch="///"))
            else:
                text = f"{values[row, column]:.2f}"
                axis.text(column, row, text, ha="center", va="center", fontsize=11)
            if row == column:
                corner = (column - 0.47, row - 0.47)
                style = {"fill": False, "edgecolor": COLORS["vermilion"]}
                axis.add_patch(Rectangle(corner, 0.94, 0.94, linewidth=2.4, **style))
        names = [str(number + 1) for number in range(len(values))]
        axis.set_xticks(range(len(values)), names)
        axis.set_yticks(range(len(values)), names)
        axis.grid(False)
        axis.tick_params(length=0)
        axis.set(title=title, xlabel="sentence")
        for side in axis.spines.values():
            side.set_visible(False)
    axes[0].set_ylabel("picture")
    show_figure(figure)


def show_looks(
    words: Float[Tensor, "words 2"],
    regions: Float[Tensor, "regions 2"],
    attention: Float[Tensor, "words regions"],
    context: Float[Tensor, "words 2"],
) -> None:
    """Show words, regions and contexts as arrows in the plane, and how the words look at the regions.

    Args:
        words: each of length 1.
        regions: each of length 1.
        attention: how much of its look each word gives to each region.
        context: the mixture of regions that each word sees.
    """
    figure, (plane, looks) = plt.subplots(
        1, 2, figsize=(7, 3.3), width_ratios=(1.25, 1)
    )
    bow = np.linspace(-0.1, np.pi * 0.66, 100)
    plane.plot(np.cos(bow), np.sin(bow), color=INK, lw=0.8, alpha=0.4)
    colors = [COLORS["blue"], COLORS["vermilion"]]
    for number, (word, seen) in enumerate(
        zip(words.tolist(), context.tolist(), strict=True)
    ):
        arrow = {"arrowstyle": "-|>", "color": colors[number], "lw": 2.4}
        plane.annotate("", word, (0, 0), arrowprops=arrow)
        at = [1.2 * part for part in word]
        plane.text(*at, f"$w_{number + 1}$", ha="center", va="center", fontsize=13)
        plane.plot(*seen, "D", color=colors[number], ms=9, mec="white")
        beside = (0.02, -0.16) if number == 0 else (0.17, 0.0)
        at = [part + step for part, step in zip(seen, beside, strict=True)]
        plane.text(*at, f"$c_{number + 1}$", ha="center", va="center", fontsize=13)
    for number, region in enumerate(regions.tolist()):
        plane.plot(*region, "s", color=INK, ms=8)
        at = [1.17 * part for part in region]
        plane.text(*at, f"$v_{number + 1}$", ha="center", va="center", fontsize=13)
    plane.set(xlim=(-0.6, 1.4), ylim=(-0.2, 1.3), aspect="equal")
    plane.set_axis_off()
    _arrows_of_looks(looks, attention, colors)
    show_figure(figure)


def _arrows_of_looks(axis: Axes, attention: Tensor, colors: Sequence[str]) -> None:
    words, regions = attention.shape
    left = np.linspace(0.8, 0.2, words)
    right = np.linspace(1.0, 0.0, regions)
    for word, region in np.ndindex(words, regions):
        share = float(attention[word, region])
        ends = (left[word], right[region])
        axis.plot((0, 1), ends, color=colors[word], lw=1 + 9 * share, alpha=0.65)
        along = 0.28 if word == 0 else 0.72
        height = left[word] + along * (right[region] - left[word])
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85}
        axis.text(along, height, f"{share:.2f}", ha="center", va="center", bbox=box)
    for word in range(words):
        axis.text(
            -0.06, left[word], f"$w_{word + 1}$", ha="right", va="center", fontsize=13
        )
    for region in range(regions):
        axis.plot(1.0, right[region], "s", color=INK, ms=8)
        axis.text(1.07, right[region], f"$v_{region + 1}$", va="center", fontsize=13)
    axis.set(xlim=(-0.15, 1.2), ylim=(-0.12, 1.12))
    axis.set_axis_off()


def show_learning(
    before: Float[Tensor, "units units"],
    after: Float[Tensor, "units units"],
    units: Sequence[int],
    curves: Mapping[str, Sequence[tuple[int, float]]],
    chance: float,
) -> None:
    """Show the matrix of cosines before and after matching, and held-out retrieval on the way.

    Args:
        before: mean cosines, pictures of one Action Unit in a row, sentences in columns.
        after: the same at the end.
        units: numbers of the Action Units.
        curves: R@1 by the number of steps, for each way of learning.
        chance: what guessing gets.
    """
    figure, axes = plt.subplots(1, 3, figsize=(7, 3.1), width_ratios=(1, 1, 0.95))
    drawn = None
    for axis, values, title in zip(
        axes, (before, after), ("before", "after"), strict=False
    ):
        drawn = axis.imshow(values.numpy(), cmap="cividis", vmin=-0.2, vmax=0.8)
        axis.set_xticks(range(len(units)), units, rotation=90)
        axis.set_yticks(range(len(units)), units)
        axis.grid(False)
        axis.set(title=title, xlabel="sentence names AU")
    axes[0].set_ylabel("picture shows AU")
    figure.colorbar(
        drawn,
        ax=axes[:2],
        shrink=0.9,
        label="mean cosine",
        location="bottom",
        aspect=28,
    )
    styles = (("blue", "o"), ("vermilion", "s"))
    for (name, curve), (color, marker) in zip(curves.items(), styles, strict=True):
        steps, values = zip(*curve, strict=True)
        axes[2].plot(steps, values, color=COLORS[color], marker=marker, label=name)
    axes[2].axhline(chance, color=INK, lw=1.2, ls=":", label="guessing")
    axes[2].set(title="held-out people", xlabel="step", ylabel="R@1")
    axes[2].set_ylim(0, None)
    axes[2].legend(loc="center right", bbox_to_anchor=(1.0, 0.4), handlelength=1.6)
    show_figure(figure)


def show_found(
    questions: Sequence[str], rows: Sequence[Sequence[tuple[Any, str, bool]]]
) -> None:
    """Show the best pictures for some sentences, each row from the best on.

    Args:
        questions: a sentence for each row.
        rows: for each sentence its pictures, what they truly show, and whether that is right.
    """
    columns = len(rows[0])
    size = (1.38 * columns, 1.85 * len(rows))
    figure, axes = plt.subplots(len(rows), columns, figsize=size)
    for line, question, answers in zip(axes, questions, rows, strict=True):
        says = line[0].text(0, 1.06, question, transform=line[0].transAxes)
        says.set_in_layout(False)
        for axis, (face, shows, right) in zip(line, answers, strict=True):
            axis.imshow(as_picture(face)[48:236, 34:222])
            axis.set(xticks=[], yticks=[], title=" ")
            axis.set_xlabel(f"\u2713 {shows}" if right else shows)
            for side in axis.spines.values():
                side.set(visible=right, color=COLORS["blue"], lw=4)
    show_figure(figure)


def show_answers(shares: Mapping[str, Sequence[float]]) -> None:
    """Show of what kind the first answers are: a bar for each way of asking.

    Args:
        shares: for each bar, the share of each of `ANSWERS`.
    """
    figure, axis = plt.subplots(figsize=(7, 2.6))
    places = range(len(shares))
    start = np.zeros(len(shares))
    for kind, (color, hatch, ink) in enumerate(_ANSWER_STYLES):
        part = np.array([row[kind] for row in shares.values()])
        style = {"color": COLORS[color], "hatch": hatch, "edgecolor": "white", "lw": 1}
        axis.barh(places, part, left=start, height=0.62, label=ANSWERS[kind], **style)
        for place, (left, share) in enumerate(zip(start, part, strict=True)):
            if share > 0.06:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
                plain = {"bbox": box} if hatch else {}
                where = (left + share / 2, place)
                axis.text(
                    *where, f"{share:.0%}", ha="center", va="center", color=ink, **plain
                )
        start += part
    axis.set_yticks(places, shares)
    axis.invert_yaxis()
    axis.grid(False)
    axis.set(xlim=(0, 1), xticks=[])
    for side in ("left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.tick_params(length=0)
    axis.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2)
    show_figure(figure)


def show_clouds(
    vectors: Mapping[str, Float[Tensor, "n features"]], subjects: Sequence[str]
) -> None:
    """Show sentence vectors in the two directions in which they differ most.

    Args:
        vectors: by the name of their encoder.
        subjects: *woman* or *man* for each sentence.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 3.3))
    for axis, (name, rows) in zip(axes, vectors.items(), strict=True):
        centered = rows.double() - rows.double().mean(dim=0)
        _, _, directions = np.linalg.svd(centered.numpy(), full_matrices=False)
        x, y = directions[:2] @ centered.numpy().T
        for subject, color, marker in (
            ("woman", "blue", "o"),
            ("man", "vermilion", "^"),
        ):
            mine = np.array([each == subject for each in subjects])
            style: dict[str, Any] = {"color": COLORS[color], "marker": marker, "s": 18}
            axis.scatter(
                x[mine], y[mine], alpha=0.75, label=f"about a {subject}", **style
            )
        axis.set_title(name)
        axis.set_xlabel("first direction")
        axis.set_aspect("equal", "datalim")
    axes[0].set_ylabel("second direction")
    axes[0].legend(loc="upper center", handletextpad=0.2)
    show_figure(figure)
