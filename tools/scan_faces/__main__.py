"""Draw ScanFaces: people made from a public morphable face model, as an archive.

An interrupted drawing keeps the people who are finished beside the archive; the same command goes on from there.
"""

import argparse
import hashlib
import signal
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

from lfes_core.errors import UserError
from tools.exit_code import exit_code
from tools.scan_faces.dataset import JPEG_QUALITY, draw_subject, license_text
from tools.scan_faces.drawing import finished_people, write_archive
from tools.scan_faces.model import NEUTRAL_FILE, load_model
from tools.scan_faces.plan import Part, Subject, plan
from tools.scan_faces.regions import GRAY

LIBRARIES = ("numba", "numpy", "pillow", "scipy")
ABOUT = """ScanFaces
=========

{pictures} pictures of {people} people who do not exist, 256x256, JPEG quality {quality}, in the layout of DISFA+:
Images/SUBJECT/TRIAL/000.jpg and Labels/SUBJECT/TRIAL/AU1.txt, ... with intensities 0-5.
{parts}.

Labels. Twelve Action Units (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26) have a label file in every trial; ten more
(7, 10, 14, 16, 18, 22, 24, 27, 28, 43) only in the trials in which they occur: no file means absent. The first
picture of every subject's first trial is neutral. All pictures of a subject share pose, light and everything but
the expression. The times in TimeStamp.txt only number the pictures.

Labels/SUBJECT/gender.txt (0 = man, 1 = woman) is a label of presentation: hair, brows, lashes, makeup, jewelry and
stubble were chosen by it, the shape of the face never.

Region maps. Regions/SUBJECT/AU12.png, of validation subjects, and of test subjects for those twelve: how far the
skin of the face that is seen at each pixel moves between the neutral face and intensity 5. For 26 and 27 the movement
starts at Action Unit 25 with intensity 5, because a jaw that drops always parts the lips. 8-bit gray; one level is
{gray} pixels.
{flows}
Made from the ICT Face Model Light (see LICENSE.txt) with the command

    python -m tools.scan_faces ICT-FaceKit/FaceXModel scan_faces.zip \\
        {settings}
"""

PARTS: tuple[Part, ...] = ("train", "validation", "test")
FLOWS = """
Flow fields. Flows/SUBJECT/TRIAL/003.npy, of training subjects, float16 [3 64 64]: how far to the right and down from
each place of a picture the same piece of surface is found in the neutral picture (1 is half the picture's width), and
the share of that place which the neutral picture shows at all.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)

    def interrupted() -> str:
        kept = len(finished_people(options.output))
        return f"interrupted: {kept} people are finished; the same command goes on from there"

    return exit_code(lambda: _run(options), interrupted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.scan_faces", description=__doc__)
    parser.add_argument("model", type=Path, help="the FaceXModel folder of a clone of ICT-FaceKit")
    parser.add_argument("output", type=Path, help="the zip to write")
    parser.add_argument("--subjects", type=int, default=96, help="people to train on (default 96)")
    parser.add_argument("--frames", type=int, default=15, help="pictures of each of them (default 15)")
    parser.add_argument(
        "--validation-subjects",
        type=int,
        default=8,
        help="people to decide by, SN097 and following, with every Action Unit at every intensity (default 8)",
    )
    parser.add_argument(
        "--test-subjects",
        type=int,
        default=16,
        help="people to ask once, SN901 and following, with every Action Unit at E and half of them at B (default 16)",
    )
    parser.add_argument("--flows", action="store_true", help="write flow fields of training people, for the losses")
    parser.add_argument("--seed", type=int, default=1, help="decides everything (default 1)")
    quality = f"of the JPEGs (default {JPEG_QUALITY})"
    parser.add_argument("--quality", type=int, default=JPEG_QUALITY, help=quality)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw (default 1)")
    return parser


def _run(options: argparse.Namespace) -> None:
    if options.workers < 1:
        raise UserError(f"--workers must be at least 1, not {options.workers}")
    if not 1 <= options.quality <= 95:
        raise UserError(f"--quality must be 1 to 95, not {options.quality}")
    if options.output.suffix.lower() != ".zip" or options.output.is_dir():
        raise UserError(f"{options.output} must be the name of a file that ends in .zip")
    if not options.output.absolute().parent.is_dir():
        raise UserError(f"the folder of {options.output} does not exist: make it first")
    subjects = plan(options.subjects, options.validation_subjects, options.test_subjects, options.seed, options.frames)
    load_model(options.model)  # Written to the cache once, before several processes ask for it.
    # A polite kill ends the workers too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    write_archive(
        options.output,
        partial(draw_subject, options.model, options.quality, options.flows),
        subjects,
        options.workers,
        _settings(options),
        [("README.txt", _about(options, subjects).encode()), ("LICENSE.txt", license_text())],
    )
    pictures = sum(subject.pictures for subject in subjects)
    size = options.output.stat().st_size
    print(f"{pictures:,} pictures of {len(subjects)} people, {size:,} bytes: {options.output}")


def _settings(options: argparse.Namespace) -> dict[str, object]:
    """Everything that decides the bytes of a picture: people of different settings must not be mixed."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return {
        "subjects": options.subjects,
        "frames": options.frames,
        "validation subjects": options.validation_subjects,
        "test subjects": options.test_subjects,
        "flows": options.flows,
        "seed": options.seed,
        "quality": options.quality,
        "face model": hashlib.sha256((options.model / NEUTRAL_FILE).read_bytes()).hexdigest(),
        "version of this tool": hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest(),
        "libraries": " ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def _about(options: argparse.Namespace, subjects: tuple[Subject, ...]) -> str:
    parts = {part: [subject.name for subject in subjects if subject.part == part] for part in PARTS}
    return ABOUT.format(
        pictures=sum(subject.pictures for subject in subjects),
        people=len(subjects),
        parts="; ".join(f"{names[0]} to {names[-1]} are for {part}" for part, names in parts.items() if names),
        flows=FLOWS if options.flows else "",
        quality=options.quality,
        gray=GRAY,
        settings=f"--subjects {options.subjects} --frames {options.frames} "
        f"--validation-subjects {options.validation_subjects} --test-subjects {options.test_subjects} "
        f"--seed {options.seed} --quality {options.quality}" + " --flows" * options.flows,
    )


if __name__ == "__main__":
    sys.exit(main())
