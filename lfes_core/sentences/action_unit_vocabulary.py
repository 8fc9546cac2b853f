"""Action Units as numbers: the vocabulary of the twin that is conditioned on intensities and not on words."""

from collections.abc import Mapping, Sequence

from lfes_core.action_units import ACTION_UNITS
from lfes_core.errors import UserError
from lfes_core.sentences.description import facs_code
from lfes_core.sentences.reader import parse
from lfes_core.sentences.vocabulary import Vocabulary

NEUTRAL = "neutral"


class ActionUnitVocabulary(Vocabulary):
    """A vocabulary whose words are Action Units with their intensity: "AU 12 E", or "neutral" if none is named.

    It reads the Action Units out of a sentence and forgets how they were said, and who shows them. After padding,
    unknown (which never occurs) and neutral, each Action Unit has six numbers in a row: without an intensity, then A
    to E. `lfes_core.networks.ActionUnitEncoder` counts on that.
    """

    def __init__(self, words: Sequence[str] | None = None) -> None:
        names = [facs_code(number, level) for number in ACTION_UNITS for level in (None, 1, 2, 3, 4, 5)]
        super().__init__((NEUTRAL, *names) if words is None else words)

    @property
    def grammar(self) -> Vocabulary:
        """Sentences are put in the words of the grammar before their Action Units are read."""
        return Vocabulary()

    def words(self, sentence: str) -> list[str]:
        """The Action Units of a sentence in ascending order, or "neutral" alone.

        Raises:
            UserError: as `parse`, or if these weights are older than an Action Unit of the sentence.
        """
        named = parse(sentence).action_units
        names = [facs_code(number, intensity) for number, intensity in named.items()] or [NEUTRAL]
        for word in names:
            if word not in self:
                raise UserError(
                    f"{word} has no number in the vocabulary of these weights: leave it out, or load weights that "
                    "were trained with it"
                )
        return names


VOCABULARIES: Mapping[str, type[Vocabulary]] = {"sentence": Vocabulary, "action_units": ActionUnitVocabulary}
"""The vocabulary for each value of the setting ``networks.language.input``."""
