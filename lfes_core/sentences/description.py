"""What a sentence says about a face, as data, and what is odd about it: the ground of all that writes and reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_LETTERS
from lfes_core.errors import UserError, shortened


@dataclass(frozen=True)
class Subject:
    """How a sentence speaks of somebody: "a man", "a man's", "he", "has", "his"."""

    noun: str
    owner: str
    pronoun: str
    has: str
    possessive: str


SUBJECTS: Mapping[str, Subject] = {
    "man": Subject("man", "man's", "he", "has", "his"),
    "woman": Subject("woman", "woman's", "she", "has", "her"),
    "person": Subject("person", "person's", "they", "have", "their"),
}
"""The three subjects. "person" is for faces of which no gender is recorded."""


def facs_code(number: int, intensity: int | None) -> str:
    """An Action Unit as FACS writes it, "AU 12 E"; "AU 12" where the intensity was not coded."""
    return f"AU {number}" if intensity is None else f"AU {number} {INTENSITY_LETTERS[intensity - 1]}"


@dataclass(frozen=True)
class Description:
    """Who is seen, which emotion is named if any, and which Action Units move how much.

    Attributes:
        subject: "man", "woman" or "person".
        emotion: a name of `EMOTIONS`, or None where the sentence names no emotion.
        action_units: Action Unit number -> intensity 1..5 (A..E), or None where it is present but its
            intensity was not coded. Empty for a neutral face. Kept in ascending order; not to be changed.

    Raises:
        UserError: for a subject, an emotion, an Action Unit or an intensity that no sentence can name.
    """

    subject: str = "person"
    emotion: str | None = None
    action_units: Mapping[int, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.subject not in SUBJECTS:
            raise UserError(f'unknown subject "{shortened(self.subject)}": use one of {", ".join(SUBJECTS)}')
        if self.emotion is not None and self.emotion not in EMOTIONS:
            raise UserError(f'unknown emotion "{shortened(self.emotion)}": use one of {", ".join(EMOTIONS)}, or none')
        for number, intensity in self.action_units.items():
            if number not in ACTION_UNITS:
                raise UserError(f"Action Unit {number} has no words: use one of {', '.join(map(str, ACTION_UNITS))}")
            if intensity is not None and intensity not in range(1, 6):
                raise UserError(f"Action Unit {number} has intensity {intensity}: use 1 to 5 or none")
        object.__setattr__(self, "action_units", dict(sorted(self.action_units.items())))

    def __hash__(self) -> int:
        return hash((self.subject, self.emotion, tuple(self.action_units.items())))

    def facs_codes(self) -> list[str]:
        """The Action Units as FACS writes them, in ascending order, or "neutral" alone."""
        return [facs_code(number, intensity) for number, intensity in self.action_units.items()] or ["neutral"]

    def in_words(self) -> str:
        """Subject, emotion and Action Units with FACS letters, as in "a woman: AU 1 C, AU 25" (intensity not given)."""
        emotion = "" if self.emotion is None else f" ({self.emotion})"
        return f"a {self.subject}{emotion}: {', '.join(self.facs_codes())}"

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; an intensity of None (not coded) becomes null."""
        numbers = {str(number): intensity for number, intensity in self.action_units.items()}
        return {"subject": self.subject, "emotion": self.emotion, "action_units": numbers}


_CODED = re.compile(r"(?:AU)? ?0*([1-9][0-9]{0,2})(?![0-9]) ?:? ?(\S.*)?")
_ONE_SIDE = re.compile(r"(?:AU)? ?[LR] ?[0-9]|(?:AU)? ?[0-9]+ ?:? ?[A-E1-5]? ?[LR]$")


def read_action_units(text: str) -> dict[int, int | None]:
    """Action Units from a short text: "1:3,25:E,26", "1C+25E+26" and "AU1:3, AU25E" are read, "" is a neutral face.

    Raises:
        UserError: for a part of another form, a number that comes twice or has no words, an intensity that is
            not one of 1 to 5 or A to E, and a movement of one side.
    """
    action_units: dict[int, int | None] = {}
    for part in filter(None, map(str.strip, re.split("[,+]", text))):
        shown, coded = shortened(part), _CODED.fullmatch(part.upper())
        if _ONE_SIDE.match(part.upper()):
            raise UserError(f'"{shown}" is coded for one side, and sentences speak of both: leave the side out')
        if coded is None or part.endswith(":"):
            raise UserError(f'"{shown}" is not an Action Unit: write as in 1:3,25:5,26 or 1C+25E+26')
        number, intensity = int(coded[1]), coded[2]
        Description(action_units={number: None})
        if number in action_units:
            raise UserError(f"Action Unit {number} is given twice: give it once")
        if intensity and (len(intensity) > 1 or intensity not in "12345" + INTENSITY_LETTERS):
            raise UserError(
                f'"{shown}" gives Action Unit {number} no intensity of FACS: write 1 to 5 or A to E, as in '
                f"{number}:3 or {number}C, or {number} alone where it is not known"
            )
        action_units[number] = (INTENSITY_LETTERS.find(intensity) + 1 or int(intensity)) if intensity else None
    return action_units


CONTRADICTIONS: Mapping[tuple[int, int], str] = {
    (5, 43): "closed eyes do not show raised upper lids",
    (12, 15): "the corners of the lips cannot go up and down at once",
    (17, 27): "a raised chin closes the mouth that is stretched open",
    (18, 20): "lips cannot be pushed forward and stretched wide at once",
    (20, 22): "lips cannot be funneled and stretched wide at once",
    (22, 24): "lips that press against each other cannot open like a funnel",
    (22, 28): "lips cannot be turned out and sucked in at once",
    (24, 25): "lips cannot be pressed together and parted at once",
    (24, 26): "lips that press against each other hold the jaw up",
    (24, 27): "lips cannot be pressed together in a mouth that is stretched open",
    (25, 28): "lips that are sucked in are not parted",
    (26, 27): "a mouth that is stretched open has dropped the jaw already",
    (27, 28): "lips cannot be sucked in by a mouth that is stretched open",
    (38, 39): "nostrils cannot be wide and narrow at once",
}
"""Pairs of Action Units that pull against each other, the smaller number first, and what is odd about both.

A person may want to see what a network makes of a face that cannot be, so that every pair can be described, parsed and
synthesized, with a warning. None occurs in the published captions of the 327 sequences of CK+. Units 1 and 4
are no such pair: together they make the oblique brows of sadness.
"""


def warnings(description: Description) -> tuple[str, ...]:
    """One sentence for each pair of Action Units in a description that contradict each other."""
    named = description.action_units
    return tuple(
        f"AU {first} and AU {second}: {reason}"
        for (first, second), reason in CONTRADICTIONS.items()
        if first in named and second in named
    )
