"""What a sentence says about a face, as data: the common ground of the protocols and the parser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_LETTERS
from lfes_core.errors import UserError


@dataclass(frozen=True)
class Subject:
    """How a sentence speaks of somebody: "a man", "he has", "his lips"."""

    noun: str
    pronoun: str
    has: str
    possessive: str

    @property
    def owner(self) -> str:
        """The noun as an owner, for example "man's"."""
        return f"{self.noun}'s"


SUBJECTS: Mapping[str, Subject] = {
    "man": Subject("man", "he", "has", "his"),
    "woman": Subject("woman", "she", "has", "her"),
    "person": Subject("person", "they", "have", "their"),
}
"""The three subjects. "person" is for faces of which no gender is recorded."""


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
        """Check every part and put the Action Units in order."""
        if self.subject not in SUBJECTS:
            raise UserError(f'unknown subject "{self.subject}": use one of {", ".join(SUBJECTS)}')
        if self.emotion is not None and self.emotion not in EMOTIONS:
            raise UserError(f'unknown emotion "{self.emotion}": use one of {", ".join(EMOTIONS)}, or none')
        for number, intensity in self.action_units.items():
            if number not in ACTION_UNITS:
                known = ", ".join(map(str, ACTION_UNITS))
                raise UserError(f"Action Unit {number} has no words: use one of {known}")
            if intensity is not None and intensity not in range(1, 6):
                raise UserError(f"Action Unit {number} has intensity {intensity}: use 1 to 5 or none")
        object.__setattr__(self, "action_units", dict(sorted(self.action_units.items())))

    def __hash__(self) -> int:
        """Equal descriptions have equal hashes, so that they can be counted and grouped."""
        return hash((self.subject, self.emotion, tuple(self.action_units.items())))

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; an intensity of None (not coded) becomes null."""
        numbers = {str(number): intensity for number, intensity in self.action_units.items()}
        return {"subject": self.subject, "emotion": self.emotion, "action_units": numbers}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Description":
        """The inverse of `to_json`."""
        numbers = {int(number): intensity for number, intensity in data["action_units"].items()}
        return cls(data["subject"], data["emotion"], numbers)


def read_action_units(text: str) -> dict[int, int | None]:
    """Action Units from a short text: "1:3,25:E,26" is {1: 3, 25: 5, 26: None}, "" is a neutral face.

    Raises:
        UserError: if a part is not NUMBER or NUMBER:INTENSITY, or if a number comes twice.
    """
    action_units: dict[int, int | None] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        number, _, intensity = (piece.strip() for piece in part.upper().partition(":"))
        if len(intensity) == 1 and intensity in INTENSITY_LETTERS:
            intensity = str(INTENSITY_LETTERS.index(intensity) + 1)
        # No number of FACS or intensity has more than three digits; Python refuses thousands of them.
        is_number = number.isdecimal() and len(number + intensity) < 5
        if not is_number or not (intensity.isdecimal() or ":" not in part):
            raise UserError(f'"{part}" is not an Action Unit: write as in 1:3,25:5,26')
        if int(number) in action_units:
            raise UserError(f"Action Unit {number} is given twice: give it once")
        action_units[int(number)] = int(intensity) if intensity else None
    return action_units
