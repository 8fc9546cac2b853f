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
from lfes_core.datasets import FaceDataset, open_dataset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.figures import figures
from lfes_core.evaluation.measure import Ruler
from lfes_core.evaluation.questions import ask, question_table
from lfes_core.evaluation.rows import Answer, Gallery, Row
from lfes_core.training import Options, train
from tools.book.losses import EVERYWHERE, SETS, START, measured

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
    runs: dict[str, Path | str] = {"before": START}
    for number, name in enumerate(ROWS):
        run = options.out / f"{number}_seed_{options.seed}"
        if not (run / "run.json").exists() or Synthesizer.load(run).facts["step"] < SHORT["adversarial.steps"]:
            goes_on = (run / "config.json").exists()
            train(
                configuration(name, options.seed),
                faces,
                run,
                Options(resume=True) if goes_on else Options(start_from=START),
            )
        runs[name] = run
    table = pd.DataFrame([copied(faces), *measured(runs, faces)]).rename(columns={"losses": "weights"})
    table = table[["weights", *COLUMNS]].assign(seed=options.seed)
    table.to_csv(options.out / f"seed_{options.seed}.csv", index=False, float_format="%.4f")
    print(table.to_string())
    return 0


def copied(faces: FaceDataset) -> dict[str, object]:
    """The line of copy, which returns the neutral face."""
    gallery = Gallery(faces)
    asked = [question for question in ask(faces, "validation", quick=True) if question.set in SETS]
    row = Row("copy", SETS, lambda question: Answer(gallery[question.neutral]))
    ruler = Ruler(gallery, asked, IntensityMeter.load(), LanguageVisualSemanticNetwork.load().images)
    lines, _ = ruler.measure(row)
    found = figures(lines, question_table(asked))
    values = found[found["by"] == ""].set_index("figure")["value"]
    return {"losses": "copy", "pairs": len(lines[lines["measure"] == "ssim"])} | {
        key: values.get(key) for key in COLUMNS[1:]
    }


def configuration(row: str, seed: int) -> Config:
    """All settings of a row's run."""
    return Synthesizer.load(START).config.overridden(SHORT | {"seed": seed} | ROWS[row])


if __name__ == "__main__":
    sys.exit(main())
