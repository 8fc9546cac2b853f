"""Put short runs side by side in one table: what each changed, and what it gave.

``python -m tools.book.readings RUNS book/runs/readings.csv --base NAME`` reads every run folder below RUNS. The run
called NAME is the one that all others are compared with; each of them should differ from it in one setting.
"""

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lfes_core.training.log import RunFolder

LOSSES = ("reconstruction", "discriminator", "adversarial", "kl")
"""Losses that stand in the table: means over the last tenth of the run's rows."""

HELD_OUT = ("ssim", "ssim_moved", "copy_ssim", "copy_ssim_moved", "pairs")


def main() -> int:
    """Writes the table; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", type=Path, help="a folder of run folders")
    parser.add_argument("table", type=Path, help="the CSV file to write")
    parser.add_argument("--base", default="base", help="name of the run to compare with (default: base)")
    options = parser.parse_args()
    names = sorted(path.parent.name for path in options.runs.glob("*/metrics.csv") if finished(path.parent))
    names.sort(key=lambda name: name != options.base)
    base = settings(options.runs / options.base)
    rows = [row(options.runs / name, base) for name in names]
    with options.table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{options.table}: {len(rows)} runs")
    return 0


def finished(run: Path) -> bool:
    """Whether a run has been looked at after its last step; the others are left out."""
    with RunFolder(run).metrics.open(newline="", encoding="utf-8") as file:
        looks = [int(line["step"]) for line in csv.DictReader(file) if line["ssim"]]
    return bool(looks) and looks[-1] == settings(run)["adversarial.steps"]


def row(run: Path, base: Mapping[str, Any]) -> dict[str, str | int]:
    """One line of the table."""
    with RunFolder(run).metrics.open(newline="", encoding="utf-8") as file:
        rows = [line for line in csv.DictReader(file) if line["stage"] == "adversarial"]
    look = [line for line in rows if line["ssim"]][-1]
    losses = [line for line in rows if line["generator"]]
    changed = [f"{key}={value}" for key, value in settings(run).items() if base.get(key) != value]
    return {
        "run": run.name,
        "changed": "; ".join(changed),
        "step": int(look["step"]),
        **{name: look[name] for name in HELD_OUT},
        **{name: late_mean(losses, name) for name in LOSSES},
    }


def settings(run: Path) -> dict[str, Any]:
    """A run's settings by dotted key."""
    return dict(flat(json.loads(RunFolder(run).config.read_text("utf-8"))))


def flat(data: Mapping[str, Any], start: str = "") -> list[tuple[str, Any]]:
    """Settings in sections as one list of dotted keys and values."""
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        found += flat(value, f"{start}{key}.") if isinstance(value, Mapping) else [(f"{start}{key}", value)]
    return found


def late_mean(rows: Sequence[Mapping[str, str]], name: str) -> str:
    """Mean of a column over the last tenth of the rows; empty where the run did not have it."""
    values = [float(line[name]) for line in rows[-max(1, len(rows) // 10) :] if line[name]]
    return f"{sum(values) / len(values):.5g}" if values else ""


if __name__ == "__main__":
    sys.exit(main())
