"""The command line: one module for each command, all of them thin.

A command is a module with ``add(commands)``, which describes its arguments, and ``run(arguments)``, which
does the work with the package's own functions and may return an exit status. PyTorch is imported only inside
``run``, so that ``--help`` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from lfes_core.command_line import check_data, describe, evaluate, faces, parse, synthesize, train, weights
from lfes_core.errors import UserError

WRONG_INPUT = 2
INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """Argument parser that reports a wrong call as one line, like every other wrong input."""

    def error(self, message: str) -> NoReturn:
        """Raises the message as an error that names the help."""
        raise UserError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: the words after the program's name; those of this process when not given.

    Returns:
        Exit status: 0 done, 2 wrong input (one line on stderr, nothing written), 130 interrupted.
    """
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
        return _complain(f"{error.filename}: {reason}" if error.filename else reason, WRONG_INPUT)
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
    for command in (synthesize, describe, parse, train, evaluate, weights, faces, check_data):
        command.add(commands)
    return parser


def _complain(message: str, status: int) -> int:
    print("error: " + " ".join(message.splitlines()), file=sys.stderr)
    return status
