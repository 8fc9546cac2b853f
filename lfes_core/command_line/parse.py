"""``parse``: a sentence in, what was understood and its Action Units and intensities out."""

import argparse
import json
from typing import Any

from lfes_core.command_line.wording import in_table, warn


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "parse",
        help="read the Action Units out of a sentence",
        description="Prints the sentence that was understood, in the words of the protocols, and its Action "
        "Units with intensities A to E. Reads the three protocols, the captions published with them, and "
        "everyday words. Contradictions are warned of on standard error.",
        epilog="example: %(prog)s 'a woman smiling broadly with wide eyes'",
    )
    parser.add_argument("sentence", metavar="SENTENCE", help="one sentence about a face")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print JSON: subject, emotion, action_units (intensity 1 to 5, null where none is given), "
        "understood, warnings",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the understood sentence and the table, or JSON."""
    from lfes_core.sentences import understand

    understanding = understand(arguments.sentence)
    if arguments.json:
        print(json.dumps(understanding.to_json()))
        return
    warn(understanding.warnings)
    print(f"understood: {understanding.sentence}")
    print(in_table(understanding.description))
