"""What each lambda of Eq. 6 does, for chapter 10: short trainings from one set of weights, one weight changed in each.

``python -m tools.book.lambdas OUT --seed 1`` trains one run for each of `ROWS`, a few minutes each on a CPU, and writes
``OUT/seed_1.csv``, measured as in `tools.book.losses`. Runs that are there are kept.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lfes_core import Synthesizer
from lfes_core.config import Config
from lfes_core.datasets import open_dataset
from tools.book.losses import EVERYWHERE, START, measured, trained

SHORT = {key: value for key, value in EVERYWHERE.items() if not key.startswith("losses.")} | {
    "adversarial.steps": 100,
    "adversarial.decay": 50,
    "adversarial.grid_interval": 100,
    "adversarial.checkpoint_interval": 100,
}
"""Everything but the steps, and what goes with them, is as the shipped set was trained."""
ROWS: Mapping[str, Mapping[str, Any]] = {
    "as shipped": {},
    "λ1 = 0": {"losses.adversarial": 0.0},
    "λ1 = 20": {"losses.adversarial": 20.0},
    "λ2 = 0": {"losses.identity": 0.0},
    "λ3 on a mean": {"losses.reconstruction_reduction": "mean"},
}
"""What a row changes in the first."""
COLUMNS = ("pairs", "ssim_moved", "sharpness", "icc", "leakage", "identity_right")


def main(arguments: list[str] | None = None) -> int:
    """Trains what is missing, measures it; returns 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.book.lambdas", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("out", type=Path, help="folder for the runs and their table")
    parser.add_argument("--seed", type=int, default=1, help="of every run (default 1)")
    parser.add_argument("--data", default="scanfaces", help="as for train (default scanfaces)")
    options = parser.parse_args(arguments)
    faces = open_dataset(options.data)
    runs = trained(options.out, {name: configuration(name, options.seed) for name in ROWS}, faces)
    table = pd.DataFrame(measured(runs, faces, ["copy"])).rename(columns={"losses": "weights"})
    table = table[["weights", *COLUMNS]].assign(seed=options.seed)
    table.to_csv(options.out / f"seed_{options.seed}.csv", index=False, float_format="%.4f")
    print(table.to_string())
    return 0


def configuration(row: str, seed: int) -> Config:
    """All settings of a row's run."""
    return Synthesizer.load(START).config.overridden(SHORT | {"seed": seed} | ROWS[row])


if __name__ == "__main__":
    sys.exit(main())
