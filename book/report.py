"""Committed reports of ``python -m lfes_core evaluate``: a chapter reads its numbers here and types none.

A report is a folder below ``book/reports``. Everything that a chapter says about a model comes out of it, so
a new report changes tables, plots and sentences alike, and a number cannot be left behind.
"""

import hashlib
import json
import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lfes_core.action_units import ACTION_UNITS
from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.shipped import synthesizer_file
from lfes_core.weights import SYNTHESIZER, load

import pandas as pd

REPORTS = Path(__file__).with_name("reports")

ROWS: Mapping[str, str] = {
    "full": "the paper's design",
    "full_moving": "the extension",
    "no_matching": "without matching",
    "no_attention": "without attention",
    "au_vector": "numbers, no words",
    "copy": "copy",
    "stencil": "stencil",
    "truth": "the truth",
}
"""The rows of a report, in its order, by the names that the chapters give them."""

WITHOUT_A_NETWORK = ("copy", "stencil")
"""The rows that anybody could hand in who has trained nothing."""

FIGURES: Mapping[str, str] = {
    "ssim": "SSIM",
    "ssim_moved": "SSIM, moved region",
    "l1_moved": "L1, moved region",
    "sharpness": "sharpness",
    "direction_right": "direction right",
    "icc": "ICC",
    "leakage": "leakage",
    "attention_lift": "attention lift",
    "identity_right": "right person",
    "words_alone": "words alone",
    "phrase_removed_share": "phrase removed",
    "phrase_removed_others_share": "phrase removed, others",
}
"""The figures of a report, in its order, by their titles in a table."""

COLORS: Mapping[str, str] = {
    "full": "orange",
    "full_moving": "blue",
    "no_matching": "brown",
    "no_attention": "vermilion",
    "au_vector": "sky",
    "copy": "ink",
    "stencil": "purple",
    "truth": "green",
}
"""One color of ``figures.COLORS`` for each row, the same in every plot."""

NONE = "–"
"""Stands in a table where there is no number."""

HARD_SPACE = "\N{NO-BREAK SPACE}"
"""Keeps the two ends of an interval in one line."""


class Report:
    """A report as it was committed.

    Args:
        name: folder below ``book/reports``, or the path of a report.
    """

    def __init__(self, name: str | Path) -> None:
        self.path = REPORTS / name
        self.data: Mapping[str, Any] = json.loads(
            (self.path / "report.json").read_bytes()
        )
        self.about: Mapping[str, Any] = self.data["about"]
        self.aims: Sequence[Mapping[str, Any]] = self.data["aims"]
        content = self.path / "figures.csv"
        self.sha256 = hashlib.sha256(content.read_bytes()).hexdigest()
        words = dict.fromkeys(("row", "figure", "by", "group"), str)
        figures = pd.read_csv(content, dtype=words).fillna({"by": "", "group": ""})
        self._found = figures.set_index(list(words)).to_dict("index")
        self.rows = [row for row in ROWS if row in set(figures["row"])]
        """The rows that have figures, in the report's order."""
        self.models = [row for row in self.rows if row in self.data["models"]]
        """The rows that have weights."""

    def runs(self, row: str) -> Sequence[Mapping[str, Any]]:
        """What is known about the trainings of a row: one for each seed."""
        runs: Sequence[Mapping[str, Any]] = self.data["models"][row]
        return runs

    def figure(self, row: str, name: str, **group: Any) -> Mapping[str, Any] | None:
        """A figure with "value", "low", "high" and "n"; None where the row has none.

        Args:
            row: one of `ROWS`.
            name: of the figure.
            group: of a figure with groups the one that is meant: ``unit=12``; ``level=1, word="noun"``.
        """
        key = (row, name, " ".join(group), " ".join(map(str, group.values())))
        return self._found.get(key)

    def value(self, row: str, name: str, **group: Any) -> float:
        """The number alone; nan where there is none."""
        found = self.figure(row, name, **group)
        return float("nan") if found is None else float(found["value"])

    def groups(self, row: str, name: str, by: str) -> dict[str, Mapping[str, Any]]:
        """The figure of every group, in the report's order; none where the row has no such thing."""
        return {
            key[3]: found
            for key, found in self._found.items()
            if key[:3] == (row, name, by)
        }

    def table(
        self, names: Iterable[str], rows: Iterable[str] | None = None, digits: int = 3
    ) -> str:
        """Figures with their intervals, as a table in Markdown."""
        names = list(names)
        body = [
            [
                ROWS[row],
                *(in_brackets(self.figure(row, name), digits) for name in names),
            ]
            for row in (self.rows if rows is None else rows)
        ]
        return table(["", *(FIGURES[name] for name in names)], body)

    def against(self, name: str, row: str, other: str) -> str:
        """Is a figure of one row above or below that of another, and do their intervals keep apart?

        Returns:
            "above", "below", or "not apart from" where the intervals overlap or a row has no figure.
        """
        one, two = self.figure(row, name), self.figure(other, name)
        if one is None or two is None:
            return "not apart from"
        if _end(one, "low") > _end(two, "high"):
            return "above"
        return "below" if _end(one, "high") < _end(two, "low") else "not apart from"

    def compared(self, row: str, base: str, names: Iterable[str]) -> str:
        """One sentence: in which figures a row is above another one, below it, or not apart from it."""
        found: dict[str, list[str]] = {"above": [], "below": [], "not apart from": []}
        for name in names:
            if self.figure(row, name) and self.figure(base, name):
                title = FIGURES[name].replace(", ", " of the ")
                found[self.against(name, row, base)].append(title)
        parts = [
            f"{how} it in {listed(titles)}" for how, titles in found.items() if titles
        ]
        said = "; ".join(parts) or "nothing that both have was measured"
        return f"{ROWS[row].capitalize()}, against {ROWS[base]}: {said}."

    def also_reached_by(self, aim: Mapping[str, Any]) -> list[str]:
        """The rows `WITHOUT_A_NETWORK` that reach an aim, too, so that it proves nothing alone."""
        return [row for row in WITHOUT_A_NETWORK if self.reaches(row, aim)]

    def reaches(self, row: str, aim: Mapping[str, Any]) -> bool:
        """Whether a row's figure would do for an aim, whosever aim it is."""
        how, limit = aim["aim"].rsplit(maxsplit=1)
        better = operator.le if how == "at most" else operator.ge
        return bool(better(self.value(row, aim["figure"]), float(limit)))

    def budget(self) -> str:
        """One sentence: did all models have the same number of steps, and how many trainings has each?"""
        runs = [run for row in self.models for run in self.runs(row)]
        steps = sorted({run["facts"]["step"] for run in runs})
        equal = f"The same {steps[0]:,} steps for every row"
        if len(steps) > 1:
            equal = (
                f"Between {steps[0]:,} and {steps[-1]:,} steps: **not the same budget**"
            )
        trainings = [len(self.runs(row)) for row in self.models]
        fewest, most = min(trainings), max(trainings)
        if fewest < most:
            return f"{equal}, and {fewest} to {most} trainings of each."
        return f"{equal}, and {most} training{'s' * (most > 1)} of each."

    @cached_property
    def pictures(self) -> Mapping[str, list[dict[str, Any]]]:
        """The lines of ``pictures.csv`` for each row, the same pairs in the same order for all."""
        table = pd.read_csv(self.path / "pictures.csv")
        return {row: lines.to_dict("records") for row, lines in table.groupby("row")}

    def gains(self, row: str, name: str = "ssim_moved") -> list[float]:
        """For each pair by how much a row is above copy; below 0, copy is nearer to the truth."""
        pairs = zip(self.pictures[row], self.pictures["copy"], strict=True)
        return [one[name] - copy[name] for one, copy in pairs]

    def weights_are_shipped(self, row: str) -> bool:
        """Whether every training behind a row is a set that comes with the package, as it is today."""
        return all(_is_shipped(run) for run in self.runs(row))


def steps_with_all_losses(run: Mapping[str, Any]) -> int:
    """How many steps of a training came after its warm-up, in which the reconstruction loss works alone."""
    usual = preset(run["preset"]).adversarial.warmup
    warmup = run.get("settings", {}).get("adversarial.warmup", usual)
    return max(0, int(run["facts"]["step"]) - int(warmup))


def find_report(name: str | Path) -> Report | None:
    """The report of that name, or None where none was committed."""
    return Report(name) if (REPORTS / name / "report.json").is_file() else None


def _is_shipped(run: Mapping[str, Any]) -> bool:
    try:
        shipped = load(synthesizer_file(run["weights"]), SYNTHESIZER)
    except UserError:
        return False
    known = {name: shipped.facts.get(name) for name in run["facts"]}
    return bool(run["sha256"] == shipped.sha256 and run["facts"] == known)


def _end(figure: Mapping[str, Any], name: str) -> float:
    return float(figure["value"] if math.isnan(figure[name]) else figure[name])


def in_brackets(figure: Mapping[str, Any] | None, digits: int = 3) -> str:
    """A number and its interval, for instance "0.75 [0.74, 0.76]"."""
    if figure is None:
        return NONE
    value, low, high = (
        f"{round(figure[name], digits) + 0.0:.{digits}f}"
        for name in ("value", "low", "high")
    )
    return value if low == "nan" else f"{value} [{low},{HARD_SPACE}{high}]"


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [list(head), ["---"] * len(head), *map(list, body)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def listed(words: Iterable[str], nothing: str = "none") -> str:
    """Words as a sentence lists them: "a", "a and b", "a, b and c"."""
    words = list(words)
    if len(words) < 2:
        return words[0] if words else nothing
    return f"{', '.join(words[:-1])} and {words[-1]}"


def units(numbers: Iterable[int | str], nothing: str = "none") -> str:
    """Action Units as a sentence lists them, with number and name."""
    return listed(
        (f"{n} ({ACTION_UNITS[int(n)].name.lower()})" for n in numbers), nothing
    )
