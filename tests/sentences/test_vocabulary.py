"""The vocabulary: fixed by the grammar, complete, without a word too many, and readable word by word.

And that of the twin: whatever a sentence says and however it says it, its Action Units come back.
"""

import itertools
import json

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
from tests.sentences.drawn import descriptions, protocols, seeds

TWIN = ActionUnitVocabulary()


def written_words():
    """Every word that turns up in many sentences, cut with `str` methods only."""
    words = set()
    emotions, subjects = itertools.cycle([None, *EMOTIONS]), itertools.cycle(SUBJECTS)
    for number, level, protocol in itertools.product(ACTION_UNITS, (None, 1, 2, 3, 4, 5), PROTOCOLS):
        for seed in range(12):
            units = {number: level, seed + 1: 1} if seed + 1 in ACTION_UNITS and seed + 1 != number else {number: level}
            sentence = describe(Description(next(subjects), next(emotions), units), protocol, seed)
            words |= set(sentence.lower().replace(",", "").replace(".", "").replace("-", " ").split())
    for protocol, emotion in itertools.product(PROTOCOLS, [None, *EMOTIONS]):
        words |= set(describe(Description("man", emotion), protocol).lower().rstrip(".").split())
    return words


def test_the_vocabulary_is_exactly_what_the_protocols_write():
    assert set(Vocabulary().to_json()[2:]) == written_words()


def test_padding_is_0_unknown_is_1_and_numbers_are_distinct():
    vocabulary = Vocabulary()
    assert vocabulary.to_json()[:2] == ["<pad>", "<unknown>"]
    assert vocabulary.encode("parted zebra lips")[1] == 1
    assert sorted({vocabulary.encode(word)[0] for word in vocabulary.to_json()[2:]}) == list(range(2, len(vocabulary)))
    assert all(word in vocabulary for word in vocabulary.to_json()[2:])
    assert "<pad>" not in vocabulary and "zebra" not in vocabulary


def test_special_words_cannot_be_typed():
    assert Vocabulary().encode("<pad> <unknown>") == [1, 1]


def test_tokens_are_readable_words_one_for_each_number():
    vocabulary = Vocabulary()
    sentence = "An angry man's pushed-down lip corner, and WIDE lips."
    words = vocabulary.words(sentence)
    assert words == ["an", "angry", "man's", "pushed", "down", "lip", "corner", "and", "wide", "lips"]
    numbers = vocabulary.encode(sentence)
    assert [vocabulary[number] for number in numbers] == [*words[:8], "<unknown>", "lips"]
    assert not vocabulary.covers(sentence) and vocabulary.covers("pushed-down lips.")


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_json_gives_the_same_vocabulary_back_and_the_kinds_are_told_apart(kind):
    vocabulary = VOCABULARIES[kind]()
    again = VOCABULARIES[kind].from_json(json.loads(json.dumps(vocabulary.to_json())))
    said = "A man's jaw is dropped."
    assert again == vocabulary and len({again, vocabulary}) == 1 and again.encode(said) == vocabulary.encode(said)
    assert [other for other in VOCABULARIES if VOCABULARIES[other]() == again] == [kind]
    shorter = Vocabulary(["lips", "parted"])
    assert shorter != vocabulary and vocabulary != vocabulary.to_json()
    assert Vocabulary.from_json(shorter.to_json()).encode("parted lips open") == [3, 2, 1]


def units(numbers: list[int]) -> dict[int, int | None]:
    """Action Units and intensities, read back from the names of the numbers."""
    found: dict[int, int | None] = {}
    for number in numbers:
        _, unit, *level = TWIN[number].split()
        found[int(unit)] = "ABCDE".index(level[0]) + 1 if level else None
    return found


@given(descriptions, protocols, seeds)
def test_the_action_units_of_any_sentence_come_back(description, protocol, seed):
    numbers = TWIN.encode(describe(description, protocol, seed))
    if description.action_units:
        assert units(numbers) == description.action_units
    else:
        assert [TWIN[number] for number in numbers] == ["neutral"]


@given(descriptions, protocols, seeds, st.sampled_from(list(SUBJECTS)), protocols)
def test_how_it_is_said_and_of_whom_makes_no_difference(description, protocol, seed, subject, other_protocol):
    of_another = Description(subject, None, description.action_units)
    said = describe(description, protocol, seed)
    assert TWIN.encode(said) == TWIN.encode(describe(of_another, other_protocol, seed + 1))


def test_names_are_those_of_facs():
    said = "A woman with a strongly pulled lip corner and a dropped jaw."
    assert TWIN.words(said) == ["AU 12 E", "AU 26"]
    assert TWIN.covers(said)
    assert Vocabulary(TWIN.to_json()[2:]) != TWIN  # the same words of another kind
    _, _, *first = ActionUnitVocabulary().to_json()[:9]
    assert first == ["neutral", "AU 1", "AU 1 A", "AU 1 B", "AU 1 C", "AU 1 D", "AU 1 E"]


def test_a_sentence_is_worded_by_the_grammar_before_its_action_units_are_read():
    assert TWIN.grammar == Vocabulary()
    assert Vocabulary(["lips"]).grammar == Vocabulary(["lips"])


def test_an_action_unit_that_is_younger_than_the_weights_is_refused_and_not_left_out():
    older = ActionUnitVocabulary([word for word in TWIN.to_json()[2:] if "AU 26" not in word])
    assert older.words("A man's lips are parted.") == ["AU 25"]
    with pytest.raises(UserError, match="AU 26 has no number in the vocabulary of these weights"):
        older.encode("A man's jaw is dropped.")
