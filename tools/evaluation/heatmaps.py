"""Tables of numbers as colors: Action Units by rows, by pairs of levels, by what else changes."""

from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from tools.evaluation.look import GRAY, Report, canvas, details, unit_name


def units(report: Report) -> Figure | None:
    """ICC and right directions of every Action Unit in every row."""
    icc, right = details(report, "by_unit"), details(report, "direction_by_unit")
    if not icc:
        return None
    names = list(next(iter(icc.values())))
    tables = {
        "ICC, named and measured": {row: [found[u]["icc"] for u in names] for row, found in icc.items()},
        "direction right": {row: [found.get(u) for u in names] for row, found in right.items()},
    }
    figure, axes = canvas(1, 2, (3.4 + 1.45 * len(icc), 5.2), sharey=True)
    for axis, (title, found) in zip(axes[0], tables.items(), strict=True):
        _heatmap(axis, np.array([found[row] for row in icc], dtype=float).T, "cividis", (0, 1), numbers=True)
        _ = axis.set_title(title)
        _ = axis.set_xticks(np.arange(len(icc)) + 0.5, list(icc), rotation=30, ha="right")
    _ = axes[0, 0].set_yticks(np.arange(len(names)) + 0.5, [unit_name(unit) for unit in names], rotation=0)
    return figure


def pairs(report: Report) -> Figure | None:
    """Right directions of every Action Unit at every pair of levels, for each model and the truth."""
    rows = {row: found for row, found in details(report, "direction_table").items() if row != "copy"}
    if not rows:
        return None
    first = next(iter(rows.values()))
    names = list(first)
    levels = sorted(
        {pair for unit in first.values() for pair in unit},
        key=lambda pair: (ord(pair[2]) - ord(pair[0]), pair),
    )
    figure, axes = _panels(len(rows), (4.0, 3.7))
    for axis, (row, table) in zip(axes.flat, rows.items(), strict=False):
        values = [[table[unit].get(pair, {}).get("right") for pair in levels] for unit in names]
        _heatmap(axis, np.array(values, dtype=float), "cividis", (0, 1))
        _ = axis.set_title(row)
        _ = axis.set_xticks(np.arange(len(levels)) + 0.5, [p.replace("-", "–") for p in levels], rotation=90)
    _finish(figure, axes, names)
    figure.supxlabel("the two adverbs; color: share of right directions", fontsize=10, color=GRAY)
    return figure


def responses(report: Report) -> Figure | None:
    """What a sentence about one Action Unit at the strongest adverb does to all, for each model and the truth."""
    rows = {row: found for row, found in details(report, "response").items() if row != "copy"}
    if not rows:
        return None
    names = list(next(iter(rows.values())))
    figure, axes = _panels(len(rows), (4.0, 3.7))
    for axis, (row, table) in zip(axes.flat, rows.items(), strict=False):
        measured = list(next(iter(table.values())))
        values = np.array([[table[unit][other] for other in measured] for unit in names])
        _heatmap(axis, values, "RdBu_r", (-5, 5))
        _ = axis.set_title(row)
        _ = axis.set_xticks(np.arange(len(measured)) + 0.5, measured, rotation=90, fontsize=8)
    _finish(figure, axes, names)
    figure.supxlabel("AU that is measured; color: mean level, named at E", fontsize=10, color=GRAY)
    return figure


def _panels(count: int, size: tuple[float, float]) -> tuple[Figure, Any]:
    """A grid of panels, three in a line; those that are not needed stay empty."""
    columns = min(count, 3)
    lines = -(-count // columns)
    figure, axes = canvas(lines, columns, (1.6 + size[0] * columns, 0.3 + size[1] * lines), sharey=True)
    for axis in axes.flat[count:]:
        axis.set_visible(False)
    return figure, axes


def _finish(figure: Figure, axes: Any, names: list[str]) -> None:
    """The names of the Action Units at the left, and one scale of colors for all panels."""
    for axis in axes[:, 0]:
        _ = axis.set_yticks(np.arange(len(names)) + 0.5, [unit_name(unit) for unit in names], rotation=0)
    _ = figure.colorbar(axes[0, 0].collections[0], ax=axes, shrink=0.6, aspect=30, pad=0.01)


def _heatmap(
    axis: Any,
    values: np.ndarray,
    colors: str,
    ends: tuple[float, float],
    numbers: bool = False,
) -> None:
    """Colors between two ends; what is not known stays white."""
    _ = sns.heatmap(
        values.round(2) + 0.0,  # no "-0.00"
        ax=axis,
        vmin=ends[0],
        vmax=ends[1],
        cmap=colors,
        annot=numbers,
        fmt=".2f",
        annot_kws={"fontsize": 8},
        linewidths=0.5,
        linecolor="white",
        cbar=False,
        xticklabels=False,
        yticklabels=False,
    )
    axis.tick_params(length=0)
    axis.grid(visible=False)
