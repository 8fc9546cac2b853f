"""Keep of a training run what a reader needs to replay it without training: about half a megabyte.

``python -m tools.book.run_record RUN book/runs/NAME --title TITLE --command COMMAND`` writes

```
record.json           title, command, people and sentences of the pictures, steps, time, machine, checksums of weights
config.json           every setting, as in the run
metrics.csv           the run's metrics, losses averaged so that few rows are left
probes.csv            answers to tools.book.probe, if the run has them or they are asked for now
fixed.webp            neutral faces, and below them the true pictures
step_000100.webp      what level 3 made of them after so many steps, one person beside the other
grid.webp             the run's last sample grid, all levels
```
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lfes_core.config import Config
from lfes_core.datasets import ScanFaces, open_dataset
from lfes_core.datasets.pairs import ExpressionPairs
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.training.held_out import HeldOut
from lfes_core.training.log import RunFolder, hardware_of, read_starts
from tools.book.probe import write_probes

TILE = 256
"""Pixels of a face in a sample grid; its columns are neutral, level 1, 2, 3 and target."""

LEVEL_3, TARGET = 3, 4

LOSS_ROWS = 120
"""At most so many rows of losses are kept of each stage."""


def main() -> int:
    """Writes the record; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="a run folder")
    parser.add_argument("record", type=Path, help="where to write, for instance book/runs/tiny")
    parser.add_argument("--title", required=True, help="what the run is, in a few words")
    parser.add_argument("--command", required=True, help="the command that makes it")
    parser.add_argument("--data", default="scanfaces", help="what it was trained on (default: scanfaces)")
    parser.add_argument("--frames", type=int, default=16, help="how many steps are shown (default 16)")
    parser.add_argument("--side", type=int, default=192, help="pixels of a kept face (default 192)")
    parser.add_argument("--probe", action="store_true", help="ask tools.book.probe about the run's weights")
    parser.add_argument("--fact", metavar="NAME=VALUE", action="append", default=[], help="more to remember")
    options = parser.parse_args()
    facts = dict(fact.split("=", 1) for fact in options.fact)
    keep(options.run, options.record, frames=options.frames, side=options.side)
    if options.probe:
        write_probes([RunFolder(options.run).synthesizer], ScanFaces(), options.record / "probes.csv")
    record = {"title": options.title, "command": options.command}
    record |= describe_run(options.run, options.data) | facts
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (options.record / "record.json").write_text(text, "utf-8")
    size = sum(path.stat().st_size for path in options.record.iterdir())
    print(f"{options.record}: {size / 1e6:.2f} MB")
    return 0


def keep(run: Path, record: Path, *, frames: int, side: int) -> None:
    """Copies settings, thinned metrics and pictures of a run into a record; the record's old files go."""
    record.mkdir(parents=True, exist_ok=True)
    for old in (*record.glob("*.webp"), record / "probes.csv"):
        old.unlink(missing_ok=True)
    for name in ("config.json", "probes.csv"):
        if (run / name).exists():
            shutil.copyfile(run / name, record / name)
    thinned(metrics(run)).to_csv(record / "metrics.csv", index=False, lineterminator="\n")
    grids = {step_of(path): path for path in sorted((run / "samples").glob("step_*.png"))}
    for step in spread(list(grids), frames):
        with Image.open(grids[step]) as grid:
            column(grid, LEVEL_3, side).save(record / f"step_{step:06d}.webp", quality=74, method=6)
    with Image.open(grids[max(grids)]) as grid:
        fixed = np.concatenate([column(grid, number, side) for number in (0, TARGET)])
        Image.fromarray(fixed).save(record / "fixed.webp", quality=80, method=6)
        small = (grid.width * side // TILE, grid.height * side // TILE)
        grid.resize(small, Image.Resampling.LANCZOS).save(record / "grid.webp", quality=78, method=6)


def describe_run(run: Path, data: str) -> dict[str, Any]:
    """What the record says of a run: whom its pictures show, how far it came, and which weights came out."""
    config = Config.from_json(json.loads((run / "config.json").read_text("utf-8")))
    pairs = ExpressionPairs(open_dataset(data), "validation", Vocabulary(), seed=config.seed)
    shown = HeldOut(pairs, config.adversarial.held_out_pairs).shown
    told: dict[str, Any] = {"people": [{"subject": frame.subject, "sentence": sentence} for frame, sentence in shown]}
    folder = RunFolder(run)
    if folder.record.exists():
        starts, about = read_starts(folder.record), json.loads(folder.record.read_text("utf-8"))
        memory = max(start.get("peak_memory_bytes", 0) for start in starts)
        told |= {"hardware": hardware_of(starts), "memory": f"{memory / 1e9:.1f} GB"}
        told |= {"start_from": about["start_from"] and about["start_from"]["sha256"]}
    if folder.synthesizer.exists():  # a run that only matched has none
        stored = Synthesizer.load(folder.synthesizer)
        told |= {
            "step": stored.facts["step"],
            "seconds": stored.facts["seconds"],
            "training_pairs": stored.facts["data"]["training_pairs"],
            "synthesizer_sha256": stored.sha256,
        }
    return told


def column(grid: Image.Image, number: int, side: int) -> Image.Image:
    """One column of a sample grid, its people side by side, `side` pixels each."""
    boxes = [(number * TILE, top, (number + 1) * TILE, top + TILE) for top in range(0, grid.height, TILE)]
    faces = [grid.crop(box).resize((side, side), Image.Resampling.LANCZOS) for box in boxes]
    return Image.fromarray(np.concatenate([np.asarray(face) for face in faces], axis=1))


def spread(steps: Sequence[int], count: int) -> list[int]:
    """At most `count` of the steps, the first and the last among them, closer together at the beginning.

    Early in a run more happens between two pictures than late.
    """
    if len(steps) <= count:
        return list(steps)
    last = len(steps) - 1
    places = [round(last * (place / (count - 1)) ** 1.6) for place in range(count)]
    for index in range(1, count):  # no picture twice
        places[index] = max(places[index], places[index - 1] + 1)
    return [steps[min(place, last)] for place in places]


def metrics(run: Path) -> pd.DataFrame:
    """The rows of a run's metrics, every cell as the text that it is; an empty one is ''."""
    return pd.read_csv(run / "metrics.csv", dtype=str, keep_default_na=False)


def thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of held-out numbers as they are; of the losses, means of neighbours, `LOSS_ROWS` for each stage."""
    kept = []
    for _, stage in rows.groupby("stage", sort=False):
        losses = stage[stage["ssim"] == ""]
        size = max(1, -(-len(losses) // LOSS_ROWS))
        means = [mean_row(losses[start : start + size]) for start in range(0, len(losses), size)]
        both = pd.concat([pd.DataFrame(means, columns=rows.columns), stage[stage["ssim"] != ""]])
        kept.append(both.sort_values("step", key=lambda steps: steps.astype(int), kind="stable"))
    return pd.concat(kept)


def mean_row(rows: pd.DataFrame) -> pd.Series:
    """The mean of each column; stage, step, time and what was skipped are those of the last row."""
    means = rows.drop(columns=["stage", "step", "seconds", "skipped"]).apply(mean_of)
    return means.combine_first(rows.iloc[-1])


def mean_of(column: pd.Series) -> str:
    """The mean of the cells that hold a number; empty where none does."""
    values = pd.to_numeric(column[column != ""])
    return "" if values.empty else f"{values.mean():.5g}"


def step_of(path: Path) -> int:
    """The step in the name of a sample grid or of a kept picture."""
    return int(path.stem.removeprefix("step_"))


if __name__ == "__main__":
    sys.exit(main())
