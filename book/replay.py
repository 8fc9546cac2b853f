"""Replay of training runs: move through the steps and see what held-out people looked like, and the game.

The runs are read from records that ``tools.book.run_record`` wrote. Everything lies in the page, so it needs
neither a kernel nor a network. `Record` also gives the curves and the pictures of a run, and its alarms.
"""

import base64
import csv
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from embedded import Embedded, part, still

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RUNS = Path(__file__).with_name("runs")

UNDECIDED = 6.93
"""L_D,total of discriminators that say nothing: 10 ln 2."""

PANELS: tuple[dict[str, Any], ...] = (
    {"title": "SSIM where the face moves", "lines": ["ssim_moved"]},
    {"title": "Sharpness", "lines": ["sharpness"], "level": 1, "name": "truth"},
    {"title": "VSE distance", "lines": ["vse_distance"]},
    {
        "title": "D is right about true, \u2504 synthesized",
        "lines": ["right_about_true", "right_about_synthesized"],
        "level": 0.5,
        "name": "tossed coins",
    },
    {
        "title": "Loss of D, \u2504 of G before D",
        "lines": ["discriminator", "adversarial"],
        "level": UNDECIDED,
        "name": "D says nothing",
    },
    {
        "title": "Gradient norms of D, \u2504 of G",
        "lines": ["discriminator_gradient", "generator_gradient"],
        "log": True,
    },
)
"""The curves below the pictures; a panel's second line is dashed, its ``level`` a thin line with a name."""

# When to stop a run, see `Record.alarms`.
TOO_RIGHT, SO_LONG = 0.98, 500
LOST, LOOKS = 0.01, 5
TOO_SHARP = 1.3


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

    def column(
        self, name: str, stage: str = "adversarial"
    ) -> tuple[list[int], list[float]]:
        """Steps and values of one column of the metrics, where it has any."""
        rows = [row for row in self.rows if row["stage"] == stage and row.get(name)]
        return [int(row["step"]) for row in rows], [float(row[name]) for row in rows]

    def points(self, name: str) -> list[tuple[int, float]]:
        """The same of the adversarial stage, as pairs."""
        return list(zip(*self.column(name), strict=True))

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

    def alarms(self) -> dict[str, int]:
        """The rules that would have stopped this run, and at which step.

        ``not finite``: an update was skipped. ``D has won``: it was right about more than `TOO_RIGHT` of
        both kinds of pictures for `SO_LONG` steps. ``worse``: SSIM where the face moves was `LOST` under its
        best at `LOOKS` looks in a row, and the VSE distance, if it was measured, did not fall meanwhile.
        ``too sharp``: sharpness above `TOO_SHARP`.
        """
        skipped = [step for step, count in self.points("skipped") if count]
        since, won = None, []
        synthesized = dict(self.points("right_about_synthesized"))
        for step, share in self.points("right_about_true"):
            if min(share, synthesized[step]) <= TOO_RIGHT:
                since = None
            elif since is None:
                since = step
            elif step - since >= SO_LONG:
                won.append(step)
        looks, worse = self.points("ssim_moved"), []
        distance = dict(self.points("vse_distance"))
        for last in range(LOOKS - 1, len(looks)):
            best = max(value for _, value in looks[: last + 1])
            first = looks[last - LOOKS + 1][0]
            step = looks[last][0]
            falls = step in distance and distance[step] < distance[first]
            late = [value for _, value in looks[last - LOOKS + 1 : last + 1]]
            if max(late) < best - LOST and not falls:
                worse.append(step)
        sharp = [step for step, value in self.points("sharpness") if value > TOO_SHARP]
        names = ("not finite", "D has won", "worse", "too sharp")
        found = zip(names, (skipped, won, worse, sharp), strict=True)
        return {name: steps[0] for name, steps in found if steps}

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
    copy = records[0].column("copy_ssim_moved")[1][-1]
    first, *others = PANELS
    data = {
        "people": people,
        "fixed": _uri(records[0].path / "fixed.webp"),
        "pairs": round(records[0].column("pairs")[1][-1]),
        "panels": [first | {"level": copy, "name": "copy"}, *others],
        "runs": [
            _run(record, title) for record, title in zip(records, titles, strict=True)
        ],
    }
    last = data["runs"][0]["frames"][-1]
    shown = ", ".join(person["subject"] for person in people)
    description = f"{shown} after {last['step']} steps of {titles[0]}"
    fallback = "<p>Moving through the run needs JavaScript. The last pictures:</p>"
    fallback += still(last["picture"], description)
    summary = f"replay of {len(records)} runs: {', '.join(titles)}"
    return part("replay", "Replay of training", data, fallback, summary)


def _run(record: Record, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "frames": [
            {"step": step, "picture": _uri(path)}
            for step, path in record.pictures.items()
        ],
        "seconds": _points(record, "seconds"),
        "curves": {
            name: _points(record, name) for panel in PANELS for name in panel["lines"]
        },
    }


def _points(record: Record, name: str) -> list[tuple[int, float]]:
    last = max(record.pictures)
    points = [(step, float(f"{value:.4g}")) for step, value in record.points(name)]
    return [point for point in points if point[0] <= last]


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
