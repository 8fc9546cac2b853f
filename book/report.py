"""Committed reports of ``python -m lfes_core evaluate``: a chapter reads its numbers here and types none.

A report is a folder below ``book/reports``. Every number that a chapter prints about a model comes out of it,
so a new report changes tables and plots alike, and a number cannot be left behind.
"""

import hashlib
import json
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
    "no_matching": "without L_LVM in the generator",
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
        self,
        heads: Mapping[str, str],
        rows: Iterable[str] | None = None,
        digits: int = 3,
    ) -> str:
        """Figures with half their intervals, as a table in Markdown.

        Args:
            heads: name of each figure, and the head of its column.
            rows: those that are shown, if they have one of the figures; all when not given.
            digits: of every number.
        """
        body = []
        for row in self.rows if rows is None else rows:
            found = [self.figure(row, name) for name in heads]
            if any(found):
                body.append([ROWS[row], *(plus_minus(one, digits) for one in found)])
        return table(["", *heads.values()], body)

    def by_icc(self, row: str, limits: Sequence[float] = (0.8, 0.5)) -> list[list[str]]:
        """Numbers of the Action Units whose ICC is at least the first limit, at least the next, or less."""
        groups: list[list[str]] = [[] for _ in (*limits, None)]
        for unit, found in self.groups(row, "icc", "unit").items():
            groups[sum(found["value"] < limit for limit in limits)].append(unit)
        return groups

    def verdict(self, row: str, name: str, how: str = "") -> list[str]:
        """Aim, value and outcome of a design in one figure: "no", "yes", or "yes, as" who needs no network.

        Args:
            row: the design.
            name: of the figure.
            how: "at least" or "at most", where a figure has an aim of each kind.
        """
        for aim in self.aims:
            if (aim["row"], aim["figure"]) == (row, name) and aim["aim"].startswith(
                how
            ):
                text = aim["aim"].replace("at least", "≥").replace("at most", "≤")
                also = listed(ROWS[other] for other in self.also_reached_by(aim))
                reached = "yes" if also == "none" else f"yes, as {also}"
                return [
                    text,
                    f"{aim['value']:.3f}",
                    reached if aim["reached"] else "no",
                ]
        return [NONE] * 3

    def also_reached_by(self, aim: Mapping[str, Any]) -> list[str]:
        """The rows `WITHOUT_A_NETWORK` that reach an aim, too, so that it proves nothing alone."""
        return [row for row in WITHOUT_A_NETWORK if self.reaches(row, aim)]

    def reaches(self, row: str, aim: Mapping[str, Any]) -> bool:
        """Whether a row's figure would do for an aim, whosever aim it is."""
        how, limit = aim["aim"].rsplit(maxsplit=1)
        better = operator.le if how == "at most" else operator.ge
        return bool(better(self.value(row, aim["figure"]), float(limit)))

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


def in_brackets(figure: Mapping[str, Any] | None, digits: int = 3) -> str:
    """A number and its interval, for instance "0.75 [0.74, 0.76]"."""
    if figure is None:
        return NONE
    value, low, high = (
        f"{round(figure[name], digits) + 0.0:.{digits}f}"
        for name in ("value", "low", "high")
    )
    return value if low == "nan" else f"{value} [{low},{HARD_SPACE}{high}]"


def plus_minus(figure: Mapping[str, Any] | None, digits: int = 3) -> str:
    """A number and half the width of its interval, for instance "0.75 ± 0.01"; no half that rounds to 0."""
    if figure is None:
        return NONE
    half = f"{(figure['high'] - figure['low']) / 2:.{digits}f}"
    value = f"{round(figure['value'], digits) + 0.0:.{digits}f}"
    return f"{value}{HARD_SPACE}±{HARD_SPACE}{half}" if float(half) > 0 else value


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
