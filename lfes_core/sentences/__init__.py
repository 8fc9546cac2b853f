"""Sentences about faces: what is said (`Description`), how (`describe`), back (`parse`), and as numbers.

`understand` is for what people type; `known_wording` for what a network may be given to read.
"""

from lfes_core.sentences.description import SUBJECTS, Description, read_action_units, warnings
from lfes_core.sentences.protocols import PROTOCOLS, describe
from lfes_core.sentences.reader import parse
from lfes_core.sentences.understanding import Understanding, known_wording, understand
from lfes_core.sentences.vocabulary import VOCABULARIES, ActionUnitVocabulary, Vocabulary

__all__ = [
    "PROTOCOLS",
    "SUBJECTS",
    "VOCABULARIES",
    "ActionUnitVocabulary",
    "Description",
    "Understanding",
    "Vocabulary",
    "describe",
    "known_wording",
    "parse",
    "read_action_units",
    "understand",
    "warnings",
]
