"""Tables and figures of the chapter on ethics: what differs when the same person is drawn in another way.

Both tables were written by ``tools/book/fairness.py``, where the plan of the comparison stands. Every
``show_`` function draws one figure and shows it; nothing is returned, so a cell may end with the call.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from figures import COLORS, show_faces, show_figure
from lfes_core.datasets import ScanFaces
from own_pictures import cheek, skin_angle
from report import COLORS as ROW_COLORS
from report import ROWS, Report, table

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy.special import stdtrit

RUNS = Path(__file__).with_name("runs")

PROPERTIES = ("dark", "old", "woman", "glasses")
MATTERS = {"gain": 0.02, "error": 0.25, "direction": 0.05, "identity": 0.05}
"""As in the plan: the smallest difference of each measure that we would call important."""

SAID: Mapping[str, tuple[str, str]] = {
    "dark": ("lighter skin", "darker skin"),
    "old": ("young skin", "old skin"),
    "woman": ("man", "woman"),
    "glasses": ("no glasses", "glasses"),
}
"""The properties by their two values in words."""

MEASURES: Mapping[str, str] = {
    "gain": "SSIM above copy",
    "error": "error, in levels",
    "direction": "direction right",
    "identity": "right person",
}
"""What is measured, in the words of the figures."""

MODELS = ("full", "full_moving")
COMPARISONS = len(PROPERTIES) * len(MEASURES) * len(MODELS)
SEEN_OFTEN = 0.8
"""How often a difference as large as `Gap.smallest` would be told from none."""

MARKS = {"full": "o", "full_moving": "s", "truth": "D"}


class Gap(NamedTuple):
    """A mean difference over people.

    `low` and `high` are the ends of its 95 % interval, `wide` half of the interval that allows for all
    comparisons (Bonferroni), `smallest` the true difference that so many people would show in
    `SEEN_OFTEN` of all repetitions.
    """

    value: float
    low: float
    high: float
    wide: float
    smallest: float
    people: int


def read() -> pd.DataFrame:
    """The table of the comparison: a line for each person, way and row."""
    return pd.read_csv(RUNS / "fairness.csv")


def differences(
    lines: pd.DataFrame, row: str, measure: str, name: str
) -> NDArray[np.float64]:
    """For each person the mean of the ways with a property minus the mean of those without, [people]."""
    means = (
        lines[lines["row"] == row].groupby(["person", name])[measure].mean().unstack()
    )
    found: NDArray[np.float64] = (means[1] - means[0]).to_numpy()
    return found


def paired(values: NDArray[np.float64]) -> Gap:
    """The gap of differences [people] within people: Student's t of people - 1."""
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return _gap(float(values.mean()), error, len(values) - 1, len(values))


def unpaired(with_it: NDArray[np.float64], without: NDArray[np.float64]) -> Gap:
    """The gap between two groups of different people, [people] each (Welch)."""
    parts = [group.var(ddof=1) / len(group) for group in (with_it, without)]
    shares = [
        part**2 / (len(group) - 1)
        for part, group in zip(parts, (with_it, without), strict=True)
    ]
    freedom = sum(parts) ** 2 / max(sum(shares), 1e-300)
    value = float(with_it.mean() - without.mean())
    return _gap(value, float(np.sqrt(sum(parts))), freedom, len(with_it) + len(without))


def _gap(value: float, error: float, freedom: float, people: int) -> Gap:
    half = float(stdtrit(freedom, 0.975)) * error
    wide = float(stdtrit(freedom, 1 - 0.025 / COMPARISONS)) * error
    smallest = half + float(stdtrit(freedom, SEEN_OFTEN)) * error
    return Gap(value, value - half, value + half, wide, smallest, people)


def gaps(lines: pd.DataFrame) -> dict[tuple[str, str, str], Gap]:
    """Every comparison of the plan, and the true pictures as a control: row, measure, property -> gap."""
    rows = (*MODELS, "truth")
    return {
        (row, measure, name): paired(differences(lines, row, measure, name))
        for row in rows
        for measure in MEASURES
        for name in PROPERTIES
    }


def verdict(gap: Gap, matters: float) -> str:
    """What an interval allows to say, in words; the limit of what matters was named before."""
    if gap.low == gap.high:
        return "the same for all of them"
    least, most = sorted((abs(gap.low), abs(gap.high)))
    if abs(gap.value) > gap.wide:  # different from 0 even among all comparisons
        if least >= matters:
            return "differs, and it matters"
        return f"differs, {'by less than matters' if most < matters else 'may matter'}"
    return "no difference that matters" if most < matters else "not known"


def in_numbers(gap: Gap) -> str:
    """A gap and its 95 % interval; nothing is "-0.000"."""
    value, low, high = (round(one, 3) + 0.0 for one in gap[:3])
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"


def gap_table(found: Mapping[tuple[str, str, str], Gap], measure: str) -> str:
    """One measure of all properties and both sets of weights as a table in Markdown."""
    body = []
    for name in PROPERTIES:
        for row in MODELS:
            gap = found[row, measure, name]
            words = " – ".join(reversed(SAID[name]))
            verdicts = verdict(gap, MATTERS[measure])
            body.append(
                [words, ROWS[row], in_numbers(gap), f"{gap.smallest:.3f}", verdicts]
            )
    heads = [
        "difference",
        "weights",
        f"{MEASURES[measure]} [95 %]",
        "seen from",
        f"beside {MATTERS[measure]}",
    ]
    return table(heads, body)


def held_out_people(rows: Sequence[str] = ("full", "full_moving")) -> pd.DataFrame:
    """The validation and test people: how each was drawn, the angle of the skin, and the gain of each row.

    The gain is the mean over the single Action Units at E, which everybody shows.
    """
    people = pd.read_csv(RUNS / "fairness_people.csv").set_index("person")
    people = people[people["part"] != "train"]
    faces = ScanFaces()
    people["angle"] = [
        skin_angle(cheek(faces.face(faces.neutral(name)))) for name in people.index
    ]
    strongest = {
        frame.image for frame in faces.targets() if _is_single_at_e(frame.action_units)
    }
    for row in rows:
        gains = [
            {"person": line["subject"], "gain": line["ssim_moved"] - copy["ssim_moved"]}
            for report in (Report("shipped"), Report("test"))
            for line, copy in zip(
                report.pictures[row], report.pictures["copy"], strict=True
            )
            if line["target"] in strongest
        ]
        people[row] = pd.DataFrame(gains).groupby("person")["gain"].mean()
    return people


def _is_single_at_e(units: Mapping[int, int | None]) -> bool:
    """One Action Unit at E; a jaw that drops brings 25 along."""
    alone = set(units) - {25} if {26, 27} & set(units) else set(units)
    return len(alone) == 1 and set(units.values()) == {5}


def halves(people: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Who of the held-out people has a property; darker and older are the halves beyond the median."""
    return {
        "dark": (people["angle"] < people["angle"].median()).to_numpy(),
        "old": (people["age"] > people["age"].median()).to_numpy(),
        "woman": (people["woman"] == 1).to_numpy(),
        "glasses": (people["glasses"] == 1).to_numpy(),
    }


def first_ways() -> list[dict[str, Any]]:
    """The eight ways of the first person, in the order of the table."""
    lines = read().query("person == 0 and row == 'copy'")
    ways: list[dict[str, Any]] = lines[list(PROPERTIES)].to_dict("records")
    return ways


def way_in_words(way: Mapping[str, Any]) -> str:
    """A way in two short lines."""
    skin, age, presentation, glasses = (SAID[name][way[name]] for name in PROPERTIES)
    return f"{skin}, {age.split()[0]}\n{presentation}, {glasses}"


def sheet() -> list[NDArray[np.uint8]]:
    """The neutral pictures of the first person, 256x256, in the order of the table."""
    with Image.open(RUNS / "fairness.jpg") as image:
        together = np.asarray(image.convert("RGB"))
    return [
        np.ascontiguousarray(part)
        for part in np.split(together, len(first_ways()), axis=1)
    ]


def show_ways() -> None:
    """The first person in the eight ways."""
    titles = [way_in_words(way) for way in first_ways()]
    show_faces(
        [face[20:236, 20:236] for face in sheet()], titles, 4, size=1.7, title_lines=2
    )


def show_gaps(found: Mapping[tuple[str, str, str], Gap]) -> None:
    """All comparisons: a panel for each measure, with the range in which a difference does not matter."""
    figure, axes = plt.subplots(2, 2, figsize=(7, 6.2), sharey=True)
    for axis, (measure, title) in zip(axes.flat, MEASURES.items(), strict=True):
        limit = MATTERS[measure]
        axis.axvspan(-limit, limit, color=COLORS["ink"], alpha=0.08, lw=0)
        axis.axvline(0, color=COLORS["ink"], lw=0.8)
        for row in MODELS if measure == "identity" else (*MODELS, "truth"):
            shift = {"full": -0.2, "full_moving": 0.0, "truth": 0.2}[row]
            for place, name in enumerate(PROPERTIES):
                _interval(axis, found[row, measure, name], place + shift, row)
        axis.set_title(f"{title} (matters from {limit:g})", fontsize=10)
        axis.set_yticks(
            range(len(PROPERTIES)),
            [" –\n".join(reversed(SAID[name])) for name in PROPERTIES],
        )
        axis.locator_params(axis="x", nbins=5)
        axis.grid(axis="y", visible=False)
    axes[0, 0].invert_yaxis()
    rows = (*MODELS, "truth")
    marks = [
        plt.Line2D([], [], color=COLORS[ROW_COLORS[row]], marker=MARKS[row])
        for row in rows
    ]
    names = [*(ROWS[row] for row in MODELS), "the true pictures"]
    figure.legend(marks, names, loc="outside upper center", ncols=3)
    show_figure(figure)


def _interval(axis: Any, gap: Gap, height: float, row: str) -> None:
    """A point, its interval, and thin lines as far as that of all comparisons."""
    color = COLORS[ROW_COLORS[row]]
    axis.plot(
        [gap.value - gap.wide, gap.value + gap.wide], [height] * 2, color=color, lw=0.9
    )
    axis.plot(
        [gap.low, gap.high], [height] * 2, color=color, lw=2.6, solid_capstyle="butt"
    )
    axis.plot(gap.value, height, MARKS[row], color=color, ms=5, mec="white", mew=0.6)


def show_two_designs(
    others: Mapping[tuple[str, str], Gap], own: Mapping[tuple[str, str, str], Gap]
) -> None:
    """The gain in two designs: held-out people who differ, and the same people drawn twice.

    Args:
        others: row, property -> gap between different people.
        own: as `gaps` gives it.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True, sharex=True)
    first, second = (next(iter(found.values())).people for found in (others, own))
    titles = (
        f"{first} people who differ in all",
        f"{second} people, each drawn both ways",
    )
    for axis, title in zip(axes, titles, strict=True):
        limit = MATTERS["gain"]
        axis.axvspan(-limit, limit, color=COLORS["ink"], alpha=0.08, lw=0)
        axis.axvline(0, color=COLORS["ink"], lw=0.8)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("difference of the gain over copy, SSIM")
        for row, shift in zip(MODELS, (-0.12, 0.12), strict=True):
            for place, name in enumerate(PROPERTIES):
                gap = others[row, name] if axis is axes[0] else own[row, "gain", name]
                _interval(axis, gap, place + shift, row)
        axis.grid(axis="y", visible=False)
    axes[0].set_yticks(
        range(len(PROPERTIES)),
        [" –\n".join(reversed(SAID[name])) for name in PROPERTIES],
    )
    axes[0].invert_yaxis()
    marks = [
        plt.Line2D([], [], color=COLORS[ROW_COLORS[row]], marker=MARKS[row])
        for row in MODELS
    ]
    figure.legend(
        marks, [ROWS[row] for row in MODELS], loc="outside upper center", ncols=2
    )
    show_figure(figure)
