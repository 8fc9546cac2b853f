"""What a network is given to read: protocol sentences word for word, and nothing else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, Vocabulary, describe, known_wording, parse

VOCABULARY = Vocabulary()
descriptions = st.builds(
    Description,
    subject=st.sampled_from(list(SUBJECTS)),
    emotion=st.none() | st.sampled_from(list(EMOTIONS)),
    action_units=st.dictionaries(st.sampled_from(list(ACTION_UNITS)), st.none() | st.integers(1, 5)),
)


@given(descriptions, st.sampled_from(list(PROTOCOLS)), st.integers(0, 2**32))
def test_every_sentence_of_a_protocol_is_kept(description, protocol, seed):
    sentence = describe(description, protocol, seed)
    assert known_wording(sentence, VOCABULARY) == sentence
    bare = sentence.lower().rstrip(".").replace(",", "")
    if len(description.action_units) < 2:  # without commas an adverb may stand between two phrases
        assert known_wording(bare, VOCABULARY) == bare


@pytest.mark.parametrize(
    ("sentence", "wording"),
    [
        # A form that training never shows becomes the nearest that it shows, with the same words in the same order.
        (
            "A woman with highly parted lips and significantly dropped jaw",
            "A woman with highly parted lips and a significantly dropped jaw.",
        ),
        (
            "highly parted lips and significantly dropped jaw",
            "A person with highly parted lips and a significantly dropped jaw.",
        ),
        ("significantly crease nose", "A person with a significantly creased nose."),
        ("A man significantly creases his nose.", "A man with a significantly creased nose."),
        (
            "A man's jaw are dropped lightly, chin raised",
            "A man's jaw is dropped lightly and his chin is raised.",
        ),
        ("A man's jaw is dropped fairly", "A man's jaw is fairly dropped."),
        ("A man is furious because he has down brow", "A man is angry because he has a lowered brow."),
        ("She has the parted lips", "A woman has parted lips."),
        ("An happy man", "A man's face is happy."),
        ("parted lips and parted lips", "A person with parted lips."),
    ],
)
def test_other_sentences_are_said_anew_as_near_as_a_protocol_allows(sentence, wording):
    assert known_wording(sentence, VOCABULARY) == wording
    assert parse(wording) == parse(sentence)


@given(
    descriptions, st.sampled_from(list(PROTOCOLS)), st.integers(0, 2**32), st.randoms(use_true_random=False)
)
def test_a_changed_sentence_is_never_handed_on_in_a_form_without_protocol(
    description, protocol, seed, chance
):
    words = describe(description, protocol, seed).split()
    words.pop(chance.randrange(len(words)))
    try:
        wording = known_wording(" ".join(words), VOCABULARY)
    except UserError:
        return
    said = parse(wording)
    assert said == parse(" ".join(words))
    assert known_wording(wording, VOCABULARY) == wording
    assert VOCABULARY.covers(wording)


def test_a_wording_is_left_to_no_chance():
    random.seed(1)
    first = known_wording("He creases his nose, drops his jaw and parts his lips", VOCABULARY)
    random.seed(2)
    assert known_wording("He creases his nose, drops his jaw and parts his lips", VOCABULARY) == first
    assert first == "A man's nose is creased, his jaw is dropped, and his lips are parted."


@pytest.mark.parametrize("number", [22, 28])
def test_a_vocabulary_that_is_older_than_a_unit_refuses_it_by_name(number):
    words = {word for participle in ACTION_UNITS[number].participles for word in participle.split()}
    older = Vocabulary([word for word in VOCABULARY.to_json()[2:] if word not in words])
    assert known_wording("A man with parted lips.", older) == "A man with parted lips."
    sentence = describe(Description("man", None, {number: 3, 25: 1}), "possessive")
    with pytest.raises(UserError, match=rf"Action Unit {number} \(lip .*\) has no words in the vocabulary"):
        known_wording(sentence, older)
