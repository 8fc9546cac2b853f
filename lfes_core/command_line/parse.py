"""``parse``: a sentence in, its Action Units and intensities out."""

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "parse",
        help="read the Action Units out of a sentence",
        description="Prints what a sentence says as JSON: subject, emotion and Action Units with intensities "
        "1 to 5 (A to E); null is an intensity that is not given.",
        epilog="example: %(prog)s 'A woman has fairly raised inner brow, and strongly parted lips.'",
    )
    parser.add_argument("sentence", metavar="SENTENCE", help="one sentence in one of the three protocols")
    parser.add_argument(
        "--json", action="store_true", help="accepted for evenness: the output is always JSON"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the description."""
    from lfes_core.sentences import parse

    print(json.dumps(parse(arguments.sentence).to_json()))
