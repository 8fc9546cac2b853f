"""Read the captions that the authors published with [18], and say how far the parser gets with them.

    git clone https://github.com/joannahong/Face-Tells-Detailed-Expression captions
    python -m tools.published_captions captions

The captions are not part of this project. They are written from labels of CK+, so three questions can be asked:
is each caption read, or refused with the name of the Action Unit that our sentences cannot say; do all captions
of one sequence lead back to the same Action Units and intensities; and are these the labels, where the folder
holds the label file itself?
"""

import argparse
import csv
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from tqdm import tqdm

from lfes_core.errors import UserError
from lfes_core.sentences import parse
from tools.exit_code import exit_code

Units = tuple[tuple[int, int | None], ...]
REFUSED_UNIT = re.compile(r"Action Unit (\d+ \([a-z ]+\)(?:, \d+ \([a-z ]+\))*)")


def captions(folder: Path) -> dict[str, str]:
    """Every different caption below a folder, with the name of its label file.

    Raises:
        UserError: if the folder has no table with the columns caption and action_unit.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if "caption" in row and "action_unit" in row:
                    found.setdefault(row["caption"], row["action_unit"])
    if not found:
        raise UserError(f"{folder}: no table (.csv) with the columns caption and action_unit; name a clone")
    return found


def labels(path: Path) -> Units:
    """The Action Units of a label file of CK+; intensity 0 there means that it was not coded."""
    rows = [[round(float(word)) for word in line.split()] for line in path.read_text().splitlines() if line.strip()]
    return tuple(sorted((number, intensity or None) for number, intensity in rows))


def report(folder: Path) -> list[str]:
    """Lines that answer the three questions."""
    readings: dict[str, set[Units]] = defaultdict(set)
    refused: Counter[str] = Counter()
    other: list[str] = []
    table = captions(folder)
    for caption, label_file in tqdm(table.items(), unit="caption", disable=not sys.stderr.isatty()):
        try:
            readings[label_file].add(tuple(parse(caption).action_units.items()))
        except UserError as error:
            unit = REFUSED_UNIT.search(str(error))
            refused.update([unit[1]] if unit else [])
            other += [] if unit else [f"  {caption}: {error}"]
    read = len(table) - refused.total() - len(other)
    stored = {name: list(folder.rglob(name.removeprefix("./"))) for name in readings}
    known = {name: labels(paths[0]) for name, paths in stored.items() if paths}
    return [
        f"different captions: {len(table):,}",
        f"read: {read:,} ({read / len(table):.1%})",
        f"refused, with the Action Unit that no sentence here names: {refused.total():,}",
        *(f"  AU {unit}: {count:,}" for unit, count in refused.most_common()),
        f"refused for another reason: {len(other):,}",
        *other[:10],
        f"sequences: {len(readings):,}, with captions that disagree: "
        f"{sum(len(found) > 1 for found in readings.values()):,}",
        f"sequences with their label file here: {len(known):,}, read as labeled: "
        f"{sum(readings[name] == {units} for name, units in known.items()):,}",
    ]


def main(argv: list[str] | None = None) -> int:
    """Prints the report; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.published_captions", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a clone of the repository that holds the captions")
    folder: Path = parser.parse_args(argv).folder
    return exit_code(lambda: print("\n".join(report(folder))))


if __name__ == "__main__":
    sys.exit(main())
