"""Put short runs side by side in one table: what each changed, and what it gave.

``python -m tools.book.readings RUNS book/runs/readings.csv --base NAME`` reads every run folder below RUNS. The run
called NAME is the one that all others are compared with; each of them should differ from it in one setting.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tools.book.run_record import mean_of, metrics

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
    base = settings(options.runs / options.base)
    found = sorted(path.parent for path in options.runs.glob("*/metrics.csv"))
    rows = [line for run in found if (line := row(run, base)) is not None]
    rows.sort(key=lambda line: line["run"] != options.base)
    pd.DataFrame(rows).to_csv(options.table, index=False, lineterminator="\n")
    print(f"{options.table}: {len(rows)} runs")
    return 0


def row(run: Path, base: Mapping[str, Any]) -> dict[str, Any] | None:
    """One line of the table; None for a run that was not looked at after its last step."""
    rows = metrics(run)
    looks = rows[rows["ssim"] != ""]
    if looks.empty or looks["step"].iloc[-1] != str(settings(run)["adversarial.steps"]):
        return None
    look, losses = looks.iloc[-1], rows[rows["generator"] != ""]
    late = losses.iloc[-max(1, len(losses) // 10) :]
    changed = [f"{key}={value}" for key, value in settings(run).items() if base.get(key) != value]
    return {
        "run": run.name,
        "changed": "; ".join(changed),
        **look[["step", *HELD_OUT]],
        **{name: mean_of(late[name]) for name in LOSSES},
    }


def settings(run: Path) -> dict[str, Any]:
    """A run's settings by dotted key."""
    config = json.loads((run / "config.json").read_text("utf-8"))
    return dict(pd.json_normalize(config).astype(object).iloc[0])


if __name__ == "__main__":
    sys.exit(main())
