"""Contradictions warn and never refuse."""

import itertools

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.sentences import Description, description, understand, warnings


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
