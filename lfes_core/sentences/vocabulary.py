"""Words as numbers: the vocabulary that the grammar fixes, and the only way to cut a sentence into words."""

import re
import unicodedata
from collections.abc import Sequence

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.errors import UserError
from lfes_core.sentences.description import SUBJECTS

PADDING = "<pad>"
UNKNOWN = "<unknown>"

# A word may hold an apostrophe ("man's"). Anything else that is not a space stands alone.
_PIECE = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\S")
_LOOK_ALIKES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032\u00b4`", "'")
    | dict.fromkeys("\u201a\u201e\u2033", '"')
    | {"\N{MINUS SIGN}": "-"}
)


def plain(text: str) -> str:
    """Text in the signs of a keyboard: dashes, apostrophes and the like are replaced, invisible signs dropped."""
    if text.isascii():
        return text.replace("`", "'")
    replaced = {"Cf": "", "Pd": "-", "Pi": '"', "Pf": '"'}  # by category: format, dash, quotation marks
    text = unicodedata.normalize("NFKC", text.translate(_LOOK_ALIKES))
    return "".join(replaced.get(unicodedata.category(sign), sign) for sign in text)


def split(sentence: str) -> list[str]:
    """Words and punctuation marks in lower case.

    A hyphen divides words; quotation marks around the sentence and its last full stop are dropped.
    """
    line = " ".join(plain(sentence).replace("-", " ").split())
    return _PIECE.findall(line.lstrip("\"' ").rstrip("\"' .!").lower())


def _grammar_words() -> tuple[str, ...]:
    """Every word that a protocol can write, in alphabetical order."""
    phrases = ["a an and is are because with neutral face"]
    for subject in SUBJECTS.values():
        phrases += [subject.noun, subject.owner, subject.pronoun, subject.has, subject.possessive]
    for emotion in EMOTIONS.values():
        phrases.append(emotion.adjective)
    for adverbs in INTENSITY_ADVERBS.values():
        phrases += adverbs
    for unit in ACTION_UNITS.values():
        phrases += [unit.noun, *unit.participles]
    return tuple(sorted({word for phrase in phrases for word in phrase.split()}))


class Vocabulary:
    """The words that the language encoder has a vector for, each with its number.

    Number 0 is padding, number 1 stands for every unknown word. The other words come from the grammar and not
    from a training set, so no sentence of the protocols has an unknown word. Sentences are never cut.
    """

    def __init__(self, words: Sequence[str] | None = None) -> None:
        """Make the vocabulary of the grammar, or one of these words (padding and unknown are added)."""
        self._words = (PADDING, UNKNOWN, *(_grammar_words() if words is None else words))
        self._numbers = {word: number for number, word in enumerate(self._words)}

    def __len__(self) -> int:
        """How many numbers there are, padding and unknown included."""
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        """Whether the word has a number of its own."""
        return word in self._words[2:]

    def __getitem__(self, number: int) -> str:
        """The word of a number."""
        return self._words[number]

    def __eq__(self, other: object) -> bool:
        """Two vocabularies are equal if they are of one kind and every word has the same number in both."""
        return isinstance(other, Vocabulary) and type(other) is type(self) and self._words == other._words

    def __hash__(self) -> int:
        """Equal vocabularies have equal hashes."""
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
        """The inverse of `to_json`.

        Raises:
            UserError: if the list does not begin with padding and unknown, or if a word comes twice.
        """
        if tuple(words[:2]) != (PADDING, UNKNOWN) or len(set(words)) != len(words):
            raise UserError(f"not a vocabulary: it needs {PADDING}, {UNKNOWN} first and each word once")
        return cls(words[2:])
