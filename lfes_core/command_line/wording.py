"""A description as one short line for people: ``a woman: AU 1 C, AU 25 E``."""

from lfes_core.action_units import INTENSITY_LETTERS
from lfes_core.sentences import Description


def in_words(description: Description) -> str:
    """Subject, emotion and Action Units with FACS letters (no letter: present, intensity not given)."""
    subject = f"a {description.subject}"
    if description.emotion is not None:
        subject += f" ({description.emotion})"
    units = [
        f"AU {number}" if intensity is None else f"AU {number} {INTENSITY_LETTERS[intensity - 1]}"
        for number, intensity in description.action_units.items()
    ]
    return f"{subject}: {', '.join(units) if units else 'neutral'}"
