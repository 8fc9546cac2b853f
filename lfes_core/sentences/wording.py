"""A sentence in the words of the protocols: the only ones that a network has learned to read.

The parser reads more than the protocols write. "Highly parted lips and dropped jaw" has only known words, yet
no protocol leaves an article out, and a network would meet a row of words that training never showed. So a
sentence is handed on as it stands only if some protocol can write exactly these words; otherwise it is said
anew, as near to the given words as a protocol allows.
"""

import difflib
import random
from collections.abc import MutableSequence, Sequence
from typing import Any

from lfes_core.action_units import ACTION_UNITS, INTENSITY_ADVERBS
from lfes_core.errors import UserError
from lfes_core.sentences.description import Description
from lfes_core.sentences.parser import Said, read
from lfes_core.sentences.phrases import gerund, third_person
from lfes_core.sentences.protocols import describe
from lfes_core.sentences.vocabulary import Vocabulary

PREFERRED = ("with", "possessive", "because")
"""Protocols in the order of preference, where a sentence is equally far from several."""


def known_wording(sentence: str, vocabulary: Vocabulary) -> str:
    """The sentence itself where a protocol can write it, else the same said in the words of a protocol.

    Capital letters, commas, hyphens and the full stop are not words and make no difference. The answer depends
    on the sentence alone, not on chance.

    Raises:
        UserError: as `parse`, or if the vocabulary is older than an Action Unit of the sentence and has no
            words for it.
    """
    description, said = read(sentence)
    nearest = protocol_wording(description, said, sentence, vocabulary)
    return sentence if vocabulary.words(nearest) == vocabulary.words(sentence) else nearest


def protocol_wording(
    description: Description,
    said: Sequence[Said] = (),
    sentence: str = "",
    vocabulary: Vocabulary | None = None,
) -> str:
    """The protocol sentence for a description that is nearest to a given sentence.

    Args:
        description: what to say.
        said: how the given sentence words the Action Units; order and synonyms are kept where the protocols
            have them. Others come in ascending order, in the first words of the tables.
        sentence: the given sentence, which decides the protocol.
        vocabulary: the words that may be used, those of the grammar when not given.

    Raises:
        UserError: if the vocabulary has no words for an Action Unit.
    """
    vocabulary = vocabulary or Vocabulary()
    for number, intensity in description.action_units.items():
        if not vocabulary.covers(
            describe(Description("person", None, {number: intensity}), "with", _Echo(()))
        ):
            raise UserError(
                f"Action Unit {number} ({ACTION_UNITS[number].name}) has no words in the vocabulary of these "
                "weights: leave it out, or load weights that were trained with it"
            )
    given = vocabulary.words(sentence)
    echoes = [describe(description, protocol, _Echo(said)) for protocol in PREFERRED]
    return max(echoes, key=lambda echo: difflib.SequenceMatcher(a=given, b=vocabulary.words(echo)).ratio())


class _Echo(random.Random):
    """In place of chance: chooses the order, synonyms and swaps that a sentence has itself."""

    def __init__(self, said: Sequence[Said]) -> None:
        super().__init__(0)
        self.said = {phrase.number: phrase for phrase in reversed(said)}
        self.order = list(dict.fromkeys(phrase.number for phrase in said))
        self.now: Said | None = None

    def shuffle(self, movements: MutableSequence[Any]) -> None:
        """The order of the sentence, then what it does not name."""
        place = {number: at for at, number in enumerate(self.order)}
        movements[:] = sorted(movements, key=lambda move: place.get(move[0].number, len(place)))
        self.units = iter([unit for unit, _ in movements])

    def choice(self, options: Any) -> Any:
        """The participle of the next Action Unit, or the adverb of this one."""
        if options in INTENSITY_ADVERBS.values():
            adverb = self.now.adverb if self.now else None
            return adverb if adverb in options else options[0]
        unit = next(self.units)
        self.now = self.said.get(unit.number)
        change = self.now.change if self.now else None
        for verb, participle in zip(unit.verbs, unit.participles, strict=False):
            if change in (verb, third_person(verb), gerund(verb)):
                change = participle
        return change if change in options else options[0]

    def random(self) -> float:
        """Below one half where adverb and participle are swapped."""
        return 0.0 if self.now is not None and self.now.swapped else 1.0
