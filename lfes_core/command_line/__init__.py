"""The command line: thin commands, each described by a function ``add_...`` and run by ``run_...``.

A command does its work with the package's own functions and may return an exit status. PyTorch is imported only when
a command runs, so that ``--help`` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

from lfes_core.command_line import datasets, evaluate, sentences, synthesize, train
from lfes_core.errors import UserError, shortened

WRONG_INPUT = 2
INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """Argument parser that reports a wrong call as one line, like every other wrong input."""

    def error(self, message: str) -> NoReturn:
        """Raises the message as an error that names the help."""
        raise UserError(f"{shortened(message, 200)} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: the words after the program's name; those of this process when not given.

    Returns:
        Exit status: 0 done, 2 wrong input (one line on stderr, nothing written), 130 interrupted.
    """
    _let_every_character_be_printed()
    try:
        arguments = command_line_parser().parse_args(argv)
        status = arguments.run(arguments)
        sys.stdout.flush()
    except UserError as error:
        return _complain(str(error), WRONG_INPUT)
    except BrokenPipeError:  # the reader of our output has gone (| head): no fault of ours
        sys.stderr.close()
        return 0
    except OSError as error:
        reason = error.strerror or type(error).__name__
        name = shortened(str(error.filename or ""))
        return _complain(f"{name}: {reason}" if name else reason, WRONG_INPUT)
    except MemoryError:
        return _complain("this machine has not enough memory for it; give it less at once", WRONG_INPUT)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
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
        *(synthesize.add, sentences.add_describe, sentences.add_parse, train.add, evaluate.add),
        *(synthesize.add_weights, datasets.add_faces, datasets.add_check_data),
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


def _complain(message: str, status: int) -> int:
    print("error: " + " ".join(message.splitlines()), file=sys.stderr)
    return status
