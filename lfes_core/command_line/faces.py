"""``faces``: unpacks ScanFaces in its DISFA+ layout."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lfes_core.command_line.outputs import new_folder


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "faces",
        help="unpack the shipped faces",
        description="Unpacks ScanFaces, the dataset that comes with the package, in the layout of DISFA+: "
        "to look at and to use elsewhere.",
        epilog="example: %(prog)s scan_faces",
    )
    parser.add_argument(
        "folder", metavar="OUT_FOLDER", type=Path, help="a folder that does not exist yet, or an empty one"
    )
    parser.add_argument("--json", action="store_true", help="print folder and number of files as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Writes every file of the archive."""
    from tqdm import tqdm

    from lfes_core.datasets import open_tree
    from lfes_core.datasets.scan_faces import ARCHIVE

    tree = open_tree(ARCHIVE)
    names = list(tree.names())
    with new_folder(arguments.folder) as folder:
        for name in tqdm(names, desc="unpacking", unit="file", disable=not sys.stderr.isatty(), leave=False):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(tree.read_bytes(name))
    if arguments.json:
        print(json.dumps({"folder": str(arguments.folder), "files": len(names)}))
    else:
        print(f"{arguments.folder}: {len(names)} files")
