import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tools.scan_faces import regions
from tools.scan_faces.raster import FARTHEST
from tools.scan_faces.studio import SHRINK, SIZE

BIG = SIZE * SHRINK


class Poster:
    """A studio with a flat square of skin before a flat wall of teeth; only the skin moves, to the right."""

    def __init__(self, moves, hair=0):
        wall = [[0, 0, 0], [BIG, 0, 0], [BIG, BIG, 0], [0, BIG, 0]]
        left, right = BIG // 4, BIG // 2
        skin = [[left, left, 5], [right, left, 5], [right, right, 5], [left, right, 5]]
        self.start = np.array([*wall, *skin], np.float32)
        self.moved = self.start.copy()
        self.moved[4:, 0] += moves * SHRINK
        self.triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)
        self.mesh = np.ones(4, bool)
        self.model = SimpleNamespace(is_material=self.is_material)
        self.behind = "M_Teeth"
        self.hair = np.zeros((BIG, BIG), bool)
        self.hair[:hair] = True
        self.asked = []

    def is_material(self, *names):
        return np.array([self.behind in names] * 2 + ["M_Face" in names] * 2)

    def surface(self, action_units):
        self.asked.append(action_units)
        points = self.moved if len(self.asked) == 2 else self.start
        return points, points

    def skin_is_hidden(self, depth):
        return self.hair & (depth > FARTHEST)


def test_a_pixel_gets_the_movement_of_the_skin_it_shows_before_or_after():
    poster = Poster(moves=8)
    poster.behind = "M_BackHead"
    found = regions.region_map(poster, 12)
    assert found.shape == (SIZE, SIZE) and found.dtype == np.float32
    expected = np.zeros((SIZE, SIZE))
    expected[64:128, 64:136] = 8  # From where it was to where it is now.
    assert np.allclose(found, expected, atol=1e-3)
    assert poster.asked == [{}, {12: 5}]


def test_a_mouth_that_opens_gets_the_movement_of_the_nearest_skin():
    opened = regions.region_map(Poster(moves=8), 12)
    assert np.allclose(opened[64:128, 64:136], 8, atol=1e-3)
    # Skin that was twice as wide draws back by 72 pixels from the left and by 56 from the right: teeth appear.
    shrinking = Poster(moves=8)
    shrinking.start[4:, 0] += np.array([-64, 64, 64, -64]) * SHRINK
    found = regions.region_map(shrinking, 12)
    assert found[96, 20] == pytest.approx(72, abs=0.1)  # It had 70 before.
    assert found[20, 20] == 0


def test_hair_hides_the_skin_and_is_no_part_of_a_map():
    found = regions.region_map(Poster(moves=8, hair=80 * SHRINK), 12)
    assert not found[:80].any() and np.allclose(found[80:128, 64:128], 8, atol=1e-3)


def test_a_jaw_is_measured_from_parted_lips():
    for unit in (26, 27):
        regions.region_map(poster := Poster(moves=1), unit)
        assert poster.asked == [{25: 5}, {25: 5, unit: 5}]


def test_a_stored_map_has_levels_of_a_fifth_of_a_pixel():
    image, far = (Image.open(io.BytesIO(regions.region_file(Poster(moves), 12))) for moves in (8, 60))
    assert image.mode == "L" and image.size == (SIZE, SIZE)
    assert set(np.unique(image)) == {0, 40} and np.max(far) == 255
