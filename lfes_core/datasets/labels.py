"""Small text files of labels: numbers written in several ways, one reading for all of them."""

import re
from collections.abc import Iterable

MAX_INTENSITY = 5
"""FACS intensities run from 1 (A, a trace) to 5 (E, the maximum)."""

# "000.jpg     0": DISFA+ writes one line a frame after two header lines.
_FRAME_LINE = re.compile(r"^\s*(\S+\.jpe?g)\s+(-?\d+)\s*$", re.IGNORECASE)
_HEADER_LINES = 2


def whole_number(token: str) -> int:
    """Read a whole number that may be written in scientific notation ("4.0000000e+00" is 4).

    Raises:
        ValueError: it is no finite number.
    """
    try:
        return round(float(token))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{token[:40]!r} is not a number") from error


def read_single_number(text: str) -> int:
    """Read the only number of a file (a gender, an emotion).

    Raises:
        ValueError: the file is empty, holds several tokens or no number.
    """
    tokens = text.split()
    if len(tokens) != 1:
        raise ValueError(
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
    for number, line in enumerate(text.splitlines(), start=1):
        match = _FRAME_LINE.match(line)
        if match:
            value = int(match[2])
            intensities[match[1]] = value if 0 <= value <= MAX_INTENSITY else None
        elif line.strip() and not line.lstrip().startswith("#") and number > _HEADER_LINES:
            not_understood.append(number)
    return intensities, not_understood


def read_facs(text: str) -> tuple[dict[int, int | None], tuple[int, ...]]:
    """Read a CK+ ``_facs.txt``: the AUs that are present, and those whose intensity makes no sense.

    Each line has two numbers, the AU and its intensity. Intensity 0 means that the AU is present and its
    intensity was not given: None. An intensity outside 0..5 is a missing label.

    Raises:
        ValueError: a line does not hold two numbers.
    """
    present: dict[int, int | None] = {}
    missing: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        tokens = line.split()
        if not tokens:
            continue
        if len(tokens) != 2:
            raise ValueError(
                f"line {number}: expected an Action Unit and its intensity, found {line.strip()[:40]!r}"
            )
        action_unit, intensity = (whole_number(token) for token in tokens)
        if 0 <= intensity <= MAX_INTENSITY:
            present[action_unit] = intensity or None
        else:
            missing.append(action_unit)
    return present, tuple(sorted(set(missing) - present.keys()))


def in_order(numbers: Iterable[int], limit: int = 8) -> str:
    """Write numbers for a message: "3, 4, 9, .."."""
    listed = sorted(set(numbers))
    return ", ".join(map(str, listed[:limit])) + (", .." if len(listed) > limit else "")
