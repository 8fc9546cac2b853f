"""Small text files of labels: numbers written in several ways, one reading for all of them.

Whatever a file holds, a reader here returns or raises `UserError`, which says what is wrong; nothing else escapes.
Intensities are 0..5, and None for a missing label: none of these, or two that differ. Then `note` hears what is wrong.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float64

from lfes_core.errors import Unreadable, shortened

MAX_INTENSITY = 5  # FACS intensities run from 1 (A, a trace) to 5 (E, the maximum)
LANDMARKS = 68  # points of a face: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 lips

Key = TypeVar("Key")
Note: TypeAlias = Callable[[str, str], None]

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?"
# "000.jpg     0": DISFA+ writes one line a frame after two header lines.
_FRAME_LINE = re.compile(rf"\s*(\S+)\.(?:jpe?g|png)\s+({_NUMBER})\s*", re.IGNORECASE)
_ROUNDING = 0.001  # "3.9999999" is 4


def number(token: str) -> float:
    """Read one finite number as programs write it ("4", "4.0", "4.0000000e+00")."""
    value = float(token) if re.fullmatch(_NUMBER, token, re.IGNORECASE) else math.nan
    if not math.isfinite(value):
        raise Unreadable("{} is not a number", repr(token[:40]))
    return value


def whole_number(token: str) -> int:
    """Read a whole number that may be written in any way, at most 0.001 away from it."""
    if abs((value := number(token)) - round(value)) > _ROUNDING:
        raise Unreadable("{} is no whole number", repr(token[:40]))
    return round(value)


def read_code(text: str, codes: Sequence[str | None]) -> str | None:
    """Return what the only number of a file (a gender, an emotion) stands for, by its place in `codes`."""
    tokens = text.split()
    if len(tokens) != 1:
        raise Unreadable("expected one number, found {} words", len(tokens))
    code = whole_number(tokens[0])
    if not 0 <= code < len(codes):
        raise Unreadable(f"{{}} is none of 0 to {len(codes) - 1}", repr(tokens[0][:40]))
    return codes[code]


def read_frame_intensities(text: str, note: Note) -> dict[str, int | None]:
    """Read a DISFA+ label file: picture, in small letters and without its ending -> intensity of one AU."""
    found: dict[str, list[int | None]] = defaultdict(list)
    not_understood = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        if match := _FRAME_LINE.fullmatch(line):
            found[match[1].lower()].append(_level(float(match[2])))
        elif line_number > 2 and line.strip() and not line.lstrip().startswith("#"):
            not_understood.append(line_number)
    if not found:
        raise Unreadable("no line such as '000.jpg     0'")
    if not_understood:
        note("line {} could not be understood; the others are used", in_order(not_understood))
    return _settled(found, "picture {}", note)


def read_facs(text: str, note: Note) -> dict[int, int | None]:
    """Read a CK+ ``_facs.txt``: AU (1..99) -> intensity, where 0 means that the AU is present with none given."""
    found: dict[int, list[int | None]] = defaultdict(list)
    for line_number, line in enumerate(text.splitlines(), start=1):
        tokens = line.split()
        if not tokens:
            continue
        if len(tokens) != 2:
            why = "line {}: expected an Action Unit and its intensity, found {}"
            raise Unreadable(why, line_number, repr(line.strip()[:40]))
        unit, intensity = whole_number(tokens[0]), number(tokens[1])
        if not 1 <= unit <= 99:
            raise Unreadable("line {}: {} is no Action Unit, 1 to 99", line_number, repr(tokens[0][:40]))
        found[unit].append(_level(intensity))
    if not found:
        raise Unreadable("the file is empty")
    return _settled(found, "AU {}", note)


def _level(value: float) -> int | None:
    return next((level for level in range(MAX_INTENSITY + 1) if abs(value - level) <= _ROUNDING), None)


def _settled(found: Mapping[Key, list[int | None]], what: str, note: Note) -> dict[Key, int | None]:
    if strange := [key for key in found if None in found[key]]:
        note(f"{what}: the intensity is none of 0 to 5, so it is not known", in_order(strange))
    if twice := [key for key in found if len(found[key]) > 1]:
        note(f"{what} stands there twice; where the two differ, nothing is known", in_order(twice))
    return {key: found[key][0] if len({*found[key]}) == 1 else None for key in found}


def read_landmarks(text: str) -> Float64[np.ndarray, "68 2"]:
    """Read a CK+ ``_landmarks.txt``: 68 points, one a line, x and y in pixels of the picture."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if len(rows) != LANDMARKS:
        raise Unreadable("expected {} points, found {} lines", LANDMARKS, len(rows))
    if strange := [row for row in rows if len(row) != 2]:
        raise Unreadable("expected x and y in each line, found {} words in one", len(strange[0]))
    return np.array([[number(token) for token in row] for row in rows])


def in_order(values: Iterable[Any]) -> str:
    """Write what a message lists, each once: "3, 4, 9", at most 80 characters."""
    return shortened(", ".join(map(str, sorted(set(values)))))
