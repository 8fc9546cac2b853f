"""``faces``: unpacks ScanFaces in its DISFA+ layout."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "faces",
        help="unpack the shipped faces",
        description="Unpacks ScanFaces, the dataset that comes with the package, in the layout of DISFA+: "
        "to look at and to use elsewhere.",
        epilog="example: %(prog)s scan_faces",
    )
    parser.add_argument("folder", metavar="OUT_FOLDER", type=Path, help="a new folder, or an empty one")
    parser.add_argument("--json", action="store_true", help="print folder and number of files as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Writes every file of the archive."""
    from tqdm import tqdm

    from lfes_core.datasets import open_tree, unpack

    folder = unpack(
        arguments.folder,
        lambda names: tqdm(
            list(names), desc="unpacking", unit="file", disable=not sys.stderr.isatty(), leave=False
        ),
    )
    files = len(open_tree(folder).names())
    if arguments.json:
        print(json.dumps({"folder": str(folder), "files": files}))
    else:
        print(f"{folder}: {files} files")
