"""The vocabulary: fixed by the grammar, complete, without a word too many, and readable word by word."""

import itertools
import json

import pytest

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, Vocabulary, describe


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
    assert "lips" in vocabulary and "<pad>" not in vocabulary and "zebra" not in vocabulary


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


def test_json_gives_the_same_vocabulary_back():
    vocabulary = Vocabulary()
    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json()))) == vocabulary
    shorter = Vocabulary(["lips", "parted"])
    assert shorter != vocabulary
    assert Vocabulary.from_json(shorter.to_json()).encode("parted lips open") == [3, 2, 1]


@pytest.mark.parametrize("words", [[], ["lips"], ["<pad>", "<unknown>", "lips", "lips"]])
def test_a_list_that_is_no_vocabulary_is_refused(words):
    with pytest.raises(UserError, match="not a vocabulary"):
        Vocabulary.from_json(words)
