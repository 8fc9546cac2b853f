"""The Frechet distance against its closed forms, and against the formula with a general matrix root."""

import numpy as np
import pytest
import torch

from lfes_core.evaluation.frechet import DistanceToTruth, frechet_distance


def slow_frechet(a, b):
    """Literally: the root of the product of the covariances by its eigenvectors, in complex numbers."""
    means = a.mean(axis=0) - b.mean(axis=0)
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eig(first @ second)
    root = vectors @ np.diag(np.sqrt(values.astype(complex))) @ np.linalg.inv(vectors)
    return float((means**2).sum() + np.trace(first + second - 2 * root).real)


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_formula_with_a_general_root(seed):
    r = np.random.default_rng(seed)
    a = r.normal(size=(60, 5)) @ r.normal(size=(5, 5))
    b = r.normal(size=(40, 5)) @ r.normal(size=(5, 5)) + r.normal(size=5)
    assert frechet_distance(a, b) == pytest.approx(slow_frechet(a, b), rel=1e-8)


def test_in_one_dimension_it_is_the_difference_of_means_and_of_deviations():
    r = np.random.default_rng(0)
    a, b = r.normal(2, 3, (500, 1)), r.normal(-1, 0.5, (400, 1))
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_is_zero_for_a_set_and_itself_also_with_more_features_than_pictures():
    a = np.random.default_rng(1).normal(size=(8, 20))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, a + 2) == pytest.approx(4 * 20, rel=1e-6)


def test_depends_on_how_many_pictures_there_are():
    r = np.random.default_rng(2)
    few, many = (frechet_distance(r.normal(size=(n, 16)), r.normal(size=(n, 16))) for n in (40, 4000))
    assert few > 10 * many


def test_answers_are_compared_with_the_true_pictures_as_a_set():
    true = list(np.random.default_rng(3).integers(0, 256, (6, 256, 256, 3), dtype=np.uint8))

    def features(pictures):
        return torch.tensor(np.stack([picture[:2, 0, 0] for picture in pictures]), dtype=torch.float32)

    distance = DistanceToTruth(features, true)
    assert distance(true[::-1]) == {"value": pytest.approx(0, abs=1e-3), "n": 6}
    darker = [picture // 2 for picture in true]
    expected = frechet_distance(*(features(some).double().numpy() for some in (darker, true)))
    assert distance(darker)["value"] == pytest.approx(expected, abs=1e-3)
