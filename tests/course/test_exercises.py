"""Exercises of all chapters: the notebooks' solutions pass, and slips are refused with words that name them."""

import inspect
import re

import pytest

from lfes_core.course import check, exercises
from tests.course import (
    slips_attention,
    slips_discriminators,
    slips_ethics,
    slips_measuring,
    slips_objective,
    slips_synthesis,
    slips_words,
)
from tests.course.written import answer, blank, checked

EXERCISES = exercises()
CHAPTERS = sorted({one.chapter for one in EXERCISES.values()}, key=str)
TABLES = (slips_attention, slips_discriminators, slips_ethics, slips_objective)
IN_NOTEBOOKS = (slips_words, slips_synthesis, slips_measuring)
SLIPS = [slip for table in (*TABLES, *IN_NOTEBOOKS) for slip in table.SLIPS]
"""Exercise; a wrong function, or what is exchanged in the solution of the notebook; words that a student then reads."""
OTHERS = [other for table in TABLES for other in table.OTHERS]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_exercise_of_a_chapter_has_a_check_cell_and_three_slips(chapter) -> None:
    own = exercises(chapter)
    assert checked(chapter) == {name: one.function for name, one in own.items()}
    assert all(sum(of == name for of, *_ in SLIPS) >= 3 for name in own)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_is_right_and_the_empty_function_is_told_kindly(name) -> None:
    one = EXERCISES[name]
    empty, solved = (written(one.chapter, one.function) for written in (blank, answer))
    assert inspect.signature(empty) == inspect.signature(solved) and empty.__doc__
    assert check(name, solved).right, check(name, solved)
    found = check(name, empty)
    assert not found.right and not found.written and "still empty" in found.says


@pytest.mark.parametrize(("name", "wrong", "words"), SLIPS, ids=[f"{of}-{words}" for of, _, words in SLIPS])
def test_a_slip_is_refused_with_words_that_name_it(name, wrong, words) -> None:
    one = EXERCISES[name]
    found = check(name, answer(one.chapter, one.function, wrong) if isinstance(wrong, dict) else wrong)
    assert not found.right and found.written and (words in found.says or re.search(words, found.says)), found


@pytest.mark.parametrize("name", EXERCISES)
def test_an_answer_of_another_kind_is_told_in_words_and_not_by_an_error(name) -> None:
    for other in (5, ["a", 5, "c"]):
        found = check(name, lambda *_, kind=other, **__: kind)
        assert not found.right and found.written and "stopped with" not in found.says, found


@pytest.mark.parametrize(("name", "function"), OTHERS, ids=[name for name, _ in OTHERS])
def test_another_way_to_the_same_is_right(name, function) -> None:
    assert check(name, function).right, check(name, function)
