"""Pictures of the book: one style, faces in rows, and attention maps over a face.

Importing this module sets the style of all later figures (``lfes.mplstyle``). Every ``show_`` function draws
one figure and shows it; nothing is returned, so a cell may end with the call.
"""

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lfes_core  # noqa: F401  (settles how threads wait, before NumPy and PyTorch are loaded)

import matplotlib.pyplot as plt
import numpy as np
import PIL.Image
from IPython.core.getipython import get_ipython
from IPython.display import Image, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib_inline.backend_inline import set_matplotlib_formats
from numpy.typing import NDArray

#: Okabe and Ito's palette by name, in the order of the style's color cycle, and one color more.
COLORS = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "ink": "#33393f",
    "brown": "#8A6240",
}

#: Width of the page without its margins, and the space between two pictures of a sheet, in inches.
PAGE_WIDTH, SHEET_GAP = 6.9, 0.03

#: Color map of every attention map: dark to light without red against green.
ATTENTION_COLORS = "inferno"


def use_style() -> None:
    """Set the book's style for all figures that follow; a notebook gets two pixels for one."""
    plt.style.use(Path(__file__).with_name("lfes.mplstyle"))
    if get_ipython() is not None:
        set_matplotlib_formats("retina")


def as_picture(image: Any) -> NDArray[np.uint8]:
    """A picture as an array that matplotlib and PIL can show.

    Takes a PIL image, a uint8 array ``[height, width, 3]``, a float array of that shape in 0..1, or a tensor
    ``[3, height, width]`` (or ``[1, 3, height, width]``) in -1..1, as the networks use it.

    Returns:
        uint8 array ``[height, width, 3]``.
    """
    if hasattr(image, "detach"):
        tensor = image.detach().float().cpu()
        if tensor.ndim == 4:
            tensor = tensor.squeeze(0)
        array = (tensor.clamp(-1, 1).permute(1, 2, 0).numpy() + 1) * 127.5
        return np.rint(array).astype(np.uint8)
    if hasattr(image, "convert"):
        image = image.convert("RGB")
    array = np.asarray(image)
    if array.dtype != np.uint8:
        array = np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    return array


def show_faces(
    images: Sequence[Any],
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    *,
    size: float = 1.8,
    title_lines: int = 1,
) -> None:
    """Show pictures side by side, row after row.

    Args:
        images: pictures in any form that ``as_picture`` takes; a tensor ``[batch, 3, h, w]`` works too.
        titles: one short line above each picture.
        columns: pictures in a row; all of them (at most six) when not given.
        size: width and height of one picture in inches.
        title_lines: room above each picture, in lines of text.
    """
    pictures = [as_picture(image) for image in images]
    columns = columns or min(len(pictures), 6)
    figure, axes = _grid(len(pictures), columns, size, title_lines if titles else 0)
    for axis, picture in zip(axes, pictures, strict=False):
        axis.imshow(picture, interpolation="antialiased")
    for axis, title in zip(axes, titles or (), strict=False):
        axis.set_title(title, fontsize=10, pad=3)
    show_photographs(figure)


def show_sheet(
    rows: Sequence[Sequence[Any]],
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    *,
    size: float = 1.2,
) -> None:
    """Show a contact sheet: a title beside each row and above each column, next to no space between pictures.

    Args:
        rows: pictures in any form that ``as_picture`` takes, those of a row in one shape; None leaves a place
            empty.
        row_titles: one short text for each row.
        column_titles: one short text for each column.
        size: width of one picture in inches; less where the sheet would be wider than the page.
    """
    pictures = [
        [one if one is None else as_picture(one) for one in row] for row in rows
    ]
    shapes = [next(one.shape for one in row if one is not None) for row in pictures]
    figure, grid = sheet_axes(shapes, row_titles, column_titles, size=size)
    for axes, row in zip(grid, pictures, strict=True):
        for axis, picture in zip(axes, row, strict=True):
            if picture is not None:
                axis.imshow(picture, interpolation="antialiased", aspect="auto")
    show_photographs(figure)


def sheet_axes(
    shapes: Sequence[tuple[int, ...]],
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    *,
    size: float = 1.2,
    below: float = 0,
) -> tuple[Figure, list[list[Axes]]]:
    """Empty axes for the pictures of a sheet, with their titles; as `show_sheet` draws it.

    Args:
        shapes: height and width of the pictures of each row, in pixels.
        row_titles: one short text for each row.
        column_titles: one short text for each column.
        size: width of one picture in inches; less where the sheet would be wider than the page.
        below: room that is left under the last row, in inches.
    """
    figure = plt.figure(layout="none")
    beside = max(_text_size(figure, title, 9.5)[0] for title in row_titles) + 0.1
    above = max(_text_size(figure, title, 10)[1] for title in column_titles) + 0.08
    wide = min(size, (PAGE_WIDTH - beside) / len(column_titles) - SHEET_GAP)
    heights = [wide * shape[0] / shape[1] for shape in shapes]
    width = beside + len(column_titles) * (wide + SHEET_GAP)
    height = above + sum(heights) + len(heights) * SHEET_GAP + below
    figure.set_size_inches(width, height)
    grid: list[list[Axes]] = []
    top = height - above
    for title, tall in zip(row_titles, heights, strict=True):
        top -= tall
        grid.append([])
        for column, name in enumerate(column_titles):
            left = beside + column * (wide + SHEET_GAP)
            place = left / width, top / height, wide / width, tall / height
            axis = figure.add_axes(place)
            axis.axis("off")
            if len(grid) == 1:
                axis.set_title(name, fontsize=10, pad=3)
            grid[-1].append(axis)
        first = grid[-1][0]
        where = {"ha": "right", "va": "center", "transform": first.transAxes}
        first.text(-0.08 / wide, 0.5, title, fontsize=9.5, **where)
        top -= SHEET_GAP
    return figure, grid


def show_attention(
    face: Any,
    maps: Any,
    words: Sequence[str],
    columns: int | None = None,
    *,
    shared_scale: bool = True,
    size: float = 1.5,
) -> None:
    """Show where each word looks: its attention map over a gray copy of the face.

    Args:
        face: one picture, any form that ``as_picture`` takes.
        maps: ``[words, height, width]``, array or tensor: beta of Eq. 1, one map a word.
        words: the words, as many as there are maps.
        columns: maps in a row; at most six when not given.
        shared_scale: one color scale for all words, so that words can be compared; False stretches each map
            to its own range, so that the faintest pattern shows.
        size: width and height of one picture in inches.
    """
    maps = _as_array(maps)
    words = list(words)
    if len(words) != len(maps):
        raise ValueError(f"{len(words)} words but {len(maps)} attention maps")
    gray = _gray(as_picture(face))
    low, high = float(maps.min()), float(maps.max())
    columns = columns or min(len(words), 6)
    figure, axes = _grid(len(words), columns, size, 1)
    drawn = None
    for axis, word, weights in zip(axes, words, maps, strict=False):
        bottom, top = (
            (low, high)
            if shared_scale
            else (float(weights.min()), float(weights.max()))
        )
        height, width = gray.shape
        axis.imshow(gray, cmap="gray", vmin=0, vmax=255, extent=(0, width, height, 0))
        drawn = axis.imshow(
            weights,
            cmap=ATTENTION_COLORS,
            vmin=bottom,
            vmax=max(top, bottom + 1e-9),
            alpha=0.65,
            extent=(0, width, height, 0),
            interpolation="bilinear",
        )
        axis.set_title(word, fontsize=10, pad=3)
    if shared_scale and drawn is not None:
        bar = figure.colorbar(drawn, ax=axes, shrink=0.8, aspect=30, pad=0.01)
        bar.set_label("attention β")
        bar.outline.set_visible(False)
    show_photographs(figure)


def overlay_attention(
    face: Any, weights: Any, low: float | None = None, high: float | None = None
) -> NDArray[np.uint8]:
    """One word's map laid over the face as a picture, for widgets that switch between pictures.

    Args:
        face: one picture, any form that ``as_picture`` takes.
        weights: ``[height, width]``, beta of Eq. 1 for one word.
        low: weight that gets the darkest color; the smallest one when not given.
        high: weight that gets the lightest color; the largest one when not given.

    Returns:
        uint8 array ``[height, width, 3]`` of the face's size.
    """
    weights = _as_array(weights)
    low = float(weights.min()) if low is None else low
    high = float(weights.max()) if high is None else high
    gray = _gray(as_picture(face))
    small = PIL.Image.fromarray(weights.astype(np.float32))
    large = np.asarray(small.resize(gray.shape[::-1], PIL.Image.Resampling.BILINEAR))
    colors = map_colors(large, low, high).astype(float)
    return np.rint(0.35 * gray[:, :, None] + 0.65 * colors).astype(np.uint8)


def map_colors(weights: Any, low: float, high: float) -> NDArray[np.uint8]:
    """A map in the attention colors, from `low` (dark) to `high` (light): uint8 ``[height, width, 3]``."""
    scaled = np.clip((_as_array(weights) - low) / max(high - low, 1e-9), 0, 1)
    colors = plt.get_cmap(ATTENTION_COLORS)(scaled)[:, :, :3]
    return np.rint(255 * colors).astype(np.uint8)


def _as_array(values: Any) -> NDArray[Any]:
    if hasattr(values, "detach"):
        values = values.detach().float().cpu().numpy()
    return np.asarray(values)


def _gray(picture: NDArray[np.uint8]) -> NDArray[Any]:
    return picture @ np.array([0.299, 0.587, 0.114])


def _grid(
    count: int, columns: int, size: float, title_lines: int
) -> tuple[Figure, list[Axes]]:
    rows = math.ceil(count / columns)
    height = size + 0.19 * title_lines
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(columns * size, rows * height),
        squeeze=False,
        layout=ConstrainedLayoutEngine(
            w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02
        ),
    )
    axes = list(grid.flat)
    for axis in axes:
        axis.axis("off")
    return figure, axes


def _text_size(figure: Figure, text: str, points: float) -> tuple[float, float]:
    """Width and height in inches that a text takes."""
    drawn = figure.text(0, 0, text, fontsize=points)
    box = drawn.get_window_extent()
    drawn.remove()
    return box.width / figure.dpi, box.height / figure.dpi


def show_figure(figure: Figure) -> None:
    """Show a figure and forget it."""
    plt.show()
    plt.close(figure)


def show_photographs(figure: Figure) -> None:
    """Show a figure that is nearly all photograph: as JPEG, a quarter of a PNG, with two pixels for one."""
    file = io.BytesIO()
    options = {"quality": 90, "subsampling": 0}
    dpi = 2 * figure.dpi
    figure.savefig(file, format="jpeg", dpi=dpi, facecolor="white", pil_kwargs=options)
    plt.close(figure)
    wide = PIL.Image.open(file).width // 2
    display(Image(file.getvalue(), format="jpeg", width=wide))


use_style()
