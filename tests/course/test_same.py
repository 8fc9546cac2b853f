"""What `same` says about an answer that is not the truth."""

import re
import warnings

import numpy as np
import pytest
import torch

from lfes_core.course import Off, same

TRUE = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
SQUARE = TRUE[:, :4]
ONE = torch.tensor(0.7321, dtype=torch.float64)
COMPLEX = torch.tensor([1 + 1j, 2, 3j])
INFINITE = torch.tensor([float("-inf"), 1.0])
NEARLY = 1 + 2e-6
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
    (ONE * 2, ONE, "is 2 times the true one: is a half lost, or something counted twice?"),
    (TRUE * 32**0.5, TRUE, "is √32 times the true one: is a square root lost, or one too much?"),
    (TRUE * 2**0.5, TRUE, "is √2 times the true one"),
    (TRUE, TRUE**2, "after one more step: a square"),
    (TRUE.abs(), TRUE.abs().sqrt(), "after one more step: a square root"),
    (TRUE, TRUE.abs(), "after one more step: abs"),
    (TRUE, 1 - TRUE, "after one more step: 1 -"),
    (TRUE, 1 / TRUE, "after one more step: 1 /"),
    (changed((slice(0, 2), slice(None))), TRUE, "right at 10 of 20 places"),
    (b"a", b"b", "is b'a' and should be b'b'"),
    (3, {1: 3}, "should be a dictionary and is an int"),
    (TRUE / 32**0.5, TRUE, "is 1/√32 times the true one: is a square root lost, or one too much?"),
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
    ("a Smile", "A smile", "right but for capital letters: it should be 'A smile'"),
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
    (None, (1, 2), "NotWritten"),
    (..., 1, "NotWritten"),
    (np.float64(1.0), np.ones(1), "should be an array and is a float64 (.item(), float() and NumPy cut the gradients)"),
    (torch.ones(1), np.ones(1), "should be an array and is a tensor of shape [1]"),
    (np.array(["a"]), np.ones(1), "holds objects, and should hold floats (float64)"),
    (torch.ones(2), torch.ones(2, dtype=torch.uint8), "holds floats, and should hold integers (uint8)"),
    (torch.ones(2).bool(), torch.ones(2), "holds truths (bool), and should hold floats (float32)"),
    (torch.ones(2) * 1j, torch.ones(2), "holds complex numbers, and should hold floats"),
    (COMPLEX + 1j, COMPLEX, "differs at 3 of 3 places, most with 1+2j instead of 1+1j at [0]"),
    (TRUE[None, :3], TRUE, "has shape [1, 3, 5], and should have [4, 5]"),
    (torch.zeros(2, 3, 4, 5), torch.zeros(2, 4, 5), "axis 1 is still there (is a sum or a mean over it missing?)"),
    (torch.zeros(4, 3, 2), torch.zeros(2, 3, 4), "axes 0 and 2 are exchanged (transpose them)"),
    (TRUE[0], ONE, "axis 0 is still there (is a sum or a mean over it missing?)"),
    (torch.ones(2).bool(), torch.tensor(True), "axis 0 is still there"),
    (TRUE.masked_fill(TRUE > 1, float("nan")), TRUE, "is nan at 3 of 20 places: a division by zero, or a logarithm"),
    (INFINITE.flip(0), INFINITE, "is 1 at 2 of 2 places, and should be -inf: is a mask missing?"),
    (torch.full((2,), float("nan")), INFINITE, "is nan at 2 of 2 places, and should be -inf: is a mask missing?"),
    (torch.tensor([float("-inf")] * 2), INFINITE, "is -inf at 1 of 2 places: is a mask turned?"),
    (torch.ones(2, 2), torch.zeros(2, 2), "is +1 off everywhere"),
    (torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0]), "differs at 2 of 2 places, most with 2 instead of 0 at [1]"),
    (SQUARE.T.reshape(2, 2, 4), SQUARE.reshape(2, 2, 4), "differs at"),
    (TRUE.log1p().nan_to_num(1.0), TRUE.log1p().nan_to_num(1.0).exp(), "one more step: the exponential function"),
    (ONE * 3, ONE, "is 3 times the true one: a sum where a mean belongs?"),
    (ONE / 2, ONE, "is 1/2 of the true one: is a two lost, or a half too much?"),
    (ONE / 3, ONE, "is 1/3 of the true one: a mean where a sum belongs?"),
    (ONE * 512, ONE, "is 512 times the true one: a sum"),
    (ONE / 512, ONE, "is 1/512 of the true one: a mean"),
    (ONE * 513, ONE, "is 375.567, and should be 0.7321"),
    (ONE / 513, ONE, "is 0.0014271, and should be 0.7321"),
    (ONE * 2**0.5, ONE, "is 1.03535, and should be 0.7321"),
    (ONE * 0.3, ONE, "is 0.21963, and should be 0.7321"),
    (TRUE * -(4096**0.5 + 0.01), TRUE, "is -64.01 times the true one at every place: is a factor lost?"),
    (TRUE * -(4095**0.5), TRUE, "is √4095 times the true one with its sign turned: is a square root lost"),
    (TRUE * 4097**0.5, TRUE, "is 64.01 times the true one at every place"),
    (TRUE * -(4097**-0.5), TRUE, "is -0.01562 times the true one at every place"),
    (TRUE * 32**0.5 * NEARLY, TRUE, "is √32 times the true one"),
    (ONE * 3 * NEARLY, ONE, "is 3 times the true one"),
    (ONE / -3 * NEARLY, ONE, "is 1/3 of the true one with its sign turned: a mean where a sum belongs?"),
    (TRUE[0, :3] * 0.3, TRUE[0, :3], "is 0.3 times the true one at every place: is a factor lost?"),
    (TRUE[0, :2] * 0.3, TRUE[0, :2], "differs at 2 of 2 places"),
    (TRUE[0, :3] + 0.25, TRUE[0, :3], "is +0.25 off everywhere: is a constant added or left out?"),
    (TRUE * 1e-6 + 1e-9, TRUE * 1e-6, "is +1e-09 off everywhere"),
    (torch.zeros(2) + 1.5e-5, torch.zeros(2), "differs at 2 of 2 places, most with 1.5e-05 instead of 0 at [0]"),
    (TRUE[:1], TRUE[:1].T, "axes 0 and 1 are exchanged"),
    ({1, 2, 3}, {1}, "the answer should not hold 2, 3"),
    ("X" * 300, "x" * 300, f"right but for capital letters: it should be '{'x' * 197}...'"),
    (" " + "x" * 300, "x" * 300, f"right but for its spaces: it should be '{'x' * 197}...'"),
    ("y", "x" * 300, f"is 'y', and should be '{'x' * 197}...' (word 1 is 'y' instead of"),
    ("x" * 300, "x" * 300 + " y", f"has 1 words, and should have 2: '{'x' * 197}...'"),
    (TRUE[0, :2] + 0.25, TRUE[0, :2], "differs at 2 of 2 places"),
    (changed((slice(1, 3), slice(None))), TRUE, "is right at 10 of 20 places, not with"),
    (changed((3, slice(None)), 2.0)[:, :2], TRUE[:, :2], "is right but at index 3 of axis 0: "),
    (
        changed((0, 4), 2.0),
        TRUE,
        f"is right but at index 0 of axis 0: {TRUE[0, 4] + 2:.4g} instead of {TRUE[0, 4]:.4g} at [0, 4]",
    ),
    (changed((1, slice(None)))[:2], TRUE[:2], "is right but at index 1 of axis 0: "),
    (changed((0, 4), 2.0)[:1], TRUE[:1], "is right but at index 4 of axis 1: "),
    (TRUE > 1, TRUE > 0, "is right at 13 of 20 places, not with"),
    ([1, 2], {1, 2}, "should be a set and is a list"),
    ({1, 2}, {1, 3}, "should hold 3"),
    ("a broad", "a broad smile", "has 2 words, and should have 3: 'a broad smile'"),
    ("a " + "x" * 50, "a smile", f"word 2 is '{'x' * 37}...' instead of 'smile'"),
    (torch.ones(2), 1.0, "should be one number and is a tensor of shape [2]"),
    (torch.tensor(True), 1, "should be one number and is a tensor of shape []"),
]


@pytest.mark.parametrize(("answer", "true", "sentence"), SENTENCES, ids=[sentence for *_, sentence in SENTENCES])
def test_what_is_off_is_said(answer, true, sentence):
    with pytest.raises(Off) as off, warnings.catch_warnings(action="error"):
        same(answer, true)
    said = str(off.value) or type(off.value).__name__
    assert sentence in said and said.startswith(("the ", "number", "NotWritten"))


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
        (TRUE.bfloat16(), TRUE.bfloat16()),
        (TRUE[:0], TRUE[:0]),
        (INFINITE * float("nan"), INFINITE * float("nan")),
        (COMPLEX, COMPLEX),
        (TRUE * 1e6 + 1, TRUE * 1e6),
        (torch.zeros(2) + 9e-6, torch.zeros(2)),
        (np.ones(3), np.ones(3)),
        (np.float64(0.5), 0.5),
        (np.ones((1, 1)), 1),
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
    told = f"{TRUE[0, 3] + 1:.4g} instead of {TRUE[0, 3]:.4g}"
    with pytest.raises(Off, match=re.escape(f"the map is right but at padded words ({told}, for instance)")):
        same(changed((slice(None), 3)), TRUE, shape_of="the map", where={"padded words": PADDED})
    with pytest.raises(Off, match="index 0 of axis 1"):
        same(changed((slice(None), 0)), TRUE, where={"padded words": PADDED})


def test_numbers_within_others_are_as_near_as_was_asked():
    for answer, true in (({"a": [1.1]}, {"a": [1.0]}), ((TRUE + 0.1,), (TRUE,)), (1.1, 1.0)):
        same(answer, true, tolerance=0.2)
        with pytest.raises(Off):
            same(answer, true, tolerance=0.01)


def test_numbers_are_as_near_as_was_asked_where_no_difference_is_allowed():
    same(TRUE, TRUE, tolerance=0.0)
    for answer, true in ((TRUE * NEARLY, TRUE), (NEARLY, 1.0)):
        with pytest.raises(Off) as off:
            same(answer, true, tolerance=1e-7, sizes={"sentence": 1})
        assert not re.search("the number of|√|1 times the true one:|1/1", str(off.value))


def test_numbers_that_count_something_explain_a_factor():
    with pytest.raises(Off, match="4 times the true one, and 4 is the number of pairs: a sum where a mean belongs"):
        same(4 * ONE, ONE, sizes={"pairs": 4})
    with pytest.raises(Off, match=r"^the answer is 4 times the true one: a sum where a mean belongs.$"):
        same(4 * TRUE, TRUE, sizes={"faces": 3, "one": 1})
    with pytest.raises(Off, match="4 times the true one with its sign turned, and 4 is the number of words: a sum"):
        same(-4.0, 1.0, sizes={"pairs": 3, "words": 4})
    with pytest.raises(Off, match="2 times the true one, and 2 is the number of levels: a sum where a mean belongs"):
        same(2 * NEARLY, 1.0, sizes={"levels": 2})
    with pytest.raises(Off, match="1/4 of the true one, and 4 is the number of pairs: a mean where a sum belongs"):
        same(ONE / 4, ONE, sizes={"pairs": 4})
