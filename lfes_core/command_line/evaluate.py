"""``evaluate``: how good are these weights, against copy and against the truth."""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lfes_core.errors import UserError
from lfes_core.files import alone_in, write_all

_OURS = re.compile(
    r"report\.(json|md)|(figures|pictures|questions)\.csv|measurements\.csv\.gz|(pictures|plot)_\w+\.png"
    r"|pictures/\w+/\d+\.png"
)
"""The files in the folder of a report, and the plots that were drawn beside them."""


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "evaluate",
        help="measure weights on held-out people",
        description="Measures trained weights on held-out people, beside copy (the neutral face returned) and "
        "the truth: closeness, word control, attention, identity. Writes all figures (figures.csv), every measurement "
        "behind them, report.json, report.md, and sheets of the best, median and worst pictures.",
        epilog="example: %(prog)s runs/first --quick --out report",
    )
    parser.add_argument(
        "models",
        metavar="RUN|NAME",
        nargs="*",
        help="run folders or names of shipped sets; each goes to its row by its configuration, runs that differ "
        "in their seed only share one and are averaged (default: all shipped sets)",
    )
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        required=True,
        help="folder of the report; an earlier one is replaced",
    )
    parser.add_argument(
        "--data",
        metavar="DATA",
        default="scanfaces",
        help="scanfaces, scanfaces:ROOT, disfaplus:ROOT or ckplus:ROOT (default: scanfaces)",
    )
    parser.add_argument("--quick", action="store_true", help="a part of the questions, in under two minutes")
    parser.add_argument(
        "--keep-pictures",
        action="store_true",
        help="keep the answers to all held-out pairs, and the true pictures, as PNG files in FOLDER/pictures: for FID "
        "and other measures of other programs",
    )
    parser.add_argument("--json", action="store_true", help="print report.json instead of report.md")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Takes the folder, evaluates, writes all files at once."""
    with _folder(arguments.out) as out:
        earlier = _earlier_report(out)

        from lfes_core.datasets import open_dataset
        from lfes_core.encoders import LanguageVisualSemanticNetwork
        from lfes_core.evaluation.evaluate import evaluate
        from lfes_core.shipped import shipped_sets
        from lfes_core.synthesis import Synthesizer

        dataset = open_dataset(arguments.data)
        report = evaluate(
            [(name, Synthesizer.load(name)) for name in arguments.models or shipped_sets()],
            dataset,
            arguments.quick,
            progress=sys.stderr.isatty(),
            features=LanguageVisualSemanticNetwork.load().images,
            keep_pictures=arguments.keep_pictures,
        )
        files = report.files()
        _write(out, files, earlier)
    print(files["report.json" if arguments.json else "report.md"].decode(), end="")
    print(f"for plots, in a clone of the project: python -m tools.plots {out}", file=sys.stderr)


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """The folder, locked, made if need be; after an error it is as it was before.

    Raises:
        UserError: it cannot be made or written, or another process is at work there.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for the report")
    if not out.parent.is_dir():
        raise UserError(f"{out}: the folder that should hold it does not exist; make {out.parent} first")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise UserError(f"{out}: no permission to write there; name another folder")
    try:
        out.mkdir()
        new = True
    except FileExistsError:
        new = False
    try:
        with alone_in(out):
            yield out
    except BaseException:
        if new:
            shutil.rmtree(out, ignore_errors=True)
        raise


def _earlier_report(out: Path) -> list[Path]:
    """The files of an earlier report, none in an empty folder; a report never takes the place of anything else.

    Raises:
        UserError: the folder holds something else.
    """
    names = [path.relative_to(out).as_posix() for path in sorted(out.rglob("*")) if path.is_file()]
    names = [name for name in names if not name.startswith(".")]
    foreign = [name for name in names if not _OURS.fullmatch(name)]
    path = out / "report.json"
    if names and not (path.is_file() and path.read_bytes().startswith(b'{\n "format": "lfes report ')):
        foreign = foreign or names
    if foreign:
        raise UserError(
            f"{out}: holds {foreign[0][:80]}, which is no part of a report; name an empty or a new folder"
        )
    return [out / name for name in names]


def _write(out: Path, files: Mapping[str, bytes], earlier: Sequence[Path]) -> None:
    """Writes all files or none, in place of those of an earlier report."""
    for folder in {(out / name).parent for name in files}:
        folder.mkdir(exist_ok=True, parents=True)
    write_all({out / name: _writer(content) for name, content in files.items()})
    for path in set(earlier) - {out / name for name in files}:
        path.unlink()


def _writer(content: bytes) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(content)
