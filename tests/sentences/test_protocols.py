"""What the protocols write: exact sentences, agreement, articles, commas, synonyms and the swap rule."""

import hashlib
import itertools
import json
import random

import pytest

from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.errors import UserError
from lfes_core.sentences import PROTOCOLS, SUBJECTS, ActionUnitVocabulary, Description, Vocabulary, describe
from lfes_core.sentences.protocols import Said


class Wordiest(random.Random):
    """Takes the synonym with most words."""

    def choice(self, options):
        return max(options, key=lambda option: len(option.split()))


MAN = Description("man", None, {6: 3, 12: 5, 26: 2})
WOMAN = Description("woman", "surprise", {25: 5, 26: None, 27: 4, 15: 1})


@pytest.mark.parametrize(
    ("description", "sentences"),
    [
        (
            Description("man", None, {6: 3, 12: 5, 26: 2}),
            "A man's cheek is kind of raised, his lip corner is strongly pulled, and his jaw is slightly dropped.\n"
            "A man has a kind of raised cheek, his lip corner is strongly pulled, and his jaw is slightly dropped.\n"
            "A man with a kind of raised cheek, a strongly pulled lip corner, and a slightly dropped jaw.",
        ),
        (
            Description("woman", "surprise", {25: 5, 26: None, 27: 4, 15: 1}),
            "A surprised woman's lip corner is marginally depressed, her lips are strongly parted, "
            "her jaw is dropped, and her mouth is positively stretched.\n"
            "A woman is surprised because she has a marginally depressed lip corner, her lips are strongly "
            "parted, her jaw is dropped, and her mouth is positively stretched.\n"
            "A surprised woman with a marginally depressed lip corner, strongly parted lips, "
            "a dropped jaw, and a positively stretched mouth.",
        ),
        (
            Description("person", "anger", {15: 1, 38: 2}),
            "An angry person's lip corner is marginally depressed and their nostrils are slightly dilated.\n"
            "A person is angry because they have a marginally depressed lip corner "
            "and their nostrils are slightly dilated.\n"
            "An angry person with a marginally depressed lip corner and slightly dilated nostrils.",
        ),
        (Description("man"), "A man's face is neutral.\nA man has a neutral face.\nA man with a neutral face."),
        (
            Description("woman", "anger"),
            "A woman's face is angry.\nA woman has an angry face.\nA woman with an angry face.",
        ),
        (
            Description("person", None, {43: None}),
            "A person's eyes are closed.\nA person has closed eyes.\nA person with closed eyes.",
        ),
    ],
)
def test_sentences_are_written_exactly_so(description, sentences):
    assert [describe(description, protocol, None) for protocol in PROTOCOLS] == sentences.split("\n")


def test_words_can_be_those_of_another_sentence():
    said = {26: Said("fallen", "lightly", True), 12: Said("jaunty", None, True), 4: Said("lowered", None, False)}
    assert describe(MAN, "possessive", None, said) == (
        "A man's jaw is fallen lightly, his lip corner is pulled strongly, and his cheek is kind of raised."
    )
    assert describe(MAN, "with", None, said) == (
        "A man with a lightly fallen jaw, a strongly pulled lip corner, and a kind of raised cheek."
    )


def test_adverb_and_participle_swap_except_where_the_adverb_must_come_first():
    every = {describe(Description("man", None, {26: 2}), "possessive", seed) for seed in range(200)}
    assert "A man's jaw is dropped lightly." in every
    assert "A man's jaw is somewhat dropped." in every
    assert "A man's jaw is dropped somewhat." not in every


def test_a_participle_of_two_words_is_hyphenated_before_its_noun_only():
    every = {describe(Description("man", None, {15: None}), p, seed) for p in PROTOCOLS for seed in range(20)}
    assert "A man's lip corner is pushed down." in every
    assert "A man with a pushed-down lip corner." in every


def test_the_seed_decides_and_other_seeds_give_other_order_and_words():
    assert describe(WOMAN, "with", 5) == describe(WOMAN, "with", 5)
    assert len({describe(WOMAN, "with", seed) for seed in range(50)}) > 40
    firsts = {describe(MAN, "with", seed).rsplit(" ", 1)[-1] for seed in range(50)}
    assert firsts == {"cheek.", "corner.", "jaw."}


def test_a_generator_moves_on():
    generator = random.Random(0)
    assert describe(WOMAN, "with", generator) != describe(WOMAN, "with", generator)


def test_every_synonym_is_drawn():
    sentences = " ".join(
        describe(Description("man", None, {number: level}), "possessive", seed)
        for number, level, seed in itertools.product(ACTION_UNITS, INTENSITY_ADVERBS, range(12))
    )
    words = [word for unit in ACTION_UNITS.values() for word in unit.participles]
    words += [adverb for adverbs in INTENSITY_ADVERBS.values() for adverb in adverbs]
    assert [word for word in words if word not in sentences] == []


def test_an_unknown_protocol_is_named():
    with pytest.raises(UserError, match='unknown protocol "rhyme": use one of possessive, because, with'):
        describe(MAN, "rhyme")


@pytest.mark.parametrize(("protocol", "length"), [("possessive", 82), ("because", 86), ("with", 70)])
def test_the_longest_sentence_about_the_units_of_disfa_plus(protocol, length):
    description = Description("woman", "surprise", dict.fromkeys(DISFA_PLUS_ACTION_UNITS, 1))
    sentences = [describe(description, protocol, Wordiest(seed)) for seed in range(20)]
    assert max(len(Vocabulary().encode(sentence)) for sentence in sentences) == length


def digest(data):
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]


def test_sentences_and_numbers_of_words_stay_those_that_the_shipped_weights_were_trained_with():
    chance, said = random.Random(11), []
    for seed in range(3000):
        numbers = chance.sample(list(ACTION_UNITS), seed % 9)
        units = {number: chance.choice([None, 1, 2, 3, 4, 5]) for number in numbers}
        description = Description(chance.choice(list(SUBJECTS)), chance.choice([None, *EMOTIONS]), units)
        said += [describe(description, protocol, seed) for protocol in PROTOCOLS]
    assert digest(said) == "ed422661c736db33"
    assert digest([Vocabulary().to_json(), ActionUnitVocabulary().to_json()]) == "468eacd2870a2b44"
