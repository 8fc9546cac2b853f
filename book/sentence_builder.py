"""Sentence builder: choose Action Units and read the sentence, or type a sentence and see what it says.

It needs no kernel: the package says every phrase and what it means, the page joins and looks up.
"""

import random
from collections.abc import Sequence

from embedded import Embedded, part
from explorer_tables import sentence_tables
from lfes_core.action_units import ACTION_UNITS
from lfes_core.sentences import Description, describe
from lfes_core.sentences.protocols import listed, noun_phrase, who

#: Seed of the wording: draws "parted" and not "separated", "raised" and not "lifted".
WORDING = 4

START = Description("woman", "happiness", {6: 3, 12: 5, 25: None})
"""What the builder shows first."""

Movement = tuple[int, int]
"""An Action Unit and its intensity."""


def builder() -> Embedded:
    """The part of the page."""
    units = {number: level or 0 for number, level in START.action_units.items()}
    start = {"subject": START.subject, "emotion": START.emotion, "units": units}
    data = {"tables": sentence_tables(), "start": start | {"protocol": "with"}}
    first = describe(START, "with")
    fallback = f"<p>Building needs JavaScript. One sentence: {first}</p>"
    return part(
        "sentence_builder", "Sentence builder", data, fallback, "sentence builder"
    )


def sentence_for(subject: str, movements: Sequence[Movement]) -> str:
    """A sentence of the third protocol (with phrase), always in the same words and the given order.

    So only what was changed changes.
    """
    description = Description(subject, None, dict(movements))
    if not movements:
        return describe(description, "with")
    phrases = [
        noun_phrase(ACTION_UNITS[number], intensity, random.Random(WORDING))
        for number, intensity in movements
    ]
    words = f"{who(description, subject)} with {listed(phrases)}."
    return words[0].upper() + words[1:]
