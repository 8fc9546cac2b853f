"""The stencil is the ridge regression that it says it is, and knows nothing of the face before it."""

import numpy as np

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.stencil import RIDGE, Stencil

PLACES = np.s_[100:104, 60:64]


def drawn_pairs(count=12):
    generator = np.random.default_rng(0)
    for _ in range(count):
        neutral, target = generator.integers(60, 200, (2, 256, 256, 3)).astype(np.uint8)
        units = {int(unit): int(generator.integers(1, 6)) for unit in generator.choice(list(ACTION_UNITS), 2, False)}
        yield neutral, target, units


def test_it_is_the_ridge_regression_of_changes_on_levels():
    pairs, stencil = list(drawn_pairs()), Stencil(drawn_pairs())
    levels = np.array([[units.get(unit, 0) for unit in ACTION_UNITS] for *_, units in pairs], float)
    changes = np.stack([target[PLACES].astype(float) - neutral[PLACES] for neutral, target, _ in pairs])
    wanted = np.linalg.inv(levels.T @ levels + RIDGE * np.eye(len(ACTION_UNITS))) @ levels.T @ changes.reshape(12, -1)
    found = stencil.changes.reshape(-1, 256, 256, 3)[:, *PLACES].reshape(len(ACTION_UNITS), -1)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_it_adds_the_same_change_to_every_face_in_proportion_to_the_level():
    gray = np.full((256, 256, 3), 100, np.uint8)
    lit = gray.copy()
    lit[PLACES] += 20
    stencil = Stencil([(gray, lit, {12: 2})] * 500)
    for face in (gray, gray + 30):
        for units, change in (({}, 0), ({12: 1}, 10), ({12: 4}, 40), ({12: None}, 30)):
            assert (stencil(face, units).astype(int) - face)[PLACES].mean() == change
    assert (stencil(gray, {4: 5}) == gray).all() and (stencil(gray + 150, {12: 5})[PLACES] == 255).all()
