"""The vocabulary of the twin: whatever a sentence says and however it says it, its Action Units come back."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import (
    PROTOCOLS,
    SUBJECTS,
    VOCABULARIES,
    ActionUnitVocabulary,
    Description,
    Vocabulary,
    describe,
)

VOCABULARY = ActionUnitVocabulary()

descriptions = st.builds(
    Description,
    st.sampled_from(list(SUBJECTS)),
    st.none() | st.sampled_from(list(EMOTIONS)),
    st.dictionaries(st.sampled_from(list(ACTION_UNITS)), st.none() | st.integers(1, 5), max_size=6),
)
wordings = st.tuples(st.sampled_from(list(PROTOCOLS)), st.integers(0, 1000))


def sentence(description: Description, wording: tuple[str, int]) -> str:
    protocol, seed = wording
    return describe(description, protocol, random.Random(seed))


def units(numbers: list[int]) -> dict[int, int | None]:
    """Action Units and intensities, read back from the names of the numbers."""
    found: dict[int, int | None] = {}
    for number in numbers:
        _, unit, *level = VOCABULARY[number].split()
        found[int(unit)] = "ABCDE".index(level[0]) + 1 if level else None
    return found


@given(descriptions, wordings)
def test_the_action_units_of_any_sentence_come_back(description, wording):
    numbers = VOCABULARY.encode(sentence(description, wording))
    if description.action_units:
        assert units(numbers) == description.action_units
    else:
        assert [VOCABULARY[number] for number in numbers] == ["neutral"]


@given(descriptions, wordings, wordings, st.sampled_from(list(SUBJECTS)))
def test_how_it_is_said_and_of_whom_makes_no_difference(description, wording, another, subject):
    of_another = Description(subject, None, description.action_units)
    assert VOCABULARY.encode(sentence(description, wording)) == VOCABULARY.encode(sentence(of_another, another))


def test_names_are_those_of_facs():
    said = "A woman with a strongly pulled lip corner and a dropped jaw."
    assert VOCABULARY.words(said) == ["AU 12 E", "AU 26"]
    assert VOCABULARY.covers(said)


def test_json_gives_the_same_vocabulary_back_and_the_two_kinds_are_told_apart():
    again = VOCABULARIES["action_units"].from_json(json.loads(json.dumps(VOCABULARY.to_json())))
    assert again == VOCABULARY and again != Vocabulary()
    assert again.encode("A man's jaw is dropped.") == VOCABULARY.encode("A man's jaw is dropped.")
    assert VOCABULARY.to_json() != Vocabulary().to_json()


def test_a_sentence_is_worded_by_the_grammar_before_its_action_units_are_read():
    assert VOCABULARY.grammar == Vocabulary()
    assert Vocabulary(["lips"]).grammar == Vocabulary(["lips"])


def test_an_action_unit_that_is_younger_than_the_weights_is_refused_and_not_left_out():
    older = ActionUnitVocabulary([word for word in VOCABULARY.to_json()[2:] if "AU 26" not in word])
    assert older.words("A man's lips are parted.") == ["AU 25"]
    with pytest.raises(UserError, match="AU 26 has no number in the vocabulary of these weights"):
        older.encode("A man's jaw is dropped.")
