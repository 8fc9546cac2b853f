"""The command line, and its two commands for sentences: ``describe`` and ``parse``.

Each command is described by a function ``add...`` and done by a function ``run...``, which may return an exit status.
PyTorch is imported only when a command runs, so that ``--help`` answers at once.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import Any, NoReturn

from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.command_line import bench, course, evaluate, synthesize, train
from lfes_core.errors import UserError, shortened
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, describe, read_action_units, understand, warnings


class OneLineParser(argparse.ArgumentParser):
    """Argument parser that reports a wrong call as one line, like every other wrong input."""

    def error(self, message: str) -> NoReturn:
        """Raises the message as an error that names the help."""
        raise UserError(f"{shortened(message, 200)} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command ``argv``, without which the words are those after this program's name.

    Returns the exit status: 0 done, 2 wrong input (one line on stderr, nothing written), 130 interrupted.
    """
    _let_every_character_be_printed()
    try:
        arguments = command_line_parser().parse_args(argv)
        status = arguments.run(arguments)
        sys.stdout.flush()
    except UserError as error:
        return _complain(str(error))
    except BrokenPipeError:  # the reader of our output has gone (| head): no fault of ours
        sys.stderr.close()
        return 0
    except OSError as error:
        where = f"{shortened(str(error.filename))}: " if error.filename else ""
        return _complain(where + (error.strerror or type(error).__name__))
    except MemoryError:
        return _complain("this machine has not enough memory for it; give it less at once")
    except KeyboardInterrupt:
        return _complain("interrupted", status=130)
    return status or 0


def command_line_parser() -> OneLineParser:
    """The parser with all commands."""
    parser = OneLineParser(
        prog="python -m lfes_core",
        description="A face and a sentence in, the face with that expression out.",
        epilog="Every command has its own --help with an example.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        *(synthesize.add, _add_describe, _add_parse, train.add, evaluate.add),
        *(synthesize.add_weights, synthesize.add_faces, evaluate.add_check_data),
        *(course.add, course.add_grade, bench.add),
    ):
        add(commands)
    return parser


def _let_every_character_be_printed() -> None:
    """A closed stream swallows what is written, and characters that a terminal cannot show are written as escapes."""
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _complain(message: str, status: int = 2) -> int:
    print("error: " + " ".join(message.splitlines()), file=sys.stderr)
    return status


def _add_describe(commands: Any) -> None:
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
    parser.add_argument("--protocol", choices=PROTOCOLS, default="with", help="kind of sentence (default: with)")
    parser.add_argument("--seed", type=int, default=0, help="chooses among synonyms and orders (default: 0)")
    parser.add_argument("--json", action="store_true", help="print sentence and description as JSON")
    parser.set_defaults(run=_run_describe)


def _run_describe(arguments: argparse.Namespace) -> None:
    units = read_action_units(arguments.aus)
    description = Description(subject=arguments.subject, emotion=arguments.emotion, action_units=units)
    sentence = describe(description, arguments.protocol, arguments.seed)
    if arguments.json:
        found = {"description": description.to_json(), "warnings": list(warnings(description))}
        print(json.dumps({"sentence": sentence} | found))
    else:
        _warn(warnings(description))
        print(sentence)


def _add_parse(commands: Any) -> None:
    parser = commands.add_parser(
        "parse",
        help="read the Action Units out of a sentence",
        description="Prints the sentence that was understood, in the words of the protocols, and its Action "
        "Units with intensities A to E. Reads the three protocols, the captions published with them, and "
        "everyday words. What cannot be shown is left out; warnings on standard error name it, and contradictions.",
        epilog="example: %(prog)s 'a woman smiling broadly with wide eyes'",
    )
    parser.add_argument("sentence", metavar="SENTENCE", help="one sentence about a face")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print JSON: subject, emotion, action_units (intensity 1 to 5, null where none is given), "
        "understood, warnings",
    )
    parser.set_defaults(run=_run_parse)


def _run_parse(arguments: argparse.Namespace) -> None:
    understanding = understand(arguments.sentence)
    if arguments.json:
        print(json.dumps(understanding.to_json()))
        return
    _warn(understanding.warnings)
    print(f"understood: {understanding.sentence}")
    print(_table(understanding.description))


def _table(description: Description) -> str:
    """Subject and emotion, then one line for each Action Unit: number, name, intensity as letter and number."""
    lines = [description.in_words().partition(":")[0]]
    for number, intensity in description.action_units.items():
        amount = "intensity not given"
        if intensity is not None:
            amount = f"{INTENSITY_LETTERS[intensity - 1]} ({intensity} of {len(INTENSITY_LETTERS)})"
        lines.append(f"  AU {number:<3} {ACTION_UNITS[number].name:<21} {amount}")
    if not description.action_units:
        lines.append("  no Action Unit: " + ("a neutral face" if description.emotion is None else "none is named"))
    return "\n".join(lines)


def _warn(contradictions: Iterable[str]) -> None:
    for warning in contradictions:
        print(f"warning: {warning}", file=sys.stderr)
