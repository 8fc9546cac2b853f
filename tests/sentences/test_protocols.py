"""What the protocols write: exact sentences, agreement, articles, commas, synonyms and the swap rule."""

import itertools
import random
import re

import pytest

from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.errors import UserError
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, Vocabulary, describe, protocols


class Chooser(random.Random):
    """Takes the first synonym, never swaps and keeps the order, so that a sentence can be foretold."""

    swaps = False

    def choice(self, options):
        return options[0]

    def shuffle(self, items):
        return None

    def random(self):
        return 0.0 if self.swaps else 1.0


class Swapper(Chooser):
    """As `Chooser`, but swaps wherever that is allowed."""

    swaps = True


class Wordiest(Chooser):
    """Takes the synonym with most words."""

    def choice(self, options):
        return max(options, key=lambda option: len(option.split()))


MAN = Description("man", None, {6: 3, 12: 5, 26: 2})
WOMAN = Description("woman", "surprise", {25: 5, 26: None, 27: 4, 15: 1})
PERSON = Description("person", "anger", {15: 1, 38: 2})


@pytest.mark.parametrize(
    ("description", "protocol", "sentence"),
    [
        (
            MAN,
            "possessive",
            "A man's cheek is kind of raised, his lip corner is strongly pulled, "
            "and his jaw is slightly dropped.",
        ),
        (
            MAN,
            "because",
            "A man has a kind of raised cheek, his lip corner is strongly pulled, "
            "and his jaw is slightly dropped.",
        ),
        (
            MAN,
            "with",
            "A man with a kind of raised cheek, a strongly pulled lip corner, and a slightly dropped jaw.",
        ),
        (
            WOMAN,
            "possessive",
            "A surprised woman's lip corner is marginally depressed, her lips are strongly parted, "
            "her jaw is dropped, and her mouth is positively stretched.",
        ),
        (
            WOMAN,
            "because",
            "A woman is surprised because she has a marginally depressed lip corner, her lips are strongly "
            "parted, her jaw is dropped, and her mouth is positively stretched.",
        ),
        (
            WOMAN,
            "with",
            "A surprised woman with a marginally depressed lip corner, strongly parted lips, "
            "a dropped jaw, and a positively stretched mouth.",
        ),
        (
            PERSON,
            "possessive",
            "An angry person's lip corner is marginally depressed and their nostrils are slightly dilated.",
        ),
        (
            PERSON,
            "because",
            "A person is angry because they have a marginally depressed lip corner "
            "and their nostrils are slightly dilated.",
        ),
        (
            PERSON,
            "with",
            "An angry person with a marginally depressed lip corner and slightly dilated nostrils.",
        ),
        (Description("man"), "possessive", "A man's face is neutral."),
        (Description("woman"), "because", "A woman has a neutral face."),
        (Description("person"), "with", "A person with a neutral face."),
        (Description("man", "anger"), "possessive", "A man's face is angry."),
        (Description("woman", "anger"), "because", "A woman has an angry face."),
        (Description("person", "sadness"), "with", "A person with a sad face."),
        (Description("person", None, {43: None}), "because", "A person has closed eyes."),
    ],
)
def test_sentences_are_written_exactly_so(description, protocol, sentence):
    assert describe(description, protocol, Chooser()) == sentence


def test_adverb_and_participle_swap_except_where_the_adverb_must_come_first():
    description = Description("man", None, {12: 5, 26: 2, 6: 3})
    assert describe(description, "possessive", Swapper()) == (
        "A man's cheek is kind of raised, his lip corner is pulled strongly, and his jaw is dropped slightly."
    )
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


class Picker(Chooser):
    """Takes the participle and the adverb with these numbers."""

    def __init__(self, *numbers):
        super().__init__()
        self.numbers = iter(numbers)

    def choice(self, options):
        return options[next(self.numbers) % len(options)]


def test_every_noun_phrase_has_the_right_article_and_hyphens():
    phrases = {
        protocols.noun_phrase(unit, level, Picker(participle, adverb))
        for unit in ACTION_UNITS.values()
        for participle, level, adverb in itertools.product(range(2), (None, *INTENSITY_ADVERBS), range(3))
    }
    participles = sum(len(unit.participles) for unit in ACTION_UNITS.values())
    assert len(phrases) == participles * (1 + 15)
    for phrase in phrases:
        first, *_, last = phrase.split()
        if last in ("lips", "eyes", "nostrils"):
            assert first not in ("a", "an"), phrase
        else:
            assert first == ("an" if phrase.split()[1][0] in "aeiou" else "a"), phrase
    assert {"an insignificantly raised chin", "a very slightly pushed-down lip corner"} <= phrases
    assert {"kind of sucked-in lips", "a drawn-down brow", "closed eyes"} <= phrases


def every_pair():
    """Two units in every sentence: all units, intensities, subjects, emotions and protocols take part."""
    emotions, subjects = itertools.cycle([None, *EMOTIONS]), itertools.cycle(SUBJECTS)
    for first, second in itertools.permutations(ACTION_UNITS, 2):
        description = Description(
            next(subjects), next(emotions), {first: first % 6 or None, second: second % 5 + 1}
        )
        for protocol in PROTOCOLS:
            yield describe(description, protocol, first * 100 + second)


def test_articles_verbs_and_signs_agree_in_every_sentence():
    for sentence in every_pair():
        assert sentence[0] == "A" and sentence[-1] == "." and sentence.count(".") == 1
        assert not re.search(r"\s\s|\s[,.]|,\S|,,", sentence), sentence
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", sentence, re.IGNORECASE), sentence
        assert not re.search(r"\b(lips|eyes|nostrils) is\b", sentence), sentence
        assert not re.search(r"(?<!nostrils)(?<!lips)(?<!eyes) are\b", sentence), sentence
        assert not re.search(r"\ban? (\w+ly )?[\w-]+ (lips|eyes|nostrils)\b", sentence), sentence
        owners = {
            "his": "man",
            "her": "woman",
            "their": "person",
            "he": "man",
            "she": "woman",
            "they": "person",
        }
        for word in re.findall(r"\b(his|her|their|he|she|they)\b", sentence):
            assert re.search(rf"\b{owners[word]}\b", sentence), sentence


def test_an_unknown_protocol_is_named():
    with pytest.raises(UserError, match='unknown protocol "rhyme": use one of possessive, because, with'):
        describe(MAN, "rhyme")


@pytest.mark.parametrize(("protocol", "length"), [("possessive", 82), ("because", 86), ("with", 70)])
def test_the_longest_sentence_about_the_units_of_disfa_plus(protocol, length):
    description = Description("woman", "surprise", dict.fromkeys(DISFA_PLUS_ACTION_UNITS, 1))
    sentence = describe(description, protocol, Wordiest())
    assert len(Vocabulary().encode(sentence)) == length
