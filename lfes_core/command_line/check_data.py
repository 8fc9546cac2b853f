"""``check-data``: what a dataset on disk really holds."""

import argparse
import json
import sys
from typing import Any

from lfes_core.errors import UserError

DATASETS = ("ckplus", "disfaplus", "scanfaces")


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "check-data",
        help="count what a dataset on disk holds and what is wrong with it",
        description="Reads a dataset to the last picture and prints people, pairs, Action Units by "
        "intensity, and every reason why something was left out. Nothing is written.",
        epilog="example: %(prog)s --dataset ckplus /data/CK+",
    )
    parser.add_argument("--dataset", choices=DATASETS, required=True, help="the layout of the files")
    parser.add_argument(
        "root",
        metavar="ROOT",
        nargs="?",
        help="folder or zip archive; only scanfaces may go without (the shipped one)",
    )
    parser.add_argument("--json", action="store_true", help="print all counts and all skipped files as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Opens the dataset, decodes every picture, prints the counts."""
    if not (arguments.root or arguments.dataset == "scanfaces"):
        raise UserError(f"--dataset {arguments.dataset} needs ROOT, the folder or zip archive that holds it")
    from tqdm import tqdm

    from lfes_core.datasets import check_dataset, open_dataset, report

    spec = arguments.dataset if arguments.root is None else f"{arguments.dataset}:{arguments.root}"
    check = check_dataset(
        open_dataset(spec),
        lambda names: tqdm(
            list(names), desc="decoding", unit="picture", disable=not sys.stderr.isatty(), leave=False
        ),
    )
    print(json.dumps(check.to_json()) if arguments.json else "\n".join(report(check)))
