"""``faces`` and ``check-data``: the shipped faces unpacked, and what a dataset on disk really holds."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from lfes_core.errors import UserError

DATASETS = ("ckplus", "disfaplus", "scanfaces")


def add_faces(commands: Any) -> None:
    """Describes the arguments of ``faces``."""
    parser = commands.add_parser(
        "faces",
        help="unpack the shipped faces",
        description="Unpacks ScanFaces, the dataset that comes with the package, in the layout of DISFA+: "
        "to look at and to use elsewhere.",
        epilog="example: %(prog)s scan_faces",
    )
    parser.add_argument("folder", metavar="OUT_FOLDER", type=Path, help="a new folder, or an empty one")
    parser.add_argument("--json", action="store_true", help="print folder and number of files as JSON")
    parser.set_defaults(run=run_faces)


def run_faces(arguments: argparse.Namespace) -> None:
    """Writes every file of the archive."""
    from lfes_core.datasets import open_tree, unpack

    folder = unpack(arguments.folder, _progress("unpacking", "file"))
    files = len(open_tree(folder).names())
    found = {"folder": str(folder), "files": files}
    print(json.dumps(found) if arguments.json else f"{folder}: {files} files")


def add_check_data(commands: Any) -> None:
    """Describes the arguments of ``check-data``."""
    parser = commands.add_parser(
        "check-data",
        help="count what a dataset on disk holds and what is wrong with it",
        description="Reads a dataset to the last picture and prints people, pairs, Action Units by "
        "intensity, and every reason why something was left out. Nothing is written.",
        epilog="example: %(prog)s --dataset ckplus /data/CK+",
    )
    parser.add_argument("--dataset", choices=DATASETS, required=True, help="the layout of the files")
    root = "folder or zip archive; only scanfaces may go without (the shipped one)"
    parser.add_argument("root", metavar="ROOT", nargs="?", help=root)
    parser.add_argument("--json", action="store_true", help="print all counts and all skipped files as JSON")
    parser.set_defaults(run=run_check_data)


def run_check_data(arguments: argparse.Namespace) -> None:
    """Opens the dataset, decodes every picture, prints the counts."""
    if not (arguments.root or arguments.dataset == "scanfaces"):
        raise UserError(f"--dataset {arguments.dataset} needs ROOT, the folder or zip archive that holds it")
    from lfes_core.datasets import check_dataset, open_dataset, report

    spec = arguments.dataset if arguments.root is None else f"{arguments.dataset}:{arguments.root}"
    check = check_dataset(open_dataset(spec), _progress("decoding", "picture"))
    print(json.dumps(check.to_json()) if arguments.json else "\n".join(report(check)))


def _progress(doing: str, unit: str) -> Callable[[Iterable[str]], Iterable[str]]:
    from tqdm import tqdm

    return partial(tqdm, desc=doing, unit=unit, disable=not sys.stderr.isatty(), leave=False)
