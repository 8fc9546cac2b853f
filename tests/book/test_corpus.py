"""What the chapter on sentences counts in a corpus is what is in it."""

import numpy as np
import pytest

from lfes_core.action_units import ACTION_UNITS
from lfes_core.sentences import PROTOCOLS, Description, parse
from tests.book.modules import module_of_the_book

FACES = [Description("man", None, units) for units in ({1: 2, 2: 3}, {1: 1, 2: None}, {4: 5}, {4: 1, 25: 2})]


@pytest.fixture(scope="module")
def corpus():
    return module_of_the_book("corpus")


def test_every_face_is_said_once_in_every_protocol(corpus):
    said = corpus.spoken(FACES, seed=1)
    assert list(said) == list(PROTOCOLS)
    for sentences in said.values():
        assert [parse(sentence) for sentence in sentences] == FACES
    assert said == corpus.spoken(FACES, seed=1) != corpus.spoken(FACES, seed=2)


def test_units_and_pairs_are_counted_once_a_face(corpus):
    assert corpus.occurrences(FACES) == {1: 2, 2: 2, 4: 2, 25: 1}
    assert corpus.meetings(FACES) == {(1, 2): 2, (4, 25): 1}


def test_chance_is_the_product_of_both_shares(corpus):
    ratios = corpus.times_chance(FACES, [1, 2, 4, 25, 43])
    # 1 and 2 are in half of the faces each: together in a quarter of them by chance, in half of them here.
    assert ratios[0, 1] == ratios[1, 0] == 2
    assert ratios[0, 2] == 0 and ratios[2, 3] == 2
    assert np.isnan(np.diag(ratios)).all() and np.isnan(ratios[4]).all()


def test_published_pairs_stand_where_their_units_are(corpus):
    numbers = sorted(ACTION_UNITS)
    ratios = corpus.ck_plus_times_chance(numbers)
    assert ratios[numbers.index(6), numbers.index(12)] == ratios[numbers.index(12), numbers.index(6)] == 67 / 23
    assert ratios[numbers.index(26), numbers.index(27)] == 0
    assert np.isfinite(ratios).sum() == 2 * (len(corpus.CK_PLUS_PAIRS) + len(corpus.CK_PLUS_NEVER))
    assert corpus.CK_PLUS_COUNTS.keys() <= ACTION_UNITS.keys()
    assert max(corpus.CK_PLUS_COUNTS.values()) < corpus.CK_PLUS_PEAKS
