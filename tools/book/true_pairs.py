"""True pictures of two phrases at once, for chapter 14: what an old phrase does when a new one comes, in the truth.

The archive has few pictures of two Action Units. ``python -m tools.book.true_pairs ICT-FaceKit/FaceXModel OUT`` draws
every pair of `UNITS` that a face can do at the intensities `LEVELS`, for each validation person (a minute each on one
core), and writes ``OUT/true_pairs.csv``: what the ruler reads of either Action Unit, and how much of its own change of
light is still there. One picture is kept for a figure.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, UInt8
from PIL import Image

from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.measure import unit_region
from tools.scan_faces.dataset import JPEG_QUALITY, jpeg_file, load
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import Expression, Subject, is_possible, plan
from tools.scan_faces.studio import Studio

UNITS = 1, 2, 4, 6, 9, 12, 15, 17, 25
"""One or two Action Units of each part of the face. A jaw that drops is left out: it never comes alone."""
LEVELS = 3, 5
KEPT = "SN104", {1: 5, 12: 5}
"""Person and expression of the picture that is kept."""

Picture = UInt8[np.ndarray, "256 256 3"]


def main(arguments: list[str] | None = None) -> int:
    """Draws and measures all pairs; returns 0."""
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tools.book.true_pairs", description=about)
    parser.add_argument("model", type=Path, help="the FaceXModel folder of a clone of ICT-FaceKit")
    parser.add_argument("out", type=Path, help="folder for the table and the picture")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    faces, meter = ScanFaces(), IntensityMeter.load()
    lines: list[dict[str, object]] = []
    for subject in plan(subjects=1, validation=8, test=0, seed=1):
        if subject.part == "validation":
            drawn = pictures(options.model, subject)
            lines += measured(drawn, faces, meter, subject.name)
            if subject.name == KEPT[0]:
                (options.out / "brow_and_smile.jpg").write_bytes(drawn[pair(KEPT[1])])
            print(subject.name, flush=True)
    table = pd.DataFrame(lines)
    table.to_csv(options.out / "true_pairs.csv", index=False, float_format="%.3f", lineterminator="\n")
    return 0


def pair(expression: Expression) -> tuple[tuple[int, int], ...]:
    """An expression as a key."""
    return tuple(sorted(expression.items()))


def expressions() -> Iterator[Expression]:
    """Every pair of `UNITS` that a face can do, at each of `LEVELS`."""
    for level in LEVELS:
        for one, other in combinations(UNITS, 2):
            if is_possible({one: level, other: level}):
                yield {one: level, other: level}


def pictures(model: Path, subject: Subject) -> dict[tuple[tuple[int, int], ...], bytes]:
    """The JPEG files of all pairs of a person, as the archive would have them."""
    studio = Studio(*load(model), draw_person(subject.seed, subject.gender))
    return {pair(each): jpeg_file(studio.picture(each), JPEG_QUALITY) for each in expressions()}


def measured(
    drawn: dict[tuple[tuple[int, int], ...], bytes], faces: ScanFaces, meter: IntensityMeter, person: str
) -> Iterator[dict[str, object]]:
    """Two lines for each pair: one Action Unit is the old one, and the other is new."""
    neutral = faces.face(faces.neutral(person))
    for expression, file in drawn.items():
        both = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
        levels = meter.measure(both[None], neutral[None])[0]
        for (old, level), (new, _) in permutations(expression):
            alone, other = (true_picture(faces, person, unit, level) for unit in (old, new))
            kept = share_kept(neutral, alone, other, both, unit_region(faces, person, old))
            read = levels[meter.units.index(old)]
            yield {"person": person, "level": level, "old": old, "new": new, "read": read, "kept": kept}


def true_picture(faces: ScanFaces, person: str, unit: int, level: int) -> Picture:
    """The archive's picture of one Action Unit."""
    frame = faces.truth(person, {unit: level})
    if frame is None:
        raise ValueError(f"no picture of Action Unit {unit} at {level} of {person}")
    picture: Picture = faces.face(frame)
    return picture


def share_kept(
    neutral: Picture, old: Picture, new: Picture, both: Picture, region: Bool[np.ndarray, "256 256"]
) -> float:
    """How much of what the old phrase changes alone it still changes beside the new one: 1 is all of it.

    The change beside the new phrase, laid on the change alone: their scalar product over the square of the latter.
    """
    alone, beside = (
        (after.astype(float) - before.astype(float))[region] for after, before in ((old, neutral), (both, new))
    )
    return float((alone * beside).sum() / (alone * alone).sum())


if __name__ == "__main__":
    sys.exit(main())
