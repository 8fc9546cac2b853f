import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from lfes_core.datasets.alignment import LARGEST, PLACES, align, eyes_and_mouth, fits, placement
from lfes_core.errors import UserError
from tests.datasets.trees import face_points


def dots(points: np.ndarray, height: int = 240, width: int = 320) -> np.ndarray:
    """A dark picture with a soft red, green and blue dot where left eye, right eye and mouth are."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [np.exp(-((x - px) ** 2 + (y - py) ** 2) / 18) for px, py in eyes_and_mouth(points)]
    return np.rint(255 * np.stack(channels, axis=-1)).astype(np.uint8)


def found(picture: np.ndarray) -> np.ndarray:
    """Where the three dots of a picture are, in parts of its side [3 2]."""
    weights = picture.astype(float)
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
    places = [[(x * w).sum() / w.sum(), (y * w).sum() / w.sum()] for w in np.moveaxis(weights, -1, 0)]
    return np.array(places) / len(picture)


@settings(max_examples=20, deadline=None)
@given(
    scale=st.floats(0.7, 2.0),
    turn=st.floats(-0.5, 0.5),
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
    size=st.sampled_from([64, 100, 256]),
)
def test_eyes_and_mouth_come_to_the_same_places_however_the_face_lay(
    scale: float, turn: float, x: float, y: float, size: int
) -> None:
    middle = SimilarityTransform(translation=(160 + x, 120 + y))
    lay = SimilarityTransform(scale=60 * scale, rotation=turn) + middle
    around_zero = (PLACES - PLACES.mean(0)) / 0.5
    points = face_points(*map(tuple, lay(around_zero)))
    place = placement(points)
    assert np.allclose(place @ np.column_stack([PLACES, np.ones(3)]).T, [*eyes_and_mouth(points).T, [1] * 3])
    # Dots on disk lie on pixel centers, and so may be half a source pixel away from where they are found.
    assert np.abs(found(align(dots(points), place, size)) - PLACES).max() < 1.5 / size


def test_no_face_is_distorted() -> None:
    long_face = placement(face_points(mouth=(32, 60)))
    matrix = long_face[:2, :2]
    assert np.allclose(matrix @ matrix.T, np.eye(2) * np.linalg.det(matrix))
    assert np.linalg.det(matrix) > 0 and np.allclose(long_face[2], [0, 0, 1])


def test_what_lies_outside_the_picture_repeats_its_edge() -> None:
    gray = np.full((60, 64, 3), 90, np.uint8)
    assert (align(gray, placement(face_points((10, 20), (54, 20), (32, 50))), 128) == 90).all()


def test_a_large_picture_is_averaged_down_and_does_not_alias() -> None:
    board = (np.indices((480, 640)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    points = face_points((220, 200), (420, 200), (320, 400))
    middle = align(board, placement(points), 64)[20:44, 20:44]  # the edge is repeated around it, in stripes
    assert np.abs(middle.astype(int) - 127).max() <= 3


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((68, 2)),
        face_points((40, 20), (24, 20)),
        face_points(mouth=(32, 5)),
        face_points((24, 10), (26, 30), (10, 37)),
    ],
    ids=["all in one place", "left and right exchanged", "upside down", "lying on its side"],
)
def test_points_that_are_no_upright_face_are_refused(points: np.ndarray) -> None:
    with pytest.raises(UserError, match="two eyes above a mouth"):
        placement(points)


@pytest.mark.parametrize("away", [(-30, 0), (700, 0), (0, -30), (0, 500)])
def test_landmarks_outside_the_picture_do_not_fit_it(away: tuple[int, int]) -> None:
    image = np.zeros((490, 640, 3), np.uint8)
    points = face_points()
    assert fits(placement(points), image)
    assert not fits(placement(points + away), image)


def test_a_stranger_cannot_ask_for_a_picture_without_end() -> None:
    far = placement(face_points((0, 0), (1e9, 0), (5e8, 1e9)))
    assert align(np.zeros((8, 8, 3), np.uint8), far, 16).shape == (16, 16, 3)
    assert LARGEST < 10_000
