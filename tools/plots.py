"""Draw the plots of a report: ``python -m tools.plots REPORT``.

``python -m lfes_core evaluate --out REPORT`` writes the figures. This command reads them (``figures.csv``, and the aims
in ``report.json``) and writes PNG files beside them. The package itself needs no plotting library.
"""

import argparse
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.figures import FIGURES
from lfes_core.evaluation.report import TITLES

STYLE = Path(__file__).resolve().parents[1] / "book" / "lfes.mplstyle"
INK = "#24292f"

COLORS = {
    "full": "C4",
    "full_moving": "C0",
    "no_matching": "#8A6240",
    "no_attention": "C1",
    "au_vector": "C5",
    "copy": "C6",
    "stencil": "C3",
    "truth": "C2",
}
"""One color of the book for each row, as in its chapters, in the report's order of rows."""


def main(argv: list[str] | None = None) -> int:
    """Write the plots; returns 0, or 2 where there is no report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", metavar="REPORT", type=Path, help="the folder of a report")
    folder: Path = parser.parse_args(argv).folder
    try:
        words = dict.fromkeys(("row", "figure", "by", "group"), str)
        figures = pd.read_csv(folder / "figures.csv", dtype=words).fillna({"by": "", "group": ""})
        aims = json.loads((folder / "report.json").read_text("utf-8"))["aims"]
        marks: dict[str, set[float]] = {}
        for aim in aims:
            marks.setdefault(aim["figure"], set()).add(float(aim["aim"].split()[-1]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())[:100]
        print(f"error: {folder}: no report that can be read ({reason})", file=sys.stderr)
        return 2
    matplotlib.use("agg")
    with matplotlib.rc_context(fname=STYLE):
        matplotlib.rcParams["figure.constrained_layout.use"] = False  # seaborn arranges its grids by itself
        for name, figure in draw(figures, marks):
            figure.savefig(folder / f"plot_{name}.png", dpi=110, facecolor="white")
            plt.close(figure)
            print(folder / f"plot_{name}.png")
    return 0


def draw(figures: pd.DataFrame, aims: Mapping[str, Collection[float]]) -> Iterator[tuple[str, Figure]]:
    """The plots by name; those for which nothing was measured are left out.

    Args:
        figures: the lines of ``figures.csv``.
        aims: what is marked in the plots of these figures, for one design or for each its own.
    """

    def of(name: str, by: str = "") -> pd.DataFrame:
        lines = figures[(figures["figure"] == name) & (figures["by"] == by) & figures["row"].isin(COLORS)]
        for place, part in enumerate(by.split()):
            lines = lines.assign(**{part: lines["group"].str.split().str[place]})
        return lines

    def dots(name: str, names: Iterable[str]) -> Iterator[tuple[str, Figure]]:
        """A small plot for each figure: intervals of the rows, and a small dot for each seed."""
        found = [lines for one in names if len(lines := of(one))]
        if found:
            data = pd.concat(found)
            grid = _grid(data, "figure", 4)
            rows = [row for row in COLORS if row in set(data["row"])]
            for one, axis in grid.axes_dict.items():
                _intervals(axis, of(one), rows)
                seeds = of(one, "seed")
                for row, value in zip(seeds["row"], seeds["value"], strict=True):
                    _ = axis.plot(value, rows.index(row) - 0.25, ".", color=COLORS[row], markersize=4)
                for mark in aims.get(one, ()):
                    _ = axis.axvline(mark, color=INK, linestyle=":", linewidth=1)
            grid.set(yticks=range(len(rows)), yticklabels=rows, ylim=(len(rows) - 0.5, -0.5), xlabel="", ylabel="")
            yield name, grid.figure

    yield from dots("table", FIGURES)
    yield from dots("others", [name for name in TITLES if name not in FIGURES])
    yield from _measured(of("measured", "unit named"))
    yield from _directions(of("direction_right", "pair"), aims.get("direction_right", ()))
    yield from _heatmaps("pairs", of("direction_right", "unit pair"), "unit", "pair", cmap="cividis", vmin=0, vmax=1)
    yield from _heatmaps("responses", of("response", "about unit"), "about", "unit", cmap="RdBu_r", vmin=-5, vmax=5)
    yield from _attention(pd.concat([of("lift", "level word"), of("pointing", "level word")]))


def _grid(data: pd.DataFrame, column: str, wrap: int, height: float = 2.6) -> sns.FacetGrid:
    grid = sns.FacetGrid(data, col=column, col_wrap=min(wrap, data[column].nunique()), sharex=False, height=height)
    return grid.set_titles("{col_name}")


def _intervals(axis: Axes, lines: pd.DataFrame, places: list[str], column: str = "row", shift: float = 0) -> None:
    """A dot for each figure, and a bar for its interval."""
    for line in lines.to_dict("records"):
        place, color = places.index(line[column]) + shift, COLORS[line["row"]]
        _ = axis.plot([line["low"], line["high"]], [place] * 2, color=color, linewidth=3, alpha=0.45)
        _ = axis.plot(line["value"], place, "o", color=color)


def _measured(lines: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """For each Action Unit the mean measured intensity against the named one."""
    if len(lines):
        grid = _grid(lines.astype({"named": int}), "unit", 4, 2.2)
        grid.map_dataframe(sns.lineplot, x="named", y="value", hue="row", estimator=None, palette=COLORS)
        for axis in grid.axes.flat:
            _ = axis.plot([0, 5], [0, 5], color=INK, linewidth=0.8, linestyle=":")
            _ = axis.set_title(_unit(axis.get_title()))
        grid.set(xticks=range(6), xticklabels=["-", *"ABCDE"], xlabel="named", ylabel="measured, mean")
        grid.add_legend().tight_layout()
        yield "words", grid.figure


def _directions(lines: pd.DataFrame, aims: Iterable[float]) -> Iterator[tuple[str, Figure]]:
    """Share of right directions for each pair of levels, neighbors first; dotted what a coin would score."""
    if len(lines):
        pairs = sorted(lines["pair"].unique(), key=_from_near_to_far)
        figure, axis = plt.subplots(figsize=(6, 6))
        for number, (row, of_row) in enumerate(lines.groupby("row", sort=False)):
            _intervals(axis, of_row, pairs, "pair", 0.07 * number)
            _ = axis.plot([], [], "o", color=COLORS[row], label=row)
        for share, style in ((0.5, ":"), *((aim, "-") for aim in aims)):
            _ = axis.axvline(share, color=INK, linestyle=style, linewidth=0.8)
        _ = axis.set(xlabel="direction right", yticks=range(len(pairs)), yticklabels=pairs)
        axis.invert_yaxis()
        _ = axis.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
        yield "directions", figure


def _heatmaps(name: str, lines: pd.DataFrame, down: str, across: str, **colors: Any) -> Iterator[tuple[str, Figure]]:
    """Numbers as colors for each row but copy; what is not known stays white."""
    lines = lines[lines["row"] != "copy"]
    if len(lines):
        columns = lines[across].unique()
        columns = sorted(columns, key=_from_near_to_far) if across == "pair" else columns
        grid = _grid(lines, "row", 3, 4.2)
        for row, axis in grid.axes_dict.items():
            table = lines[lines["row"] == row].pivot(index=down, columns=across, values="value")
            table = table.reindex(index=lines[down].unique(), columns=columns).rename(index=_unit)
            sns.heatmap(table, ax=axis, linewidths=0.5, xticklabels=1, yticklabels=1, **colors)
            axis.grid(visible=False)
        grid.tight_layout()
        yield name, grid.figure


def _attention(lines: pd.DataFrame) -> Iterator[tuple[str, Figure]]:
    """Nouns and idle words in the same regions, at both levels: times chance, and the pointing game."""
    if len(lines):
        lines = lines.assign(place=lines["level"] + " " + lines["word"], plot=lines["figure"] + ", " + lines["row"])
        places = list(lines["place"].unique())
        grid = _grid(lines, "plot", 3)
        for plot, axis in grid.axes_dict.items():
            _intervals(axis, lines[lines["plot"] == plot], places, "place")
        ends = (len(places) - 0.5, -0.5)
        grid.set(yticks=range(len(places)), yticklabels=places, ylim=ends, xlabel="", ylabel="level, word")
        yield "attention", grid.figure


def _from_near_to_far(pair: str) -> tuple[int, str]:
    return ord(pair[2]) - ord(pair[0]), pair


def _unit(unit: str) -> str:
    return f"{unit} {ACTION_UNITS[int(unit)].name}"


if __name__ == "__main__":
    sys.exit(main())
