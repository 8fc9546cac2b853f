"""What `check` says about an answer."""

import copy
import functools
import importlib
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lfes_core.course import Exercise, Off, check, exercise, exercises, same
from lfes_core.course.check import reinstate
from lfes_core.errors import UserError

EVERY = exercises()


@pytest.fixture(autouse=True)
def doubled(monkeypatch):
    registered = sys.modules["lfes_core.course.check"]._REGISTERED
    monkeypatch.setattr(sys.modules["lfes_core.course.check"], "_REGISTERED", dict(registered))

    @exercise("test_double", chapter=99, function="my_double")
    def _(answer):
        """Four numbers, doubled.

        As they are.
        """
        same(answer(torch.arange(4.0)), 2 * torch.arange(4.0))


def test_a_right_answer_is_told_what_was_tested():
    checked = check("test_double", lambda x: 2 * x)
    assert checked.right and repr(checked) == "test_double: right, Four numbers, doubled"


def test_an_empty_function_is_not_written_yet():
    def blank(x): ...

    for answer in (blank, None, ..., lambda x: ...):
        checked = check("test_double", answer)
        assert not checked.right and not checked.written
        told = ": my_double is still empty" if callable(answer) else ""
        assert repr(checked) == f"test_double: not yet written{told}"


def test_an_empty_function_is_told_also_where_a_test_takes_its_answer_apart():
    @exercise("test_pair", chapter=99, function="my_pair")
    def _(answer):
        """Two numbers."""
        _one, _other = answer(3)

    assert not check("test_pair", lambda number: None).written


def fails(numbers):
    return numbers.nothing


def fails_in_a_library(numbers):
    return json.loads("{")


@functools.wraps(fails)
def fails_within(numbers):
    return fails(numbers)


FAILS = fails.__code__.co_firstlineno + 1


class Fails:
    def __call__(self, numbers):
        return 1 / 0


def fails_in(file):
    space = {"__name__": "mine"}
    exec(compile("class Fails:\n  def __call__(self, numbers): 1 / 0", file, "exec"), space)
    return space["Fails"]()


def recurses(numbers):
    return recurses(numbers)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (fails, rf"my_double stopped with AttributeError: .*'nothing'.* \(line {FAILS}\)$"),
        (fails_within, rf"'nothing'.* \(line {FAILS}\)$"),
        (fails_in_a_library, rf"stopped with JSONDecodeError: .* \(line {FAILS + 4}\)$"),
        (Fails(), "stopped with ZeroDivisionError: division by zero$"),
        (fails_in("<ipython-input-1>"), r"stopped with ZeroDivisionError: division by zero \(line 2\)$"),
        (fails_in("/tmp/ipykernel_1/2.py"), r"stopped with ZeroDivisionError: division by zero \(line 2\)$"),
        (recurses, "stopped with RecursionError"),
        (lambda numbers: sys.exit(), r"stopped with SystemExit \(line \d+\)$"),
        (lambda numbers: same(1, 2), "stopped with RuntimeError"),
        (lambda: 1, "stopped with TypeError: .*takes 0 positional arguments"),
        (lambda numbers: numbers.mul_(2), r"^my_double changes its argument numbers in place; let it work on a copy"),
        (torch.neg_, "changes its argument 1 in place"),
        (lambda numbers: "x" * 1000, "should be a tensor and is a str"),
        (3, "give my_double itself, without a call; this is of type int"),
    ],
)
@pytest.mark.fault(
    "Course", "an answer that fails, recurses, ends the process, changes its arguments", "one short sentence says so"
)
def test_whatever_an_answer_does_is_told_in_one_short_sentence(answer, sentence):
    checked = check("test_double", answer)
    assert not checked.right and checked.written
    assert len(repr(checked)) < 300 and "\n" not in repr(checked)
    assert re.search(sentence, checked.says), checked.says


@pytest.mark.fault("Course", "an answer of thousands of letters", "at most 80 of them are repeated")
def test_a_message_repeats_little_of_what_a_student_wrote():
    def shouts(numbers):
        raise ValueError("x" * 1000)

    assert "x" * 81 not in check("test_double", shouts).says
    with pytest.raises(Off) as off:
        same("x" * 1000, "a smile")
    assert "x" * 81 not in str(off.value)


def test_a_check_draws_the_same_numbers_and_leaves_chance_as_it_was():
    drawn = []

    def draws(numbers):
        drawn.append(torch.rand(1).item())
        return 2 * numbers

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    check("test_double", draws)
    torch.rand(3)
    check("test_double", draws)
    assert drawn[0] == drawn[1]
    torch.manual_seed(5)
    check("test_double", draws)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert drawn[0] == torch.rand(1, generator=torch.Generator().manual_seed(0)).item()  # the book's outputs show them


@pytest.mark.parametrize(
    ("given", "change"),
    [
        ([3, 1], list.sort),
        ([3, 1], lambda given: given.append(2)),
        ({3: 1}, lambda given: given.update({3: 2})),
        ({3: 1}, lambda given: given.update({4: 1})),
        ({3}, lambda given: given.add(4)),
        (np.ones(2), lambda given: given.fill(3)),
        (np.ones(2), lambda given: given.resize(4, refcheck=False)),
        (torch.tensor([3.0, float("nan")]), torch.Tensor.nan_to_num_),
        (torch.tensor([3.0, float("nan")]), lambda given: given.unsqueeze_(0)),
    ],
)
def test_an_argument_that_an_answer_changes_is_noticed_and_one_that_it_reads_is_not(given, change):
    @exercise("test_kinds", chapter=99, function="my_kinds")
    def _(answer):
        """Anything."""
        same(answer(copy.deepcopy(given), more=copy.deepcopy(given)), 3)

    assert check("test_kinds", lambda numbers, more: 3).right

    def changes(numbers, more):
        change(more)
        return 3

    assert "changes its argument more in place" in check("test_kinds", changes).says


def test_an_exercise_about_words_needs_no_pytorch(monkeypatch):
    @exercise("test_words", chapter=99, function="my_words")
    def _(answer):
        """A word in capital letters."""
        same(answer("smile"), "SMILE")

    monkeypatch.delitem(sys.modules, "torch")
    assert check("test_words", str.upper).right and not check("test_words", str.lower).right


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="is it 'test_double'"):
        check("test_duoble", fails)
    with pytest.raises(UserError, match="no exercise is named '7'; is it '"):
        check("7", fails)


def test_a_name_is_taken_once_and_a_test_says_what_it_tests():
    with pytest.raises(ValueError, match="no docstring"):
        exercise("test_other", chapter=99, function="my_other")(lambda answer: None)

    def elsewhere(answer):
        """Other."""

    assert exercise("test_other", chapter=99, function="my_other")(elsewhere) is elsewhere
    elsewhere.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="taken"):
        exercise("test_double", chapter=99, function="my_other")(elsewhere)


def test_modules_of_exercises_are_imported_in_order_until_the_name_is_known(tmp_path, monkeypatch):
    """As in a notebook, where the first check imports what it needs."""
    for name in ("c", "b", "a"):
        (tmp_path / f"{name}.py").touch()
    imported = []

    def imports(name):
        imported.append(name)
        exercise(f"test_{name}", chapter=99, function="my_name")(fails_not)
        return SimpleNamespace(__path__=[str(tmp_path)], __name__="themes")

    def fails_not(answer):
        """Nothing."""

    monkeypatch.setattr(importlib, "import_module", imports)
    assert check("test_double", lambda x: 2 * x).right and check("test_themes.b", fails).right
    themes = "lfes_core.course.exercises"
    assert imported == [themes, themes, "themes.a", "themes.b"]
    assert "test_themes.c" in exercises() and imported[4:] == [themes, "themes.a", "themes.b", "themes.c"]


def test_exercises_that_were_taken_away_are_put_back():
    registered = sys.modules["lfes_core.course.check"]._REGISTERED
    kept = dict(registered)
    registered.clear()
    reinstate(kept)
    assert registered == kept


def test_exercises_are_listed_by_chapter():
    exercise("test_other", chapter="page", function="my_other")(EVERY["eq_1"].test)
    assert [*exercises("page")] == ["test_other"] and exercises().keys() >= {*EVERY, "test_double", "test_other"}
    assert exercises(99)["test_double"] == Exercise(
        "test_double", 99, "my_double", 1, "Four numbers, doubled", exercises()["test_double"].test
    )


def test_no_two_exercises_of_a_chapter_ask_for_the_same_function():
    asked = [(one.chapter, one.function) for one in EVERY.values()]
    assert len(set(asked)) == len(asked) > 40


def test_the_course_does_not_wait_for_pytorch():
    code = "import sys, lfes_core.course; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
