"""What a person types, understood: first by the grammar of the protocols, then by the bridge from everyday words."""

from dataclasses import dataclass
from typing import Any

from lfes_core.errors import UserError
from lfes_core.sentences.bridge import NotUnderstood, read_everyday
from lfes_core.sentences.contradictions import warnings
from lfes_core.sentences.description import Description
from lfes_core.sentences.parser import Said, read
from lfes_core.sentences.phrases import KNOWN_WORDS
from lfes_core.sentences.vocabulary import Vocabulary, split
from lfes_core.sentences.wording import protocol_wording


@dataclass(frozen=True)
class Understanding:
    """What a sentence was understood to say.

    Attributes:
        description: subject, emotion and Action Units.
        sentence: the same in the words of a protocol, to be shown to whoever wrote the sentence. It is the
            given sentence itself where a protocol can write it.
        warnings: one sentence for each contradiction, such as closed eyes with raised upper lids.
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
        UserError: if anything in the sentence is not understood, with the nearest phrases. Nothing is guessed.
    """
    description, said, is_literal = _read(sentence)
    vocabulary = vocabulary or Vocabulary()
    nearest = protocol_wording(description, said, sentence if is_literal else "", vocabulary)
    kept = vocabulary.words(nearest) == vocabulary.words(sentence)
    return Understanding(description, sentence if kept else nearest, warnings(description))


def _read(sentence: str) -> tuple[Description, tuple[Said, ...], bool]:
    """What a sentence says, how, and whether it is to be taken literally."""
    try:
        description, said = read(sentence)
        if description.action_units or description.emotion is None:
            return description, said, True
        return read_everyday(sentence), (), False
    except UserError as strict:
        if not split(sentence):
            raise
        try:
            return read_everyday(sentence), (), False
        except NotUnderstood:
            # Whoever keeps to the words of the grammar is helped by the grammar's own error.
            if set(split(sentence)) <= KNOWN_WORDS:
                raise strict from None
            raise
