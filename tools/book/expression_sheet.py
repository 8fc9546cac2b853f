"""Draw all twelve Action Units of the test people: what was true, and what the shipped weights make of it.

``python -m tools.book.expression_sheet`` writes ``book/_static/expressions_NAME.webp`` (all eight people at intensity
E) and ``book/_static/intensities_NAME.webp`` (two people at A, C and E) for a set of weights. Run it again when the
weights or ScanFaces change.
"""

import argparse
import io
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from lfes_core import describe
from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import ScanFaces
from lfes_core.sentences import Description
from lfes_core.synthesis import Synthesizer
from tools.book.pages import ROOT

STATIC = ROOT / "book" / "_static"
INK = "#7b8087"

UNITS = DISFA_PLUS_ACTION_UNITS
"""The twelve that are labelled in every picture."""

PART = (28, 36, 228, 236)
"""What is shown of a picture: left, top, right, bottom. Hair and shoulders do not move."""

TILE = 1.15
"""Width and height of one picture in inches, a hundred pixels each."""


def main() -> int:
    """Write both pictures; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weights", help="a shipped set or a run folder (default: the shipped weights)")
    parser.add_argument("--name", default="shipped", help="ends the file names (default: shipped)")
    parser.add_argument("--out", type=Path, default=STATIC, help="folder (default: book/_static)")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this picture (default: both)")
    options = parser.parse_args()
    faces, synthesizer = ScanFaces(), Synthesizer.load(options.weights)
    for kind in options.kind or KINDS:
        path = options.out / f"{kind}_{options.name}.webp"
        KINDS[kind](faces, synthesizer).save(path, quality=80, method=6)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    return 0


def all_people(faces: ScanFaces, synthesizer: Synthesizer) -> Image.Image:
    """Two rows for each test person, true and synthesized: neutral, then each Action Unit at E."""
    rows, names = [], []
    for subject in faces.test_subjects:
        neutral = faces.face(faces.neutral(subject))
        rows.append([neutral, *(true_face(faces, subject, unit, 5) for unit in UNITS)])
        rows.append([None, *(made_face(faces, synthesizer, subject, unit, 5) for unit in UNITS)])
        names += [f"{subject}\ntrue", "made"]
    return sheet(rows, names, ["neutral", *(f"AU {unit}" for unit in UNITS)])


def two_people(faces: ScanFaces, synthesizer: Synthesizer, people: int = 2) -> Image.Image:
    """One row for each Action Unit; for each of the first people neutral, made at A, C and E, and true at E."""
    rows: list[list[Any]] = [[] for _ in UNITS]
    for subject in faces.test_subjects[:people]:
        for row, unit in zip(rows, UNITS, strict=True):
            row.append(faces.face(faces.neutral(subject)))
            row += [made_face(faces, synthesizer, subject, unit, level) for level in (1, 3, 5)]
            row.append(true_face(faces, subject, unit, 5))
    names = [f"AU {unit}\n{ACTION_UNITS[unit].noun}" for unit in UNITS]
    letters = [INTENSITY_LETTERS[level - 1] for level in (1, 3, 5)]
    return sheet(rows, names, ["neutral", *letters, "true E"] * people)


def alone(unit: int, level: int) -> dict[int, int]:
    """An Action Unit with nothing else; a jaw that drops (26) parts the lips (25), too."""
    return {25: level, unit: level} if unit == 26 else {unit: level}


def true_face(faces: ScanFaces, subject: str, unit: int, level: int) -> Any:
    """The true picture of one Action Unit."""
    frame = faces.truth(subject, alone(unit, level))
    if frame is None:
        raise ValueError(f"{subject} has no frame with just the Action Units {alone(unit, level)}")
    return faces.face(frame)


@cache
def made_face(faces: ScanFaces, synthesizer: Synthesizer, subject: str, unit: int, level: int) -> Any:
    """What the weights make of the neutral face and a sentence that names one Action Unit."""
    neutral = faces.neutral(subject)
    said: Mapping[int, int | None] = dict(alone(unit, level))
    sentence = describe(Description(neutral.gender, None, said), "with", seed=0)
    return np.asarray(synthesizer(faces.face(neutral), sentence).image)


def sheet(rows: Sequence[Sequence[Any]], names: Sequence[str], heads: Sequence[str]) -> Image.Image:
    """Pictures in rows and columns with gray names on no background, readable on a light and a dark page."""
    width, height = TILE * len(heads) + 0.8, TILE * len(rows) + 0.3
    figure, axes = plt.subplots(len(rows), len(heads), figsize=(width, height), squeeze=False)
    for number, (line, row) in enumerate(zip(axes, rows, strict=True)):
        for axis, picture in zip(line, row, strict=True):
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            axis.set_facecolor("none")
            if picture is not None:
                axis.imshow(Image.fromarray(picture).crop(PART))
        line[0].set_ylabel(names[number], color=INK, fontsize=12)
    for axis, head in zip(axes[0], heads, strict=True):
        axis.set_title(head, color=INK, fontsize=12)
    figure.subplots_adjust(0.75 / width, 0, 1, 1 - 0.3 / height, wspace=0.03, hspace=0.03)
    file = io.BytesIO()
    figure.savefig(file, dpi=100, transparent=True)
    plt.close(figure)
    return Image.open(file).convert("RGBA")


KINDS = {"expressions": all_people, "intensities": two_people}
"""First part of a file's name -> what draws it."""


if __name__ == "__main__":
    sys.exit(main())
