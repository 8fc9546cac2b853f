"""``describe`` and ``parse``: Action Units in and a sentence out, and back."""

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.sentences import Description

PROTOCOLS = ("possessive", "because", "with")
SUBJECTS = ("man", "woman", "person")


def add_describe(commands: Any) -> None:
    """Describes the arguments of ``describe``."""
    parser = commands.add_parser(
        "describe",
        help="write the sentence for Action Units",
        description="Writes a sentence that names Action Units and their intensities.",
        epilog="example: %(prog)s --aus 1:3,25:5 --subject woman --protocol possessive --seed 0",
    )
    parser.add_argument(
        "--aus",
        metavar="AU[:1-5],AU[A-E]+...",
        default="",
        help="Action Units and intensities, as in 1:3,25:5 or AU1C+AU25E (25 alone: intensity not given); "
        "default: a neutral face",
    )
    parser.add_argument("--subject", choices=SUBJECTS, default="person", help="who it is (default: person)")
    parser.add_argument("--emotion", help="name of an emotion, for instance happiness (default: none)")
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="with", help="kind of sentence (default: with)"
    )
    parser.add_argument("--seed", type=int, default=0, help="chooses among synonyms and orders (default: 0)")
    parser.add_argument("--json", action="store_true", help="print sentence and description as JSON")
    parser.set_defaults(run=run_describe)


def run_describe(arguments: argparse.Namespace) -> None:
    """Prints the sentence."""
    from lfes_core.sentences import describe, read_action_units, warnings

    units = read_action_units(arguments.aus)
    description = Description(subject=arguments.subject, emotion=arguments.emotion, action_units=units)
    sentence = describe(description, arguments.protocol, arguments.seed)
    if arguments.json:
        found = {"description": description.to_json(), "warnings": list(warnings(description))}
        print(json.dumps({"sentence": sentence} | found))
    else:
        warn(warnings(description))
        print(sentence)


def add_parse(commands: Any) -> None:
    """Describes the arguments of ``parse``."""
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
    parser.set_defaults(run=run_parse)


def run_parse(arguments: argparse.Namespace) -> None:
    """Prints the understood sentence and the table, or JSON."""
    from lfes_core.sentences import understand

    understanding = understand(arguments.sentence)
    if arguments.json:
        print(json.dumps(understanding.to_json()))
        return
    warn(understanding.warnings)
    print(f"understood: {understanding.sentence}")
    print(in_table(understanding.description))


def in_words(description: Description) -> str:
    """Subject, emotion and Action Units with FACS letters (no letter: present, intensity not given)."""
    units = [
        f"AU {number}" if intensity is None else f"AU {number} {INTENSITY_LETTERS[intensity - 1]}"
        for number, intensity in description.action_units.items()
    ]
    return f"{_who(description)}: {', '.join(units) if units else 'neutral'}"


def in_table(description: Description) -> str:
    """Subject and emotion, then one line for each Action Unit: number, name, intensity as letter and number."""
    lines = [_who(description)]
    for number, intensity in description.action_units.items():
        amount = "intensity not given"
        if intensity is not None:
            amount = f"{INTENSITY_LETTERS[intensity - 1]} ({intensity} of {len(INTENSITY_LETTERS)})"
        lines.append(f"  AU {number:<3} {ACTION_UNITS[number].name:<21} {amount}")
    if not description.action_units:
        lines.append(
            "  no Action Unit: " + ("a neutral face" if description.emotion is None else "none is named")
        )
    return "\n".join(lines)


def warn(warnings: Iterable[str]) -> None:
    """Prints each warning as a line on standard error."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _who(description: Description) -> str:
    emotion = "" if description.emotion is None else f" ({description.emotion})"
    return f"a {description.subject}{emotion}"
