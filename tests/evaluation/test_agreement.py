"""ICC(3,1) against the published worked example, and against an analysis of variance written out."""

import math

import numpy as np
import pytest

from lfes_core.evaluation.agreement import accuracy, icc_3_1, mean_absolute_error

# Shrout and Fleiss (1979), "Intraclass correlations: uses in assessing rater reliability", Psychological Bulletin
# 86(2), Table 2: four judges rate six targets. Their Table 4 gives ICC(3,1) = .71.
SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def slow_icc_3_1(ratings):
    """The two-way analysis of variance, sum by sum."""
    n, k = ratings.shape
    grand = sum(map(sum, ratings)) / (n * k)
    rows = [sum(row) / k for row in ratings]
    columns = [sum(column) / n for column in ratings.T]
    between = k * sum((row - grand) ** 2 for row in rows) / (n - 1)
    error = 0.0
    for i in range(n):
        for j in range(k):
            error += (ratings[i, j] - rows[i] - columns[j] + grand) ** 2
    error /= (n - 1) * (k - 1)
    return (between - error) / (between + (k - 1) * error)


def test_icc_is_that_of_shrout_and_fleiss():
    assert round(icc_3_1(SHROUT_AND_FLEISS), 2) == 0.71


@pytest.mark.parametrize("seed", range(5))
def test_icc_equals_the_analysis_of_variance_written_out(seed):
    ratings = np.random.default_rng(seed).normal(size=(7, 2 + seed))
    assert icc_3_1(ratings) == pytest.approx(slow_icc_3_1(ratings), abs=1e-12)


def test_icc_forgives_a_constant_difference_and_not_another_scale():
    named = np.arange(6.0)
    assert icc_3_1(np.stack((named, named + 3), axis=1)) == pytest.approx(1.0)
    assert icc_3_1(np.stack((named, 0.2 * named), axis=1)) < 0.5
    assert icc_3_1(np.stack((named, -named), axis=1)) == pytest.approx(-1.0)


def test_icc_is_unknown_where_nothing_varies_or_there_is_one_target():
    assert math.isnan(icc_3_1(np.ones((4, 2))))
    assert math.isnan(icc_3_1(np.array([[1.0, 2.0]])))


def test_accuracy_leaves_out_what_is_not_known():
    named = np.array([[0.0, 1.0], [2.0, np.nan], [4.0, 3.0]])
    measured = np.array([[0.5, 1.0], [2.0, 9.0], [4.5, 3.0]])
    found = accuracy(named, measured, (1, 12))
    assert found["1"]["n"] == 3 and found["12"]["n"] == 2
    assert found["1"]["mae"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["12"] == {"icc": 1.0, "mae": 0.0, "n": 2}
    assert mean_absolute_error(np.array([1.0, 5.0]), np.array([2.0, 3.0])) == 1.5
