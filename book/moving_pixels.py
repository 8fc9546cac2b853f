"""Figures of moving pixels: how a picture is read between its pixels, and what a movement does to a face.

A flow field says for each place where its pixel is taken from; arrows are drawn the other way, from there
to the place, because that is what one sees happen. Every ``show_`` function draws one figure.
"""

from collections.abc import Sequence
from typing import Any

from figures import COLORS, as_picture, overlay_attention, show_photographs
from lfes_core.networks import Movement

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from torch import Tensor

Window = tuple[slice, slice]

#: Parts of a picture, in shares of its height and width: the face without most of its hair, and the mouth.
FACE, MOUTH = (0.27, 0.95, 0.16, 0.84), (0.56, 0.93, 0.315, 0.685)

#: Width of a figure in inches: that of the page.
WIDTH = 7.0

#: Two arrows or dots of a flow field are so many pixels of 256 apart; shorter arrows than SEEN are left out.
STEP, SEEN = 10, 1.0


def window(size: int, part: tuple[float, float, float, float] = FACE) -> Window:
    """Rows and columns of a part of a picture of ``size`` pixels."""
    top, bottom, left, right = (round(size * share) for share in part)
    return slice(top, bottom), slice(left, right)


def cropped(
    image: Any, part: tuple[float, float, float, float] = FACE
) -> NDArray[np.uint8]:
    """A part of a square picture in any form that ``figures.as_picture`` takes."""
    picture = as_picture(image)
    return picture[window(len(picture), part)]


def closed(movement: Movement) -> Movement:
    """The same movement with its mask closed: nothing is painted."""
    return movement._replace(mask=torch.zeros_like(movement.mask))


def show_rows(
    rows: Sequence[Sequence[Any]],
    column_titles: Sequence[str],
    row_titles: Sequence[str] = (),
) -> None:
    """Show rows of pictures as wide as the page; pictures of one row have the same shape.

    Args:
        rows: pictures in any form that ``figures.as_picture`` takes, as many in each row.
        column_titles: above the first row; lines of text.
        row_titles: left of each row; lines of text.
    """
    pictures = [[as_picture(one) for one in row] for row in rows]
    beside = 0.75 if row_titles else 0.0
    wide = (WIDTH - beside) / len(column_titles)
    heights = [wide * len(row[0]) / row[0].shape[1] for row in pictures]
    above = 0.2 * max(title.count("\n") + 1 for title in column_titles)
    figure, axes = plt.subplots(
        len(rows),
        len(column_titles),
        figsize=(WIDTH, sum(heights) + above),
        height_ratios=heights,
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0),
    )
    for line, row in zip(axes, pictures, strict=True):
        for axis, picture in zip(line, row, strict=True):
            axis.imshow(picture, interpolation="antialiased")
            axis.axis("off")
    for axis, title in zip(axes[0], column_titles, strict=True):
        axis.set_title(title, fontsize=10.5, pad=3)
    for axis, title in zip(axes[:, 0], row_titles, strict=False):
        place = {"ha": "right", "va": "center", "transform": axis.transAxes}
        axis.text(-0.06, 0.5, title, fontsize=10, **place)
    show_photographs(figure)


def show_reading(
    picture: Tensor, flow: Tensor, result: Tensor, place: tuple[int, int]
) -> None:
    """Show how one place of a small picture is read between the pixels.

    Args:
        picture: ``[n, n]``, from 0 to 9.
        flow: ``[2, n, n]``, how far to the right and down each place reads, in pixels.
        result: ``[n, n]``, the warped picture.
        place: row and column of the place that the middle panel explains.
    """
    figure, axes = plt.subplots(1, 3, figsize=(7.0, 2.75))
    titles = "neutral picture", "where the marked place reads", "warped picture"
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=10.5)
        axis.set(xticks=[], yticks=[], aspect="equal")
        axis.spines[:].set_visible(False)
        axis.grid(False)
    _numbers(axes[0], picture)
    _numbers(axes[2], result)
    for axis in (axes[0], axes[2]):
        _mark(axis, place)
    for row, column in np.argwhere(flow.abs().sum(dim=0).numpy() > 0):
        right, down = flow[:, row, column].tolist()
        axes[0].plot(column + right, row + down, "o", color=COLORS["vermilion"])
        _shift(axes[0], (column + right, row + down), (column, row))
    _weights(axes[1], picture, flow, place)
    plt.show()
    plt.close(figure)


def show_movement(neutral: Any, movement: Movement, made: Any, true: Any) -> None:
    """Show a face, what a movement does to it, and the true picture, in two rows of three.

    Args:
        neutral: the neutral face, in any form that ``figures.as_picture`` takes.
        movement: a batch of one.
        made: the synthesized picture.
        true: the target.
    """
    face = as_picture(neutral)
    mask = F.interpolate(movement.mask, len(face), mode="bilinear")[0, 0]
    painted = as_picture(_painted(movement, len(face)))
    panels = (
        ("neutral face", face),
        ("flow", face // 2 + 127),
        ("occlusion mask", overlay_attention(face, mask, 0, 1)),
        ("colors, where the mask opens", painted),
        ("synthesized", as_picture(made)),
        ("true picture", as_picture(true)),
    )
    figure, axes = plt.subplots(2, 3, figsize=(7.0, 5.0))
    rows, columns = window(len(face))
    for axis, (title, picture) in zip(axes.flat, panels, strict=True):
        axis.imshow(picture, extent=(0, len(face), len(face), 0))
        axis.set(
            xlim=(columns.start, columns.stop),
            ylim=(rows.stop, rows.start),
            title=title,
        )
        axis.title.set_fontsize(10.5)
        axis.axis("off")
    draw_flow(axes[0, 1], movement.flow[0], len(face))
    show_photographs(figure)


def draw_flow(axis: Axes, flow: Tensor, size: int) -> None:
    """Draw a flow field ``[2, s, s]`` over a picture of ``size`` pixels, each arrow as long as its way."""
    count = flow.shape[-1]
    pixel = size / count
    every = max(1, round(STEP * size / 256 / pixel))
    at = np.arange(every // 2, count, every)
    right, down = size / 2 * flow.numpy()[:, at][:, :, at]
    x, y = np.meshgrid((at + 0.5) * pixel, (at + 0.5) * pixel)
    long = np.hypot(right, down) >= SEEN * size / 256
    axis.plot(x[~long], y[~long], ".", color=COLORS["ink"], markersize=1.5)
    axis.quiver(
        (x + right)[long],
        (y + down)[long],
        -right[long],
        -down[long],
        color=COLORS["vermilion"],
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.011,
        headwidth=3.5,
        headlength=4,
        headaxislength=3.6,
    )


def _painted(movement: Movement, size: int) -> Tensor:
    """Colors on light gray: full where the mask is half open or more, faint where it is shut."""
    mask, colors = (
        F.interpolate(each, size, mode="bilinear")
        for each in (movement.mask, movement.colors)
    )
    seen = (2 * mask).clamp(max=1)
    return 0.85 + seen * (colors - 0.85)


def _numbers(axis: Axes, picture: Tensor) -> None:
    """A small picture with its numbers written in its upper left corners."""
    axis.imshow(picture.numpy(), cmap="Greys", vmin=-2, vmax=22)
    for (row, column), value in np.ndenumerate(picture.numpy()):
        axis.text(
            column - 0.42, row - 0.4, f"{value:g}"[:4], va="top", ha="left", fontsize=10
        )


def _mark(axis: Axes, place: tuple[int, int]) -> None:
    row, column = place
    corner = (column - 0.47, row - 0.47)
    axis.add_patch(Rectangle(corner, 0.94, 0.94, fill=False, ec=COLORS["blue"], lw=2.2))


def _shift(axis: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": COLORS["vermilion"], "lw": 1.4}
    style |= {"shrinkA": 2, "shrinkB": 1}
    axis.annotate("", end, start, arrowprops=style)


def _weights(axis: Axes, picture: Tensor, flow: Tensor, place: tuple[int, int]) -> None:
    """The four pixels around the point that a place reads, with the weight of each."""
    row, column = place
    x, y = column + float(flow[0, row, column]), row + float(flow[1, row, column])
    left, top = int(np.floor(x)), int(np.floor(y))
    axis.set(xlim=(left - 0.5, left + 1.5), ylim=(top + 1.5, top - 0.5))
    axis.imshow(picture.numpy(), cmap="Greys", vmin=-2, vmax=22)
    for down in (0, 1):
        for right in (0, 1):
            weight = (1 - abs(x - left - right)) * (1 - abs(y - top - down))
            at = (left + right, top + down)
            value = float(picture[at[1], at[0]])
            axis.text(
                at[0],
                at[1] + (0.36 if down else -0.26),
                f"{weight:.4g} · {value:g}",
                ha="center",
                fontsize=10,
            )
            axis.plot(*at, "s", color=COLORS["ink"], markersize=4)
    axis.add_patch(Rectangle((left, top), 1, 1, fill=False, ls=":", lw=1.2))
    axis.plot(x, y, "o", color=COLORS["vermilion"], markersize=8)
