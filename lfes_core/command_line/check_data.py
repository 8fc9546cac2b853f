"""``check-data``: what a dataset on disk really holds."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lfes_core.errors import UserError

if TYPE_CHECKING:
    from lfes_core.datasets.check import DatasetCheck, Part, Problem

DATASETS = ("ckplus", "disfaplus", "scanfaces")
EXAMPLES = 3


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

    from lfes_core.datasets import check_dataset, open_dataset

    spec = arguments.dataset if arguments.root is None else f"{arguments.dataset}:{arguments.root}"
    check = check_dataset(
        open_dataset(spec),
        lambda names: tqdm(
            list(names), desc="decoding", unit="picture", disable=not sys.stderr.isatty(), leave=False
        ),
    )
    print(json.dumps(check.to_json()) if arguments.json else "\n".join(report(check)))


def report(check: "DatasetCheck") -> Iterator[str]:
    """The lines that a person reads."""
    yield f"{check.kind}: {PurePath(check.root).name}"
    yield ""
    yield "part   people  frames   pairs  who"
    yield _part("train", check.train)
    yield _part("test", check.test)
    yield ""
    sizes = ", ".join(f"{count} of {width}x{height}" for (width, height), count in check.sizes.items())
    yield f"pictures: {sizes}; {check.gray} gray, {check.color} in color"
    yield f"further pictures, of no frame: {check.others}; broken pictures: {check.broken}"
    yield f"faces: {check.aligned} aligned by landmarks, {check.cropped} cut out as the middle square"
    yield f"neutral frames: {check.neutral}"
    if check.emotions:
        yield f"emotions of the targets: {', '.join(f'{name} {n}' for name, n in check.emotions.items())}"
    yield ""
    yield from _units(check)
    yield ""
    entries = sum(len(problem.entries) for problem in check.problems)
    yield f"left out or worth knowing: {entries} {'entry' if entries == 1 else 'entries'}"
    for problem in check.problems:
        yield from _problem(problem)


def _part(name: str, part: "Part") -> str:
    who = " ".join(part.subjects[:8]) + (" .." if len(part.subjects) > 8 else "")
    return f"{name:<5}  {len(part.subjects):6}  {part.frames:6}  {part.pairs:6}  {who}".rstrip()


def _units(check: "DatasetCheck") -> Iterator[str]:
    from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
    from lfes_core.datasets.check import LEVELS

    letters = "".join(f"{letter:>6}" for letter in INTENSITY_LETTERS)
    yield f"AU  {'name':<22} targets  frames  not given{letters}"
    for number, count in check.action_units.items():
        name = ACTION_UNITS[number].name if number in ACTION_UNITS else "(not in sentences)"
        not_given, *levels = (count.intensities[level] for level in LEVELS)
        numbers = "".join(f"{level:6}" for level in levels)
        yield f"{number:<2}  {name:<22} {count.targets:7}  {count.frames:6}  {not_given:9}{numbers}"


def _problem(problem: "Problem") -> Iterator[str]:
    yield f"{len(problem.entries):6}  {problem.reason}"
    for entry in problem.entries[:EXAMPLES]:
        yield f"        {entry.path}" + ("" if entry.why == problem.reason else f": {entry.why}")
    if len(problem.entries) > EXAMPLES:
        yield f"        and {len(problem.entries) - EXAMPLES} more"
