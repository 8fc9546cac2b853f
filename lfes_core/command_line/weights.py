"""``weights``: lists the trained networks that come with the package."""

import argparse
import json
from typing import Any

from lfes_core.weight_files import (
    DEFAULT,
    FOLDER,
    MATCHING,
    SUFFIX,
    card,
    files_of,
    in_one_line,
    shipped_sets,
)


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "weights",
        help="list the trained networks that come with the package",
        description="Lists the sets of weights that come with the package, one line each. Their model cards say how "
        "they were made, how good they are, and what they cannot do.",
        epilog="example: %(prog)s --json",
    )
    parser.add_argument(
        "--json", action="store_true", help="print names, lines, files and bytes as JSON, for programs"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the list."""
    sets = [describe_set(name) for name in shipped_sets()]
    matching = describe_set(MATCHING) if card(MATCHING).is_file() else None
    if arguments.json:
        print(json.dumps({"default": DEFAULT, "sets": sets, "matching": matching}))
        return
    rows = [*sets, *([] if matching is None else [matching])]
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        print(f"{row['name']:{width}}  {row['bytes'] / 1e6:4.1f} MB  {row['line']}")
    print(f"{DEFAULT} is used where no --weights are given; model cards: {FOLDER}")


def describe_set(name: str) -> dict[str, Any]:
    """Name, line, files and size of a shipped set."""
    files = files_of(FOLDER / f"{name}{SUFFIX}")
    return {
        "name": name,
        "line": in_one_line(name),
        "files": [file.name for file in files],
        "bytes": sum(file.stat().st_size for file in files),
        "card": str(card(name)),
    }
