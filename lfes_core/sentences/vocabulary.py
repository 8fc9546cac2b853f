"""Words as numbers: the vocabulary that the grammar fixes, and that of the twin that is conditioned on intensities."""

from collections.abc import Mapping, Sequence

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.errors import UserError
from lfes_core.sentences.description import SUBJECTS, facs_code
from lfes_core.sentences.reader import parse
from lfes_core.sentences.signs import split

PADDING = "<pad>"
UNKNOWN = "<unknown>"


def _grammar_words() -> tuple[str, ...]:
    """Every word that a protocol can write, in alphabetical order."""
    phrases = ["a an and is are because with neutral face", *(emotion.adjective for emotion in EMOTIONS.values())]
    for subject in SUBJECTS.values():
        phrases += [subject.noun, subject.owner, subject.pronoun, subject.has, subject.possessive]
    for adverbs in INTENSITY_ADVERBS.values():
        phrases += adverbs
    for unit in ACTION_UNITS.values():
        phrases += [unit.noun, *unit.participles]
    return tuple(sorted({word for phrase in phrases for word in phrase.split()}))


class Vocabulary:
    """The words that the language encoder has a vector for, each with its number: those of the grammar, or given ones.

    Number 0 is padding, number 1 stands for every unknown word; both are added. The other words come from the grammar
    and not from a training set, so no sentence of the protocols has an unknown word. Sentences are never cut. Two
    vocabularies are equal if they are of one kind and every word has the same number in both.
    """

    def __init__(self, words: Sequence[str] | None = None) -> None:
        self._words = (PADDING, UNKNOWN, *(_grammar_words() if words is None else words))
        self._numbers = {word: number for number, word in enumerate(self._words)}

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._words[2:]

    def __getitem__(self, number: int) -> str:
        return self._words[number]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and type(other) is type(self) and self._words == other._words

    def __hash__(self) -> int:
        return hash(self._words)

    @property
    def grammar(self) -> "Vocabulary":
        """In whose words a sentence has to be put before it is encoded: these."""
        return self

    def words(self, sentence: str) -> list[str]:
        """The words of a sentence without punctuation: one for each number of `encode`."""
        return [piece for piece in split(sentence) if piece[0].isalpha()]

    def encode(self, sentence: str) -> list[int]:
        """The numbers of the words of a sentence, 1 for an unknown word."""
        return [self._numbers.get(word, 1) for word in self.words(sentence)]

    def covers(self, sentence: str) -> bool:
        """Whether every word of the sentence is known."""
        return 1 not in self.encode(sentence)

    def to_json(self) -> list[str]:
        """All words in the order of their numbers."""
        return list(self._words)

    @classmethod
    def from_json(cls, words: Sequence[str]) -> "Vocabulary":
        """The inverse of `to_json`."""
        return cls(words[2:])


class ActionUnitVocabulary(Vocabulary):
    """A vocabulary whose words are Action Units with their intensity: "AU 12 E", or "neutral" if none is named.

    It reads the Action Units out of a sentence and forgets how they were said, and who shows them. After padding,
    unknown (which never occurs) and neutral, each Action Unit has six numbers in a row:
    without an intensity, then A to E. `lfes_core.networks.ActionUnitEncoder` counts on that.
    """

    def __init__(self, words: Sequence[str] | None = None) -> None:
        every = (facs_code(number, level) for number in ACTION_UNITS for level in (None, 1, 2, 3, 4, 5))
        super().__init__(("neutral", *every) if words is None else words)

    @property
    def grammar(self) -> Vocabulary:
        """Sentences are put in the words of the grammar before their Action Units are read."""
        return Vocabulary()

    def words(self, sentence: str) -> list[str]:
        """The Action Units of a sentence, as `Description.facs_codes`.

        Raises:
            UserError: as `parse`, or if these weights are older than an Action Unit of the sentence.
        """
        codes = parse(sentence).facs_codes()
        for code in codes:
            if code not in self:
                raise UserError(
                    f"{code} has no number in the vocabulary of these weights: leave it out, or load weights that "
                    "were trained with it"
                )
        return codes


VOCABULARIES: Mapping[str, type[Vocabulary]] = {"sentence": Vocabulary, "action_units": ActionUnitVocabulary}
"""The vocabulary for each value of the setting ``networks.language.input``."""
