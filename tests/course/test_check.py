"""What `check` and `same` say about an answer."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from lfes_core.course import Off, check, exercise, exercises, same
from lfes_core.errors import UserError

TRUE = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
SQUARE = TRUE[:, :4]
ONE = torch.tensor(0.7321, dtype=torch.float64)
PADDED = torch.tensor([False, False, False, True, True])


def changed(where: object, value: float = 1.0) -> torch.Tensor:
    other = TRUE.clone()
    other[where] += value
    return other


SENTENCES = [
    (3.0, TRUE, "should be a tensor and is a float (.item(), float() and NumPy cut the gradients)"),
    (TRUE.numpy(), TRUE, "should be a tensor and is an array of shape [4, 5]"),
    ("x", TRUE, "should be a tensor and is a str"),
    (TRUE.int(), TRUE, "holds integers, and should hold floats (float64)"),
    (TRUE, TRUE > 0, "holds floats, and should hold truths"),
    (TRUE.T, TRUE, "shape [5, 4], and should have [4, 5]: axes 0 and 1 are exchanged"),
    (TRUE[0], TRUE, "the batch is missing"),
    (TRUE[..., None], TRUE, "a dimension of size one was kept"),
    (TRUE[0], TRUE[:1], "a dimension of size one is missing"),
    (TRUE, TRUE.sum(-1), "axis 1 is still there"),
    (TRUE, TRUE.mean(), "its mean is the number that is asked for"),
    (TRUE, TRUE.sum(), "its sum is the number that is asked for"),
    (TRUE[:, :3], TRUE, "has shape [4, 3], and should have [4, 5]"),
    (torch.zeros(2, 3, 4), torch.zeros(4, 2, 3), "the axes stand in another order"),
    (TRUE / 0, TRUE, "inf at 20 of 20 places: a division by zero"),
    (ONE * float("nan"), ONE, "nan instead of a number"),
    (-TRUE, TRUE, "sign turned"),
    (TRUE * 0, TRUE, "is 0 everywhere"),
    (SQUARE.T, SQUARE, "is transposed: axes 0 and 1"),
    (TRUE.exp(), TRUE, "after one more step: a logarithm"),
    (TRUE, TRUE.sigmoid(), "after one more step: a sigmoid"),
    (16 * TRUE, TRUE, "is 16 times the true one: a sum where a mean belongs?"),
    (-16 * ONE, ONE, "is 16 times the true one with its sign turned"),
    (ONE / 16, ONE, "is 1/16 of the true one: a mean where a sum belongs?"),
    (TRUE / 2, TRUE, "is 1/2 of the true one: is a two lost"),
    (ONE * 2, ONE, "is a half lost, or something counted twice?"),
    (TRUE * 32**0.5, TRUE, "is √32 times the true one"),
    (TRUE * 2**0.5, TRUE, "is √2 times the true one"),
    (TRUE, TRUE**2, "after one more step: a square"),
    (TRUE.abs(), TRUE.abs().sqrt(), "after one more step: a square root"),
    (TRUE, TRUE.abs(), "after one more step: abs"),
    (TRUE, 1 - TRUE, "after one more step: 1 -"),
    (TRUE, 1 / TRUE, "after one more step: 1 /"),
    (changed((slice(0, 2), slice(None))), TRUE, "right at 10 of 20 places"),
    (b"a", b"b", "is b'a' and should be b'b'"),
    (3, {1: 3}, "should be a dictionary and is an int"),
    (TRUE / 32**0.5, TRUE, "is 1/√32 times the true one"),
    (TRUE * 0.3, TRUE, "is 0.3 times the true one at every place"),
    (TRUE + 0.25, TRUE, "is +0.25 off everywhere: is a constant added"),
    (changed((slice(None), 2)), TRUE, "right but at index 2 of axis 1"),
    (changed(([0, 1], [1, 2])), TRUE, "right at 18 of 20 places"),
    (TRUE.flip(0), TRUE, "differs at 20 of 20 places, most with"),
    (TRUE <= 0, TRUE > 0, "true and false are exchanged"),
    (ONE + 0.01, ONE, "is 0.7421, and should be 0.7321"),
    ("nine", 9, "should be one number and is a str"),
    (True, 1, "should be one number and is a bool"),
    (8, 9, "is 8, and should be 9"),
    ("A smile", "a smile", "right but for capital letters"),
    ("a  smile", "a smile", "right but for its spaces"),
    ("a broad smile", "a smile", "word 2 is 'broad' instead of 'smile'"),
    ("a", "a smile", "has 1 words, and should have 2"),
    ([1, 2], [1, 3], "number 1 of the answer is 2, and should be 3"),
    ([1], (1, 3), "has 1 members, and should have 2"),
    (1, [1], "should be a list of 1 and is an int"),
    ({1: 2}, {1: 3}, "the answer at 1 is 2, and should be 3"),
    ({}, {1: 3}, "the keys of the answer should hold 1"),
    ({1, 2}, {1}, "should not hold 2"),
    (1, None, "should be nothing and is an int"),
]


@pytest.mark.parametrize(("answer", "true", "sentence"), SENTENCES, ids=[sentence for *_, sentence in SENTENCES])
def test_what_is_off_is_said(answer, true, sentence):
    with pytest.raises(Off) as off:
        same(answer, true)
    assert sentence in str(off.value) and str(off.value).startswith(("the ", "number"))


def test_a_mean_is_only_looked_for_where_a_number_is_asked_for():
    with pytest.raises(Off) as off:
        same(torch.ones(4, 3), torch.ones(4, 5))
    assert str(off.value).endswith("has shape [4, 3], and should have [4, 5]")


@pytest.mark.parametrize(
    ("answer", "true"),
    [
        (TRUE, TRUE),
        (TRUE.float(), TRUE),
        (TRUE.requires_grad_(), TRUE),
        (TRUE + 1e-7, TRUE),
        (torch.tensor([float("-inf"), 1.0]), torch.tensor([float("-inf"), 1.0])),
        (np.ones(3), np.ones(3)),
        (torch.tensor(0.5), 0.5),
        (2, 2.0),
        ([TRUE, {"a": 1}], (TRUE, {"a": 1})),
        ("a smile", "a smile"),
        (True, True),
        ({1, 2}, {2, 1}),
    ],
)
def test_what_is_right_passes(answer, true):
    same(answer, true)


def test_places_that_have_a_name_are_named():
    with pytest.raises(Off, match=r"the map is right but at padded words \("):
        same(changed((slice(None), 3)), TRUE, shape_of="the map", where={"padded words": PADDED})
    with pytest.raises(Off, match="index 0 of axis 1"):
        same(changed((slice(None), 0)), TRUE, where={"padded words": PADDED})


def test_numbers_that_count_something_explain_a_factor():
    with pytest.raises(Off, match="4 times the true one, and 4 is the number of pairs: a sum where a mean belongs"):
        same(4 * ONE, ONE, sizes={"pairs": 4})
    with pytest.raises(Off, match="1/4 of the true one, and 4 is the number of pairs: a mean where a sum belongs"):
        same(ONE / 4, ONE, sizes={"pairs": 4})


@pytest.fixture(autouse=True)
def doubled(monkeypatch):
    registered = sys.modules["lfes_core.course.check"]._REGISTERED
    monkeypatch.setattr(sys.modules["lfes_core.course.check"], "_REGISTERED", dict(registered))

    @exercise("test_double", chapter=99, function="my_double")
    def _(answer):
        """Four numbers, doubled."""
        same(answer(torch.arange(4.0)), 2 * torch.arange(4.0))


def test_a_right_answer_is_told_what_was_tested():
    checked = check("test_double", lambda x: 2 * x)
    assert checked.right and repr(checked) == "test_double: right, Four numbers, doubled"


def test_an_empty_function_is_not_written_yet():
    def blank(x): ...

    for answer in (blank, None, ..., lambda x: ...):
        checked = check("test_double", answer)
        assert not checked.right and not checked.written and repr(checked).startswith("test_double: not yet written")


def test_an_empty_function_is_told_also_where_a_test_takes_its_answer_apart():
    @exercise("test_pair", chapter=99, function="my_pair")
    def _(answer):
        """Two numbers."""
        _one, _other = answer(3)

    assert not check("test_pair", lambda number: None).written


def fails(numbers):
    return numbers.nothing


def recurses(numbers):
    return recurses(numbers)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (fails, r"my_double stopped with AttributeError: .*'nothing'.* \(line \d+\)"),
        (recurses, "stopped with RecursionError"),
        (lambda numbers: sys.exit(), "stopped with SystemExit"),
        (lambda numbers: same(1, 2), "stopped with RuntimeError"),
        (lambda: 1, "stopped with TypeError: .*takes 0 positional arguments"),
        (lambda numbers: numbers.mul_(2), "changes its argument numbers in place"),
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


def test_a_list_or_an_array_that_an_answer_changes_is_noticed_and_one_that_it_reads_is_not():
    @exercise("test_kinds", chapter=99, function="my_kinds")
    def _(answer):
        """A list and an array."""
        same(answer([3, 1], np.ones(2)), 3)

    def sorts(numbers, _):
        numbers.sort()
        return 3

    def adds(_, array):
        array += 1
        return 3

    def grows(numbers, _):
        numbers.append(1)
        return 3

    assert check("test_kinds", lambda numbers, array: numbers[0]).right
    for wrong, argument in ((sorts, "numbers"), (grows, "numbers"), (adds, "array")):
        assert f"changes its argument {argument} in place" in check("test_kinds", wrong).says


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="is it 'test_double'"):
        check("test_duoble", fails)


def test_a_name_is_taken_once_and_a_test_says_what_it_tests():
    with pytest.raises(ValueError, match="no docstring"):
        exercise("test_other", chapter=99, function="my_other")(lambda answer: None)

    def elsewhere(answer):
        """Other."""

    elsewhere.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="taken"):
        exercise("test_double", chapter=99, function="my_other")(elsewhere)


def test_exercises_are_listed_by_chapter():
    assert "test_double" in exercises(99) and "test_double" not in exercises(1)


def test_no_two_exercises_of_a_chapter_ask_for_the_same_function():
    asked = [(one.chapter, one.function) for one in exercises().values()]
    assert len(set(asked)) == len(asked)


def test_the_course_does_not_wait_for_pytorch():
    code = "import sys, lfes_core.course; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
