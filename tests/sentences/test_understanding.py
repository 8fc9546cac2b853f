"""What people type: understood and shown in the words of the protocols, or refused with help; never guessed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import (
    PROTOCOLS,
    Description,
    Vocabulary,
    describe,

    everyday,
    parse,
    understand,
    known_wording,
)


def units(sentence):
    return understand(sentence).description.action_units


@pytest.mark.parametrize(
    ("sentence", "understood"),
    [
        (
            "a woman smiling broadly with wide eyes",
            "A woman with a raised upper lid and a strongly pulled lip corner.",
        ),
        ("happy", "A happy person with a raised cheek and a pulled lip corner."),
        ("no smile", "A person with a neutral face."),
        ("frowning", "A person with a lowered brow."),
        (
            "surprised man",
            "A surprised man with a raised inner brow, a raised outer brow, a raised upper lid, and a dropped jaw.",
        ),
        ("eyes closed", "A person's eyes are closed."),
        ("grinning", "A person with a pulled lip corner and parted lips."),
        ("raised eyebrows", "A person with a raised inner brow and a raised outer brow."),
        ("mouth wide open", "A person with parted lips and a stretched mouth."),
        ("She has a faint smile on her face.", "A woman with a marginally pulled lip corner."),
        ("A man's jaw is dropped lightly.", "A man's jaw is dropped lightly."),
    ],
)
def test_the_sentence_that_was_understood_is_always_shown(sentence, understood):
    assert understand(sentence).sentence == understood


@pytest.mark.parametrize(
    ("sentence", "action_units"),
    [
        # Adverbs before, between and after; the nearest item takes them.
        ("a slightly open mouth", {25: 2, 26: 2}),
        ("her eyes are very wide", {5: 4}),
        ("a very wide smile and very wide eyes", {12: 5, 5: 4}),
        ("she raises her eyebrows a little", {1: 2, 2: 2}),
        ("smiling, slightly surprised woman", {1: 2, 2: 2, 5: 2, 12: None, 26: 2}),
        # Phrases of the protocols stand beside everyday words.
        ("a smile and highly parted lips", {12: None, 25: 5}),
        ("a man smiling, his brow is lowered quite", {12: None, 4: 3}),
        # An emotion brings its prototype; what is named besides stands above it.
        ("very happy", {6: 4, 12: 4}),
        ("happy, smiling slightly", {6: None, 12: 2}),
        ("sad, but smiling", {1: None, 4: None, 12: None}),
        ("a surprised man with his mouth wide open", {1: None, 2: None, 5: None, 25: None, 27: None}),
        ("A happy man.", {6: None, 12: None}),
        # What is absent is taken away from what other words bring.
        ("not smiling", {}),
        ("no frown, no smile", {}),
        ("happy but not smiling", {6: None}),
        ("grinning with closed mouth", {12: None}),
        ("eyes open, no expression", {}),
        ("closed-mouth smile", {12: None}),
        ("half-closed eyes", {43: 3}),
        ("make him smile", {12: None}),
        ("raise your eyebrows", {1: None, 2: None}),
        ("open your mouth wide", {25: None, 27: None}),
        ("expressionless", {}),
    ],
)
def test_everyday_words_become_action_units(sentence, action_units):
    assert units(sentence) == action_units


def test_a_protocol_sentence_that_names_movements_is_taken_literally():
    assert units("A happy man with parted lips.") == {25: None}


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("", "the sentence is empty"),
        ("smilling", 'not understood: "smilling" .nearest: smiling'),
        ("A beautiful woman smiling", 'not understood: "beautiful"'),
        ("partd lips", 'not understood: "partd" .nearest: parted lips'),
        ("big eyes", 'not understood: "eyes" .nearest: .*wide eyes'),
        ("a woman", "it says nothing about the face"),
        ("wink", '"wink" moves one side of the face only'),
        ("raising an eyebrow", 'one side of the face only, .* "raised eyebrows" lifts both'),
        ("left eye closed", '"left" moves one side'),
        ("a closed eye", '"closed eye" moves one side'),
        ("sneering", "say which"),
        ("blinking", "over too soon for one picture"),
        ("puffed cheeks and a smile", "are not among the Action Units"),
        ("raised " + "the " * 2000 + "eyebrows", "not understood"),
        ("no teeth", 'not understood: "teeth"'),
        ("a puffed cheek and a smile", r'"puffed cheek" is ambiguous: .* 13 \(cheek puffer\), 33'),
        ("not happy", '"not happy" leaves open what is seen'),
        ("not a broad smile", '"not broad smile" leaves open what is seen'),
        ("no closed mouth", '"no closed mouth" leaves open'),
        ("smiling and no smile", 'says "smiling" and takes it back'),
        ("a neutral smiling face", 'a neutral face shows no "smiling"'),
        ("slightly neutral", '"slightly" cannot be said of "neutral"'),
        ("without a smile and wide eyes", '"without" may be about "wide eyes" too'),
        ("smiling slightly surprised", '"slightly" could go with what stands before it or after it'),
        ("smiling with a broadly", '"broadly" has nothing to go with'),
        ("very very happy", '"very" has nothing to go with'),
        ("no", '"no" has nothing to go with'),
        ("he smiles, her mouth is open", 'speaks of a man, then says "her"'),
        ("happy and sad", '"sad" is another emotion than happiness'),
        (
            "a big smile and a faint smile",
            '"faint smile" is said with two intensities|"big smile" is said|two intens',
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_help(sentence, message):
    with pytest.raises(UserError, match=message) as error:
        understand(sentence)
    assert "\n" not in str(error.value)


@given(
    st.builds(
        Description,
        subject=st.sampled_from(["man", "woman", "person"]),
        emotion=st.none() | st.sampled_from(list(EMOTIONS)),
        action_units=st.dictionaries(
            st.sampled_from(list(ACTION_UNITS)), st.none() | st.integers(1, 5), min_size=1
        ),
    ),
    st.sampled_from(list(PROTOCOLS)),
    st.integers(0, 2**32),
)
def test_every_protocol_sentence_is_understood_as_itself(description, protocol, seed):
    sentence = describe(description, protocol, seed)
    understanding = understand(sentence)
    assert (understanding.description, understanding.sentence) == (description, sentence)


EVERYDAY_WORDS = sorted({word for row in everyday.ENTRIES.values() for entry in row for word in entry.words})


@given(st.lists(st.sampled_from(EVERYDAY_WORDS), max_size=8))
def test_any_row_of_known_words_is_understood_or_refused_but_never_breaks(words):
    try:
        understanding = understand(" ".join(words))
    except UserError as error:
        assert "\n" not in str(error)
        return
    assert parse(understanding.sentence) == understanding.description
    assert known_wording(understanding.sentence, Vocabulary()) == understanding.sentence


@given(st.lists(st.sampled_from(EVERYDAY_WORDS), min_size=1, max_size=6), st.integers(0, 6))
def test_a_word_that_is_in_no_table_is_never_dropped(words, place):
    words.insert(place, "purple")
    with pytest.raises(UserError):
        understand(" ".join(words))


def test_every_phrase_of_the_tables_is_read_as_its_row_says():
    for numbers, text in everyday.MOVEMENTS_OF.items():
        for phrase in text.split(","):
            assert set(units(" ".join(phrase.split()))) == set(numbers), phrase
    for text in everyday.ABSENT.values():
        for phrase in text.split(","):
            assert units(" ".join(phrase.split())) == {}, phrase
    for text in everyday.REFUSED:
        for phrase in text.split(","):
            with pytest.raises(UserError, match=re.escape(everyday.REFUSED[text])):
                understand(" ".join(phrase.split()))
    for name, text in everyday.EMOTION_WORDS.items():
        for word in text.split(","):
            assert understand(word).description == Description(
                "person", name, dict.fromkeys(EMOTIONS[name].action_units)
            )
    for level, text in everyday.ADVERBS.items():
        for adverb in text.split(","):
            assert units(f"{' '.join(adverb.split())} frown") == {4: level}, adverb


def test_an_old_vocabulary_refuses_a_unit_by_name():
    old = Vocabulary([word for word in Vocabulary().to_json()[2:] if word not in ("closed", "shut")])
    with pytest.raises(UserError, match=r"Action Unit 43 \(eyes closed\) has no words in the vocabulary"):
        understand("eyes closed", old)
