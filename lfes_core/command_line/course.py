"""``course``: notebooks for students and teachers; ``grade``: what a class has handed in."""

import argparse
import signal
from pathlib import Path
from typing import Any

from lfes_core.errors import UserError


def add(commands: Any) -> None:
    """Describes the arguments of ``course``."""
    parser = commands.add_parser(
        "course",
        help="write the notebooks for students or teachers",
        description="Writes the notebooks of the book with all that they need to a new folder.",
        epilog="example: %(prog)s student for_my_class",
    )
    kinds = parser.add_subparsers(title="what to write", metavar="WHAT", required=True)
    for edition, what in (
        ("student", "without solutions: empty functions to write, and cells that check them"),
        ("teacher", "with solutions open, and notes to the teacher"),
    ):
        said = f"Writes the notebooks {what}."
        kind = kinds.add_parser(edition, help=what, description=said, epilog=f"example: %(prog)s {edition}s_edition")
        kind.add_argument("out", metavar="OUT", type=Path, help="a new or an empty folder")
        add_book(kind)
        kind.set_defaults(run=run, edition=edition)


def add_book(parser: argparse.ArgumentParser) -> None:
    """Describes where the book is."""
    said = "folder of the book's notebooks (default: those that came with the package, or the repository's)"
    parser.add_argument("--book", metavar="FOLDER", type=Path, help=said)


def run(arguments: argparse.Namespace) -> None:
    """Writes an edition."""
    from lfes_core.course.editions import book_folder, write_edition

    written = write_edition(arguments.edition, arguments.out, book_folder(arguments.book))
    print(f"{arguments.out}: {len(written)} notebooks; begin with {written[0].name}")


def add_grade(commands: Any) -> None:
    """Describes the arguments of ``grade``."""
    parser = commands.add_parser(
        "grade",
        help="run and check the notebooks of a class",
        description="Runs every notebook in a process of its own, without network and with limits of time and memory, "
        "then checks each function that an exercise asks for. Writes grades.csv (a row for each student and exercise), "
        "points.csv (a row for each student) and a page for each student; index.html links them. Notebooks that were "
        "graded before and have not changed are not run again.",
        epilog="example: %(prog)s handed_in --out grades",
    )
    said = "a folder for each student, or a notebook for each, named as the student"
    parser.add_argument("folder", metavar="FOLDER", type=Path, help=said)
    said = "folder of the report; that of an earlier call goes on"
    parser.add_argument("--out", metavar="REPORT", type=Path, required=True, help=said)
    said = "notebooks that run at the same time (default: as many as there are processors)"
    parser.add_argument("--jobs", metavar="N", type=_positive, help=said)
    said = "of a processor for the cells of one notebook: 90s, 9m or 1h (default: %(default)s)"
    parser.add_argument("--time-limit", metavar="5m", default="5m", help=said)
    said = "for one notebook, in gigabytes (default: %(default)s)"
    parser.add_argument("--memory", metavar="GB", type=_positive, default=4, help=said)
    said = "a Python file with exercises of your own (see the page Grading a class)"
    parser.add_argument("--exercises", metavar="FILE", type=Path, help=said)
    add_book(parser)
    parser.set_defaults(run=run_grade)


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1")
    return number


def run_grade(arguments: argparse.Namespace) -> None:
    """Grades, writes the report, prints where it is."""
    from lfes_core.course.editions import book_folder
    from lfes_core.course.grade import grade
    from lfes_core.course.runner import Limits
    from lfes_core.training.compute import parse_duration

    if arguments.exercises is not None and not arguments.exercises.is_file():
        raise UserError(f"{arguments.exercises}: there is no such file")
    limits = Limits(parse_duration(arguments.time_limit), float(arguments.memory))
    book = book_folder(arguments.book)
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as with Ctrl-C: no process is left
    try:
        print(grade(arguments.folder, arguments.out, book, limits, arguments.jobs, arguments.exercises))
    finally:
        signal.signal(signal.SIGTERM, earlier)
