"""Every phrase that the bridge can read, collected from the tables of `everyday`, `phrases` and `action_units`."""

from collections.abc import Iterable
from dataclasses import dataclass

from lfes_core.action_units import ACTION_UNITS
from lfes_core.sentences import everyday, phrases


@dataclass(frozen=True)
class Entry:
    """One phrase that can be read.

    Attributes:
        words: the phrase.
        kind: movement, absent, refused, neutral, phrase, emotion, adverb, subject, negation, separator, filler.
        about: the emotion, the subject, the reason of a refusal, or the part of the face of a phrase.
        change: what happened to that part.
        numbers: the Action Units of a movement or of what is absent.
    """

    words: tuple[str, ...]
    kind: str
    about: str = ""
    change: str = ""
    numbers: tuple[int, ...] = ()


def _listed(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip()]


LEVELS = phrases.LEVELS | {
    adverb: level for level, text in everyday.ADVERBS.items() for adverb in _listed(text)
}
"""The intensity of each adverb, of the protocols and of everyday."""
ADVERBS = phrases.longest_first(LEVELS)


def _entries() -> dict[str, list[Entry]]:
    """Every phrase, by its first word. Where two tables hold the same phrase, the first one counts."""
    table: dict[tuple[str, ...], Entry] = {}

    def add(
        texts: Iterable[str], kind: str, about: str = "", change: str = "", numbers: tuple[int, ...] = ()
    ) -> None:
        for words in (tuple(text.split()) for text in texts):
            table.setdefault(words, Entry(words, kind, about, change, numbers))

    for kind, rows in (("movement", everyday.MOVEMENTS_OF), ("absent", everyday.ABSENT)):
        for numbers, text in rows.items():
            add(_listed(text), kind, numbers=numbers)
    for text, reason in everyday.REFUSED.items():
        add(_listed(text), "refused", reason)
    add(_listed(everyday.NEUTRAL), "neutral")
    for part, change in phrases.MOVEMENTS:
        add((f"{part} {change}", f"{change} {part}"), "phrase", part, change)
    for name, text in everyday.EMOTION_WORDS.items():
        add(_listed(text), "emotion", name)
    for word, name in phrases.FEELINGS.items():
        add([word], "emotion", name)
    add(ADVERBS, "adverb")
    for subject, text in everyday.NOUNS_FOR.items():
        add([noun + ending for noun in _listed(text) for ending in ("", "'s")], "subject", subject)
    for word, subject in (phrases.PRONOUNS | phrases.POSSESSIVES).items():
        add([word], "subject", subject)
    add(_listed(everyday.NEGATIONS), "negation")
    add(everyday.SEPARATORS.split(), "separator")
    add(everyday.FILLERS.split(), "filler")
    by_first_word: dict[str, list[Entry]] = {}
    for entry in table.values():
        by_first_word.setdefault(entry.words[0], []).append(entry)
    return by_first_word


ENTRIES = _entries()
"""All phrases by their first word."""
PHRASES = [
    *(f"{word} {unit.noun}" for unit in ACTION_UNITS.values() for word in unit.participles),
    *(
        " ".join(entry.words)
        for row in ENTRIES.values()
        for entry in row
        if entry.kind in ("movement", "absent", "neutral", "emotion")
    ),
]
"""What can be suggested to somebody whose words were not understood."""
