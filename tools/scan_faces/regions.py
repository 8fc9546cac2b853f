"""Region maps: how far the surface seen at each pixel moves for one Action Unit."""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt

from tools.scan_faces.expression import STRONGEST
from tools.scan_faces.plan import JAW, Expression
from tools.scan_faces.raster import BACKGROUND, rasterize
from tools.scan_faces.studio import SHRINK, SIZE, Studio

GRAY = 0.2
"""Pixels of movement that one gray level of a stored map stands for; 255 levels are 51 pixels."""
SKIN, MOUTH = ("M_Face",), ("M_Teeth", "M_GumsTongue")


def endpoints(unit: int) -> tuple[Expression, Expression]:
    """Return the two expressions whose difference a map shows: without the unit, and with it at intensity E.

    Without it is the neutral face; but a jaw always drops behind parted lips, so that 26 and 27 start at
    25 E. The lips' own parting is then no part of the map. Both pictures are in the data set.
    """
    without: Expression = {25: STRONGEST} if unit in JAW else {}
    return without, without | {unit: STRONGEST}


def region_map(studio: Studio, unit: int) -> np.ndarray:
    """Return how far, in pixels of the finished picture, the surface seen at each pixel moves, [256 256] float32.

    A pixel can show one piece of skin before and another piece after: it gets the larger of their movements. Where
    the mouth has opened it gets that of the nearest skin, if that is larger still. Only the skin of the face counts,
    with lids, lips and the hairs that grow on it. Where a cut of hair, clothes or glasses hide it, where eyeballs are
    seen, and everywhere else the map is 0.
    """
    without, with_unit = endpoints(unit)
    start, end = studio.surface(without)[1], studio.surface(with_unit)[1]
    movement = np.linalg.norm((end - start)[:, :2], axis=1) / SHRINK
    skin = studio.model.is_material(*SKIN)[studio.mesh]
    mouth = studio.model.is_material(*MOUTH)[studio.mesh]
    before, _, inside_before = _seen(studio, start, movement, skin, mouth)
    after, skin_after, inside_after = _seen(studio, end, movement, skin, mouth)
    opened = inside_after & ~inside_before
    if opened.any():
        rows, columns = distance_transform_edt(~skin_after, return_distances=False, return_indices=True)
        after[opened] = after[rows[opened], columns[opened]]
    larger = np.maximum(before, after)
    return larger.reshape(SIZE, SHRINK, SIZE, SHRINK).mean((1, 3)).astype(np.float32)


def region_file(studio: Studio, unit: int) -> bytes:
    """Return the map as an 8-bit gray PNG; one gray level is `GRAY` pixels of movement."""
    levels = np.rint(region_map(studio, unit) / GRAY).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _seen(
    studio: Studio, screen: np.ndarray, movement: np.ndarray, skin: np.ndarray, mouth: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the movement of the face's skin at every pixel of the large picture, where it is, and where the mouth is.

    All [height width]; the movement is 0 where something else is seen.
    """
    depth, hit, weights = rasterize(screen, studio.triangles, SIZE * SHRINK, SIZE * SHRINK)
    visible = (hit != BACKGROUND) & ~studio.skin_is_hidden(depth)
    is_skin, is_mouth = visible & skin[hit], visible & mouth[hit]
    corners = movement[studio.triangles[hit[is_skin]]]
    a, b = weights[is_skin].T
    moved = np.zeros(hit.shape, np.float32)
    moved[is_skin] = a * corners[:, 0] + b * corners[:, 1] + (1 - a - b) * corners[:, 2]
    return moved, is_skin, is_mouth
