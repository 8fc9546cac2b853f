"""``evaluate``: how good are these weights, against copy and against the truth."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from lfes_core.errors import UserError


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "evaluate",
        help="measure weights on held-out people",
        description="Measures trained weights on held-out people, beside copy (the neutral face returned) and "
        "the truth: closeness, word control, attention, identity. Writes report.json, two tables as CSV, "
        "report.md and sheets of the best, median and worst pictures.",
        epilog="example: %(prog)s runs/first --quick --out report",
    )
    parser.add_argument(
        "models",
        metavar="RUN|NAME",
        nargs="*",
        help="run folders or names of shipped sets; each goes to its row by its configuration, runs that differ "
        "in their seed only share one and are averaged (default: all shipped sets)",
    )
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="folder of the report")
    parser.add_argument(
        "--data",
        metavar="DATA",
        default="scanfaces",
        help="scanfaces, scanfaces:ROOT, disfaplus:ROOT or ckplus:ROOT (default: scanfaces)",
    )
    parser.add_argument("--quick", action="store_true", help="a part of the questions, in under two minutes")
    parser.add_argument("--json", action="store_true", help="print report.json on standard output as well")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Checks the folder, evaluates, writes all files at once."""
    out: Path = arguments.out
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for the report")
    if not out.parent.is_dir():
        raise UserError(f"{out}: the folder that should hold it does not exist; make {out.parent} first")

    from lfes_core.command_line.outputs import write_files
    from lfes_core.datasets import open_dataset
    from lfes_core.evaluation.evaluate import evaluate
    from lfes_core.retrieval import Matcher
    from lfes_core.synthesis import Synthesizer
    from lfes_core.weight_files import shipped_sets

    dataset = open_dataset(arguments.data)
    synthesizers = [(name, Synthesizer.load(name)) for name in arguments.models or shipped_sets()]
    report, sheets = evaluate(
        synthesizers,
        dataset,
        arguments.quick,
        progress=sys.stderr.isatty(),
        features=Matcher.load().images,
    )
    files = report.files() | sheets
    out.mkdir(exist_ok=True)
    write_files({out / name: _writer(content) for name, content in files.items()})
    if arguments.json:
        print(files["report.json"].decode(), end="")
    else:
        print(files["report.md"].decode(), end="")


def _writer(content: bytes) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(content)
