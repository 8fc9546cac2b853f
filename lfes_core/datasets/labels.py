"""Small text files of labels: numbers written in several ways, one reading for all of them.

Whatever a file holds, a reader here returns or raises `UserError`; nothing else escapes. What it could not use it
says in notes, which are arguments of `FaceDataset.skip`.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float64

from lfes_core.errors import Unreadable

MAX_INTENSITY = 5
"""FACS intensities run from 1 (A, a trace) to 5 (E, the maximum)."""

LANDMARKS = 68
"""Points of a face in a CK+ landmark file: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 lips."""

Note = tuple[str, object]
"""What is wrong, with ``{}`` for the particular, and the particular."""

# "000.jpg     0": DISFA+ writes one line a frame after two header lines.
_FRAME_LINE = re.compile(r"^\s*(\S+\.(?:jpe?g|png))\s+(\S+)\s*$", re.IGNORECASE)
_HEADER_LINES = 2
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)


def number(token: str) -> float:
    """Read one number as programs write it ("4", "4.0", "4.0000000e+00").

    Raises:
        UserError: it is no finite number.
    """
    value = float(token) if _NUMBER.fullmatch(token) else math.nan
    if not math.isfinite(value):
        raise Unreadable("{} is not a number", repr(token[:40]))
    return value


def whole_number(token: str) -> int:
    """Read a whole number that may be written in any way ("4.0000000e+00", "3.9999999" and "4" are 4).

    Raises:
        UserError: it is no finite number, or farther than 0.001 from a whole one.
    """
    value = number(token)
    if abs(value - round(value)) > 0.001:
        raise Unreadable("{} is no whole number", repr(token[:40]))
    return round(value)


def read_single_number(text: str) -> int:
    """Read the only number of a file (a gender, an emotion).

    Raises:
        UserError: the file is empty, holds several tokens or no whole number.
    """
    tokens = text.split()
    if not tokens:
        raise Unreadable("the file is empty")
    if len(tokens) != 1:
        raise Unreadable("expected one number, found {} words", len(tokens))
    return whole_number(tokens[0])


def read_frame_intensities(text: str) -> tuple[dict[str, int | None], list[Note]]:
    """Read a DISFA+ label file: file name -> intensity 0..5 of one Action Unit, and notes.

    A value outside 0..5 is a missing label: None. So is that of a frame that has two different ones.

    Raises:
        UserError: no line is one of a frame.
    """
    found: dict[str, list[int | None]] = defaultdict(list)
    not_understood: list[int] = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        match = _FRAME_LINE.match(line)
        try:
            if match:
                value = whole_number(match[2])
                found[match[1]].append(value if 0 <= value <= MAX_INTENSITY else None)
                continue
        except Unreadable:
            pass
        if line.strip() and not line.lstrip().startswith("#") and (match or line_number > _HEADER_LINES):
            not_understood.append(line_number)
    if not found:
        raise Unreadable("no line such as '000.jpg     0'")
    outside = sum(values.count(None) for values in found.values())
    twice = sum(len(values) > 1 for values in found.values())
    notes: list[Note] = []
    if not_understood:
        notes.append(("line {} could not be understood; the others are used", in_order(not_understood)))
    if outside:
        notes.append(("labels outside 0 to 5, which count as missing: {}", outside))
    if twice:
        notes.append(
            ("pictures labelled twice (where the two differ, the label counts as missing): {}", twice)
        )
    return {name: values[0] if len(set(values)) == 1 else None for name, values in found.items()}, notes


def read_facs(text: str) -> tuple[dict[int, int | None], tuple[int, ...], list[Note]]:
    """Read a CK+ ``_facs.txt``: the AUs that are present, those whose intensity is not known, and notes.

    Each line has two numbers, the AU and its intensity. Intensity 0 means that the AU is present and its
    intensity was not given: None. An intensity that is none of 0..5 is a missing label, and so are two different ones.

    Raises:
        UserError: there is no AU, a line does not hold two numbers, or the first is no Action Unit (1..99).
    """
    found: dict[int, list[int | None]] = defaultdict(list)
    for line_number, line in enumerate(text.splitlines(), start=1):
        tokens = line.split()
        if not tokens:
            continue
        if len(tokens) != 2:
            raise Unreadable(
                "line {}: expected an Action Unit and its intensity, found {}",
                line_number,
                repr(line.strip()[:40]),
            )
        action_unit, intensity = whole_number(tokens[0]), number(tokens[1])
        if not 1 <= action_unit <= 99:
            raise Unreadable(
                "line {}: {} is no Action Unit: they are 1 to 99", line_number, repr(tokens[0][:40])
            )
        level = round(max(-1.0, min(intensity, MAX_INTENSITY + 1.0)))
        understood = 0 <= level <= MAX_INTENSITY and abs(intensity - level) <= 0.001
        found[action_unit].append(level if understood else None)
    if not found:
        raise Unreadable("the file is empty")
    present = {
        unit: levels[0] or None for unit, levels in found.items() if {*levels} == {levels[0]} != {None}
    }
    notes: list[Note] = []
    if strange := [unit for unit, levels in found.items() if None in levels]:
        notes.append(("AU {}: the intensity is none of 0 to 5, so it is not known", in_order(strange)))
    if twice := [unit for unit, levels in found.items() if len(levels) > 1]:
        notes.append(("AU {} stands there twice; where the two differ, nothing is known", in_order(twice)))
    return present, tuple(sorted(found.keys() - present.keys())), notes


def read_landmarks(text: str) -> Float64[np.ndarray, "68 2"]:
    """Read a CK+ ``_landmarks.txt``: one point a line, x and y in pixels of the picture.

    Raises:
        UserError: there are not 68 points of two numbers.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if len(rows) != LANDMARKS:
        raise Unreadable("expected {} points, found {} lines", LANDMARKS, len(rows))
    if strange := [row for row in rows if len(row) != 2]:
        raise Unreadable("expected x and y in each line, found {} words in one", len(strange[0]))
    return np.array([[number(token) for token in row] for row in rows])


def in_order(numbers: Iterable[int], limit: int = 8) -> str:
    """Write numbers for a message: "3, 4, 9, .."."""
    listed = sorted(set(numbers))
    return ", ".join(map(str, listed[:limit])) + (", .." if len(listed) > limit else "")
