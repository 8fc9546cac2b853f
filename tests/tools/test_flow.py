"""Flow fields say where the surface of each pixel was, and whether it was seen."""

import io

import numpy as np
import pytest

from tests.tools.test_regions import Poster
from tools.scan_faces.flow import FIELD, flow_field, flow_file
from tools.scan_faces.studio import SIZE


def field(poster: Poster) -> np.ndarray:
    """The field of the poster's only expression."""
    return flow_field(poster)({12: 5})


@pytest.fixture
def behind():
    """Skin before the back of the head, both seen; the skin moves 8 pixels to the right."""
    poster = Poster(moves=8)
    poster.behind = "M_BackHead"
    return poster


def test_a_place_points_to_where_its_skin_was(behind):
    right, down, seen = field(behind)
    assert right.shape == (FIELD, FIELD) == (64, 64)
    # 72 to 136 is the skin now, four pixels a place; 8 pixels of 128 to the left is where it was
    assert np.allclose(right[17:31, 19:33], -8 / 128, atol=1e-3) and np.allclose(down, 0, atol=1e-4)
    assert np.allclose(seen[17:31, 19:33], 1)
    assert np.allclose(right[40:, 40:], 0, atol=1e-4)


def test_what_something_has_covered_before_was_not_seen(behind):
    right, _, seen = field(behind)
    # The skin has left the pixels 64 to 72, and what lies behind them comes to light.
    assert np.allclose(seen[17:31, 16:18], 0)
    assert np.allclose(right[17:31, 16:18], 0, atol=1e-3)  # it has not moved, only nobody knew it


def test_hair_stays_and_hides(behind):
    behind.hair[: 24 * SIZE // 64 * 3] = True
    right, down, seen = field(behind)
    assert np.allclose(right[:24], 0) and np.allclose(down[:24], 0) and np.allclose(seen[:24], 1)
    assert np.allclose(right[25:31, 19:33], -8 / 128, atol=1e-3)


def test_a_file_keeps_a_field_to_a_tenth_of_a_pixel():
    known = np.random.default_rng(0).uniform(-0.3, 1, (3, FIELD, FIELD)).astype(np.float32)
    found = np.load(io.BytesIO(flow_file(known)), allow_pickle=False)
    assert found.dtype == np.float16 and np.abs(found - known).max() * SIZE / 2 < 0.1
