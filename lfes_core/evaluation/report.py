"""The report of an evaluation: JSON for programs, CSV for tables, Markdown for people."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.bootstrap import Figure
from lfes_core.evaluation.questions import Question
from lfes_core.evaluation.row_figures import FIGURES, RowResult
from lfes_core.evaluation.rows import ROWS, WHY_EMPTY

FORMAT = "lfes report 1"

AIMS: tuple[tuple[str, str, float], ...] = (
    ("direction_right", "at least", 0.95),
    ("icc", "at least", 0.8),
    ("leakage", "below", 0.25),
    ("attention_lift", "at least", 3.0),
    ("identity_right", "at least", 0.9),
)
"""What the words of a good model should reach on held-out people of ScanFaces."""


@dataclass(frozen=True)
class Report:
    """Everything that an evaluation found.

    Attributes:
        about: data, people, settings and versions.
        estimator: accuracy of the ruler for Action Units; None where it was not used.
        models: for each row with weights which they were.
        rows: what was found about each row that could be asked.
        questions: the held-out pairs, in the order of every row's answers to them.
    """

    about: Mapping[str, Any]
    estimator: Mapping[str, Any] | None
    models: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, RowResult]
    questions: Sequence[Question]

    def to_json(self) -> dict[str, Any]:
        """What ``report.json`` holds: under ``rows`` every row with every column, null where it has none."""
        empty: dict[str, Figure | None] = dict.fromkeys(FIGURES)
        figures = {name: self.rows[name].figures if name in self.rows else empty for name in ROWS}
        return {
            "format": FORMAT,
            "about": dict(self.about),
            "estimator": self.estimator,
            "models": dict(self.models),
            "rows": {
                row: {name: one.to_json() if (one := found[name]) else None for name in FIGURES}
                for row, found in figures.items()
            },
            "why_empty": {row: why for row, why in WHY_EMPTY.items() if row not in self.rows},
            "aims": self.aims(),
            "details": {name: result.details for name, result in self.rows.items()},
        }

    def aims(self) -> list[dict[str, Any]]:
        """Each aim with the value of every model of the paper's design or with skips, and whether it is reached."""
        found = []
        for name, how, wanted in AIMS:
            for row in ("full", "full_skips"):
                figure = self.rows[row].figures[name] if row in self.rows else None
                if figure is not None:
                    value = figure.value
                    reached = value < wanted if how == "below" else value >= wanted
                    found.append(
                        {
                            "figure": name,
                            "row": row,
                            "aim": f"{how} {wanted:g}",
                            "value": value,
                            "reached": reached,
                        }
                    )
        return found

    def files(self) -> dict[str, bytes]:
        """The text files of a report folder by name."""
        return {
            "report.json": (json.dumps(self.to_json(), indent=1) + "\n").encode(),
            "report.csv": _csv(self._figure_rows()),
            "pictures.csv": _csv(self._picture_rows()),
            "report.md": ("\n".join(self.markdown()) + "\n").encode(),
        }

    def _figure_rows(self) -> Iterator[tuple[Any, ...]]:
        yield "row", "figure", "value", "low", "high", "n"
        for row, result in self.rows.items():
            for name, figure in result.figures.items():
                if figure is not None:
                    yield row, name, figure.value, figure.low, figure.high, figure.n

    def _picture_rows(self) -> Iterator[tuple[Any, ...]]:
        yield "row", "subject", "target", "sentence", "ssim", "ssim_moved", "l1_moved", "identity_right"
        for row, result in self.rows.items():
            for question, one, right in zip(self.questions, result.closeness, result.recognized, strict=True):
                target = "" if question.truth is None else question.truth.image
                numbers = (round(x, 4) for x in (one.ssim, one.ssim_moved, one.l1_moved))
                yield row, question.subject, target, question.sentence, *numbers, int(right)

    def markdown(self) -> Iterator[str]:
        """The lines of ``report.md``."""
        about = self.about
        yield "# Evaluation"
        yield ""
        yield (
            f"{about['data']}, {len(about['people'])} held-out people, {about['pairs']} pairs, {about['exchanges']} "
            f"adverb exchanges{' (quick: a part of the questions)' if about['quick'] else ''}. In brackets: "
            f"95 % interval over people ({about['bootstrap_draws']} draws)."
        )
        yield ""
        yield from _table(["row", *FIGURES], [self._cells(row) for row in ROWS])
        empty = [f"`{row}`: {why}" for row, why in WHY_EMPTY.items() if row not in self.rows]
        if empty:
            yield ""
            yield "Rows without figures: " + "; ".join(empty) + "."
        aims = self.aims()
        if aims:
            yield ""
            yield "## Aims"
            yield ""
            yield from _table(
                ["figure", "row", "aim", "value", ""],
                [
                    [
                        a["figure"],
                        a["row"],
                        a["aim"],
                        f"{a['value']:.3f}",
                        "reached" if a["reached"] else "**not reached**",
                    ]
                    for a in aims
                ],
            )
        yield from self._distances()
        if self.estimator is not None:
            yield from self._words()

    def _cells(self, row: str) -> list[str]:
        if row not in self.rows:
            return [row, *["-"] * len(FIGURES)]
        return [row, *(_cell(self.rows[row].figures[name]) for name in FIGURES)]

    def _distances(self) -> Iterator[str]:
        """What only compares whole sets of pictures stands apart from the columns."""
        found = {row: self.rows[row].details.get("vse_distance") for row in ROWS if row in self.rows}
        known = {row: one for row, one in found.items() if one is not None}
        if known:
            yield ""
            yield (
                "Frechet distance to the true pictures on this project's VSE (not FID; it shrinks as n grows): "
                + ", ".join(f"`{row}` {one['value']:.3f}" for row, one in known.items())
                + f"; n = {next(iter(known.values()))['n']}."
            )

    def _words(self) -> Iterator[str]:
        """The estimator's own accuracy first, then each Action Unit of each row."""
        assert self.estimator is not None
        units = self.estimator["by_unit"]
        yield ""
        yield "## The estimator of Action Units, on true pictures of the held-out people"
        yield ""
        yield (
            f"ICC(3,1) {self.estimator['mean_icc']:.3f} in the mean over the twelve Action Units, "
            f"{self.estimator['mean_icc_blurred']:.3f} where the pictures are blurred; n = {self.estimator['n']}."
        )
        rows = [name for name in ROWS if name in self.rows and "by_unit" in self.rows[name].details]
        yield ""
        yield "## ICC(3,1) between named and measured intensity"
        yield ""
        yield from _table(
            ["AU", "estimator", *rows],
            [
                [
                    f"{unit} {ACTION_UNITS[int(unit)].name}",
                    f"{found['icc']:.2f}",
                    *(f"{self.rows[row].details['by_unit'][unit]['icc']:.2f}" for row in rows),
                ]
                for unit, found in units.items()
            ],
        )


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in body:
        yield "| " + " | ".join(line) + " |"


def _csv(rows: Iterator[tuple[Any, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()
