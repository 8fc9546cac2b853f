"""``evaluate``: how good are these weights, against copy and the truth; ``check-data``: what a dataset really holds."""

import argparse
import json
import re
import sys
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Any

from lfes_core.errors import UserError
from lfes_core.files import alone_in, write_all

_OURS = re.compile(
    r"report\.(json|md)|(figures|pictures|questions)\.csv|measurements\.csv\.gz|(pictures|plot)_\w+\.png"
    r"|pictures/\w+/\d+\.png"
)
"""The files in the folder of a report, and the plots that were drawn beside them."""
_REPORT, _CHANGING = "report.json", ".changing"
"""Without the first there is no report; the second is there while files are exchanged."""


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "evaluate",
        help="measure weights on held-out people",
        description="Measures trained weights on held-out people, beside copy (the neutral face returned), stencil "
        "(one picture of change for each Action Unit, without any network) and the truth: closeness, sharpness, word "
        "control, attention, identity. Writes all figures (figures.csv), every measurement behind them, report.json, "
        "report.md, and sheets of the best, median and worst pictures.",
        epilog="example: %(prog)s runs/first --quick --out report",
    )
    said = "run folders or names of shipped sets; each goes to its row by its configuration, runs that differ "
    said += "in their seed only share one and are averaged (default: all shipped sets)"
    parser.add_argument("models", metavar="RUN|NAME", nargs="*", help=said)
    said = "folder of the report; an earlier one is replaced"
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help=said)
    said = "scanfaces, scanfaces:ROOT, disfaplus:ROOT or ckplus:ROOT (default: scanfaces)"
    parser.add_argument("--data", metavar="DATA", default="scanfaces", help=said)
    said = "whose people are asked: validation guides decisions, test is asked once (default: validation)"
    parser.add_argument("--part", choices=("validation", "test"), default="validation", help=said)
    parser.add_argument("--quick", action="store_true", help="a part of the questions, in a few minutes")
    said = "keep the answers to all held-out pairs, and the true pictures, as PNG files in FOLDER/pictures: for FID "
    said += "and other measures of other programs"
    parser.add_argument("--keep-pictures", action="store_true", help=said)
    parser.add_argument("--json", action="store_true", help="print report.json instead of report.md")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Takes the folder, evaluates, writes all files at once in place of those of an earlier report."""
    from lfes_core.datasets import open_dataset
    from lfes_core.encoders import LanguageVisualSemanticNetwork
    from lfes_core.evaluation.evaluate import evaluate
    from lfes_core.shipped import shipped_sets
    from lfes_core.synthesis import Synthesizer

    dataset = open_dataset(arguments.data)
    synthesizers = [(name, Synthesizer.load(name)) for name in arguments.models or shipped_sets()]
    out: Path = arguments.out
    out.mkdir(exist_ok=True)
    with alone_in(out):
        earlier = _earlier_report(out)
        report = evaluate(
            synthesizers,
            dataset,
            part=arguments.part,
            quick=arguments.quick,
            progress=sys.stderr.isatty(),
            features=LanguageVisualSemanticNetwork.load().images,
            keep_pictures=arguments.keep_pictures,
        )
        files = {out / name: content for name, content in report.files().items()}
        for folder in {path.parent for path in files}:
            folder.mkdir(exist_ok=True, parents=True)

        def leave_no_report() -> None:  # also after a kill; the next evaluation may then replace what it finds
            (out / _CHANGING).touch()
            for path in (out / _REPORT, *(set(earlier) - files.keys())):
                path.unlink(missing_ok=True)

        in_order = sorted(files.items(), key=lambda file: file[0] == out / _REPORT)
        write_all({path: methodcaller("write", content) for path, content in in_order}, leave_no_report)
        (out / _CHANGING).unlink()
    print(files[out / (_REPORT if arguments.json else "report.md")].decode(), end="")
    print(f"for plots, in a clone of the project: python -m tools.plots {out}", file=sys.stderr)


def _earlier_report(out: Path) -> list[Path]:
    """Its files. UserError: the folder holds anything else."""
    report = out / _REPORT
    ours = report.is_file() and report.read_bytes().startswith(b'{\n "format": "lfes report ')
    ours |= (out / _CHANGING).exists()
    names = [path.relative_to(out).as_posix() for path in sorted(out.rglob("[!.]*")) if path.is_file()]
    for name in names:
        if not (ours and _OURS.fullmatch(name)):
            raise UserError(f"{out}: holds {name[:80]}, which is no part of a report; name an empty or a new folder")
    return [out / name for name in names]


def add_check_data(commands: Any) -> None:
    """Describes the arguments of ``check-data``."""
    parser = commands.add_parser(
        "check-data",
        help="count what a dataset on disk holds and what is wrong with it",
        description="Reads a dataset to the last picture and prints people, pairs, Action Units by "
        "intensity, and every reason why something was left out. Nothing is written.",
        epilog="example: %(prog)s --dataset ckplus /data/CK+",
    )
    layouts = ("ckplus", "disfaplus", "scanfaces")
    parser.add_argument("--dataset", choices=layouts, required=True, help="the layout of the files")
    root = "folder or zip archive; only scanfaces may go without (the shipped one)"
    parser.add_argument("root", metavar="ROOT", nargs="?", help=root)
    parser.add_argument("--json", action="store_true", help="print all counts and all skipped files as JSON")
    parser.set_defaults(run=run_check_data)


def run_check_data(arguments: argparse.Namespace) -> None:
    """Opens the dataset, decodes every picture, prints the counts."""
    if not (arguments.root or arguments.dataset == "scanfaces"):
        raise UserError(f"--dataset {arguments.dataset} needs ROOT, the folder or zip archive that holds it")
    from tqdm import tqdm

    from lfes_core.datasets import check_dataset, open_dataset, report

    spec = arguments.dataset if arguments.root is None else f"{arguments.dataset}:{arguments.root}"
    progress = partial(tqdm, desc="decoding", unit="picture", disable=None, leave=False)
    check = check_dataset(open_dataset(spec), progress)
    print(json.dumps(check.to_json()) if arguments.json else "\n".join(report(check)))
