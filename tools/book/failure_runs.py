"""Small runs that fail, each in a way of its own, for chapter 11.

``python -m tools.book.failure_runs NAME --out RUN`` trains one of them on a CPU in a few minutes. Beside what every
run leaves, ``probes.csv`` says what the synthesizer of each interval answered to `tools.book.probe`. With ``--control``
the one thing that the failure is blamed on is given back, and all else stays as it is.
"""

import argparse
import shutil
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lfes_core.config import Config, preset
from lfes_core.datasets import ScanFaces
from lfes_core.synthesis import Synthesizer
from lfes_core.training import Options, train
from tools.book.probe import write_probes

COMMON = {
    "matching.steps": 1,
    "losses.language_visual": 0.0,
    "adversarial.warmup": 0,
    "adversarial.learning_rate": 1e-3,
    "adversarial.batch_size": 2,
    "adversarial.log_interval": 5,
    "adversarial.held_out_pairs": 8,
}
"""Quick: none of these failures waits for matching, and small batches show them early."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that fails: what it changes of ``tiny``, how long it goes on, how often it is looked at.

    ``blamed`` are the changes that its control does without.
    """

    steps: int
    interval: int
    changes: dict[str, Any] = field(default_factory=dict)
    blamed: tuple[str, ...] = ()

    def config(self, *, control: bool = False) -> Config:
        """All settings of the run, or of its control."""
        looks = dict.fromkeys(("adversarial.grid_interval", "adversarial.checkpoint_interval"), self.interval)
        own = {key: value for key, value in self.changes.items() if not (control and key in self.blamed)}
        return preset("tiny").overridden(COMMON | looks | {"adversarial.steps": self.steps} | own)


FAILURES = {
    "mode_collapse": Failure(
        steps=80,
        interval=20,
        changes={
            "losses.identity": 0.0,
            "losses.reconstruction": 0.0,
            "networks.synthesizer.level_2": 32,
            "networks.discriminator.base": 16,
            "networks.discriminator.maximum": 128,
        },
        blamed=("losses.identity", "losses.reconstruction"),
    ),
    "attention_stuck": Failure(
        steps=30,
        interval=10,
        changes={
            "losses.identity": 0.0,
            "adversarial.held_out_pairs": 4,
            "networks.synthesizer.level_1": [160, 160, 128, 128, 64, 512],
        },
        blamed=("networks.synthesizer.level_1",),
    ),
}
"""By name: what goes wrong."""


def main() -> int:
    """Trains one of the runs; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", choices=FAILURES)
    parser.add_argument("--out", metavar="RUN", type=Path, required=True, help="run folder")
    parser.add_argument("--control", action="store_true", help="without the changes that the failure is blamed on")
    options = parser.parse_args()
    faces, failure = ScanFaces(), FAILURES[options.name]
    hear = partial(keep_export, options.out)
    train(failure.config(control=options.control), faces, options.out, Options(report=hear))
    hear("the last export is kept")
    write_probes(sorted((options.out / "exports").glob("*.safetensors")), faces, options.out / "probes.csv")
    return 0


def keep_export(run: Path, line: str) -> None:
    """Hears what a run reports, and keeps a copy of each synthesizer before the next one takes its place."""
    print(line, flush=True)
    export = run / "synthesizer.safetensors"
    if export.exists():
        kept = exported(run, Synthesizer.load(export).facts["step"])
        kept.parent.mkdir(exist_ok=True)
        if not kept.exists():
            shutil.copyfile(export, kept)


def exported(run: Path, step: int) -> Path:
    """Where the synthesizer of a step is kept."""
    return run / "exports" / f"step_{step:06d}.safetensors"


if __name__ == "__main__":
    sys.exit(main())
