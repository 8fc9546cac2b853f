"""Faces brought to one place: two eyes and a mouth always lie on the same pixels.

A *placement* is a 3x3 matrix that leads from a place in the square picture to be made (x and y from 0 to 1)
to a place in the picture on disk (pixels). It turns, scales evenly and shifts, so no face is distorted. One
placement, that of the neutral face, serves both pictures of a pair: what differs between them is then what
moved in the face, and a nod stays a nod.
"""

import math

import numpy as np
from jaxtyping import Float64, UInt8
from PIL import Image
from skimage.transform import SimilarityTransform, warp

from lfes_core.datasets.images import IMAGE_SIZE
from lfes_core.errors import UserError

PLACES = np.array([[0.376, 0.418], [0.624, 0.418], [0.5, 0.684]])
"""Where the middles of the left eye, the right eye (as seen) and the mouth come to lie, in parts of the
picture. They are ScanFaces' own: the means over 200 neutral people of its renderer (seeds 0 to 199; standard
deviation 0.016 or less). The middle of the 68 landmarks is then at 0.56 of the height, and the jaw about 0.52
wide."""

LARGEST = 2048
"""Side of the largest picture that is made on the way, in pixels: the size of a file is a stranger's choice."""

Placement = Float64[np.ndarray, "3 3"]


def eyes_and_mouth(points: Float64[np.ndarray, "68 2"]) -> Float64[np.ndarray, "3 2"]:
    """Return the middles of the left eye, the right eye (as seen) and the mouth among the 68 landmarks."""
    return np.array([points[36:42].mean(0), points[42:48].mean(0), points[48:68].mean(0)])


def placement(points: Float64[np.ndarray, "68 2"]) -> Placement:
    """Return the placement of a face from its 68 landmarks: the similarity nearest to `PLACES`.

    Raises:
        UserError: the points are not those of an upright face.
    """
    left, right, mouth = marks = eyes_and_mouth(points)
    if not (right[0] - left[0] > abs(right[1] - left[1]) and mouth[1] > max(left[1], right[1])):
        raise UserError("its points are not two eyes above a mouth")
    matrix: Placement = SimilarityTransform.from_estimate(PLACES, marks).params
    return matrix


def fits(place: Placement, image: UInt8[np.ndarray, "height width 3"]) -> bool:
    """Tell whether eyes and mouth lie in the picture: landmarks of another picture seldom do."""
    x, y, _ = place @ np.column_stack([PLACES, np.ones(len(PLACES))]).T
    height, width = image.shape[:2]
    return bool((x >= 0).all() and (x < width).all() and (y >= 0).all() and (y < height).all())


def align(
    image: UInt8[np.ndarray, "height width 3"], place: Placement, size: int = IMAGE_SIZE
) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """Bring a face to its place in a picture of `size` pixels; what lies outside repeats the edge."""
    # Sampled as finely as the picture on disk and then averaged down, so that nothing aliases.
    reduction = math.ceil(np.hypot(place[0, 0], place[1, 0]) / size)
    fine = size * max(1, min(reduction, LARGEST // size))
    pixel_to_place = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, fine]]) / fine
    to_picture = place @ pixel_to_place
    warped = warp(  # type: ignore[no-untyped-call]
        image, to_picture, output_shape=(fine, fine), mode="edge", preserve_range=True
    )
    picture = Image.fromarray(np.rint(warped).astype(np.uint8))
    return np.array(picture.resize((size, size), Image.Resampling.LANCZOS), dtype=np.uint8)
