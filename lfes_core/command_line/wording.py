"""A description for people: as one short line, ``a woman: AU 1 C, AU 25 E``, and as a table."""

import sys
from collections.abc import Iterable

from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.sentences import Description


def in_words(description: Description) -> str:
    """Subject, emotion and Action Units with FACS letters (no letter: present, intensity not given)."""
    units = [
        f"AU {number}" if intensity is None else f"AU {number} {INTENSITY_LETTERS[intensity - 1]}"
        for number, intensity in description.action_units.items()
    ]
    return f"{_who(description)}: {', '.join(units) if units else 'neutral'}"


def in_table(description: Description) -> str:
    """Subject and emotion, then one line for each Action Unit: number, name, intensity as letter and number."""
    lines = [_who(description)]
    for number, intensity in description.action_units.items():
        amount = "intensity not given"
        if intensity is not None:
            amount = f"{INTENSITY_LETTERS[intensity - 1]} ({intensity} of {len(INTENSITY_LETTERS)})"
        lines.append(f"  AU {number:<3} {ACTION_UNITS[number].name:<21} {amount}")
    if not description.action_units:
        lines.append(
            "  no Action Unit: " + ("a neutral face" if description.emotion is None else "none is named")
        )
    return "\n".join(lines)


def warn(warnings: Iterable[str]) -> None:
    """Prints each warning as a line on standard error."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _who(description: Description) -> str:
    emotion = "" if description.emotion is None else f" ({description.emotion})"
    return f"a {description.subject}{emotion}"
