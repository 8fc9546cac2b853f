"""The share of the true change: all for the truth, nothing for copy, and the factor of a change that was weakened."""

import numpy as np
import pytest

from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.change_made import change_made_by_unit, share_made
from lfes_core.evaluation.questions import UNITS, single_units, unit_of
from lfes_core.evaluation.rows import Copy, Gallery, Truth


@pytest.fixture(scope="module")
def faces():
    dataset = ScanFaces()
    return [q for q in single_units(dataset, quick=True) if q.named[unit_of(q)] == 5], Gallery(dataset)


def answers(row, questions):
    return np.stack(list(row.answers(questions, iter)))


def test_the_truth_makes_all_of_the_change_and_copy_nothing(faces):
    questions, gallery = faces
    true = change_made_by_unit(questions, answers(Truth(gallery), questions), gallery)
    none = change_made_by_unit(questions, answers(Copy(gallery), questions), gallery)
    assert list(true) == [str(unit) for unit in UNITS]
    assert {one["value"] for one in true.values()} == {1.0} and {one["n"] for one in true.values()} == {4}
    assert {one["value"] for one in none.values()} == {0.0}


def test_one_unit_done_by_half_is_found_and_no_other(faces):
    questions, gallery = faces
    pictures = answers(Truth(gallery), questions)
    for place, question in enumerate(questions):
        if unit_of(question) == 5:
            neutral = gallery[question.neutral].astype(float)
            pictures[place] = np.round((neutral + pictures[place]) / 2)
    found = change_made_by_unit(questions, pictures, gallery)
    assert found["5"]["value"] == pytest.approx(0.5, abs=0.03)
    assert {one["value"] for unit, one in found.items() if unit != "5"} == {1.0}


def test_the_share_is_the_slope_of_least_squares_and_blind_to_what_lies_across():
    r = np.random.default_rng(0)
    true = np.zeros((256, 256, 3))
    true[:100] = r.normal(size=(100, 256, 3))
    elsewhere = np.zeros_like(true)
    elsewhere[200:] = 5.0
    made, whole = share_made(0.3 * true + elsewhere, true)
    slope = np.linalg.lstsq(true.reshape(-1, 1), (0.3 * true + elsewhere).reshape(-1), rcond=None)[0][0]
    assert made / whole == pytest.approx(slope) and slope == pytest.approx(0.3)
    assert share_made(-true, true)[0] < 0
