"""Chapters 11 to 15 and related work: `check` takes the notebooks' solutions, and names what is off in others."""

import ast
import copy
import itertools
import json
import shutil
from functools import cache

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from lfes_core import losses
from lfes_core.course import check, exercises
from lfes_core.evaluation.questions import UNITS
from lfes_core.metrics import MOVED_THRESHOLD, SSIM_SETTINGS
from lfes_core.networks import image_levels
from tools.book.pages import ROOT

CHAPTERS = (
    "11_full_gpu_training",
    "12_evaluation_of_pictures",
    "13_evaluation_of_words",
    "14_manipulating_words",
    "15_your_own_data",
    "related_work",
)
"""The notebooks, whose solutions find these names above them."""

ABOVE = {
    "np": np,
    "torch": torch,
    "copy": copy,
    "itertools": itertools,
    "shutil": shutil,
    "losses": losses,
    "image_levels": image_levels,
    "structural_similarity": structural_similarity,
    "SSIM_SETTINGS": SSIM_SETTINGS,
    "MOVED_THRESHOLD": MOVED_THRESHOLD,
    "UNITS": UNITS,
}


@cache
def cells():
    notebooks = [json.loads((ROOT / f"book/{stem}.ipynb").read_text("utf-8")) for stem in CHAPTERS]
    return [cell for notebook in notebooks for cell in notebook["cells"] if cell["cell_type"] == "code"]


def written(function, tag):
    """The source of a function in the notebooks' cells with a tag."""
    for cell in cells():
        source = "".join(cell["source"])
        if tag in cell["metadata"].get("tags", []) and f"def {function}(" in source:
            (node,) = (n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == function)
            return ast.get_source_segment(source, node)
    raise AssertionError(f"no cell with the tag {tag} defines {function}")


def run(source, function):
    names = dict(ABOVE)
    exec(source, names)
    return names[function]


BACKWARD = "of_D.backward()"
IDENTITY = "losses.identity_loss(encoder, image, true)"
LEARNING = (
    "torch.nn.functional.mse_loss(*(encoder(torch.nn.functional.interpolate(x, (256, 256), mode='bilinear'))"
    " for x in (image, true)))"
)

# Each wrong answer is the notebook's solution with pieces exchanged; the words are those that `check` has to say.
WRONG = [
    (
        "running_average",
        {"kept * averaged + (1 - kept) * trained": "kept * trained + (1 - kept) * averaged"},
        "exchanged",
    ),
    ("running_average", {"min(decay, (1 + n) / (10 + n))": "decay"}, "it has to grow"),
    ("running_average", {"min(decay, (1 + n) / (10 + n))": "(1 + n) / (10 + n)"}, "the smaller of the two"),
    ("alarm", {"if before and now": "if now"}, "one look is not enough"),
    ("alarm", {"[step for (_, before), (step, now)": "[step for (step, before), (_, now)"}, "first of the two"),
    ("alarm", {"if before and now]": "if before and now][:1]"}, "every step"),
    ("alarm", {"value < least": "value <= least"}, "at the limit"),
    ("alternating_step", {"image.detach() for": "image for"}, "RuntimeError"),
    (
        "alternating_step",
        {"image.detach() for": "image for", BACKWARD: "of_D.backward(retain_graph=True)"},
        "detach pictures",
    ),
    (
        "alternating_step",
        {
            BACKWARD: f"before = copy.deepcopy(discriminators)\n    {BACKWARD}",
            "again = discriminators": "again = before",
        },
        "update them before its turn",
    ),
    ("alternating_step", {IDENTITY: LEARNING}, "frozen copy"),
    ("alternating_step", {".sum(dim=(1, 2, 3)).mean()": ".mean()"}, "L1 is a mean over pixels"),
    ("alternating_step", {f"5 * {IDENTITY}": "0"}, "not five times"),
    ("alternating_step", {"softplus(-again)": "softplus(again)"}, "the generator's weights are off"),
    ("alternating_step", {"sum(dim=1).mean() / 2\n    of_D": "sum(dim=1).mean()\n    of_D"}, "2 times the true one"),
    (
        "alternating_step",
        {"descent(discriminators.parameters(), rate).step()": "pass"},
        "discriminators have not moved",
    ),
    ("moved_ssim", {"np.abs(neutral - target)": "np.abs(neutral - image)"}, "the answer chooses"),
    ("moved_ssim", {".mean(axis=-1) > MOVED": ".sum(axis=-1) > MOVED"}, "too large"),
    ("moved_ssim", {"> MOVED_THRESHOLD": "<= MOVED_THRESHOLD"}, "the region is turned"),
    ("moved_ssim", {"similarity(image, target,": "similarity(image, neutral,"}, "compare it with the target"),
    ("stencil", {" + ridge * np.eye(levels.shape[1])": ""}, "ridge is missing"),
    ("stencil", {"ridge * np.eye(levels.shape[1])": "ridge"}, "belongs to the diagonal"),
    ("stencil", {"ridge * np.eye": "ridge * len(levels) * np.eye"}, "once is enough"),
    ("stencil", {"levels.T @ changes)": "levels.T @ changes).T"}, "transpose"),
    ("kid", {" if not own or i != j": ""}, "compared with themselves"),
    ("kid", {" / len(a[i])": ""}, "number of features"),
    ("kid", {"- 2 * mean": "- mean"}, "counts twice"),
    ("icc", {" - raters + ratings.mean()": ""}, "means of the raters"),
    ("icc", {"between = k * (": "between = ("}, "factor k"),
    ("icc", {"between + (k - 1) * error": "between + error"}, "for two raters only"),
    ("direction_right", {"> 0.01": ">= 0"}, "copy would score 1"),
    ("direction_right", {"> 0.01": "> 0"}, "is rounding"),
    ("direction_right", {"strong - weak": "weak - strong"}, "direction is turned"),
    (
        "direction_right",
        {"combinations(np.asarray(readings).T, 2)": "pairwise(np.asarray(readings).T)"},
        "only neighbors",
    ),
    ("leave_people_out", {"np.unique(people)": "people = np.arange(len(values))"}, "leave out people"),
    ("leave_people_out", {"student.ppf(0.975, n - 1)": "1.96"}, "Student's t"),
    ("leave_people_out", {"(n - 1) / n * ": ""}, "(n - 1) / n of the jackknife is missing"),
    (
        "leave_people_out",
        {"np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())": "without.std(ddof=1)"},
        "far too small",
    ),
    ("cross_out", {" and not (unit == 25 and jaw)": ""}, "such a face cannot be"),
    ("cross_out", {"unit in UNITS and ": ""}, "twelve measured"),
    ("cross_out", {"(unit == 25 and jaw)": "(unit == 25)"}, "without a jaw they may be"),
    ("entanglement", {" - (true_beside - true_alone)": ""}, "truth's own change"),
    ("entanglement", {"return excess.mean()": "return -excess.mean()"}, "it is turned"),
    ("entanglement", {"return excess.mean()": "return abs(excess).mean()"}, "without its sign"),
    ("entanglement", {"== len(excess)": "> 0"}, "whether all lie on one side"),
    ("two_points", {"-a.imag, b.real], [a.imag": "a.imag, b.real], [-a.imag"}, "turns to the other side"),
    ("two_points", {"marks, places):": "places, marks):"}, "from the frame to the picture"),
    ("two_points", {"(z[1] - z[0]) / (w[1] - w[0])": "abs(z[1] - z[0]) / abs(w[1] - w[0]) + 0j"}, "not turned"),
    ("two_points", {"- a * w[0]": "- w[0]"}, "after turning and scaling"),
    ("withdraw", {"{subject}": "{subject}*"}, "SN0021 has gone"),
    ("withdraw", {"*/{subject}": "Images/{subject}"}, "Labels/SN002 is still there"),
    ("withdraw", {'sum(file.is_file() for file in path.rglob("*"))': "1"}, "number of files"),
    (
        "withdraw",
        {"shutil.rmtree(path)": "[file.unlink() for file in path.rglob('*') if file.is_file()]"},
        "empty folders",
    ),
    ("lay_back", {"np.linalg.inv(place)": "place"}, "inverse"),
    ("lay_back", {"for each in (y, x)": "for each in (x, y)"}, "exchanged"),
    ("lay_back", {"result[on_frame] += ": "result[on_frame] = "}, "add it"),
    ("lay_back", {"picture.copy()": "picture"}, "in place"),
    ("file_name", {".index(letter) + 1": ".index(letter)"}, "A is 1"),
    ("file_name", {'letter and "ABCDE".index(letter) + 1': '"ABCDE".find(letter or "?") + 1'}, "None, and not 0"),
    ("file_name", {"units[int(number)]": "units[number]"}, "units are numbers"),
    ("file_name", {"int(number)": "int(number or 0)"}, "raise ValueError"),
    ("gain", {"max(1 - ours / copy, 0)": "1 - ours / copy"}, "below 0 counts as 0"),
    ("gain", {"[moved]": ""}, "whole picture"),
    ("gain", {"1 - ours / copy": "ours / copy"}, "that is left"),
    ("gain", {"abs(each - truth)": "((each - truth) ** 2)"}, "errors are squared"),
]


NAMES = sorted({name for name, _, _ in WRONG})


def test_every_exercise_of_these_chapters_has_three_wrong_answers_here():
    for name, one in exercises().items():
        if one.chapter in (11, 12, 13, 14, 15, "related_work"):
            assert sum(name == each for each, _, _ in WRONG) >= 3, name


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_of_the_notebook_is_right(name):
    function = exercises()[name].function
    checked = check(name, run(written(function, "solution"), function))
    assert checked.right, checked


@pytest.mark.parametrize("name", NAMES)
def test_the_empty_function_of_the_notebook_is_not_yet_written(name):
    function = exercises()[name].function
    checked = check(name, run(written(function, "blank"), function))
    assert not checked.right and not checked.written


@pytest.mark.parametrize(("name", "exchanged", "words"), WRONG)
def test_a_wrong_answer_is_told_what_is_off(name, exchanged, words):
    function = exercises()[name].function
    source = written(function, "solution")
    for right, wrong in exchanged.items():
        assert right in source, f"the solution of {name} has no {right}"
        source = source.replace(right, wrong)
    checked = check(name, run(source, function))
    assert not checked.right
    assert words in checked.says
