"""Print the figures of a ScanFaces archive: what it holds, where a face is found, whether A to E go up."""

import argparse
import hashlib
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade
from tqdm import tqdm

from lfes_core.datasets import Frame, ScanFaces, split
from lfes_core.datasets.frames import PARTS, subjects_of
from lfes_core.errors import UserError
from lfes_core.files import write_text
from tools.exit_code import exit_code
from tools.scan_faces.dataset import JPEG_QUALITY, draw_subject
from tools.scan_faces.drawing import ONE_THREAD, environment
from tools.scan_faces.expression import ACTION_UNITS, STRONGEST
from tools.scan_faces.plan import plan

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
MOVES = 1.0
"""Pixels of movement from which on a region map counts as the region of its Action Unit."""
SPEED_FRAMES = 20


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.scan_faces.figures", description=__doc__)
    parser.add_argument("archive", type=Path, help="the zip, or a folder in its layout")
    parser.add_argument("--model", type=Path, help="the FaceXModel folder: measure the speed of drawing too")
    parser.add_argument("--card", type=Path, help="a Markdown page whose figures are to be replaced")
    options = parser.parse_args(arguments)
    return exit_code(lambda: print_figures(options.archive, options.model, options.card))


def print_figures(archive: Path, model: Path | None, card: Path | None) -> None:
    """Print the figures, and put them on the card."""
    if card:
        _around_the_figures(card)  # Told before minutes of work, not after.
    text = "\n".join(figures(archive, model))
    print(text)
    if card:
        write_card(card, text)


def figures(archive: Path, model: Path | None) -> Iterator[str]:
    """Yield the lines of the figures as Markdown."""
    dataset = ScanFaces(archive)
    yield from contents(dataset)
    yield from counts(dataset)
    yield from detection(dataset)
    yield from order(dataset)
    if model is not None:
        yield from speed(model)


def contents(dataset: ScanFaces) -> Iterator[str]:
    """Yield how much there is."""
    yield "| | training | validation | test | all |"
    yield "|---|--:|--:|--:|--:|"
    parts = [*(split(dataset, part) for part in PARTS), dataset.frames]
    rows: dict[str, Callable[[Sequence[Frame]], int]] = {
        "people": lambda frames: len({frame.subject for frame in frames}),
        "of them shown as women": lambda frames: len({f.subject for f in frames if f.gender == "woman"}),
        "pictures": len,
        "neutral": lambda frames: sum(frame.is_neutral for frame in frames),
        "one Action Unit (26 and 27 with 25)": lambda frames: sum(map(_is_single, frames)),
        "with an emotion": lambda frames: sum(frame.emotion is not None for frame in frames),
    }
    for name, count in rows.items():
        yield f"| {name} | " + " | ".join(f"{count(part):,}" for part in parts) + " |"
    maps = Counter(name.split("/")[1] for name in dataset.tree.names() if name.startswith("Regions/"))
    cells = [sum(maps[subject] for subject in subjects_of(dataset, part)) for part in PARTS]
    yield "| region maps | " + " | ".join(f"{cell:,}" for cell in (*cells, maps.total())) + " |"
    yield ""
    if dataset.tree.root.is_file():
        content = dataset.tree.root.read_bytes()
        yield f"One archive of {len(content):,} bytes, SHA-256"
        yield f"`{hashlib.sha256(content).hexdigest()}`."
        yield ""


def counts(dataset: ScanFaces) -> Iterator[str]:
    """Yield how many pictures there are of each Action Unit at each intensity, training + validation + test."""
    yield "Pictures that show an Action Unit, alone or with others, training + validation + test:"
    yield ""
    yield "| AU | A | B | C | D | E | all |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    parts = [Counter(pair for frame in split(dataset, part) for pair in frame.action_units.items()) for part in PARTS]
    for unit in sorted({unit for part in parts for unit, _ in part}):
        cells = [[part[unit, level] for part in parts] for level in range(1, STRONGEST + 1)]
        cells.append([sum(column) for column in zip(*cells, strict=True)])
        yield f"| {unit} | " + " | ".join("+".join(map(str, cell)) for cell in cells) + " |"
    yield ""


def _is_single(frame: Frame) -> bool:
    return frame.emotion is None and len(frame.action_units.keys() - {25}) <= 1 and bool(frame.action_units)


def detection(dataset: ScanFaces) -> Iterator[str]:
    """Yield in how many pictures a cascade finds the face that was trained on photographs."""
    kinds: dict[str, Callable[[Frame], bool]] = {
        "neutral, everybody": lambda f: f.is_neutral,
        "every picture for validation": lambda f: f.subject in dataset.validation_subjects,
        "every picture for the test": lambda f: f.subject in dataset.test_subjects,
    }
    cascade = Cascade(lbp_frontal_face_cascade_filename())
    asked = [frame for frame in dataset.frames if any(belongs(frame) for belongs in kinds.values())]
    bar = tqdm(asked, desc="finding faces", unit="picture", leave=False)
    found = {frame.image: finds_the_face(cascade, dataset.read(frame)) for frame in bar}
    cells = []
    for belongs in kinds.values():
        hits = [found[frame.image] for frame in asked if belongs(frame)]
        cells.append(f"{sum(hits):,} of {len(hits):,} ({sum(hits) / max(1, len(hits)):.1%})")
    yield "| faces found by | " + " | ".join(kinds) + " |"
    yield "|---|" + "--:|" * len(kinds)
    yield "| scikit-image LBP | " + " | ".join(cells) + " |"
    yield ""
    yield "A face is found where a box holds the middle of the picture: `lbp_frontal_face_cascade`,"
    yield "`scale_factor=1.1`, `step_ratio=1`, windows of 80 to 256 pixels."
    yield ""


def finds_the_face(cascade: Cascade, picture: np.ndarray) -> bool:
    """Return whether a cascade finds a face around the middle of a picture [height width 3] of 8-bit RGB."""
    boxes = cascade.detect_multi_scale(picture, scale_factor=1.1, step_ratio=1, min_size=(80, 80), max_size=(256, 256))
    y, x = picture.shape[0] / 2, picture.shape[1] / 2
    return any(box["c"] <= x <= box["c"] + box["width"] and box["r"] <= y <= box["r"] + box["height"] for box in boxes)


def order(dataset: ScanFaces) -> Iterator[str]:
    """Yield how often a picture of a stronger Action Unit differs more from the neutral one than of a weaker one."""
    wrong: list[str] = []
    steps = series = 0
    for subject in dataset.validation_subjects:
        for unit in ACTION_UNITS:
            changes = _changes(dataset, subject, unit)
            if changes is None:
                continue
            series += 1
            ups = [after > before for before, after in pairwise(changes)]
            steps += sum(ups)
            if not all(ups):
                wrong.append(f"AU {unit} of {subject}")
    if series == 0:
        yield "No person for validation shows an Action Unit from A to E with a region map."
        return
    confirmed = series - len(wrong)
    yield "From A to E, the mean change against the neutral picture where the region map is above"
    yield f"{MOVES:g} pixel grows in {steps:,} of {series * (STRONGEST - 1):,} steps, and all the way up in"
    yield f"{confirmed:,} of {series:,} series ({confirmed / series:.1%}){_exceptions(wrong)}."
    yield ""


def _exceptions(wrong: Sequence[str]) -> str:
    return f"; not for {', '.join(wrong)}" if wrong else ""


def _changes(dataset: ScanFaces, subject: str, unit: int) -> list[float] | None:
    """Return the mean change inside the region of a unit for A to E; None where pictures or map are missing."""
    frames = [dataset.truth(subject, {unit: level}) for level in range(1, STRONGEST + 1)]
    if f"Regions/{subject}/AU{unit}.png" not in dataset.tree.names():
        return None
    region = dataset.region_map(subject, unit) > MOVES
    neutral = dataset.read(dataset.neutral(subject)).astype(float)
    changes = [float(np.abs(dataset.read(frame) - neutral)[region].mean()) for frame in frames if frame]
    return changes if len(changes) == STRONGEST and region.any() else None


def speed(folder: Path) -> Iterator[str]:
    """Yield how fast one core draws, in a process of its own as the workers of the archive are.

    It is the processor's time that counts, so that a busy machine gives the same figure as a quiet one.
    """
    context = multiprocessing.get_context("spawn")
    with environment(ONE_THREAD), ProcessPoolExecutor(1, context) as pool:
        seconds = pool.submit(_time_people, folder).result()
    rates = [SPEED_FRAMES / second for second in seconds]
    yield f"One core draws {SPEED_FRAMES * len(seconds) / sum(seconds):.1f} pictures in a second of its time"
    yield f"({min(rates):.1f} to {max(rates):.1f}; {len(seconds)} people with {SPEED_FRAMES} pictures each,"
    yield "everything for a new person and the JPEG files included, loading the model and compiling not)."
    yield ""


def _time_people(folder: Path) -> list[float]:
    warm_up, *people = plan(5, 0, 0, 1, SPEED_FRAMES)
    seconds = []
    for subject in (warm_up, *people):
        start = time.process_time()
        list(draw_subject(folder, JPEG_QUALITY, False, subject))
        seconds.append(time.process_time() - start)
    return seconds[1:]


def write_card(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page."""
    before, after = _around_the_figures(page)
    write_text(page, f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}")


def _around_the_figures(page: Path) -> tuple[str, str]:
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{page} has no place for the figures: it needs the lines {BEGIN} and {END}")
    return before, after


if __name__ == "__main__":
    sys.exit(main())
