"""Read the captions that the authors published with [18], and say how far the parser gets with them.

    git clone https://github.com/joannahong/Face-Tells-Detailed-Expression captions
    python -m tools.published_captions captions

The captions are not part of this project. They are written from labels of CK+, so three questions can be asked:
is each caption read, and which Action Units are left out because our sentences cannot say them; do all captions
of one sequence lead back to the same Action Units and intensities; and are these the labels, but for those Action
Units, where the folder holds the label file itself?
"""

import argparse
import csv
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from tqdm import tqdm

from lfes_core.action_units import ACTION_UNITS
from lfes_core.errors import UserError
from lfes_core.sentences.reader import read
from tools.exit_code import exit_code

Units = tuple[tuple[int, int | None], ...]
UNIT_LEFT_OUT = re.compile(r"Action Unit (\d+ \([a-z ]+\)(?:, \d+ \([a-z ]+\))*)")


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
    """The Action Units of a label file of CK+ that have words; intensity 0 there means that it was not coded."""
    rows = [[round(float(word)) for word in line.split()] for line in path.read_text().splitlines() if line.strip()]
    return tuple(sorted((number, intensity or None) for number, intensity in rows if number in ACTION_UNITS))


def report(folder: Path) -> list[str]:
    """Lines that answer the three questions."""
    readings: dict[str, set[Units]] = defaultdict(set)
    n_incomplete, left_out = 0, Counter[str]()
    refused: list[str] = []
    table = captions(folder)
    for caption, label_file in tqdm(table.items(), unit="caption", disable=not sys.stderr.isatty()):
        try:
            reading = read(caption)
        except UserError as error:
            refused.append(f"  {caption}: {error}")
        else:
            readings[label_file].add(tuple(reading.description.action_units.items()))
            n_incomplete += bool(reading.left_out)
            left_out.update(UNIT_LEFT_OUT.findall("; ".join(reading.left_out)))
    n_read = len(table) - len(refused)
    stored = {name: list(folder.rglob(name.removeprefix("./"))) for name in readings}
    known = {name: labels(paths[0]) for name, paths in stored.items() if paths}
    return [
        f"different captions: {len(table):,}",
        f"read: {n_read:,} ({n_read / len(table):.1%})",
        f"of these with an Action Unit left out that no sentence here names: {n_incomplete:,}",
        *(f"  AU {unit}: {count:,}" for unit, count in left_out.most_common()),
        f"refused: {len(refused):,}",
        *refused[:10],
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
