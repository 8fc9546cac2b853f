"""Figures of the two chapters on evaluation; every number in them is given, none is computed here.

Every ``show_`` function draws one figure and shows it; nothing is returned, so a cell may end with the call.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from figures import COLORS, show_figure
from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.questions import UNITS
from report import COLORS as ROW_COLORS
from report import ROWS, Report

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Curve = tuple[Sequence[int], NDArray[np.float64]]

MARKS = {
    "full": "o-",
    "full_moving": "s-",
    "stencil": "^:",
    "truth": "--",
}
"""Marker and line of each row of a report, so that no row is known by its color alone."""

LIFT_WORDS = ("noun", "and", "a")


def show_copy(means: NDArray[np.float64]) -> None:
    """The SSIM of copy for each of the twelve Action Units at E.

    Args:
        means: ``[units, 2]``, over the whole picture and where the face moved.
    """
    figure, axis = plt.subplots(figsize=(7, 3.4))
    places = np.arange(len(means))
    for shift, column, color, hatch, label in (
        (-0.2, 0, "sky", "", "whole picture"),
        (0.2, 1, "vermilion", "///", "moved region"),
    ):
        axis.bar(
            places + shift,
            means[:, column],
            0.4,
            color=COLORS[color],
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            label=label,
        )
    paper = "the paper's whole method, CK+"
    axis.axhline(0.661, color=COLORS["ink"], ls="--", lw=1.2, label=paper)
    names = [f"{unit} {ACTION_UNITS[unit].name}" for unit in UNITS]
    axis.set_xticks(places, names, rotation=35, ha="right")
    axis.set(ylabel="SSIM of copy", ylim=(0, 1.05))
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    axis.grid(axis="x", visible=False)
    show_figure(figure)


def show_coupling(
    first: tuple[float, float], second: tuple[float, float], lines: int = 15
) -> None:
    """Two normal distributions, and lines from each part of the first to its place in the second.

    Args:
        first: mean and standard deviation, drawn below.
        second: the same of the other one, drawn above.
        lines: how many lines.
    """
    figure, axis = plt.subplots(figsize=(7, 2.8))
    parts = (np.arange(lines) + 0.5) / lines
    draws = np.sort(np.random.default_rng(0).normal(size=100_000))
    places = np.quantile(draws, parts)
    for (mean, deviation), base, side, color in (
        (first, 0.0, -1, "blue"),
        (second, 1.0, 1, "vermilion"),
    ):
        x = mean + deviation * np.linspace(-3.2, 3.2, 200)
        height = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / deviation
        axis.fill_between(x, base, base + side * 0.8 * height, color=COLORS[color])
    for place in places:
        ends = [mean + deviation * place for mean, deviation in (first, second)]
        axis.plot(ends, [0, 1], color=COLORS["ink"], lw=0.8)
    for (mean, deviation), height, name, color in (
        (first, -0.5, "first set", "blue"),
        (second, 1.5, "second set", "vermilion"),
    ):
        axis.text(mean + 2 * deviation, height, name, color=COLORS[color])
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("value of one feature")
    axis.grid(visible=False)
    show_figure(figure)


def show_bias(frechet: Curve, kernel: Curve) -> None:
    """How two distances of sets that come from one source depend on the number of pictures.

    Args:
        frechet: sizes, and values ``[sizes, draws]`` of the Fréchet distance.
        kernel: the same of KID, which may be negative.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    for axis, (sizes, values), title, color in (
        (axes[0], frechet, "Fréchet distance", "blue"),
        (axes[1], kernel, "KID", "vermilion"),
    ):
        mean, spread = values.mean(axis=1), values.std(axis=1)
        axis.plot(sizes, mean, "o-", color=COLORS[color])
        ends = mean - spread, mean + spread
        axis.fill_between(sizes, *ends, color=COLORS[color], alpha=0.2)
        axis.set_xscale("log")
        axis.set_xticks(sizes, [str(n) for n in sizes])
        axis.set_xticks([], minor=True)
        axis.set(title=f"{title}, thousands", xlabel="pictures in each set, n")
        axis.axhline(0, color=COLORS["ink"], ls=":", lw=1.2)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value / 1000:.0f}")
    show_figure(figure)


def show_scales(named: NDArray[np.float64], measured: Mapping[str, Any]) -> None:
    """Named against measured intensity for several ways to obey.

    Args:
        named: levels 0..5.
        measured: for each way its measured levels, and the ICC that it has.
    """
    figure, axes = plt.subplots(1, len(measured), figsize=(7, 2.1), sharey=True)
    jitter = np.random.default_rng(1).normal(scale=0.08, size=len(named))
    for axis, (name, (values, agreement)) in zip(axes, measured.items(), strict=True):
        axis.plot([0, 5], [0, 5], color=COLORS["ink"], ls=":", lw=1.2)
        axis.plot(named + jitter, values, ".", color=COLORS["blue"], ms=3)
        axis.set_title(f"{name}\nICC {agreement:.2f}", fontsize=9.5)
        axis.set_xticks(range(6), ["–", *"ABCDE"])
    axes[0].set_ylabel("measured")
    figure.supxlabel("named", fontsize=10, color=COLORS["ink"])
    show_figure(figure)


def show_obedience(report: Report, rows: Iterable[str]) -> None:
    """For each of the twelve Action Units the measured intensity against the named one, row by row."""
    figure, axes = plt.subplots(4, 3, figsize=(7, 8), sharex=True, sharey=True)
    for axis, unit in zip(axes.flat, UNITS, strict=True):
        axis.plot([0, 5], [0, 5], color=COLORS["ink"], lw=1, ls=":")
        for row in rows:
            levels = [
                report.value(row, "measured", unit=unit, named=k) for k in range(6)
            ]
            color = COLORS[ROW_COLORS[row]]
            axis.plot(range(6), levels, MARKS[row], ms=4, color=color, label=ROWS[row])
        axis.set_title(f"{unit} {ACTION_UNITS[unit].name.lower()}", fontsize=10)
    axes[0, 0].set_xticks(range(6), ["–", *"ABCDE"])
    figure.supxlabel("named in the sentence", fontsize=10, color=COLORS["ink"])
    figure.supylabel("measured, mean", fontsize=10, color=COLORS["ink"])
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4
    )
    show_figure(figure)


def show_lifts(report: Report, rows: Sequence[str]) -> None:
    """Attention lift in the noun's region: the noun's own, and that of two words with no place on a face."""
    figure, axes = plt.subplots(
        1, len(rows), figsize=(7, 3.1), sharey=True, squeeze=False
    )
    ink = COLORS["ink"]
    for axis, row in zip(axes[0], rows, strict=True):
        for shift, level, name, hatch in ((-0.2, 1, "sky", ""), (0.2, 2, "blue", "//")):
            for place, word in enumerate(LIFT_WORDS):
                lift = report.figure(row, "lift", level=level, word=word)
                if lift is None:
                    continue
                at = place + shift
                axis.bar(
                    at,
                    lift["value"],
                    0.36,
                    color=COLORS[name],
                    hatch=hatch,
                    edgecolor="white",
                    linewidth=0,
                    label=None if place else f"level {level}",
                )
                axis.plot([at, at], [lift["low"], lift["high"]], color=ink)
        axis.axhline(1, color=ink, ls=":", label="chance")
        axis.set_xticks(range(len(LIFT_WORDS)), ["the noun", '"and"', '"a"'])
        axis.set_title(ROWS[row])
        axis.grid(axis="x", visible=False)
    axes[0, 0].set_ylabel("lift in the noun's region")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3
    )
    show_figure(figure)


def show_losses(
    runs: Mapping[str, pd.DataFrame], titles: Mapping[str, str], start: str = "before"
) -> None:
    """Each training as two dots joined by a line, one dot for each seed; a dashed line where all began.

    Args:
        runs: name, and the lines of its seeds.
        titles: columns that are drawn, a panel each, and what stands below them.
        start: name of the lines that were measured before any training.
    """
    names = [name for name in runs if name != start]
    figure, grid = plt.subplots(
        1, len(titles), figsize=(7, 3.6), sharey=True, squeeze=False
    )
    axes = grid[0]
    for axis, (key, title) in zip(axes, titles.items(), strict=True):
        axis.axvline(runs[start][key].iloc[0], color=COLORS["ink"], ls="--", lw=1.2)
        for place, name in enumerate(names):
            first = place < 5
            color, mark = ("blue", "o-") if first else ("orange", "s-")
            axis.plot(
                runs[name][key], [place] * len(runs[name]), mark, color=COLORS[color]
            )
        axis.set_xlabel(title)
        axis.locator_params(axis="x", nbins=4)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    show_figure(figure)


def drawn(
    draw: Callable[[int], NDArray[np.float64]],
    distance: Callable[..., float],
    sizes: Sequence[int],
    times: int,
) -> Curve:
    """A distance of two samples for several sizes, each drawn several times.

    Args:
        draw: gives two samples ``[2, n, features]`` for a size.
        distance: of two samples.
        sizes: numbers of pictures in each sample.
        times: draws of each size.

    Returns:
        The sizes, and values ``[sizes, times]``.
    """
    values = [[distance(*draw(n)) for _ in range(times)] for n in sizes]
    return sizes, np.array(values)
