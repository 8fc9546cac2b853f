"""What each loss brings, for chapter 13: short trainings from one set of weights, which differ in their losses only.

``python -m tools.book.losses OUT --seed 1`` trains one run for each of `ROWS`, a few minutes each on a CPU, and writes
``OUT/seed_1.csv``: what a part of the questions of `lfes_core evaluate` finds in each. Runs that are there are kept.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
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
from lfes_core.evaluation.rows import Gallery, model_rows, reference_rows
from lfes_core.training import Options, train

START = "tiny"
"""The shipped set, with its discriminators, that all runs begin with; its settings hold but for those below."""
EVERYWHERE = {
    "matching.steps": 0,
    "losses.adversarial": 1.0,
    "losses.gradient_penalty": 0.0,
    "losses.language_visual": 1.0,
    "adversarial.steps": 200,
    "adversarial.batch_size": 4,
    "adversarial.decay": 100,
    "adversarial.ema_decay": 0.98,
    "adversarial.grid_interval": 200,
    "adversarial.checkpoint_interval": 200,
    "adversarial.held_out_pairs": 24,
}
ALONE = {"losses.identity": 0.0, "losses.language_visual": 0.0}
SYNTHESIS = ALONE | {"losses.face_adversarial": False, "losses.expression_adversarial": False}
ROWS: Mapping[str, Mapping[str, Any]] = {
    "L1 alone": {"adversarial.warmup": 200},
    "+ Synthesis Discriminator": SYNTHESIS,
    "+ D_FV": SYNTHESIS | {"losses.face_adversarial": True},
    "+ D_EV": ALONE,
    "+ L_id and L_LVM: all losses": {},
    "all, without L_id": {"losses.identity": 0.0},
    "all, without L_LVM": {"losses.language_visual": 0.0},
    "all, and wrong sentences": {"losses.mismatched_sentences": True},
    "all, and gradient penalty": {"losses.gradient_penalty": 0.1},
    "the paper's text": {
        "losses.reconstruction_moved": 0.0,
        "losses.expression_adversarial": False,
        "adversarial.condition_dropout": 0.0,
        "adversarial.mirror": False,
        "adversarial.photographic": 0.0,
    },
}
"""What a row changes; each ``+`` adds to the row before it."""
MEASURED = ("ssim_moved", "sharpness", "vse_distance", "direction_right", "icc", "leakage", "identity_right")
MEASURED += ("words_alone", "attention_lift")
SETS = ("held_out", "single", "added")


def main(arguments: list[str] | None = None) -> int:
    """Trains what is missing, measures it; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.book.losses", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="folder for the runs and their table")
    parser.add_argument("--seed", type=int, default=1, help="of every run (default 1)")
    parser.add_argument("--data", default="scanfaces", help="as for train (default scanfaces)")
    options = parser.parse_args(arguments)
    faces = open_dataset(options.data)
    runs = trained(options.out, {name: configuration(name, options.seed) for name in ROWS}, faces)
    table = pd.DataFrame(measured(runs, faces)).assign(seed=options.seed)
    table.to_csv(options.out / f"seed_{options.seed}.csv", index=False, float_format="%.4f")
    print(table.to_string())
    return 0


def trained(out: Path, rows: Mapping[str, Config], faces: FaceDataset) -> dict[str, Path | str]:
    """Trains what is missing or was interrupted; the set that all begin with, and the folder of each row."""
    runs: dict[str, Path | str] = {"before": START}
    for number, (name, config) in enumerate(rows.items()):
        run = out / f"{number}_seed_{config.seed}"
        if not (run / "run.json").exists() or Synthesizer.load(run).facts["step"] < config.adversarial.steps:
            goes_on = (run / "checkpoint.safetensors").exists()
            train(config, faces, run, Options(resume=True) if goes_on else Options(start_from=START))
        runs[name] = run
    return runs


def configuration(row: str, seed: int) -> Config:
    """All settings of a row's run."""
    return _start().overridden(EVERYWHERE | {"seed": seed} | ROWS[row])


@cache
def _start() -> Config:
    return Synthesizer.load(START).config


def measured(
    runs: Mapping[str, Path | str], faces: FaceDataset, references: Sequence[str] = ()
) -> Iterator[dict[str, object]]:
    """One line for each of the ``references`` (copy ...), then one for each of the runs.

    Each run is measured by itself, since their rows in a report would be the same.
    """
    gallery = Gallery(faces)
    asked = [question for question in ask(faces, "validation", quick=True) if question.set in SETS]
    ruler = Ruler(gallery, asked, IntensityMeter.load(), LanguageVisualSemanticNetwork.load().images)
    rows = [(row.name, row) for row in (reference_rows(gallery) if references else ()) if row.name in references]
    models = ((name, model_rows([(str(run), Synthesizer.load(run))], gallery)[0]) for name, run in runs.items())
    for name, row in chain(rows, models):
        lines, _ = ruler.measure(replace(row, sets=SETS))
        found = figures(lines, question_table(asked))
        values = found[found["by"] == ""].set_index("figure")["value"]
        yield {"losses": name, "pairs": len(lines[lines["measure"] == "ssim"])} | {
            key: values.get(key) for key in MEASURED
        }


if __name__ == "__main__":
    sys.exit(main())
