"""From a sentence back to its description: the inverse of the protocols, written by hand.

    sentence = opening  phrase  { "," or "and"  phrase }
    opening  = a [happy] man's                                 the possessive list
             | a man has  |  a man is happy because he has     the because clause
             | a [happy] man with                              the with phrase
             | nothing
    phrase   = [his] jaw is [lightly] dropped [lightly]        a clause: the part of the face comes first
             | [a] [lightly] dropped jaw                       a noun phrase: the movement comes first
             | [lightly] drop [his] jaw [lightly]              a verb phrase, as in the paper's Fig. 1

Any opening may be followed by any kind of phrase, so more is read than the protocols write. What is not
understood is an error that says where; nothing is guessed.
"""

import difflib
from collections.abc import Iterable
from typing import NoReturn

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.errors import UserError
from lfes_core.sentences.description import SUBJECTS, Description
from lfes_core.sentences.protocols import describe
from lfes_core.sentences.vocabulary import Vocabulary, split

EXAMPLE = "A woman with highly parted lips and a significantly dropped jaw."

PAIRED_PARTS = (
    "inner brow",
    "outer brow",
    "brow",
    "upper lid",
    "lid",
    "cheek",
    "nasolabial fold",
    "lip corner",
)
"""Parts that a face has twice: the protocols write them in the singular, the plural is read as well."""

ALSO_READ = {("brow", "down"): 4}
"""Phrases that are clear but that the protocols do not write: "his brow is down"."""


def third_person(verb: str) -> str:
    """The form of a verb after "he": "drops", "presses", "pushes down"."""
    first, *rest = verb.split()
    return " ".join([first + ("es" if first.endswith(("s", "sh", "ch")) else "s"), *rest])


def _movements() -> dict[tuple[str, str], int]:
    """Every (part of the face, movement) that can be read, with its Action Unit."""
    table = dict(ALSO_READ)
    for unit in ACTION_UNITS.values():
        parts = [unit.noun, unit.noun + "s"] if unit.noun in PAIRED_PARTS else [unit.noun]
        movements = [*unit.participles, *unit.verbs, *map(third_person, unit.verbs)]
        table.update({(part, movement): unit.number for part in parts for movement in movements})
    return table


MOVEMENTS = _movements()
LEVELS = {adverb: level for level, adverbs in INTENSITY_ADVERBS.items() for adverb in adverbs}
FEELINGS = {emotion.adjective: emotion.name for emotion in EMOTIONS.values()}
NOUNS = {subject.noun: name for name, subject in SUBJECTS.items()}
OWNERS = {subject.owner: name for name, subject in SUBJECTS.items()}
PRONOUNS = {subject.pronoun: name for name, subject in SUBJECTS.items()}
POSSESSIVES = {subject.possessive: name for name, subject in SUBJECTS.items()}
ARTICLES = ["a", "an", "the"]
FACE = "face"  # not a part that moves: "a neutral face", "an angry face"
PARTS = {FACE, *(part for part, _ in MOVEMENTS)}
CHANGES = {"neutral", *FEELINGS, *(movement for _, movement in MOVEMENTS)}
FUNCTION_WORDS = [*ARTICLES, "and", "is", "are", "has", "have", "with", "because", ","]
KNOWN_WORDS = {
    word
    for table in (FUNCTION_WORDS, PARTS, CHANGES, LEVELS, NOUNS, OWNERS, PRONOUNS, POSSESSIVES)
    for phrase in table
    for word in phrase.split()
}


def parse(sentence: str) -> Description:
    """What a sentence says.

    Reads every sentence of `describe`, the verb phrases of the paper's figures ("significantly crease nose"),
    and sentences without articles, full stop or capital letters. Without a subject it speaks of a person.

    Raises:
        UserError: if the sentence is empty, has unknown words (the nearest known ones are named), is of
            another grammar (the place is named), or contradicts itself.
    """
    words = split(sentence)
    if not words:
        raise UserError(f'the sentence is empty: write one such as "{EXAMPLE}"')
    unknown = [word for word in dict.fromkeys(words) if word not in KNOWN_WORDS]
    if unknown:
        raise UserError("; ".join(map(_unknown_word, unknown[:3])) + f'; a good sentence is "{EXAMPLE}"')
    return _Parser(words).sentence()


def known_wording(sentence: str, vocabulary: Vocabulary) -> str:
    """The sentence itself where the vocabulary has every word, else the same said in words of the protocols.

    The parser reads more words than the protocols write; a network has only learned the latter.

    Raises:
        UserError: as `parse`, or if the vocabulary is older than an Action Unit of the sentence and has no
            words for it.
    """
    description = parse(sentence)
    if vocabulary.covers(sentence):
        return sentence
    for number, intensity in description.action_units.items():
        unit = ACTION_UNITS[number]
        if not vocabulary.covers(describe(Description("person", None, {number: intensity}), "with")):
            raise UserError(
                f"Action Unit {number} ({unit.name}) has no words in the vocabulary of these weights: "
                "leave it out, or load weights that were trained with it"
            )
    return describe(description, "with")


def _unknown_word(word: str) -> str:
    near = difflib.get_close_matches(word, sorted(KNOWN_WORDS), n=3, cutoff=0.5)
    hint = f"nearest known: {', '.join(near)}" if near else "no known word is near"
    return f'unknown word "{word}" ({hint})'


class _Parser:
    """Reads one sentence from left to right; each method reads what it is named for."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0
        self.subject: str | None = None
        self.emotion: str | None = None
        self.is_neutral = False
        self.action_units: dict[int, int | None] = {}

    def sentence(self) -> Description:
        self.opening()
        if self.emotion is None or not self.at_end():
            self.phrase()
        while not self.at_end():
            comma, conjunction = self.take([","]), self.take(["and"])
            if comma is None and conjunction is None:
                self.fail('a comma or "and" between two phrases')
            self.phrase()
        if self.is_neutral and (self.emotion or self.action_units):
            raise UserError("the sentence contradicts itself: a neutral face has no emotion and no movement")
        return Description(self.subject or "person", self.emotion, self.action_units)

    def opening(self) -> None:
        """Who is seen: up to the first phrase. A sentence may also begin with a phrase."""
        article, feeling = self.take(ARTICLES), self.take(FEELINGS)
        if owner := self.take(OWNERS):
            self.subject = OWNERS[owner]
        elif noun := self.take(NOUNS):
            self.subject = NOUNS[noun]
            self.verb()
        elif article is None and feeling is None and (pronoun := self.take(PRONOUNS)):
            self.subject = PRONOUNS[pronoun]
            self.verb()
        else:
            self.at = 0
            return
        if feeling is not None:
            self.feel(feeling)

    def verb(self) -> None:
        """What comes after the subject: with, has, is happy, or nothing before a verb phrase."""
        if self.take(["is", "are"]):
            self.feel(self.expect(FEELINGS, "an emotion"))
            if not self.at_end():
                self.expect(["because"], '"because"')
                if self.take(PRONOUNS):
                    self.expect(["has", "have"], '"has"')
        else:
            self.take(["with", "has", "have"])

    def phrase(self) -> None:
        """One part of the face with what happened to it."""
        self.determiner()
        if part := self.take(PARTS):
            self.take(["is", "are"])
            adverb = self.take(LEVELS)
            change = self.expect(CHANGES, f"what happened to the {part}")
        else:
            adverb = self.take(LEVELS)
            change = self.expect(CHANGES, "a part of the face or what happened to it")
            self.determiner()
            part = self.expect(PARTS, f'the part of the face that "{change}" is about')
        self.note(part, change, adverb or self.take(LEVELS))

    def determiner(self) -> None:
        """An article, or "his", which must agree with the subject, or nothing."""
        if self.take(ARTICLES):
            return
        if possessive := self.take(POSSESSIVES):
            whose = POSSESSIVES[possessive]
            if self.subject not in (None, whose):
                raise UserError(
                    f'the sentence speaks of a {self.subject}, then says "{possessive}": '
                    f'use "{SUBJECTS[self.subject].possessive}"'
                )
            self.subject = whose

    def note(self, part: str, change: str, adverb: str | None) -> None:
        """Write down what a phrase says, if it makes sense and nothing else was said before."""
        if part == FACE:
            if adverb is not None or (change != "neutral" and change not in FEELINGS):
                feelings = ", ".join(["neutral", *FEELINGS])
                raise UserError(f'a face is one of {feelings}; "{adverb or change}" is said of its parts')
            self.is_neutral |= change == "neutral"
            if change in FEELINGS:
                self.feel(change)
            return
        if (part, change) not in MOVEMENTS:
            possible = [
                unit.participles for unit in ACTION_UNITS.values() if part in (unit.noun, unit.noun + "s")
            ]
            names = ", ".join(word for participles in possible for word in participles)
            raise UserError(f'"{change}" is not said of the {part}: it can be {names}')
        number, level = MOVEMENTS[part, change], LEVELS[adverb] if adverb else None
        if self.action_units.setdefault(number, level) != level:
            name = ACTION_UNITS[number].name
            raise UserError(
                f'the sentence names Action Unit {number} ({name}, "{part} {change}") twice '
                "with different intensities: name it once"
            )

    def feel(self, adjective: str) -> None:
        """Write down the emotion, if no other was named before."""
        if self.emotion not in (None, FEELINGS[adjective]):
            raise UserError(f'the sentence names two emotions, {self.emotion} and "{adjective}": name one')
        self.emotion = FEELINGS[adjective]

    def take(self, phrases: Iterable[str]) -> str | None:
        """Move past the one of these phrases that comes next and return it, or stay and return None."""
        for phrase in phrases:
            words = phrase.split()
            if self.words[self.at : self.at + len(words)] == words:
                self.at += len(words)
                return phrase
        return None

    def expect(self, phrases: Iterable[str], what: str) -> str:
        """As `take`, but something of this kind must come."""
        return self.take(phrases) or self.fail(what)

    def at_end(self) -> bool:
        return self.at == len(self.words)

    def fail(self, expected: str) -> NoReturn:
        """Say which part was not understood, and what would have been."""
        before, rest = " ".join(self.words[: self.at]), " ".join(self.words[self.at :][:5])
        before, rest = before.replace(" ,", ","), rest.replace(" ,", ",")
        place = f'"{rest}"' if rest else "the end of the sentence"
        place += f' after "{before}"' if before else ""
        raise UserError(f'not understood: {place}; expected {expected}, as in "{EXAMPLE}"')
