"""Draw the plots of a report: ``python -m tools.evaluation.plots report``.

Reads ``report.json`` in the folder that ``python -m lfes_core evaluate --out report`` wrote, and writes PNG files
beside it. The package itself draws no plots, so that it needs no plotting library.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lfes_core.action_units import ACTION_UNITS
from tools.book.pages import ROOT

Report = Mapping[str, Any]
COLORS = {
    "full": "#0072B2",
    "full_skips": "#D55E00",
    "no_matching": "#CC79A7",
    "no_attention": "#E69F00",
    "au_vector": "#56B4E9",
    "copy": "#7b8087",
    "truth": "#009E73",
}
TITLES = {
    "ssim": "SSIM",
    "ssim_moved": "SSIM, moved region",
    "l1_moved": "L1, moved region (less is better)",
    "direction_right": "direction right",
    "icc": "ICC, named and measured",
    "leakage": "leakage (less is better)",
    "attention_lift": "attention lift (chance 1)",
    "identity_right": "right person nearest",
}


def main(argv: list[str] | None = None) -> int:
    """Write the plots; returns 0, or 2 where there is no report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the folder of a report")
    folder: Path = parser.parse_args(argv).folder
    try:
        report: Report = json.loads((folder / "report.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        print(f"error: {folder}: no report.json that can be read ({reason})", file=sys.stderr)
        return 2
    plt.style.use(ROOT / "book" / "lfes.mplstyle")
    for name, draw in PLOTS.items():
        figure = draw(report)
        if figure is not None:
            path = folder / f"{name}.png"
            figure.savefig(path, dpi=110, facecolor="white")
            plt.close(figure)
            print(path)
    return 0


def table(report: Report) -> Figure:
    """Every column as a small plot: one dot for each row, a line for its interval."""
    rows = [row for row, found in report["rows"].items() if any(found.values())]
    figure, axes = plt.subplots(2, 4, figsize=(12, 1.6 + 0.75 * len(rows)), sharey=True)
    for axis, (name, title) in zip(axes.flat, TITLES.items(), strict=True):
        for place, row in enumerate(rows):
            found = report["rows"][row][name]
            if found is not None:
                ends = [found["low"], found["high"]]
                if None not in ends:
                    _ = axis.plot(ends, [place] * 2, color=COLORS[row], linewidth=2.5, alpha=0.5)
                _ = axis.plot(found["value"], place, "o", color=COLORS[row])
        _ = axis.set_title(title)
        axis.margins(x=0.12)
    _ = axes[0, 0].set_yticks(range(len(rows)), rows)
    axes[0, 0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def words(report: Report) -> Figure | None:
    """For each Action Unit the mean measured intensity against the named one."""
    rows = {row: found["by_unit"] for row, found in report["details"].items() if "by_unit" in found}
    if not rows:
        return None
    figure, axes = plt.subplots(3, 4, figsize=(10, 7.4), sharex=True, sharey=True)
    for axis, unit in zip(axes.flat, next(iter(rows.values())), strict=False):
        _ = axis.plot([0, 5], [0, 5], color="#7b8087", linewidth=0.8, linestyle=":")
        for row, units in rows.items():
            measured = {int(level): value for level, value in units[unit]["measured"].items()}
            style = "--" if row in ("truth", "copy") else "o-"
            _ = axis.plot(list(measured), list(measured.values()), style, color=COLORS[row], label=row)
        _ = axis.set_title(f"{unit} {ACTION_UNITS[int(unit)].name}")
    _ = axes[-1, 0].set_xticks(range(6), ["-", *"ABCDE"])
    figure.supxlabel("named in the sentence", fontsize=10, color="#7b8087")
    figure.supylabel("measured in the picture, mean", fontsize=10, color="#7b8087")
    _ = figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(rows))
    return figure


def directions(report: Report) -> Figure | None:
    """Share of right directions by how far the two adverbs are apart, with what a coin would score."""
    rows = {
        row: found["direction_by_distance"]
        for row, found in report["details"].items()
        if "direction_by_distance" in found
    }
    if not rows:
        return None
    figure, axis = plt.subplots(figsize=(5.6, 3.4))
    for row, distances in rows.items():
        right = [found["right"] for found in distances.values()]
        _ = axis.plot([int(d) for d in distances], right, "o-", color=COLORS[row], label=row)
    _ = axis.axhline(0.5, color="#7b8087", linestyle=":", label="a coin")
    _ = axis.axhline(0.95, color="#7b8087", linewidth=0.8, label="aim")
    _ = axis.set(xlabel="levels between the two adverbs", ylabel="direction right", ylim=(-0.03, 1.03))
    _ = axis.set_xticks([int(d) for d in next(iter(rows.values()))])
    _ = axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def attention(report: Report) -> Figure | None:
    """Lift of nouns and of idle words in the same regions, at both levels."""
    rows = {row: found["attention"] for row, found in report["details"].items() if "attention" in found}
    if not rows:
        return None
    figure, axes = plt.subplots(1, len(rows), figsize=(1.5 + 3.6 * len(rows), 3), sharey=True, squeeze=False)
    for axis, (row, levels) in zip(axes[0], rows.items(), strict=True):
        for shift, (level, roles) in zip((-0.14, 0.14), levels.items(), strict=True):
            names = [name for name in roles if isinstance(roles[name], dict) and roles[name]["lift"]]
            color = "#0072B2" if level == "level_1" else "#D55E00"
            for place, name in enumerate(names):
                lift = roles[name]["lift"]
                label = level.replace("_", " ") if place == 0 else None
                _ = axis.bar(place + shift, lift["value"], 0.26, color=color, label=label)
                if lift["low"] is not None:
                    _ = axis.plot([place + shift] * 2, [lift["low"], lift["high"]], color="#24292f")
            _ = axis.set_xticks(range(len(names)), [f'"{n}"' if n != "noun" else "noun" for n in names])
        _ = axis.axhline(1, color="#7b8087", linestyle=":")
        _ = axis.set_title(row)
    _ = axes[0, 0].set_ylabel("lift in the noun's region")
    _ = figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


PLOTS: Mapping[str, Callable[[Report], Figure | None]] = {
    "plot_table": table,
    "plot_words": words,
    "plot_directions": directions,
    "plot_attention": attention,
}
"""The name of each file, and what draws it."""

if __name__ == "__main__":
    sys.exit(main())
