"""The command line, and its two commands for sentences: ``describe`` and ``parse``.

Each command is described by a function ``add...`` and done by a function ``run...``, which may return an exit status.
PyTorch is imported only when a command runs, so that ``--help`` answers at once. Whatever goes wrong passes `main`.
"""

import argparse
import json
import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.command_line import bench, course, evaluate, synthesize, train
from lfes_core.errors import UserError, shortened
from lfes_core.files import user_path
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, describe, read_action_units, understand, warnings

_PACKAGE = Path(__file__).parents[1]
_LONG = re.compile(r"[^'\s]{85,}|(?<=')[^']{81,}(?=')")  # five more, for punctuation beside it


class OneLineParser(argparse.ArgumentParser):
    """Argument parser that reports a wrong call as one line, like every other wrong input; all know ``--debug``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.register("type", Path, user_path)
        told = "show where an error came from (a Python traceback)"
        self.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=told)

    def error(self, message: str) -> NoReturn:
        """Raises the message as an error that names the help."""
        if message.startswith("unrecognized arguments: "):  # all that follows is input
            message = shortened(message, 104)
        raise UserError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command ``argv``, without which the words are those after this program's name.

    Returns the exit status: 0 done, 2 wrong input (one line on stderr, nothing written), 130 interrupted, 1 a fault of
    the package (two lines). Only ``--debug`` shows tracebacks.
    """
    _let_every_character_be_printed()
    words = sys.argv[1:] if argv is None else argv
    try:
        arguments = command_line_parser().parse_args(words)
        status: int | None = arguments.run(arguments)
        sys.stdout.flush()
        return status or 0
    except BrokenPipeError:  # the reader of our output has gone (| head): no fault of ours
        sys.stderr.close()
        return 0
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in words:
            traceback.print_exception(error)
        lines, status = _told(error)
        print("error: " + "\n".join(map(_in_short, lines)), file=sys.stderr)
        return status


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


def _told(error: BaseException) -> tuple[list[str], int]:
    """What to say of an error, in one line, or in two where it is a fault of the package; and the exit status."""
    match error:
        case UserError():
            _, elsewhere, text = str(error).rpartition("\nlfes_core.errors.")  # of another process, after its traceback
            return [text.partition(": ")[2] if elsewhere else text], 2
        case OSError():
            where = f"{shortened(str(error.filename))}: " if error.filename else ""
            return [where + (error.strerror or type(error).__name__)], 2
        case KeyboardInterrupt():
            return ["interrupted"], 130
        case _ if isinstance(error, MemoryError) or re.search("allocate memory|out of memory", str(error)):  # PyTorch's
            return ["this machine has not enough memory for it; give it less at once"], 2
    frames = reversed(traceback.extract_tb(error.__traceback__))
    file, line = next((f.filename, f.lineno) for f in frames if _PACKAGE in Path(f.filename).parents)
    place = f"{Path(file).relative_to(_PACKAGE.parent).as_posix()}:{line}"
    what = shortened(" ".join(f"{type(error).__name__}: {error}".split()))
    return [f"{what} ({place})", "this is a fault of lfes: run it again with --debug and report it, please"], 1


def _in_short(line: str) -> str:
    """A line of an error: printable, at most 390 characters, of which a word or a quotation has at most 80."""
    line = shortened(" ".join(line.splitlines()), 10**6)
    line = _LONG.sub(lambda long: f"{long[0][:30]}...{long[0][-47:]}", line)  # the end of a path says more
    return line if len(line) <= 390 else f"{line[:280]}...{line[-107:]}"


def _add_describe(commands: Any) -> None:
    parser = commands.add_parser(
        "describe",
        help="write the sentence for Action Units",
        description="Writes a sentence that names Action Units and their intensities.",
        epilog="example: %(prog)s --aus 1:3,25:5 --subject woman --protocol possessive --seed 0",
    )
    said = "Action Units and intensities, as in 1:3,25:5 or AU1C+AU25E (25 alone: intensity not given); "
    said += "default: a neutral face"
    parser.add_argument("--aus", metavar="AU[:1-5],AU[A-E]+...", default="", help=said)
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
    said = (
        "print JSON: subject, emotion, action_units (intensity 1 to 5, null where none is given), understood, warnings"
    )
    parser.add_argument("--json", action="store_true", help=said)
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
