"""The bridge from everyday language: "a woman smiling broadly with wide eyes" becomes a description.

    sentence = items, divided by commas, "and", "with" and the like
    item     = [no] [adverb] phrase [adverb]     of `everyday`, of the protocols, or an emotion

Every word must be understood; none is dropped. An emotion brings the Action Units of its prototype. What is
named besides stands above it: it replaces the prototype's intensity and drives out what contradicts it. What is
said to be absent ("no smile") is taken away, so a sentence that only says what is absent is a neutral face.
"""

import difflib
from dataclasses import dataclass
from typing import NoReturn

from lfes_core.action_units import EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import everyday
from lfes_core.sentences.contradictions import CONTRADICTIONS
from lfes_core.sentences.description import Description
from lfes_core.sentences.entries import ADVERBS, ENTRIES, LEVELS, PHRASES, Entry
from lfes_core.sentences.parser import action_unit
from lfes_core.sentences.vocabulary import split


@dataclass
class Item:
    """One thing that the sentence says is seen: a movement, or an emotion with its prototype."""

    text: str
    action_units: tuple[int, ...]
    level: int | None
    is_prototype: bool


LOOSE = ("movement", "absent", "refused", "phrase")  # kinds whose words other words may part
INSIDE = frozenset(everyday.INSIDE.split())
END = Entry((), "end")
BOUNDARY = ("separator", "end")
EXAMPLE = "a woman smiling broadly with wide eyes"


class NotUnderstood(UserError):
    """A word of the sentence is in no table."""


def read_everyday(sentence: str) -> Description:
    """What a sentence in everyday words says.

    Raises:
        UserError: for words that are not understood (with the nearest phrases), an adverb that could go with
            two things, a negation that leaves open what is seen, a movement of one side of the face, or a
            sentence that takes back what it says.
    """
    return _Reader(split(sentence)).description()


class _Reader:
    """Reads one sentence from left to right."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.subject: str | None = None
        self.emotion: str | None = None
        self.is_neutral = False
        self.items: list[Item] = []
        self.absent: set[int] = set()
        self.adverb: str | None = None  # waits for its item
        self.negation: str | None = None  # waits for its item
        self.last: Item | None = None  # may still take an adverb
        self.scope: str | None = None  # a negation that an "and" could stretch

    def description(self) -> Description:
        at = 0
        while at < len(self.words):
            entry, end, inner = self.match(at)
            text = " ".join(self.words[at:end])
            for word in self.words[at:end]:
                self.same_subject(word)
            if entry.kind == "adverb":
                self.note_adverb(text, self.match(end)[0].kind)
            elif entry.kind == "negation":
                self.nothing_waits()
                self.negation, self.last = text, None
            elif entry.kind in ("separator", "subject"):
                if entry.kind == "separator":
                    self.nothing_waits()
                    self.scope = self.scope if text == "and" else None
                self.last = None
            elif entry.kind != "filler":
                self.note(entry, text, inner)
            at = end
        self.nothing_waits()
        return self.result()

    def match(self, at: int) -> tuple[Entry, int, str | None]:
        """The longest entry that begins here, where it ends, and the adverb between its words, if any.

        An adverb is taken only as far as something can follow it: "very wide" in "very wide smile", but "very"
        in "very wide eyes".
        """
        found = self.candidates(at)
        for entry, end, adverb in found:
            if entry.kind != "adverb" or self.candidates(end):
                return entry, end, adverb
        self.not_understood(found[0][1] if found else at)

    def candidates(self, at: int) -> list[tuple[Entry, int, str | None]]:
        """All entries that begin here, the longest first."""
        if at == len(self.words):
            return [(END, at, None)]
        found = [(entry, *self.fit(entry, at)) for entry in ENTRIES.get(self.words[at], [])]
        return sorted((one for one in found if one[1]), key=lambda one: (-len(one[0].words), -one[1]))

    def fit(
        self, entry: Entry, at: int, place: int = 0, adverb: str | None = None, gaps: int = 6
    ) -> tuple[int, str | None]:
        """Where an entry that begins here ends (0: it does not fit), and the adverb between its words."""
        if place == len(entry.words):
            return at, adverb
        if self.words[at : at + 1] == [entry.words[place]]:
            end, inner = self.fit(entry, at + 1, place + 1, adverb, gaps)
            if end:
                return end, inner
        if not place or not gaps or entry.kind not in LOOSE or at >= len(self.words):
            return 0, None
        for phrase in ADVERBS if adverb is None else ():
            after = at + len(phrase.split())
            if self.words[at:after] == phrase.split():
                end, inner = self.fit(entry, after, place, phrase, gaps - 1)
                if end:
                    return end, inner
        is_inside = self.words[at] in INSIDE
        return self.fit(entry, at + 1, place, adverb, gaps - 1) if is_inside else (0, None)

    def note_adverb(self, text: str, follows: str) -> None:
        """An adverb belongs to the item before it if the item ends there, else to the item after it."""
        if self.last and self.last.level is None and follows in BOUNDARY:
            self.last.level = LEVELS[text]
        elif self.last:
            self.fail(f'"{text}" could go with what stands before it or after it: use one adverb, and commas')
        elif self.adverb or follows in BOUNDARY:
            self.fail(f'"{self.adverb or text}" has nothing to go with')
        else:
            self.adverb = text

    def nothing_waits(self) -> None:
        """An adverb or a negation must be followed by what it is about."""
        if waiting := self.adverb or self.negation:
            self.fail(f'"{waiting}" has nothing to go with')

    def note(self, entry: Entry, text: str, inner: str | None) -> None:
        """Write down one thing that is said to be seen, or not to be seen."""
        adverb, negation = self.adverb or inner, self.negation
        self.adverb = self.negation = self.last = None
        if entry.kind == "refused":
            raise UserError(f'"{text}" {entry.about}')
        if negation and (adverb or entry.kind not in ("movement", "phrase")):
            self.fail(
                f'"{negation} {text if inner or not adverb else f"{adverb} {text}"}" leaves open what is seen'
            )
        if self.scope and not negation:
            self.fail(f'"{self.scope}" may be about "{text}" too: write "no {text}", or a comma')
        self.scope = negation if negation in ("not", "without") else None
        if adverb and entry.kind in ("absent", "neutral"):
            self.fail(f'"{adverb}" cannot be said of "{text}"')
        numbers = (action_unit(entry.about, entry.change),) if entry.kind == "phrase" else entry.numbers
        if entry.kind == "neutral":
            self.is_neutral = True
        elif entry.kind == "absent" or negation:
            self.absent.update(numbers)
        else:
            if entry.kind == "emotion":
                if self.emotion not in (None, entry.about):
                    self.fail(f'"{text}" is another emotion than {self.emotion}: name one')
                self.emotion, numbers = entry.about, EMOTIONS[entry.about].action_units
            self.last = Item(text, numbers, LEVELS[adverb] if adverb else None, entry.kind == "emotion")
            self.items.append(self.last)

    def same_subject(self, word: str) -> None:
        """A sentence speaks of one subject only."""
        subject = next((entry.about for entry in ENTRIES.get(word, []) if entry.kind == "subject"), None)
        if subject and self.subject not in (None, subject):
            self.fail(f'it speaks of a {self.subject}, then says "{word}": keep to one')
        self.subject = subject or self.subject

    def result(self) -> Description:
        """Puts together what was written down: prototypes first, then what was named, less what is absent."""
        named = {number for item in self.items if not item.is_prototype for number in item.action_units}
        driven_out = {a for pair in CONTRADICTIONS for a, b in (pair, pair[::-1]) if b in named}
        units: dict[int, int | None] = {}
        for item in sorted(self.items, key=lambda item: not item.is_prototype):
            if self.absent.issuperset(item.action_units):
                self.fail(f'it says "{item.text}" and takes it back')
            for number in item.action_units:
                if item.is_prototype and number in driven_out - named:
                    continue
                units[number] = self.one_level(number, item, units.get(number))
        units = {number: level for number, level in units.items() if number not in self.absent}
        if not (units or self.absent or self.is_neutral):
            self.fail("it says nothing about the face: name a movement or an emotion")
        if self.is_neutral and self.items:
            self.fail(f'a neutral face shows no "{self.items[0].text}"')
        return Description(self.subject or "person", self.emotion, units)

    def one_level(self, number: int, item: Item, before: int | None) -> int | None:
        """The intensity of an Action Unit that several items name: of the one that says it."""
        others = {i.level for i in self.items if number in i.action_units and not i.is_prototype} - {None}
        if len(others) > 1:
            self.fail(f'"{item.text}" is said with two intensities: say it once')
        return before if item.level is None else item.level

    def not_understood(self, at: int) -> NoReturn:
        """Name the words that are not understood, and the nearest phrases that would be."""
        word, rest = self.words[at], " ".join(self.words[at:][:3]).replace(" ,", ",")
        known = {w for phrase in PHRASES for w in phrase.split()}
        near = [word] if word in known else difflib.get_close_matches(word, sorted(known), n=3, cutoff=0.7)
        nearest = [phrase for phrase in PHRASES if any(w in phrase.split() for w in near)]
        nearest = difflib.get_close_matches(rest, nearest, n=3, cutoff=0) if nearest else []
        hint = "nearest: " + ", ".join(nearest) if nearest else f'a sentence it understands is "{EXAMPLE}"'
        raise NotUnderstood(f'not understood: "{rest if word in known else word}" ({hint})')

    def fail(self, reason: str) -> NoReturn:
        raise UserError(f"not understood: {reason}")
