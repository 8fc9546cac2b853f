from collections import Counter

import pytest

from tools.scan_faces.expression import ACTION_UNITS, STRONGEST
from tools.scan_faces.plan import EMOTIONS, Expression, Subject, is_possible, plan


def expressions(subject: Subject) -> list[Expression]:
    return [expression for trial in subject.trials for expression in trial.expressions]


@pytest.fixture(scope="module")
def subjects():
    return plan(96, 8, 16, 1)


def test_a_seed_plans_the_same_data_set_and_more_subjects_leave_everybody_as_they_were():
    small, large = plan(6, 2, 3, 5), plan(120, 8, 16, 5)
    assert small == plan(6, 2, 3, 5) != plan(6, 2, 3, 6)
    assert all(subject in large for subject in small) and large[:6] == small[:6]


HELD_OUT = {"validation": range(97, 105), "test": range(901, 917)}


def test_held_out_people_have_the_same_names_however_many_train():
    for count in (1, 96, 97, 1000):
        named = {s.name: s for s in plan(count, 8, 16, 1, frames=3)}
        for part, numbers in HELD_OUT.items():
            assert sorted(name for name, s in named.items() if s.part == part) == [f"SN{n:03d}" for n in numbers]
        assert len(named) == count + 24 == len({s.seed for s in named.values()})
        assert named["SN100"] == plan(1, 8, 0, 1)[4]
    names = {s.name for s in plan(1000, 0, 0, 1, frames=3)}
    assert len(names) == 1000 and not names & {f"SN{n:03d}" for numbers in HELD_OUT.values() for n in numbers}


def test_half_of_each_part_are_women_and_everybody_is_neutral_once_in_the_first_picture(subjects):
    for part, size in (("train", 96), ("validation", 8), ("test", 16)):
        assert Counter(s.gender for s in subjects if s.part == part) == {"man": size / 2, "woman": size / 2}
    for subject in subjects:
        assert [i for i, expression in enumerate(expressions(subject)) if not expression] == [0]


@pytest.mark.parametrize("frames", [2, 3, 7, 15, 20, 130])
def test_everybody_who_trains_has_as_many_pictures_as_asked_for_and_no_two_alike(frames):
    for subject in plan(5, 0, 0, 1, frames):
        assert subject.pictures == frames
        for trial in subject.trials[:2]:  # Emotions may come twice.
            assert len({tuple(e.items()) for e in trial.expressions}) == len(trial.expressions)


# Written out again on purpose: the rules are facts about faces, not about the code.
NEVER = [
    *((26, 27), (24, 25), (24, 26), (24, 27), (28, 25), (28, 26), (28, 27), (18, 20), (18, 22), (20, 22)),
    *((43, 5), (43, 7), (12, 15), (17, 25), (17, 27), (2, 6), (2, 7), (1, 9), (24, 28), (16, 17)),
]


def test_a_face_can_make_every_planned_expression():
    for subject in plan(120, 8, 16, 3):
        for expression in expressions(subject):
            assert set(expression) <= set(ACTION_UNITS)
            assert all(1 <= intensity <= STRONGEST for intensity in expression.values())
            assert not {26, 27} & expression.keys() or 25 in expression, "a dropped jaw parts the lips"
            assert not [pair for pair in NEVER if set(pair) <= expression.keys()]


def test_impossible_expressions_are_known():
    assert is_possible({}) and is_possible({6: 2, 12: 3}) and is_possible({25: 1, 26: 1})
    assert not is_possible({26: 1}) and not is_possible({27: 3})
    assert not any(is_possible({25: 1, one: 1, other: 1}) for one, other in NEVER)


def test_single_units_are_trained_on_equally_often_at_every_intensity(subjects):
    alone = Counter(
        next((unit, level) for unit, level in expression.items() if unit != 25 or len(expression) == 1)
        for subject in subjects
        if subject.part == "train"
        for expression in subject.trials[0].expressions[1:]
    )
    cells = [alone[unit, level] for unit in ACTION_UNITS for level in range(1, STRONGEST + 1)]
    assert sum(cells) == 96 * 7 and max(cells) - min(cells) <= 1
    everything = Counter(
        pair for s in subjects if s.part == "train" for expression in expressions(s) for pair in expression.items()
    )
    assert min(everything[unit, level] for unit in ACTION_UNITS for level in range(1, 6)) >= 10


def shown_alone(subject: Subject) -> set[tuple[int, int]]:
    """Units and intensities of which there is a picture; a jaw that drops parts the lips as far."""
    alone = (e for e in expressions(subject) if len(e) == 1 or (set(e) in ({25, 26}, {25, 27}) and e[max(e)] == e[25]))
    return {(max(expression), expression[max(expression)]) for expression in alone}


def test_validation_people_show_every_unit_alone_at_every_intensity(subjects):
    for subject in (s for s in subjects if s.part == "validation"):
        assert shown_alone(subject) >= {(unit, level) for unit in ACTION_UNITS for level in range(1, STRONGEST + 1)}
        assert len({trial.name for trial in subject.trials if trial.name.startswith("Z_")}) == len(EMOTIONS)


def test_test_people_show_every_unit_at_e_half_of_them_at_b_and_twelve_combinations(subjects):
    weak = Counter()
    for subject in (s for s in subjects if s.part == "test"):
        assert shown_alone(subject) >= {(unit, 5) for unit in ACTION_UNITS}
        singles = subject.trials[0].expressions
        at_b = [max(expression) for expression in singles[1:] if expression[max(expression)] == 2]
        assert len(at_b) == 11 and len(singles) == 34 and subject.pictures == 46
        weak.update(at_b)
    assert weak == dict.fromkeys(ACTION_UNITS, 8)
