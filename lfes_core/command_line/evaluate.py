"""``evaluate``: how good are these weights, against copy and against the truth."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping
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
        "report.md, plots, and sheets of the best, median and worst pictures.",
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
    parser.add_argument(
        "--published-weights",
        metavar="FOLDER",
        type=Path,
        help="for FID and LPIPS: a hub folder of PyTorch, whose folder 'checkpoints' holds their published weights "
        "(default: PyTorch's own; nothing is downloaded)",
    )
    parser.add_argument("--json", action="store_true", help="print report.json on standard output as well")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Checks the folders, evaluates, writes all files at once."""
    out: Path = arguments.out
    _check_folder(out)
    hub: Path | None = arguments.published_weights
    if hub is not None and not hub.is_dir():
        raise UserError(f"{hub}: no such folder; --published-weights names a hub folder of PyTorch")

    from lfes_core.datasets import open_dataset
    from lfes_core.evaluation.evaluate import evaluate
    from lfes_core.evaluation.published import find_published
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
        published=find_published(hub),
    )
    files = report.files()
    _write(out, files | sheets | _plots(report.to_json()))
    print(files["report.json" if arguments.json else "report.md"].decode(), end="")


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for the report")
    if not out.parent.is_dir():
        raise UserError(f"{out}: the folder that should hold it does not exist; make {out.parent} first")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise UserError(f"{out}: no permission to write there; name another folder")


def _plots(report: Mapping[str, Any]) -> dict[str, bytes]:
    """The plots as PNG files by name; where they cannot be drawn one line on standard error says why.

    The package has no plotting library. A clone of the project has the tool that draws.
    """
    try:
        draw = importlib.import_module("tools.evaluation.plots").draw
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "tools":
            advice = "run the command in the folder of a clone of the project"
        else:
            advice = f"{missing or error} is not installed (pip install matplotlib seaborn)"
        print(f"no plots: {advice}; then python -m tools.evaluation.plots FOLDER draws them", file=sys.stderr)
        return {}
    try:
        plots: dict[str, bytes] = draw(report)
    except Exception as error:  # a plot that fails must not cost the measurements before it
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"no plots: {reason}", file=sys.stderr)
        return {}
    return plots


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    from lfes_core.command_line.outputs import write_files

    new = not out.exists()
    out.mkdir(exist_ok=True)
    try:
        write_files({out / name: _writer(content) for name, content in files.items()})
    except BaseException:
        if new and not any(out.iterdir()):
            out.rmdir()
        raise


def _writer(content: bytes) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(content)
