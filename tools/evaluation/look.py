"""What all plots of a report have in common: colors, names, and how a figure with its interval is drawn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lfes_core.action_units import ACTION_UNITS

STYLE = Path(__file__).resolve().parents[2] / "book" / "lfes.mplstyle"

Report = Mapping[str, Any]

GRAY, INK = "#7b8087", "#24292f"

COLORS = {
    "full": "#0072B2",
    "full_skips": "#D55E00",
    "no_matching": "#CC79A7",
    "no_attention": "#E69F00",
    "au_vector": "#56B4E9",
    "copy": GRAY,
    "truth": "#009E73",
}
"""One color for each row in all plots: Okabe and Ito's palette, as in the book."""


def canvas(rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Figure, Any]:
    """A figure with a grid of axes, always a 2-D array; it belongs to no window and to no global state."""
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def details(report: Report, name: str) -> dict[str, Any]:
    """A detail of each row that has it, in the report's order of rows."""
    found = report["details"]
    return {row: found[row][name] for row in report["rows"] if found.get(row, {}).get(name)}


def measured_rows(report: Report) -> list[str]:
    """The rows that have figures."""
    return [row for row, found in report["rows"].items() if any(found.values())]


def dot(axis: Axes, found: Mapping[str, Any] | None, place: float, color: str) -> None:
    """A figure as a dot at a height, its interval as a line; nothing for None."""
    if found is None:
        return
    ends = [found["low"], found["high"]]
    if None not in ends:
        _ = axis.plot(ends, [place] * 2, color=color, linewidth=3, alpha=0.45, solid_capstyle="butt")
    _ = axis.plot(found["value"], place, "o", color=color)


def unit_name(unit: str) -> str:
    """Number and name of an Action Unit."""
    return f"{unit} {ACTION_UNITS[int(unit)].name}"
