"""What a person types, understood, and put in the words of the protocols: the only ones a network has learned.

The reader reads more than the protocols write. "Highly parted lips and dropped jaw" has only known words, yet
no protocol leaves an article out, and a network would meet a row of words that training never showed. So a
sentence is handed on as it stands only if some protocol can write exactly these words; otherwise it is said
anew, as near to the given words as a protocol allows.
"""

import difflib
from dataclasses import dataclass
from typing import Any

from lfes_core.action_units import ACTION_UNITS
from lfes_core.errors import UserError
from lfes_core.sentences.description import Description, warnings
from lfes_core.sentences.protocols import describe
from lfes_core.sentences.reader import Reading, read
from lfes_core.sentences.signs import plain
from lfes_core.sentences.vocabulary import Vocabulary


@dataclass(frozen=True)
class Understanding:
    """What a sentence was understood to say.

    Attributes:
        description: subject, emotion and Action Units.
        sentence: the same in the words of a protocol, to be shown to whoever wrote the sentence. It is the
            given sentence itself, in one line and in the signs of a keyboard, where a protocol can write it.
        warnings: one sentence for each phrase that is left out because nothing can show it, such as a clenched jaw,
            for what is said not to be seen ("no smile"), for each word that others use for another movement, such as
            "frown", and for each contradiction, such as closed eyes with raised upper lids.
    """

    description: Description
    sentence: str
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`: the fields of the description, "understood" and "warnings"."""
        return self.description.to_json() | {"understood": self.sentence, "warnings": list(self.warnings)}


def understand(sentence: str, vocabulary: Vocabulary | None = None) -> Understanding:
    """Understands a sentence of the protocols, of the published captions, or in everyday words.

    A sentence that the grammar reads and that names a movement is taken literally. Anything else goes over the
    bridge: there, "happy" also brings the Action Units that are usual for happiness.

    Args:
        sentence: for example "a woman smiling broadly with wide eyes".
        vocabulary: the words of the network that will read it; those of the grammar when not given.

    Raises:
        UserError: if anything in the sentence is not understood, with the nearest phrases, or if nothing in it can be
            shown. Nothing is guessed.
    """
    try:
        reading = read(sentence)
        is_literal = bool(reading.description.action_units) or reading.description.emotion is None
    except UserError:
        is_literal = False
    if not is_literal:
        reading = read(sentence, is_everyday=True)
    said = _in_words_of(vocabulary or Vocabulary(), sentence, reading, is_literal)
    left_out = tuple(f"left out: {reason}" for reason in reading.left_out)
    return Understanding(reading.description, said, left_out + reading.doubts + warnings(reading.description))


def known_wording(sentence: str, vocabulary: Vocabulary) -> str:
    """The sentence itself, in one line, where a protocol can write it, else the same in the words of a protocol.

    Capital letters, commas, hyphens and the full stop are not words and make no difference. The answer depends
    on the sentence alone, not on chance. What nothing can show is not said.

    Raises:
        UserError: as `parse`, or if the vocabulary is older than an Action Unit of the sentence and has no
            words for it.
    """
    return _in_words_of(vocabulary, sentence, read(sentence), is_literal=True)


def _in_words_of(vocabulary: Vocabulary, sentence: str, reading: Reading, is_literal: bool) -> str:
    """The given sentence, or the nearest that a protocol writes: its order and synonyms where there are such."""
    description = reading.description
    for number, level in description.action_units.items():
        if not vocabulary.covers(describe(Description("person", None, {number: level}), "with", None)):
            raise UserError(
                f"Action Unit {number} ({ACTION_UNITS[number].name}) has no words in the vocabulary of these "
                "weights: leave it out, or load weights that were trained with it"
            )
    given = vocabulary.words(sentence)
    said, compared = (reading.said, given) if is_literal else ({}, [])
    by_preference = ("with", "possessive", "because")  # the first, where several are equally near
    echoes = [describe(description, protocol, None, said) for protocol in by_preference]
    words = {echo: vocabulary.words(echo) for echo in echoes}
    nearest = max(echoes, key=lambda echo: difflib.SequenceMatcher(a=compared, b=words[echo]).ratio())
    return " ".join(plain(sentence).split()) if words[nearest] == given else nearest
