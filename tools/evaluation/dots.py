"""Plots of figures with their intervals: one color for each row."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from tools.evaluation.look import COLORS, GRAY, INK, Report, canvas, details, dot, measured_rows, unit_name

TITLES = {
    "ssim": "SSIM",
    "ssim_moved": "SSIM, moved region",
    "l1_moved": "L1, moved region (less is better)",
    "direction_right": "direction right",
    "icc": "ICC, named and measured",
    "leakage": "leakage (less is better)",
    "attention_lift": "attention, times chance",
    "identity_right": "right person nearest",
}

PHRASES = {
    "phrase_removed": "phrase crossed out:\nits AU is weaker",
    "phrase_removed_change": "phrase crossed out:\nchange of its AU, levels",
    "phrase_removed_others": "phrase crossed out:\nchange of the others, levels",
    "phrase_added": "phrase added:\nits AU is stronger",
    "phrase_added_change": "phrase added:\nchange of its AU, levels",
    "phrase_added_others": "phrase added:\nchange of the others, levels",
    "paraphrase": "other words and order:\ndistance in levels",
    "several_icc": "ICC, sentences\nof several AUs",
    "unseen_icc": "ICC, combinations\nnever trained on",
    "leakage_largest": "leakage, largest\nunnamed AU",
    "locality": "share of the change\nin the AU's region",
}

SHARE_BY_CHANCE = "locality_by_chance"


def table(report: Report) -> Figure:
    """Every column with figures as a small plot: a dot for each row, a line for its interval, a mark for the aim."""
    aims = {aim["figure"]: float(aim["aim"].split()[-1]) for aim in report.get("aims", [])}
    found = {name: {row: report["rows"][row][name] for row in report["rows"]} for name in TITLES}
    titles = {name: title for name, title in TITLES.items() if any(found[name].values())}
    figure = _columns(measured_rows(report), found, titles, aims)
    for axis, name in zip(figure.axes, titles, strict=False):
        for place, row in enumerate(measured_rows(report)):
            for run in report["details"].get(row, {}).get("seeds", {}).get("runs", []):
                value = run["values"][name]
                if value is not None:
                    _ = axis.plot(value, place - 0.25, ".", color=COLORS[row], markersize=4)
    seeds = any("seeds" in found for found in report["details"].values())
    note = ("dotted: aim" if aims else "") + ("; small dots: each seed by itself" if seeds else "")
    figure.supxlabel(f"line: 95 % interval over people; {note}".rstrip("; "), fontsize=10, color=GRAY)
    return figure


def phrases(report: Report) -> Figure | None:
    """What the columns leave out: phrases crossed out and added, other wordings, new combinations, locality."""
    rows = list(details(report, "by_unit"))
    found = {name: details(report, name) for name in PHRASES}
    known = {name: title for name, title in PHRASES.items() if found[name]}
    chance = next(iter(details(report, SHARE_BY_CHANCE).values()), None)
    marks = {} if chance is None else {"locality": chance}
    return _columns(rows, found, known, marks) if rows and known else None


def _columns(
    rows: list[str],
    found: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    marks: Mapping[str, float],
) -> Figure:
    """Small plots side by side, four in a line; a dotted line marks what is written for it."""
    lines = -(-len(titles) // 4)
    figure, axes = canvas(lines, 4, (12, lines * (0.75 + 0.3 * len(rows)) + 0.3), sharey=True)
    for axis, (name, title) in zip(axes.flat, titles.items(), strict=False):
        for place, row in enumerate(rows):
            dot(axis, found[name].get(row), place, COLORS[row])
        if name in marks:
            _ = axis.axvline(marks[name], color=INK, linestyle=":", linewidth=1)
        _ = axis.set_title(title, fontsize=10)
        axis.margins(x=0.12)
    for axis in axes.flat[len(titles) :]:
        axis.set_visible(False)
    _ = axes[0, 0].set_yticks(range(len(rows)), rows)
    axes[0, 0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def words(report: Report) -> Figure | None:
    """For each Action Unit the mean measured intensity against the named one."""
    rows = details(report, "by_unit")
    if not rows:
        return None
    figure, axes = canvas(3, 4, (10, 7.6), sharex=True, sharey=True)
    for axis, unit in zip(axes.flat, next(iter(rows.values())), strict=False):
        _ = axis.plot([0, 5], [0, 5], color=GRAY, linewidth=0.8, linestyle=":")
        for row, units in rows.items():
            measured = {int(level): value for level, value in units[unit]["measured"].items()}
            style = "--" if row in ("truth", "copy") else "o-"
            _ = axis.plot(list(measured), list(measured.values()), style, color=COLORS[row], label=row)
        _ = axis.set_title(unit_name(unit))
    _ = axes[-1, 0].set_xticks(range(6), ["-", *"ABCDE"])
    figure.supxlabel("named in the sentence", fontsize=10, color=GRAY)
    figure.supylabel("measured in the picture, mean", fontsize=10, color=GRAY)
    _ = figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(rows))
    return figure


def directions(report: Report) -> Figure | None:
    """Share of right directions for each pair of levels, neighbors first, with what a coin would score."""
    rows = details(report, "direction_by_pair")
    if not rows:
        return None
    pairs = sorted(next(iter(rows.values())), key=lambda pair: (ord(pair[2]) - ord(pair[0]), pair))
    figure, axes = canvas(1, 1, (8.4, 3.6))
    axis = axes[0, 0]
    for number, (row, found) in enumerate(rows.items()):
        shift = 0.07 * (number - (len(rows) - 1) / 2)
        for place, pair in enumerate(pairs):
            one = found[pair]
            if one is None:
                continue
            if one["low"] is not None:
                ends = [one["low"], one["high"]]
                _ = axis.plot([place + shift] * 2, ends, color=COLORS[row], alpha=0.45, linewidth=3)
            label = row if place == 0 else None
            _ = axis.plot(place + shift, one["value"], "o", color=COLORS[row], label=label)
    for place in range(1, len(pairs)):
        if _distance(pairs[place]) != _distance(pairs[place - 1]):
            _ = axis.axvline(place - 0.5, color=GRAY, linewidth=0.6, alpha=0.6)
    _ = axis.axhline(0.5, color=INK, linestyle=":", linewidth=1, label="a coin")
    _ = axis.axhline(0.95, color=INK, linewidth=0.8, label="aim")
    _ = axis.set(xlabel="the two adverbs, from near to far", ylabel="direction right", ylim=(-0.04, 1.04))
    axis.grid(axis="x", visible=False)
    _ = axis.set_xticks(range(len(pairs)), [pair.replace("-", "–") for pair in pairs])
    _ = axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _distance(pair: str) -> int:
    return ord(pair[2]) - ord(pair[0])


def attention(report: Report) -> Figure | None:
    """Nouns and idle words in the same regions, at both levels: times chance, and the pointing game."""
    rows = details(report, "attention")
    if not rows:
        return None
    figure, axes = canvas(2, len(rows), (1.5 + 2.9 * len(rows), 5), sharey="row")
    for column, (row, levels) in enumerate(rows.items()):
        for line, (measure, title) in enumerate((("lift", "times chance"), ("pointing", "pointing game"))):
            axis = axes[line, column]
            _role_bars(axis, levels, measure)
            chance = (
                [1.0] if measure == "lift" else [found["pointing_by_chance"] for found in levels.values()]
            )
            _ = axis.axhline(sum(chance) / len(chance), color=INK, linestyle=":", linewidth=1, label="chance")
            axis.grid(axis="x", visible=False)
            if column == 0:
                _ = axis.set_ylabel(title)
        _ = axes[0, column].set_title(row)
    _ = figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _role_bars(axis: Any, levels: Mapping[str, Any], measure: str) -> None:
    """One bar for each word at each level."""
    names = [name for name in next(iter(levels.values())) if name != "pointing_by_chance"]
    for shift, (level, roles), alpha in zip((-0.17, 0.17), levels.items(), (0.5, 1.0), strict=False):
        label: str | None = level.replace("_", " ")
        for place, name in enumerate(names):
            found = roles[name][measure]
            if found is None:
                continue
            _ = axis.bar(place + shift, found["value"], 0.3, color="#0072B2", alpha=alpha, label=label)
            label = None
            if found["low"] is not None:
                _ = axis.plot([place + shift] * 2, [found["low"], found["high"]], color=INK, linewidth=1.2)
    _ = axis.set_xticks(range(len(names)), [f'"{n}"' if n != "noun" else "AU noun" for n in names])
