"""Descriptions: checked, ordered, hashable, the same after a trip through JSON; contradictions only warn."""

import itertools
import json
import pickle
import re

import pytest

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError, shortened
from lfes_core.sentences import Description, describe, description, read_action_units, understand, warnings


def test_action_units_are_kept_in_ascending_order():
    assert list(Description("man", None, {25: 5, 1: 3}).action_units) == [1, 25]


def test_json_is_exactly_the_documented_form():
    data = json.loads(json.dumps(Description("woman", None, {25: 5, 1: 3, 4: None}).to_json()))
    assert data == {"subject": "woman", "emotion": None, "action_units": {"1": 3, "4": None, "25": 5}}


def test_a_description_in_words_names_who_what_and_how_much():
    assert Description("woman", None, {25: None, 1: 3}).in_words() == "a woman: AU 1 C, AU 25"
    assert Description("man", "anger").in_words() == "a man (anger): neutral"


def test_equal_descriptions_count_as_one_even_after_a_pickle():
    description = Description("woman", "anger", {25: 5, 1: 3})
    again = pickle.loads(pickle.dumps(Description("woman", "anger", {1: 3, 25: 5})))
    assert {description, again} == {description}
    assert len({description, Description("woman", "anger", {1: 3, 25: None})}) == 2


def test_later_changes_of_the_given_units_do_not_reach_the_description():
    units = {25: 5}
    description = Description("man", None, units)
    units[26] = 1
    assert description.action_units == {25: 5}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("girl", None, {}), 'unknown subject "girl": use one of man, woman, person'),
        (("man", "joy", {}), 'unknown emotion "joy": use one of anger'),
        (("man", None, {3: 1}), "Action Unit 3 has no words: use one of 1, 2, 4"),
        (("man", None, {25: 0}), "Action Unit 25 has intensity 0: use 1 to 5"),
        (("man", None, {25: 6}), "Action Unit 25 has intensity 6: use 1 to 5"),
    ],
)
def test_what_no_sentence_can_say_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        Description(*arguments)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1:3,25:5", {1: 3, 25: 5}),
        (" 25:E , 26 ", {25: 5, 26: None}),
        ("1:a", {1: 1}),
        ("", {}),
        ("25B", {25: 2}),
        ("AU25B", {25: 2}),
        ("AU12:5", {12: 5}),
        ("au 6, AU 12 e", {6: None, 12: 5}),
        ("AU01A", {1: 1}),
        ("1C+2C+5B+26", {1: 3, 2: 3, 5: 2, 26: None}),
        ("6B + 12D", {6: 2, 12: 4}),
    ],
)
def test_action_units_are_read_from_short_text(text, units):
    assert read_action_units(text) == units


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *(
            (text, "is not an Action Unit: write as in 1:3,25:5,26 or 1C.25E.26")
            for text in ("1:", "-1", ":3", "x", "0", "\u00b2", "9" * 5000, "AU")
        ),
        *(
            (text, r"gives Action Unit \d+ no intensity of FACS: write 1 to 5 or A to E, as in 1?\d:3 or")
            for text in ("1:2.5", "12:5.5", "1:x", "1:3:4", "1.5", "1:AB", "1F", "12:0", "12:6", "1:" + "9" * 5000)
        ),
        *(
            (text, "is coded for one side, and sentences speak of both: leave the side out")
            for text in ("L12", "R14:2", "AU L12", "12L", "12BR", "r1")
        ),
        ("3:C", "Action Unit 3 has no words: use one of 1, 2, 4"),
        ("AU45", "Action Unit 45 has no words"),
        ("1:3,1:4", "Action Unit 1 is given twice: give it once"),
    ],
)
def test_short_text_that_says_no_action_units_is_refused_with_the_reason(text, message):
    with pytest.raises(UserError, match=message) as error:
        read_action_units(text)
    assert len(str(error.value)) < 250


@pytest.mark.parametrize("text", ["x" * 1000, "a\nb\x07\u200b", "\ud800" * 100])
def test_a_message_repeats_little_of_the_input_and_only_what_can_be_printed(text):
    assert len(shortened(text)) <= 80 and shortened(text).isprintable()
    for refused in (lambda: Description(text), lambda: Description("man", text), lambda: describe(Description(), text)):
        with pytest.raises(UserError) as error:
            refused()
        assert len(str(error.value)) < 200 and str(error.value).isprintable()


def test_closed_eyes_with_raised_lids_are_warned_about_in_one_sentence():
    understanding = understand("A woman with closed eyes and a highly raised upper lid.")
    assert understanding.description.action_units == {5: 5, 43: None}
    assert understanding.warnings == ("AU 5 and AU 43: closed eyes do not show raised upper lids",)


def test_oblique_brows_are_no_contradiction():
    assert warnings(Description("man", None, {1: 5, 4: 5})) == ()


def test_no_prototype_of_an_emotion_contradicts_itself():
    for emotion in EMOTIONS.values():
        assert warnings(Description("man", emotion.name, dict.fromkeys(emotion.action_units))) == ()


def test_every_pair_is_in_order_and_is_found_among_all_units():
    pairs = description.CONTRADICTIONS
    assert all(first < second and {first, second} <= set(ACTION_UNITS) for first, second in pairs)
    found = [
        warning
        for pair in itertools.combinations(ACTION_UNITS, 2)
        for warning in warnings(Description("man", None, dict.fromkeys(pair, 3)))
    ]
    assert len(found) == len(set(found)) == len(pairs)


def test_what_contradicts_each_other_speaks_of_both_parts():
    """Each reason names what both Action Units do, in words that stand beside their numbers here."""
    seen = {
        **{5: "raised upper lids", 12: "corners of the lips cannot go up", 15: "and down", 17: "raised chin"},
        **{18: "forward", 20: "stretched wide", 22: "funnel|turned out", 24: "press", 25: "parted", 26: "jaw"},
        **{27: "mouth that is stretched", 28: "sucked in", 38: "wide", 39: "narrow", 43: "closed eyes"},
    }
    for pair, reason in description.CONTRADICTIONS.items():
        assert [number for number in pair if not re.search(seen[number], reason)] == [], reason
