"""Sentence builder: choose Action Units and read the sentence, or type a sentence and see what it says.

``published`` writes a piece of HTML that needs no kernel. Its script holds no grammar: the package says every
phrase, every opening and what each of them means, and the script joins them and looks them up.
``sentence_builder_live.live`` is the same with a kernel behind it.
"""

import random
from collections.abc import Callable
from typing import Any

from embedded import Embedded, filled
from lfes_core.action_units import (
    ACTION_UNITS,
    EMOTIONS,
    INTENSITY_ADVERBS,
    ActionUnit,
)
from lfes_core.sentences import (
    PROTOCOLS,
    SUBJECTS,
    Description,
    describe,
    understand,
    warnings,
)
from lfes_core.sentences.description import CONTRADICTIONS
from lfes_core.sentences.phrases import MOVEMENTS_OF
from lfes_core.sentences.protocols import clause, noun_phrase

INTENSITIES = (None, *INTENSITY_ADVERBS)

#: How often a phrase is drawn to have seen all of its wordings. A phrase has at most twelve.
DRAWS = 400

#: Which kind of phrase comes first and which later, in each protocol.
KINDS = {
    "possessive": ("clauses", "clauses"),
    "because": ("nouns", "clauses"),
    "with": ("nouns", "nouns"),
}

START = Description("woman", "happiness", {6: 3, 12: 5, 25: None})
"""What the builder shows first."""

Wording = Callable[[ActionUnit, int | None, random.Random], str]


def wordings(say: Wording, unit: ActionUnit, intensity: int | None) -> list[str]:
    """Every way in which a function of the package can say one movement, in alphabetical order."""
    generator = random.Random(0)
    return sorted({say(unit, intensity, generator) for _ in range(DRAWS)})


def verb_phrases(unit: ActionUnit, intensity: int | None) -> list[str]:
    """What a face does, as in the paper's Fig. 1: "significantly crease nose"."""
    adverbs = INTENSITY_ADVERBS[intensity] if intensity else ("",)
    return [
        f"{adverb} {verb} {unit.noun}".strip()
        for verb in unit.verbs
        for adverb in adverbs
    ]


def opening(protocol: str, subject: str, emotion: str | None) -> dict[str, str | None]:
    """How a sentence of a protocol begins, and the whole sentence for a face where nothing moves."""
    unit, kind = ACTION_UNITS[25], KINDS[protocol][0]
    sentence = describe(Description(subject, emotion, {unit.number: None}), protocol)
    for phrase in wordings(clause if kind == "clauses" else noun_phrase, unit, None):
        sentence = sentence.removesuffix(f" {phrase}.")
    still = describe(Description(subject, emotion), protocol)
    return {"subject": subject, "emotion": emotion, "words": sentence, "still": still}


def everyday_phrases() -> dict[str, str]:
    """Each everyday phrase for movements, and the same in the words of a protocol."""
    listed = (phrase for row in MOVEMENTS_OF.values() for phrase in row.split(","))
    return {
        phrase: understand(phrase)
        .sentence.removeprefix("A person with ")
        .removesuffix(".")
        for phrase in (" ".join(phrase.split()) for phrase in listed)
    }


def odd_pairs() -> list[dict[str, Any]]:
    """Pairs of Action Units that contradict each other, and what the package says about them."""
    faces = [
        (pair, Description("person", None, dict.fromkeys(pair)))
        for pair in CONTRADICTIONS
    ]
    return [{"pair": pair, "warning": warnings(face)[0]} for pair, face in faces]


def tables() -> dict[str, Any]:
    """All that the page's script needs to know, asked of the package."""

    def of_every_unit(say: Callable[[ActionUnit, int | None], list[str]]) -> Any:
        return {
            unit.number: [say(unit, intensity) for intensity in INTENSITIES]
            for unit in ACTION_UNITS.values()
        }

    return {
        "units": [
            {"number": unit.number, "name": unit.name} for unit in ACTION_UNITS.values()
        ],
        "emotions": list(EMOTIONS),
        "possessives": {name: who.possessive for name, who in SUBJECTS.items()},
        "kinds": KINDS,
        "openings": {
            protocol: [
                opening(protocol, subject, emotion)
                for subject in SUBJECTS
                for emotion in (None, *EMOTIONS)
            ]
            for protocol in PROTOCOLS
        },
        "clauses": of_every_unit(lambda *move: wordings(clause, *move)),
        "nouns": of_every_unit(lambda *move: wordings(noun_phrase, *move)),
        "verbs": of_every_unit(verb_phrases),
        "everyday": everyday_phrases(),
        "odd": odd_pairs(),
        "start": {
            "subject": START.subject,
            "emotion": START.emotion,
            "protocol": "with",
            "units": {
                number: level or 0 for number, level in START.action_units.items()
            },
        },
    }


def published() -> Embedded:
    """The builder for pages without a kernel."""
    first = describe(START, "with")
    page = filled("sentence_builder.html", "sentence-builder", tables(), None, first)
    return Embedded(page, "sentence builder")
