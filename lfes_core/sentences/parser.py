"""From a sentence back to its description: the inverse of the protocols, written by hand.

    sentence = opening  phrase  { "," or "and"  phrase }
    opening  = a [happy] man's                                 the possessive list
             | a man has  |  a man is happy because he has     the because clause
             | a [happy] man [subject] with                    the with phrase
             | nothing
    phrase   = [he has] what moved and how
    what     = [his] jaw is [lightly] dropped [lightly]        a clause: the part of the face comes first
             | [a] [lightly] dropped jaw                       a noun phrase: the movement comes first
             | [lightly] drop [his] jaw [lightly]              a verb phrase, as in the paper's Fig. 1

Any opening may be followed by any kind of phrase, so more is read than the protocols write: the captions that
the authors of [18] published repeat "she has", write "her lip are pressed", and lose articles, commas and
spaces ("he hasraised cheek"). A slip is forgiven where only one reading is left. Where two are, and where
nothing is understood, the answer is an error that says where; nothing is guessed.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from lfes_core.action_units import ACTION_UNITS
from lfes_core.errors import UserError
from lfes_core.sentences.description import SUBJECTS, Description
from lfes_core.sentences.phrases import (
    ARTICLES,
    BE,
    CHANGES,
    FACE,
    FEELINGS,
    GERUNDS,
    HAVE,
    KNOWN_WORDS,
    LEVELS,
    MOVEMENTS,
    NOUNS,
    OTHER_UNITS,
    OWNERS,
    PARTS,
    POSSESSIVES,
    PRONOUNS,
)
from lfes_core.sentences.vocabulary import split

EXAMPLE = "A woman with highly parted lips and a significantly dropped jaw."


@dataclass(frozen=True)
class Said:
    """How a sentence words one Action Unit: with which synonyms, and whether the adverb came last."""

    number: int
    change: str
    adverb: str | None
    swapped: bool


def parse(sentence: str) -> Description:
    """What a sentence says.

    Reads every sentence of `describe`, the verb phrases of the paper's figures ("significantly crease nose"),
    the captions that the authors published with [18], slips included, and sentences without articles, full
    stop or capital letters. Without a subject it speaks of a person. Everyday words ("smiling") are read by
    `understand`.

    Raises:
        UserError: if the sentence is empty, has unknown words (the nearest known ones are named), is of
            another grammar (the place is named), can be read in two ways, names an Action Unit that has no
            words here, or contradicts itself.
    """
    return read(sentence)[0]


def read(sentence: str) -> tuple[Description, tuple[Said, ...]]:
    """As `parse`, and how each Action Unit was worded, in the order of the sentence."""
    words = _tidy(split(sentence))
    if not words:
        raise UserError(f'the sentence is empty: write one such as "{EXAMPLE}"')
    unknown = [word for word in dict.fromkeys(words) if word not in KNOWN_WORDS]
    if unknown:
        raise UserError("; ".join(map(_unknown_word, unknown[:3])) + f'; a good sentence is "{EXAMPLE}"')
    reader = _Parser(words)
    return reader.sentence(), tuple(reader.said)


def _tidy(words: list[str]) -> list[str]:
    """The words without slips that leave no doubt: "hasraised", and commas where no phrase can end."""
    joined = [[*HAVE[:1], word[3:]] if _is_joined(word) else [word] for word in words]
    # Where the captions name no emotion, their table of adjectives holds a full stop: "is . because".
    text = re.sub(
        r"\b(is|are) \. because\b", r"\1 because", " ".join(word for part in joined for word in part)
    )
    text = " ".join("," if word in ",." else word for word in text.split())
    inside = "and|because|with|subject|" + "|".join((*ARTICLES, *BE, *HAVE, *POSSESSIVES))
    text = re.sub(rf"\b({inside})( ,)+(?= )", r"\1", text)
    text = re.sub(rf"( ,)+(?= ({'|'.join(('because', 'with', 'subject', *BE, *HAVE))})\b)", "", text)
    return re.sub(r"^( ?,)+|( ,)+$", "", re.sub(r",( ,)+", ",", text)).split()


def _is_joined(word: str) -> bool:
    return word not in KNOWN_WORDS and word.startswith("has") and word[3:] in KNOWN_WORDS


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
        self.said: list[Said] = []

    def sentence(self) -> Description:
        self.opening()
        swapped = (self.emotion is None or not self.at_end()) and self.phrase()
        while not self.at_end():
            separated = self.take([","]), self.take(["and"])
            if not any(separated) and swapped and self.comes(CHANGES):
                adverb = " ".join(self.words[: self.at]).split(", ")[-1]
                self.fail(
                    f'a comma before or after the last adverb of "{adverb}", which could go with either'
                )
            swapped = self.phrase()
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
        """What comes after the subject: with, has, is happy because, or nothing before a verb phrase."""
        if self.take(BE):
            if self.is_acting():
                return
            if not self.comes(["because"]):
                self.feel(self.expect(FEELINGS, "an emotion"))
            if not self.at_end():
                self.expect(["because"], '"because"')
                if self.comes(PRONOUNS):
                    self.owner()
            else:
                return
        elif self.take(["subject"]):
            self.expect(["with"], '"with"')
        elif not self.take(["with", *HAVE]):
            return
        if self.at_end():
            self.fail("a part of the face or what happened to it")

    def is_acting(self) -> bool:
        """Whether "is" begins a verb phrase: "she is slightly raising her chin"."""
        at, _ = self.at, self.take(LEVELS)
        acting = self.comes(GERUNDS)
        self.at = at
        return acting

    def owner(self) -> None:
        """The pronoun and the verb of "she has", which must agree with the subject, or nothing."""
        if pronoun := self.take(PRONOUNS):
            self.same_subject(PRONOUNS[pronoun], pronoun, SUBJECTS[self.subject or "person"].pronoun)
            self.expect(HAVE, '"has"')

    def phrase(self) -> bool:
        """One part of the face with what happened to it; gives whether it ended with an adverb."""
        self.owner()
        self.determiner()
        if part := self.take(PARTS):
            self.take(BE)
            adverb = self.take(LEVELS)
            change = self.expect(CHANGES, f"what happened to the {part}")
        else:
            adverb = self.take(LEVELS)
            change = self.expect(CHANGES, "a part of the face or what happened to it")
            self.determiner()
            part = self.expect(PARTS, f'the part of the face that "{change}" is about')
        last = None if adverb else self.take(LEVELS)
        self.note(part, change, adverb or last, last is not None)
        return last is not None

    def determiner(self) -> None:
        """An article, or "his", which must agree with the subject, or nothing."""
        if self.take(ARTICLES):
            return
        if word := self.take(POSSESSIVES):
            self.same_subject(POSSESSIVES[word], word, SUBJECTS[self.subject or "person"].possessive)

    def same_subject(self, whose: str, word: str, right: str) -> None:
        """A sentence speaks of one subject only; a pronoun may be the first to say of whom."""
        if self.subject not in (None, whose):
            raise UserError(f'the sentence speaks of a {self.subject}, then says "{word}": use "{right}"')
        self.subject = whose

    def note(self, part: str, change: str, adverb: str | None, swapped: bool) -> None:
        """Write down what a phrase says, if it makes sense and nothing else was said before."""
        if part == FACE:
            if adverb is not None or (change != "neutral" and change not in FEELINGS):
                feelings = ", ".join(["neutral", *FEELINGS])
                raise UserError(f'a face is one of {feelings}; "{adverb or change}" is said of its parts')
            self.is_neutral |= change == "neutral"
            if change in FEELINGS:
                self.feel(change)
            return
        number, level = action_unit(part, change), LEVELS[adverb] if adverb else None
        if self.action_units.setdefault(number, level) != level:
            name = ACTION_UNITS[number].name
            raise UserError(
                f'the sentence names Action Unit {number} ({name}, "{part} {change}") twice '
                "with different intensities: name it once"
            )
        self.said.append(Said(number, change, adverb, swapped))

    def feel(self, adjective: str) -> None:
        """Write down the emotion, if no other was named before."""
        if self.emotion not in (None, FEELINGS[adjective]):
            raise UserError(f'the sentence names two emotions, {self.emotion} and "{adjective}": name one')
        self.emotion = FEELINGS[adjective]

    def comes(self, phrases: Iterable[str]) -> bool:
        """Whether one of these phrases comes next."""
        at, found = self.at, self.take(phrases)
        self.at = at
        return found is not None

    def take(self, phrases: Iterable[str]) -> str | None:
        """Move past the one of these phrases that comes next and return it, or stay and return None."""
        ahead = " ".join(self.words[self.at : self.at + 4]) + " "  # no phrase has more words
        for phrase in phrases:
            if ahead.startswith(phrase + " "):
                self.at += len(phrase.split())
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


def action_unit(part: str, change: str) -> int:
    """The Action Unit of a phrase.

    Raises:
        UserError: if the phrase is no phrase, means several Action Units, or one without words here.
    """
    meant = MOVEMENTS.get((part, change), ())
    if not meant:
        can_be = dict.fromkeys(
            movement
            for (noun, movement), numbers in MOVEMENTS.items()
            if noun == part
            and any(movement in ACTION_UNITS[n].participles for n in numbers if n in ACTION_UNITS)
        )
        hint = f"it can be {', '.join(can_be)}" if can_be else "no sentence speaks of it"
        raise UserError(f'"{change}" is not said of the {part}: {hint}')
    names = [f"{n} ({ACTION_UNITS[n].name if n in ACTION_UNITS else OTHER_UNITS[n]})" for n in meant]
    if len(meant) > 1:
        raise UserError(f'"{change} {part}" is ambiguous: it can mean Action Unit {", ".join(names)}')
    if meant[0] not in ACTION_UNITS:
        raise UserError(
            f'"{change} {part}" is Action Unit {names[0]}, which no sentence here names: leave it out'
        )
    return meant[0]
