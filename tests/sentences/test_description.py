"""Descriptions: checked, ordered, hashable, and the same after a trip through JSON or a pickle."""

import json
import pickle

import pytest

from lfes_core.errors import UserError
from lfes_core.sentences import Description, read_action_units


def test_action_units_are_kept_in_ascending_order():
    assert list(Description("man", None, {25: 5, 1: 3}).action_units) == [1, 25]


def test_json_is_exactly_the_documented_form():
    description = Description("woman", None, {25: 5, 1: 3, 4: None})
    data = json.loads(json.dumps(description.to_json()))
    assert data == {"subject": "woman", "emotion": None, "action_units": {"1": 3, "4": None, "25": 5}}
    assert Description.from_json(data) == description


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
    ],
)
def test_action_units_are_read_from_short_text(text, units):
    assert read_action_units(text) == units


@pytest.mark.parametrize(
    "text",
    ["1:", "AU1:3", "1:x", "1:3:4", "1.5", "-1", "1:AB", ":3", "\u00b2", "9" * 5000, "1:" + "9" * 5000],
)
def test_short_text_of_another_form_is_refused(text):
    with pytest.raises(UserError, match="is not an Action Unit: write as in 1:3,25:5,26"):
        read_action_units(text)


def test_a_number_given_twice_is_refused():
    with pytest.raises(UserError, match="Action Unit 1 is given twice"):
        read_action_units("1:3,1:4")
