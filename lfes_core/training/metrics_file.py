"""``metrics.csv``: one row each time losses are logged or held-out faces are measured, written as they come."""

import csv
import math
import os
from collections.abc import Mapping
from pathlib import Path

#: Stages of a run, in their order.
STAGES = ("matching", "adversarial")

#: What a row may hold beside stage and step. Losses are means since the row before, unweighted, summed over levels.
COLUMNS = (
    "seconds",
    "images_per_second",
    "skipped",
    "matching",
    "r1_image_to_sentence",
    "r1_sentence_to_image",
    "r1_chance",
    "gender_share",
    "discriminator",
    "face_1",
    "face_2",
    "expression_1",
    "expression_2",
    "synthesis",
    "generator",
    "adversarial",
    "identity",
    "reconstruction",
    "kl",
    "language_visual",
    "discriminator_gradient",
    "generator_gradient",
    "ssim",
    "ssim_moved",
    "copy_ssim",
    "copy_ssim_moved",
    "pairs",
)


class MetricsFile:
    """Appends rows under one header; a row that lacks a column leaves it empty.

    Args:
        path: the file; `drop_after` makes it.
        columns: names after ``stage`` and ``step``.
    """

    def __init__(self, path: Path, columns: tuple[str, ...] = COLUMNS) -> None:
        self.path = path
        self.columns = ("stage", "step", *columns)

    def append(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """Writes one row at once. An unknown name in ``values`` raises ValueError."""
        row = {"stage": stage, "step": str(step)} | {name: _text(value) for name, value in values.items()}
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns, restval="", extrasaction="raise").writerow(row)

    def drop_after(self, stage: str, step: int) -> None:
        """Forgets rows later than a step: the run continues there and will write them again.

        Makes the file with its header when there is none.
        """
        rows: list[dict[str, str]] = []
        if self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        last = (STAGES.index(stage), step)
        self._rewrite([row for row in rows if _place(row) <= last])

    def _rewrite(self, rows: list[dict[str, str]]) -> None:
        unfinished = self.path.with_name(f".{self.path.name}.unfinished")
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.columns, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        os.replace(unfinished, self.path)


class RunningMeans:
    """Means of the losses since the last row; kept in checkpoints, so that a resumed row is the unbroken one's."""

    def __init__(self, sums: Mapping[str, float] | None = None, count: int = 0) -> None:
        self.sums = dict(sums or {})
        self.count = count

    def add(self, values: Mapping[str, float | int]) -> None:
        """Takes in one step's values."""
        self.count += 1
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def take(self) -> dict[str, float]:
        """The means, and forgets them."""
        means = {name: value / self.count for name, value in self.sums.items()}
        self.sums, self.count = {}, 0
        return means


def _place(row: Mapping[str, str | None]) -> tuple[int, int]:
    """Where a row stands in the run; a row that a kill has torn stands behind everything."""
    stage, step = row.get("stage") or "", row.get("step") or ""
    return (STAGES.index(stage), int(step)) if stage in STAGES and step.isdigit() else (len(STAGES), 0)


def _text(value: float | int) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
