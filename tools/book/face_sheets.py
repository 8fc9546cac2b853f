"""Draw the sheets of faces of the README and the chapters: what was true, and what weights make of it.

``python -m tools.book.face_sheets`` writes into ``book/_static``

```
landing.png            people in columns: sentence, neutral face, true picture, and what each set of weights makes
expressions_NAME.webp  what the set NAME makes of all 22 Action Units at E, four validation people, beside the truth
intensities_NAME.webp  what it makes of A, C and E of each Action Unit, two people, beside the truth
```

Run it again when the weights or ScanFaces change. Which expressions the landing picture shows depends on the data
alone (`clearest_targets`), never on what the networks made of them.
"""

import argparse
import sys
import textwrap
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from lfes_core import describe
from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import FaceDataset, Frame, ScanFaces, split
from lfes_core.shipped import shipped_sets
from lfes_core.synthesis import Synthesizer
from tools.book.pages import ROOT
from tools.scan_faces.expression import ACTION_UNITS as DRAWN

Words = tuple[Sequence[str], float]
"""What stands beside rows or above columns, and its size in points."""

STATIC = ROOT / "book" / "_static"
INK = "#33393f"

UNITS = DISFA_PLUS_ACTION_UNITS
"""The twelve that are labelled in every picture."""

PART = (28, 36, 228, 236)
"""What the sheets of Action Units show of a picture: left, top, right, bottom. Hair and shoulders do not move."""

TILE = 1.15
"""Width and height of one of their pictures in inches, a hundred pixels each."""


def main() -> int:
    """Write the sheets; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--weights",
        nargs="+",
        metavar="RUN|NAME",
        default=shipped_sets(),
        help="shipped sets or run folders (default: all shipped sets)",
    )
    parser.add_argument("--out", type=Path, default=STATIC, help="folder (default: book/_static)")
    options = parser.parse_args()
    faces = ScanFaces()
    synthesizers = {Path(weights).name: Synthesizer.load(weights) for weights in options.weights}
    landing(faces, list(synthesizers.values())).save(options.out / "landing.png")
    for name, synthesizer in synthesizers.items():
        for kind, picture in (("expressions", all_units), ("intensities", two_people)):
            picture(faces, synthesizer).save(options.out / f"{kind}_{name}.webp", quality=80, method=6)
    return 0


def landing(faces: ScanFaces, synthesizers: Sequence[Synthesizer], people: int = 4) -> Image.Image:
    """A column for each of the first validation people: neutral face, true picture, what each set of weights makes."""
    columns, sentences = [], []
    for number, (subject, target) in enumerate(clearest_targets(faces, people)):
        sentence = describe(target.description, "with", seed=number)
        neutral = faces.face(faces.neutral(subject))
        made = [synthesizer(neutral, sentence).image for synthesizer in synthesizers]
        columns.append([neutral, faces.face(target), *made])
        sentences.append(textwrap.fill(sentence, 26))
    names = ["neutral face", "true picture", *map(row_name, synthesizers)]
    figure, axes = plt.subplots(len(names), people, figsize=(2.3 * people, 2.4 * len(names)), layout="constrained")
    return filled(figure, axes, zip(*columns, strict=True), (names, 12), (sentences, 10))


def row_name(synthesizer: Synthesizer) -> str:
    """What a row of synthesized pictures comes from."""
    return "our extension" if synthesizer.config.networks.synthesizer.moves else "the paper's design"


def clearest_targets(faces: FaceDataset, people: int) -> list[tuple[str, Frame]]:
    """For each of the first validation people a picture with two or three strong Action Units; no two the same."""
    chosen: list[tuple[str, Frame]] = []
    frames = split(faces, "validation")
    for subject in list(dict.fromkeys(frame.subject for frame in frames))[:people]:
        seen = {number for _, frame in chosen for number in frame.action_units}
        candidates = [frame for frame in frames if frame.subject == subject and 2 <= len(frame.action_units) <= 3]
        chosen.append((subject, max(candidates, key=lambda frame, seen=seen: clarity(frame, seen))))
    return chosen


def clarity(frame: Frame, seen: set[int]) -> float:
    """Strong Action Units count; those that another column shows already count half."""
    return sum((level or 0) * (0.5 if number in seen else 1.0) for number, level in frame.action_units.items())


def all_units(faces: ScanFaces, synthesizer: Synthesizer, people: int = 4) -> Image.Image:
    """A row for each Action Unit below the neutral faces: two columns for each of the first people, true and made."""
    subjects = faces.validation_subjects[:people]
    rows = [[face for subject in subjects for face in (faces.face(faces.neutral(subject)), None)]]
    for unit in DRAWN:
        row: list[Any] = []
        for subject in subjects:
            row.append(faces.face(true_frame(faces, subject, unit, 5)))
            row.append(made_face(faces, synthesizer, subject, unit, 5))
        rows.append(row)
    names = ["neutral", *(f"AU {unit}\n{ACTION_UNITS[unit].noun}" for unit in DRAWN)]
    return sheet(rows, names, [head for subject in subjects for head in (f"{subject}, true", "synthesized")])


def two_people(faces: ScanFaces, synthesizer: Synthesizer, people: int = 2) -> Image.Image:
    """One row for each Action Unit; for each of the first people neutral, made at A, C and E, and true at E."""
    rows: list[list[Any]] = [[] for _ in UNITS]
    for subject in faces.validation_subjects[:people]:
        for row, unit in zip(rows, UNITS, strict=True):
            row.append(faces.face(faces.neutral(subject)))
            row += [made_face(faces, synthesizer, subject, unit, level) for level in (1, 3, 5)]
            row.append(faces.face(true_frame(faces, subject, unit, 5)))
    names = [f"AU {unit}\n{ACTION_UNITS[unit].noun}" for unit in UNITS]
    letters = [INTENSITY_LETTERS[level - 1] for level in (1, 3, 5)]
    return sheet(rows, names, ["neutral", *letters, "true E"] * people)


def true_frame(faces: ScanFaces, subject: str, unit: int, level: int) -> Frame:
    """The frame of one Action Unit; a jaw that drops (26) parts the lips (25), too."""
    frame = faces.truth(subject, {unit: level})
    if frame is None:
        raise ValueError(f"{subject} has no frame with just the Action Unit {unit} at {level}")
    return frame


def made_face(faces: ScanFaces, synthesizer: Synthesizer, subject: str, unit: int, level: int) -> Any:
    """What the weights make of the neutral face and a sentence that names one Action Unit."""
    sentence = describe(true_frame(faces, subject, unit, level).description, "with", seed=0)
    return np.asarray(synthesizer(faces.face(faces.neutral(subject)), sentence).image)


def sheet(rows: Sequence[Sequence[Any]], names: Sequence[str], heads: Sequence[str]) -> Image.Image:
    """The inner parts of pictures in rows and columns, close together; nothing where a picture is None."""
    width, height = TILE * len(heads) + 0.8, TILE * len(rows) + 0.3
    figure, axes = plt.subplots(len(rows), len(heads), figsize=(width, height), squeeze=False)
    figure.subplots_adjust(0.75 / width, 0, 1, 1 - 0.3 / height, wspace=0.03, hspace=0.03)
    parts = [[None if face is None else Image.fromarray(face).crop(PART) for face in row] for row in rows]
    return filled(figure, axes, parts, (names, 12), (heads, 12))


def filled(figure: Any, axes: Any, rows: Iterable[Sequence[Any]], names: Words, heads: Words) -> Image.Image:
    """Pictures and gray words on no background, readable on a light and a dark page."""
    for line, row, name in zip(axes, rows, names[0], strict=True):
        for axis, picture in zip(line, row, strict=True):
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if picture is not None:
                axis.imshow(picture)
        line[0].set_ylabel(name, color=INK, fontsize=names[1])
    for axis, head in zip(axes[0], heads[0], strict=True):
        axis.set_title(head, color=INK, fontsize=heads[1])
    file = BytesIO()
    with plt.rc_context({"savefig.bbox": "standard"}):  # the style of the book, where it is on, cuts off the edge
        figure.savefig(file, dpi=100, transparent=True)
    plt.close(figure)
    return Image.open(file).convert("RGBA")


if __name__ == "__main__":
    sys.exit(main())
