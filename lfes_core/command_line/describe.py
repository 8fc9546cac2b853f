"""``describe``: Action Units in, a sentence out."""

import argparse
import json
from typing import Any

from lfes_core.command_line.wording import warn

PROTOCOLS = ("possessive", "because", "with")
SUBJECTS = ("man", "woman", "person")


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "describe",
        help="write the sentence for Action Units",
        description="Writes a sentence that names Action Units and their intensities.",
        epilog="example: %(prog)s --aus 1:3,25:5 --subject woman --protocol possessive --seed 0",
    )
    parser.add_argument(
        "--aus",
        metavar="AU[:1-5],...",
        default="",
        help="Action Units, intensity 1-5 or A-E (25 alone: intensity not given); default: a neutral face",
    )
    parser.add_argument("--subject", choices=SUBJECTS, default="person", help="who it is (default: person)")
    parser.add_argument("--emotion", help="name of an emotion, for instance happiness (default: none)")
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="with", help="kind of sentence (default: with)"
    )
    parser.add_argument("--seed", type=int, default=0, help="chooses among synonyms and orders (default: 0)")
    parser.add_argument("--json", action="store_true", help="print sentence and description as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the sentence."""
    from lfes_core.sentences import Description, describe, read_action_units, warnings

    units = read_action_units(arguments.aus)
    description = Description(subject=arguments.subject, emotion=arguments.emotion, action_units=units)
    sentence = describe(description, arguments.protocol, arguments.seed)
    if arguments.json:
        found = {"description": description.to_json(), "warnings": list(warnings(description))}
        print(json.dumps({"sentence": sentence} | found))
    else:
        warn(warnings(description))
        print(sentence)
