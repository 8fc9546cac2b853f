"""Figures of what a change of words does: an adverb, a phrase, the word for the person.

Every ``show_`` function draws one figure. All numbers are given, none is measured here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from figures import COLORS, sheet_axes, show_figure, show_photographs
from lfes_core.action_units import ACTION_UNITS, INTENSITY_ADVERBS, INTENSITY_LETTERS
from moved_faces import FACE, WIDTH, Window
from report import COLORS as ROW_COLORS
from report import ROWS

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

MARKS = {"full_moving": "s", "full": "o", "truth": "|"}
"""Marker of each row of a report, so that no row is known by its color alone."""

CHANGES = "PuOr_r"
"""Purple where something fell, orange where it rose, white where nothing changed."""

Picture = NDArray[np.uint8]
Readings = Mapping[str, Mapping[str, ArrayLike]]
"""For each row of a report, and each adverb, what was read for each person."""


class Exchange(NamedTuple):
    """Two pictures that differ because one word does."""

    after: Picture
    before: Picture


def light_change(exchange: Exchange) -> NDArray[np.float64]:
    """How much lighter each pixel became, 255 is from black to white: the mean of the three colors."""
    change = exchange.after.astype(float) - exchange.before.astype(float)
    mean: NDArray[np.float64] = change.mean(axis=2)
    return mean


def show_adverbs(read: Mapping[int, Readings], truth: Mapping[int, ArrayLike]) -> None:
    """What is read for each of the fifteen adverbs, a panel for each Action Unit.

    Args:
        read: Action Unit -> row -> adverb -> what was read for each person; mark and line are mean and range.
        truth: Action Unit -> [levels, people], read in the true pictures; drawn as stroke and band.
    """
    figure, axes = plt.subplots(1, len(read), figsize=(WIDTH, 5), sharey=True)
    adverbs = [word for words in INTENSITY_ADVERBS.values() for word in words]
    for axis, (unit, rows) in zip(np.ravel(axes), read.items(), strict=True):
        for place, levels in enumerate(np.asarray(truth[unit])):
            top, low, high = 3 * place - 0.45, levels.min(), levels.max()
            color = COLORS[ROW_COLORS["truth"]]
            axis.fill_betweenx([top, top + 2.9], low, high, color=color, alpha=0.18)
            ends = [levels.mean()] * 2
            label = None if place else ROWS["truth"]
            axis.plot(ends, [top, top + 2.9], color=color, label=label)
        for shift, (row, found) in zip((-0.17, 0.17), rows.items(), strict=True):
            color = COLORS[ROW_COLORS[row]]
            for place, adverb in enumerate(adverbs):
                values = np.asarray(found[adverb])
                at = place + shift
                axis.plot([values.min(), values.max()], [at, at], color=color, lw=1.2)
                label = None if place else ROWS[row]
                axis.plot(values.mean(), at, MARKS[row], color=color, label=label)
        axis.set_title(f"AU {unit}: {ACTION_UNITS[unit].name.lower()}")
        axis.grid(axis="y", visible=False)
        axis.set(xlabel="level that is read", xlim=(-0.4, 5.6))
        axis.set_xticks(range(6), ["absent", *INTENSITY_LETTERS])
    first = np.ravel(axes)[0]
    letters = [letter for letter in INTENSITY_LETTERS for _ in range(3)]
    names = [f"{word}  {x}" for word, x in zip(adverbs, letters, strict=True)]
    first.set_yticks(range(len(adverbs)), names)
    first.invert_yaxis()
    handles = first.get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3)
    show_figure(figure)


def show_effects(
    rows: Mapping[str, Sequence[Picture | Exchange]],
    titles: Sequence[str],
    limit: float,
    window: Window = FACE,
) -> None:
    """Faces, and changes of light beside them, all in one scale.

    Args:
        rows: title -> pictures, shown as they are, and exchanges, shown as their change.
        titles: above the columns.
        limit: change of light, of 255, that has the darkest color.
        window: part of the pictures that is shown.
    """
    shape = tuple(part.stop - part.start for part in window)
    shapes = [shape] * len(rows)
    figure, grid = sheet_axes(shapes, list(rows), titles, size=1.65, below=0.7)
    drawn = None
    for axes, shown in zip(grid, rows.values(), strict=True):
        for axis, each in zip(axes, shown, strict=True):
            if isinstance(each, Exchange):
                change = light_change(each)[window]
                scale = {"cmap": CHANGES, "vmin": -limit, "vmax": limit}
                drawn = axis.imshow(change, aspect="auto", **scale)
            else:
                axis.imshow(each[window], aspect="auto")
    if drawn is not None:
        high = figure.get_size_inches()[1]
        place = figure.add_axes((0.3, 0.5 / high, 0.5, 0.1 / high))
        bar = figure.colorbar(drawn, cax=place, orientation="horizontal", extend="both")
        bar.set_label("change of light, of 255")
        bar.outline.set_visible(False)
    show_photographs(figure)


def show_two_rulers(
    found: Mapping[str, Mapping[int, tuple[float, ArrayLike]]], rulers: Sequence[str]
) -> None:
    """Each Action Unit by two rulers: a number across, and upwards the mean and range over people.

    Args:
        found: row of a report -> Action Unit -> first ruler, and the second for each person.
        rulers: their names.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 4.6))
    points: list[tuple[str, float, float]] = []
    for row, units in found.items():
        color = COLORS[ROW_COLORS[row]]
        for place, (unit, (across, values)) in enumerate(units.items()):
            people = np.asarray(values)
            ends = [people.min(), people.max()]
            axis.plot([across] * 2, ends, color=color, lw=1, alpha=0.5)
            label = None if place else ROWS[row]
            mean = float(people.mean())
            axis.plot(across, mean, MARKS[row], color=color, ms=6, label=label)
            points.append((str(unit), across, mean))
    axis.set(xlabel=rulers[0], ylabel=rulers[1])
    axis.axhline(0, color=COLORS["ink"], lw=1, ls=":")
    axis.legend(loc="upper left")
    _name(axis, points)
    show_figure(figure)


def show_company(
    changes: Mapping[str, NDArray[np.float64]],
    units: Sequence[int],
    framed: Mapping[str, NDArray[np.bool_]],
    limit: float = 3,
) -> None:
    """What old phrases (rows) do when new ones (columns) come, a matrix for each way.

    Args:
        changes: title -> [units, units], in levels; nan where no face makes both.
        units: Action Units of rows and columns.
        framed: title -> which places have a frame.
        limit: change that has the darkest color.
    """
    lines = (len(changes) + 1) // 2
    figure, axes = plt.subplots(
        lines, 2, figsize=(WIDTH, 3.4 * lines + 0.3), sharex=True, sharey=True
    )
    for axis in axes.flat[len(changes) :]:
        axis.set_visible(False)
    names = [f"{ACTION_UNITS[unit].noun} {unit}" for unit in units]
    for axis, (title, matrix) in zip(axes.flat, changes.items(), strict=False):
        colors = plt.get_cmap(CHANGES).with_extremes(bad="#d9dcdf")
        axis.imshow(matrix, cmap=colors, vmin=-limit, vmax=limit)
        for (row, column), value in np.ndenumerate(matrix):
            if not np.isnan(value):
                _number(axis, row, column, value, limit)
            if title in framed and framed[title][row, column]:
                corner = column - 0.45, row - 0.45
                style = {"fill": False, "ec": COLORS["ink"], "lw": 1.6}
                axis.add_patch(plt.Rectangle(corner, 0.9, 0.9, **style))
        axis.set_title(title)
        axis.grid(visible=False)
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    axes.flat[0].set_yticks(range(len(units)), names)
    axes.flat[0].set_xticks(range(len(units)), [str(unit) for unit in units])
    figure.supxlabel("Action Unit of the new phrase", fontsize=10)
    figure.supylabel("old phrase, and its Action Unit", fontsize=10)
    show_figure(figure)


def mean_and_range(values: Iterable[float], digits: int = 1) -> str:
    """A mean, and in brackets the lowest and the highest value, for instance "2.5 (1.9 to 3.1)"."""
    numbers = np.array(list(values))
    mean, low, high = (
        f"{round(float(one), digits) + 0.0:.{digits}f}"
        for one in (numbers.mean(), numbers.min(), numbers.max())
    )
    return f"{mean} ({low} to {high})"


def _name(axis: Axes, points: Sequence[tuple[str, float, float]]) -> None:
    """Write the name of each point beside it, on the side where least stands in the way."""
    places = [axis.transData.transform(point[1:]) for point in points]
    pixel = axis.figure.dpi / 72
    sides = [np.array((x, y)) * pixel for x in (-11, 11) for y in (8, -8, 0)]
    for (name, x, y), place in zip(points, list(places), strict=True):
        free = [min(_apart(place + side, one) for one in places) for side in sides]
        side = sides[int(np.argmax(free))]
        places.append(place + side)
        where = {"textcoords": "offset points", "ha": "center", "va": "center"}
        axis.annotate(name, (x, y), xytext=side / pixel, fontsize=9.5, **where)


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.hypot(*(one - other)))


def _number(axis: Axes, row: int, column: int, value: float, limit: float) -> None:
    dark = abs(value) > 0.5 * limit
    text = f"{round(value, 1) + 0.0:+.1f}".replace("-", "−").replace("+0.0", "0")
    style = {"ha": "center", "va": "center", "fontsize": 9.5}
    axis.text(column, row, text, color="white" if dark else COLORS["ink"], **style)
