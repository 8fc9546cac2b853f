"""Keep how much of the true change some runs make, by Action Unit (chapter 11).

``python -m tools.book.change_made book/runs/NAME.csv NAME=RUN ...``
"""

import argparse
import csv
import sys
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lfes_core import Synthesizer
from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.change_made import change_made_by_unit
from lfes_core.evaluation.questions import single_units
from lfes_core.evaluation.rows import Gallery, Model


def main() -> int:
    """Writes the table; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("table", type=Path, help="the CSV file to write")
    parser.add_argument(
        "runs", nargs="+", metavar="NAME=RUN", help="its name in the table, and a run or a set of weights"
    )
    options = parser.parse_args()
    dataset = ScanFaces()
    gallery, questions = Gallery(dataset), single_units(dataset)
    rows = []
    for named in options.runs:
        name, _, run = named.partition("=")
        model = Model(Synthesizer.load(run), gallery, run)
        progress = partial(tqdm, desc=name, unit="picture")
        pictures = np.stack(list(model.answers(questions, progress)))
        for unit, found in change_made_by_unit(questions, pictures, gallery).items():
            rows.append((name, unit, found["value"], found["n"]))
    with options.table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("run", "unit", "share", "n"))
        writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
