"""People of the comparison differ in the property that is named, and in nothing else."""

from dataclasses import fields
from itertools import combinations

import numpy as np
import pytest

from lfes_core.evaluation.questions import UNITS
from tools.book import fairness
from tools.book.fairness import PROPERTIES, Way, expressions, nearest, person, units, ways
from tools.scan_faces.glasses import wears_glasses
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import MOST_SUBJECTS

SETTING = ("identity", "light", "light_color", "ambient", "yaw", "pitch", "roll", "offset", "clothes", "backdrop")


def differing(one, other):
    """Names of the fields in which two people differ."""
    pairs = ((field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return {name for name, mine, theirs in pairs if not np.array_equal(mine, theirs)}


@pytest.mark.parametrize(
    ("name", "may_differ"),
    [
        ("dark", {"skin", "lip", "key"}),
        ("old", {"age"}),
        ("glasses", {"glasses"}),
    ],
)
@pytest.mark.parametrize("woman", [0, 1])
def test_one_property_changes_nothing_else_of_a_person(name, may_differ, woman):
    way = Way(0, 0, woman, 0)
    assert differing(person(3, way), person(3, way._replace(**{name: 1}))) == may_differ


def test_presentation_never_changes_shape_skin_age_light_or_pose():
    changed = differing(person(4, Way(1, 1, 0, 1)), person(4, Way(1, 1, 1, 1)))
    assert "gender" in changed and not changed & {*SETTING, "skin", "age", "key", "glasses", "freckles"}


def test_the_two_skins_are_a_light_and_a_dark_one_and_the_words_say_so():
    light, dark = (person(5, Way(value, 0, 1, 0)).skin.mean() for value in (0, 1))
    assert light > 3 * dark
    young, old = (person(5, Way(0, value, 1, 0)).age for value in (0, 1))
    assert young < old
    assert [wears_glasses(person(5, Way(0, 0, 0, value))) for value in (0, 1)] == [False, True]


def test_each_half_of_the_mixtures_spreads_every_pair_of_properties_evenly():
    assert {*ways(0), *ways(1)} == {*ways(2), *ways(3)} and len({*ways(0), *ways(1)}) == 16
    for number in (0, 1):
        table = np.array(ways(number))
        for one, other in combinations(range(len(PROPERTIES)), 2):
            pairs, counts = np.unique(table[:, [one, other]], axis=0, return_counts=True)
            assert len(pairs) == 4 and set(counts) == {2}


def test_three_people_show_all_twelve_units_and_a_jaw_parts_the_lips():
    assert sorted(unit for number in range(3) for unit in units(number)) == sorted(UNITS)
    for number in range(3):
        shown = expressions(number)
        assert [max(each.values()) for each in shown[:2]] == [2, 4]
        assert all(25 in each for each in shown if 26 in each)


def test_nobody_of_the_data_set_is_among_the_people():
    assert fairness.FIRST_SEED > 100_000 + MOST_SUBJECTS and fairness.PEOPLE % 6 == 0


def test_a_person_drawn_without_wishes_is_the_one_of_the_data_set():
    plain, wished = draw_person(100_001, "man"), draw_person(100_001, "man", tone=0.9, age=0.9)
    assert differing(plain, draw_person(100_001, "man")) == set()
    assert plain.glasses is None and {"skin", "age"} <= differing(plain, wished)


def test_the_nearest_face_is_the_one_with_the_largest_product():
    among = {7: np.array([1.0, 0.0]), 8: np.array([0.0, 1.0])}
    assert nearest(np.array([0.2, 0.9]), among) == 8


def test_the_archive_has_as_many_people_with_glasses_as_the_chapter_says():
    everybody = fairness.archive_people()
    assert everybody["part"].value_counts().to_dict() == {"train": 96, "test": 16, "validation": 8}
    assert everybody.groupby("part")["woman"].mean().tolist() == [0.5, 0.5, 0.5]
    assert int(everybody.loc[everybody["part"] == "train", "glasses"].sum()) == 11
