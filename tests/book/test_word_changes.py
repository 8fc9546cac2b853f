"""Figures of changed words show every row, every adverb and every pair that they are given."""

import numpy as np
import pytest

from lfes_core.action_units import INTENSITY_ADVERBS
from tests.book.modules import drawn_by

ADVERBS = [word for words in INTENSITY_ADVERBS.values() for word in words]


@pytest.fixture
def changes():
    with drawn_by("word_changes") as module:
        yield module


def gray(value):
    return np.full((256, 256, 3), value, np.uint8)


def test_each_adverb_has_a_place_and_each_row_a_mark_at_the_mean_of_the_people(changes):
    read = {row: {word: [k, k + 1.0] for k, word in enumerate(ADVERBS)} for row in ("full_moving", "full")}
    changes.show_adverbs({9: read, 12: read}, {unit: [[k, k + 0.5] for k in range(5)] for unit in (9, 12)})
    first, second = changes.kept[0].axes
    assert first.get_yticklabels()[0].get_text() == "marginally  A"
    assert "AU 12" in second.get_title()
    means = [line.get_xdata()[0] for line in first.lines if line.get_marker() == "s"]
    assert means == [k + 0.5 for k in range(15)]


def test_a_change_of_light_is_signed_and_a_face_is_shown_as_it_is(changes):
    exchange = changes.Exchange(after=gray(90), before=gray(100))
    assert np.array_equal(changes.light_change(exchange), np.full((256, 256), -10))
    changes.show_effects({"nose": [gray(50), exchange]}, ["face", "change"], limit=20)
    face, change, bar = changes.kept[0].axes
    assert face.images[0].get_array().shape[2] == 3
    assert change.images[0].get_clim() == (-20, 20) and "light" in bar.get_xlabel()


def test_two_rulers_stand_across_and_upwards(changes):
    found = {"full": {5: (0.3, [0.0, 0.2])}, "full_moving": {5: (0.9, [0.4, 0.8])}}
    changes.show_two_rulers(found, ["ICC", "cosine"])
    (axis,) = changes.kept[0].axes
    marks = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axis.lines if line.get_marker() in "os"]
    assert np.allclose(marks, [(0.3, 0.1), (0.9, 0.6)])
    assert [text.get_text() for text in axis.texts] == ["5", "5"]


def test_pairs_that_no_face_makes_stay_empty_and_framed_places_have_a_frame(changes):
    matrix = np.array([[np.nan, -1.26], [0.04, np.nan]])
    changes.show_company({"truth": matrix}, (1, 4), {"truth": matrix < -1})
    axis = changes.kept[0].axes[0]
    assert [text.get_text() for text in axis.texts] == ["−1.3", "0"]
    assert len(axis.patches) == 1


def test_a_mean_stands_before_its_range_and_zero_has_no_sign(changes):
    assert changes.mean_and_range([1, 2, 4.04]) == "2.3 (1.0 to 4.0)"
    assert changes.mean_and_range([-0.01, 0.0], 1) == "0.0 (0.0 to 0.0)"
