"""Small text files of labels: numbers written in several ways, one reading for all of them.

Whatever a file holds, a reader here returns or raises `UserError`; nothing else escapes.
"""

import re
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float64

from lfes_core.errors import UserError

MAX_INTENSITY = 5
"""FACS intensities run from 1 (A, a trace) to 5 (E, the maximum)."""

LANDMARKS = 68
"""Points of a face in a CK+ landmark file: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 lips."""

# "000.jpg     0": DISFA+ writes one line a frame after two header lines.
_FRAME_LINE = re.compile(r"^\s*(\S+\.jpe?g)\s+(-?[0-9]+)\s*$", re.IGNORECASE)
_HEADER_LINES = 2
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)


def number(token: str) -> float:
    """Read one number as programs write it ("4", "4.0", "4.0000000e+00").

    Raises:
        UserError: it is no finite number.
    """
    value = float(token) if _NUMBER.fullmatch(token) else np.nan
    if not np.isfinite(value):
        raise UserError(f"{token[:40]!r} is not a number")
    return value


def whole_number(token: str) -> int:
    """Read a whole number that may be written in scientific notation ("4.0000000e+00" is 4).

    Raises:
        UserError: it is no finite number.
    """
    return round(number(token))


def read_single_number(text: str) -> int:
    """Read the only number of a file (a gender, an emotion).

    Raises:
        UserError: the file is empty, holds several tokens or no number.
    """
    tokens = text.split()
    if len(tokens) != 1:
        raise UserError(
            "the file is empty" if not tokens else f"expected one number, found {len(tokens)} words"
        )
    return whole_number(tokens[0])


def read_frame_intensities(text: str) -> tuple[dict[str, int | None], list[int]]:
    """Read a DISFA+ label file: file name -> intensity 0..5 of one Action Unit.

    A value outside 0..5 is a missing label: None. Also returns the numbers of lines (from 1, after the two
    header lines) that could not be understood.
    """
    intensities: dict[str, int | None] = {}
    not_understood: list[int] = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        match = _FRAME_LINE.match(line)
        if match:
            # Compared as a number with a point: Python refuses to read thousands of digits as an int.
            value = float(match[2])
            intensities[match[1]] = int(value) if 0 <= value <= MAX_INTENSITY else None
        elif line.strip() and not line.lstrip().startswith("#") and line_number > _HEADER_LINES:
            not_understood.append(line_number)
    return intensities, not_understood


def read_facs(text: str) -> tuple[dict[int, int | None], tuple[int, ...]]:
    """Read a CK+ ``_facs.txt``: the AUs that are present, and those whose intensity makes no sense.

    Each line has two numbers, the AU and its intensity. Intensity 0 means that the AU is present and its
    intensity was not given: None. An intensity outside 0..5 is a missing label.

    Raises:
        UserError: a line does not hold two numbers, or the first is no Action Unit (1..99).
    """
    present: dict[int, int | None] = {}
    missing: list[int] = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        tokens = line.split()
        if not tokens:
            continue
        if len(tokens) != 2:
            raise UserError(
                f"line {line_number}: expected an Action Unit and its intensity, found {line.strip()[:40]!r}"
            )
        action_unit, intensity = (whole_number(token) for token in tokens)
        if not 1 <= action_unit <= 99:
            raise UserError(f"line {line_number}: {tokens[0][:40]!r} is no Action Unit: they are 1 to 99")
        if 0 <= intensity <= MAX_INTENSITY:
            present[action_unit] = intensity or None
        else:
            missing.append(action_unit)
    return present, tuple(sorted(set(missing) - present.keys()))


def read_landmarks(text: str) -> Float64[np.ndarray, "68 2"]:
    """Read a CK+ ``_landmarks.txt``: one point a line, x and y in pixels of the picture.

    Raises:
        UserError: there are not 68 points of two numbers.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if len(rows) != LANDMARKS:
        raise UserError(f"expected {LANDMARKS} points, found {len(rows)} lines")
    if strange := [row for row in rows if len(row) != 2]:
        raise UserError(f"expected x and y in each line, found {len(strange[0])} words in one")
    return np.array([[number(token) for token in row] for row in rows])


def in_order(numbers: Iterable[int], limit: int = 8) -> str:
    """Write numbers for a message: "3, 4, 9, .."."""
    listed = sorted(set(numbers))
    return ", ".join(map(str, listed[:limit])) + (", .." if len(listed) > limit else "")
