"""Command line: draw the ScanFaces archive, or a contact sheet of some of its people."""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tools.scan_faces.atlas import build_atlas
from tools.scan_faces.dataset import JPEG_QUALITY, write_archive
from tools.scan_faces.errors import ScanFacesError
from tools.scan_faces.model import NEUTRAL_FILE, load_model
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import plan
from tools.scan_faces.studio import SIZE, Studio

ABOUT = """ScanFaces
=========

{pictures} pictures of {people} people who do not exist ({test} of them, {first} to {last}, for testing),
256x256, JPEG quality {quality}, in the folder layout of DISFA+: Images/SUBJECT/TRIAL/000.jpg and
Labels/SUBJECT/TRIAL/AU1.txt, ... with intensities 0-5 of the twelve Action Units 1, 2, 4, 5, 6, 9, 12, 15, 17,
20, 25, 26. The first picture of every subject's first trial is neutral. All pictures of a subject share pose,
light and everything but the expression. Labels/SUBJECT/gender.txt (0 = man, 1 = woman) is a label of
presentation: it chose hair, brows and stubble, not the shape of the face. The times in TimeStamp.txt only
number the pictures.

Made from the ICT Face Model Light (see LICENSE.txt) with the command

    python -m tools.scan_faces {folder} {archive} --subjects {subjects} --test-subjects {test} --seed {seed}
"""
SHEET_COLUMNS = 8


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 2 for a mistake that the caller can mend."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except (ScanFacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.scan_faces", description=__doc__)
    parser.add_argument("model", type=Path, help="the FaceXModel folder of a clone of ICT-FaceKit")
    parser.add_argument("archive", type=Path, help="the zip to write, or the PNG with --contact-sheet")
    parser.add_argument("--subjects", type=int, default=96, help="people to train on (default 96)")
    parser.add_argument("--test-subjects", type=int, default=8, help="further people to test on (default 8)")
    parser.add_argument("--seed", type=int, default=1, help="decides everything (default 1)")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw (default 1)")
    parser.add_argument(
        "--contact-sheet", action="store_true", help="draw only everybody's neutral face into a PNG"
    )
    return parser


def _run(options: argparse.Namespace) -> None:
    if options.subjects < 1 or options.test_subjects < 1 or options.workers < 1:
        raise ScanFacesError("--subjects, --test-subjects and --workers must be at least 1")
    if not options.archive.absolute().parent.is_dir():
        raise ScanFacesError(f"the folder of {options.archive} does not exist: make it first")
    if not (options.model / NEUTRAL_FILE).is_file():
        raise ScanFacesError(
            f"{options.model} holds no {NEUTRAL_FILE}: give the FaceXModel folder of an ICT-FaceKit clone"
        )
    subjects = plan(options.subjects, options.test_subjects, options.seed)
    if options.contact_sheet:
        model = load_model(options.model)
        atlas = build_atlas(model)
        faces = [Studio(model, atlas, draw_person(s.seed, s.gender)).picture({}) for s in subjects]
        _contact_sheet(faces).save(options.archive)
        return
    load_model(options.model)  # Written to the cache once, before several processes ask for it.
    about = ABOUT.format(
        pictures=sum(len(trial.expressions) for subject in subjects for trial in subject.trials),
        people=len(subjects),
        first=subjects[options.subjects].name,
        last=subjects[-1].name,
        quality=JPEG_QUALITY,
        folder=options.model.name,
        archive=options.archive.name,
        subjects=options.subjects,
        test=options.test_subjects,
        seed=options.seed,
    )
    count = write_archive(options.model, options.archive, subjects, options.workers, about)
    print(
        f"{count} pictures of {len(subjects)} people, {options.archive.stat().st_size / 1e6:.1f} MB: {options.archive}"
    )


def _contact_sheet(faces: list[Image.Image]) -> Image.Image:
    rows = -(-len(faces) // SHEET_COLUMNS)
    sheet = np.full((rows * SIZE, SHEET_COLUMNS * SIZE, 3), 255, np.uint8)
    for i, face in enumerate(faces):
        y, x = divmod(i, SHEET_COLUMNS)
        sheet[y * SIZE : (y + 1) * SIZE, x * SIZE : (x + 1) * SIZE] = np.asarray(face)
    return Image.fromarray(sheet)


if __name__ == "__main__":
    sys.exit(main())
