"""Replay of training runs: move through the steps and see what held-out people looked like, and how well.

The runs are read from records that ``tools.book.run_record`` wrote. Everything lies in the page, so it needs
neither a kernel nor a network. `Record` also gives the curves and the pictures of a run.
"""

import base64
import csv
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from embedded import Embedded, filled

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RUNS = Path(__file__).with_name("runs")


class Record:
    """A kept run.

    Args:
        name: folder below ``book/runs``, or the path of a record.
    """

    def __init__(self, name: str | Path) -> None:
        self.path = RUNS / name
        self.facts: Mapping[str, Any] = json.loads(
            (self.path / "record.json").read_text("utf-8")
        )
        self.config: Mapping[str, Any] = json.loads(
            (self.path / "config.json").read_text("utf-8")
        )

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The metrics, with the columns of a run's metrics.csv."""
        return self._table("metrics.csv")

    @cached_property
    def probes(self) -> list[dict[str, str]]:
        """Answers to ``tools.book.probe``, one row for each step that was asked."""
        return self._table("probes.csv")

    @property
    def has_probes(self) -> bool:
        """Whether anybody asked: a run that never drew at level 3 has nothing to answer."""
        return (self.path / "probes.csv").exists()

    def column(
        self, name: str, stage: str = "adversarial"
    ) -> tuple[list[int], list[float]]:
        """Steps and values of one column of the metrics, where it has any."""
        rows = [row for row in self.rows if row["stage"] == stage and row[name]]
        return [int(row["step"]) for row in rows], [float(row[name]) for row in rows]

    @property
    def pictures(self) -> dict[int, Path]:
        """The kept pictures by step."""
        return {
            int(path.stem.removeprefix("step_")): path
            for path in sorted(self.path.glob("step_*.webp"))
        }

    def picture(self, step: int, person: int) -> Image.Image:
        """What level 3 made of one person after so many steps."""
        return _cut(self.pictures[step], person, 0, len(self.facts["people"]))

    def true_picture(self, person: int) -> Image.Image:
        """What it should have made."""
        return _cut(self.path / "fixed.webp", person, 1, len(self.facts["people"]))

    def between_people(self, step: int) -> float:
        """How much the pictures of different people differ, where 1 is as much as the true pictures do.

        Mean absolute difference over all pairs of people. A collapsed generator has 0.
        """
        people = range(len(self.facts["people"]))
        made = [np.asarray(self.picture(step, person), float) for person in people]
        true = [np.asarray(self.true_picture(person), float) for person in people]
        return _apart(made) / _apart(true)

    def _table(self, name: str) -> list[dict[str, str]]:
        with (self.path / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def replay(records: Sequence[Record], titles: Sequence[str]) -> Embedded:
    """The page that moves through runs side by side.

    Args:
        records: runs whose pictures show the same people and sentences.
        titles: what stands below the pictures of each.

    Raises:
        ValueError: the runs show other people or sentences.
    """
    people = records[0].facts["people"]
    if any(record.facts["people"] != people for record in records):
        raise ValueError("these runs do not show the same people and sentences")
    data = {
        "people": people,
        "fixed": _uri(records[0].path / "fixed.webp"),
        "pairs": round(records[0].column("pairs")[1][-1]),
        "runs": [
            _run(record, title) for record, title in zip(records, titles, strict=True)
        ],
    }
    last = data["runs"][0]["frames"][-1]
    shown = ", ".join(person["subject"] for person in people)
    description = f"{shown} after {last['step']} steps of {titles[0]}"
    page = filled("replay.html", "training-replay", data, last["picture"], description)
    return Embedded(page, f"replay of {len(records)} runs: {', '.join(titles)}")


def _run(record: Record, title: str) -> dict[str, Any]:
    steps, moved = record.column("ssim_moved")
    seconds = dict(zip(*record.column("seconds"), strict=True))
    return {
        "title": title,
        "frames": [
            {"step": step, "picture": _uri(path)}
            for step, path in record.pictures.items()
        ],
        "curve": [
            [step, round(value, 4), round(seconds[step])]
            for step, value in zip(steps, moved, strict=True)
        ],
        "copy": round(record.column("copy_ssim_moved")[1][-1], 4),
    }


def _apart(pictures: Sequence[NDArray[np.float64]]) -> float:
    pairs = combinations(pictures, 2)
    return float(np.mean([np.abs(one - other).mean() for one, other in pairs]))


def _uri(path: Path) -> str:
    return "data:image/webp;base64," + base64.b64encode(path.read_bytes()).decode(
        "ascii"
    )


def _cut(path: Path, person: int, row: int, people: int) -> Image.Image:
    with Image.open(path) as strip:
        side = strip.width // people
        left, top = person * side, row * side
        return strip.crop((left, top, left + side, top + side)).convert("RGB")
