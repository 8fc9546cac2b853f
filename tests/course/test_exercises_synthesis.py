"""Exercises of chapters 4 and 5: the notebooks' solutions pass, and usual slips are refused by name."""

import re

import pytest

from lfes_core.course import check, exercises
from tests.course.written import answer, blank

EXERCISES = [one for chapter in (4, 5) for one in exercises(chapter).values()]

WRONG = [  # exercise, what stands in the solution, what stands in its place, what the student reads
    ("regions", " + bias[:, None]", "", "bias is missing"),
    ("regions", "tap.flatten(2)", "tap.transpose(2, 3).flatten(2)", "row by row"),
    (
        "regions",
        "weight @ tap.flatten(2) + bias[:, None]",
        "F.conv2d(tap, weight[:, :, None, None], bias)",
        "still a map",
    ),
    ("regions", "weight @ tap.flatten(2)", "tap.flatten(2).mT @ weight.T", "stopped"),
    ("regions", "weight @ tap.flatten(2) + bias[:, None]", "tap.flatten(2).mT @ weight.T + bias", "transpose"),
    ("matching_choice", "10 * S", "S", "gamma_3 = 10 is missing"),
    ("matching_choice", ".fill_diagonal_(False)", "", "inf|right answer itself"),
    ("matching_choice", "(y[:, None] == y[None, :])", "torch.zeros(len(y), len(y)).bool()", "labels are not read"),
    ("matching_choice", "dim=1", "dim=0", "choice of the columns"),
    ("matching_choice", ".mean()", ".sum()", "sum over the batch"),
    ("matching_choice", "scores.logsumexp(dim=1) - scores.diag()", "scores.diag() - scores.logsumexp(dim=1)", "sign"),
    (
        "word_similarity",
        "s = (words.T @ regions).masked_fill(~mask[:, None], -torch.inf)",
        "s = words.T @ regions",
        "step 2",
    ),
    ("word_similarity", ".masked_fill(~mask, -torch.inf)", "", "step 5: each word of the padding"),
    ("word_similarity", "    s = ", "    mask = mask | True\n    s = ", "mask is not read"),
    ("word_similarity", "s.softmax(dim=0)", "(words.T @ regions).softmax(dim=1)", "your softmax goes over the regions"),
    ("word_similarity", "5 * s.softmax", "s.softmax", "gamma_1 is missing"),
    ("word_similarity", "5 * cosine", "cosine", "gamma_2 is missing"),
    ("word_similarity", "logsumexp(dim=0)", "logsumexp(dim=0) / 5", "no factor 1/gamma_2"),
    ("word_similarity", "F.cosine_similarity(context, words, dim=0)", "(context * words).sum(0)", "by the cosine"),
    ("l_lvm", "(S, S.T, R, R.T)", "(S, R)", "only the pictures choose"),
    ("l_lvm", "(S, S.T, R, R.T)", "(S, S.T)", "words are missing"),
    ("l_lvm", "(S, S.T, R, R.T))", "(S, S.T, R, R.T)) / 4", "no mean is taken"),
    ("l_lvm", "my_choice(scores, labels)", "my_choice(scores, torch.arange(len(labels)))", "labels are not read"),
    (
        "l_lvm",
        "S = f_s @ F.normalize(language.sentence, dim=1).T",
        "S = visual.image @ language.sentence.T",
        "scalar products",
    ),
    ("l_lvm", "(S, S.T, R, R.T)", "(S, S.T, R / 10, R.T / 10)", "gamma_3 = 10 is missing before the choice by R"),
    ("ffe_stage", "groups, -1)", "x.shape[1], -1)", "each channel is normalized alone"),
    ("ffe_stage", "groups, -1)", "1, -1)", "one group"),
    ("ffe_stage", ".sqrt()", "", "square root"),
    ("ffe_stage", "gain[:, None, None] * x + shift[:, None, None]", "x", "gain and shift are missing"),
    ("ffe_stage", "torch.where(x > 0, x, 0.2 * x)", "x.relu()", "negative numbers become 0"),
    ("ffe_stage", "0.2 * x", "0.01 * x", "slope"),
    ("ffe_stage", "torch.where(x > 0, x, 0.2 * x)", "x", "leaky ReLU is missing"),
    ("ffe_stage", "(centered / (variance + 1e-5).sqrt())", "grouped", "normalization is missing"),
    ("ffe_stage", "padding=1", "padding=0", "shape"),
    ("kl_term", "0.5 * (", "(", "half in front is missing"),
    ("kl_term", "- 1 - log_variance", "- log_variance", "the 1 is missing"),
    (
        "kl_term",
        "log_variance.exp() - 1 - log_variance",
        "(2 * log_variance).exp() - 1 - 2 * log_variance",
        "that of sigma",
    ),
    ("kl_term", "log_variance.exp()", "(log_variance / 2).exp()", "sigma stands in the place of its square"),
    ("kl_term", ".mean()", ".sum(dim=1).mean()", "sum over a sentence's numbers"),
    ("kl_term", "- log_variance)", "+ log_variance)", "subtracted, not added"),
    ("kl_term", "- log_variance)", "- log_variance.exp().log())", "inf"),
    (
        "kl_term",
        "mean**2 + log_variance.exp() - 1 - log_variance",
        "log_variance + (1 + mean**2) / log_variance.exp() - 1",
        "other direction",
    ),
    ("conditioning", "centered / (variance + 1e-5).sqrt() @", "sentence @", "not brought to mean 0"),
    ("conditioning", "(log_variance / 2).exp()", "log_variance.exp()", "you take the variance"),
    ("conditioning", ".clamp(-8, 8)", "", "not kept between -8 and 8"),
    ("conditioning", "mean, log_variance = numbers", "log_variance, mean = numbers", "first half"),
    ("conditioning", " * noise", " * 0", "noise is not used"),
    ("conditioning", "dim=1, keepdim=True)\n    variance", "dim=0, keepdim=True)\n    variance", "mean"),
    ("conditioning", " * noise, mean, log_variance", " * noise", "return the draw, the mean and the log-variance"),
    ("moving_head", "(1 - mask**2)", "(1 - mask)", "plain blend"),
    ("moving_head", "mask - 4.5", "mask", "nearly closed"),
    ("moving_head", "colors.tanh()", "colors", "tanh"),
    ("moving_head", "0.02 * flow", "flow", "0.02 times"),
    ("moving_head", "0.02 * flow", "-0.02 * flow", "sign turned"),
    ("moving_head", "flow, colors, mask = maps.split([2, 3, 1]", "flow, mask, colors = maps.split([2, 1, 3]", "order"),
    ("moving_head", "read(neutral, 0.02 * flow)", "neutral", "read it by the flow first"),
    ("moving_head", "(mask - 4.5).sigmoid()", "1 - (mask - 4.5).sigmoid()", "mask is turned"),
    ("cubic_warp", ".clamp(-1, 1)", "", "overshoot"),
    ("cubic_warp", "columns + flow[0], rows + flow[1]", "columns + flow[1], rows + flow[0]", "right comes first"),
    ("cubic_warp", "columns + flow[0], rows + flow[1]", "columns - flow[0], rows - flow[1]", "sign turned"),
    ("cubic_warp", " * n / 2", " * n", "n / 2 pixels, not n"),
    ("cubic_warp", " * n / 2", "", "you take it for pixels"),
    (
        "cubic_warp",
        "far(s + 1), near(s), near(1 - s), far(2 - s)",
        "0 * s, 1 - s, s, 0 * s",
        "bilinear",
    ),
    (
        "cubic_warp",
        "rows + flow[1]\n",
        "rows + flow[1]\n    x, y = x.clamp(0, n - 1), y.clamp(0, n - 1)\n",
        "not the point",
    ),
]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_the_solution_of_the_notebook_is_right_and_its_empty_function_is_not_yet_written(exercise):
    right = check(exercise.name, answer(exercise.chapter, exercise.function))
    assert right.right, right.says
    assert not check(exercise.name, blank(exercise.chapter, exercise.function)).written


@pytest.mark.parametrize(("name", "old", "new", "says"), WRONG)
def test_a_slip_is_refused_with_words_that_name_it(name, old, new, says):
    (exercise,) = [one for one in EXERCISES if one.name == name]
    found = check(name, answer(exercise.chapter, exercise.function, old, new))
    assert not found.right and found.written
    assert re.search(says, found.says)


def test_each_exercise_has_three_slips():
    assert all(sum(row[0] == one.name for row in WRONG) >= 3 for one in EXERCISES)
