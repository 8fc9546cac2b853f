"""The report of an evaluation: JSON for programs, CSV for tables, Markdown for people."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lfes_core.evaluation.bootstrap import Figure, plain
from lfes_core.evaluation.markdown import markdown
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
            "details": {name: plain(result.details) for name, result in self.rows.items()},
        }

    def aims(self) -> list[dict[str, Any]]:
        """Each aim with the value of every model of the paper's design or with skips, and whether it is reached.

        There are none for photographs: the aims are set for people of ScanFaces.
        """
        found: list[dict[str, Any]] = []
        if self.estimator is None:
            return found
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
            "report.md": ("\n".join(markdown(self.to_json())) + "\n").encode(),
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
                yield row, question.subject, target, question.sentence, *numbers, round(right, 4)


def _csv(rows: Iterator[tuple[Any, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()
