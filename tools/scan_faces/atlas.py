"""The skin atlas: a picture in the model's texture coordinates in which every texel knows its place on the face."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from tools.scan_faces.model import SKIN_MATERIALS, FaceModel
from tools.scan_faces.noise import curve_distance, inside_polygon, smooth_curve
from tools.scan_faces.raster import BACKGROUND, rasterize

TILE = 576
"""Texels along one side of a tile; the face fills the left tile, the rest of the head the right one."""
FAR = 9.0


@dataclass(frozen=True)
class Atlas:
    """What all people share on the skin.

    `corners` [n 3] int32 and `weights` [n 3] hold the vertices of the triangle under each covered texel and the
    texel's barycentric place in it: what is attached to a texel moves with the skin. `place`
    [n 3] is the position of the covered texels on the generic neutral face, `covered` [TILE 2*TILE] bool tells
    which texels those are, `nearest` [2 TILE 2*TILE] the covered texel nearest to each texel (so that
    blending at the rim of a chart never picks up nothing). `face` [n] bool: texel of the face tile. `lips` [n]
    signed distance to the lip outline (inside negative), `brows` [n 2] distance to the brow curve and place along
    it from the nose outwards.
    """

    corners: np.ndarray
    weights: np.ndarray
    place: np.ndarray
    covered: np.ndarray
    nearest: np.ndarray
    face: np.ndarray
    lips: np.ndarray
    brows: np.ndarray

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return a picture [TILE 2*TILE channels] float32 from values at the covered texels [n channels]."""
        picture = np.zeros((*self.covered.shape, values.shape[1]), np.float32)
        picture[self.covered] = values
        return picture[self.nearest[0], self.nearest[1]]


def brow_curves(model: FaceModel) -> tuple[np.ndarray, np.ndarray]:
    """Return the two brow curves, each [points 3] from the nose outwards."""
    marks = model.landmarks
    return smooth_curve(marks[21:16:-1], 24), smooth_curve(marks[22:27], 24)


def build_atlas(model: FaceModel) -> Atlas:
    """Lay the generic neutral face out in texture coordinates."""
    keep = model.is_material(*SKIN_MATERIALS)
    corners = model.texture[keep].reshape(-1, 2)
    points = np.zeros((len(corners), 3), np.float32)
    points[:, 0] = corners[:, 0] * TILE
    points[:, 1] = (1 - corners[:, 1]) * TILE
    numbers = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    _, hit, weights = rasterize(points, numbers, TILE, 2 * TILE)
    covered = hit != BACKGROUND
    triangles = model.triangles[keep][hit[covered]]
    a, b = weights[covered].T
    shares = np.stack([a, b, 1 - a - b], 1)
    place = np.einsum("nc,ncd->nd", shares, model.neutral[triangles])
    face = np.nonzero(covered)[1] < TILE
    nearest = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    lips, brows = _lip_distance(model, place, face), _brow_place(model, place, face)
    return Atlas(triangles, shares, place, covered, nearest, face, lips, brows)


def _lip_distance(model: FaceModel, place: np.ndarray, face: np.ndarray) -> np.ndarray:
    marks = model.landmarks
    upper, lower = (
        smooth_curve(marks[48:55, :2], 49),
        smooth_curve(marks[[54, 55, 56, 57, 58, 59, 48], :2], 49),
    )
    outline = np.vstack([upper, lower])
    signed = np.full(len(place), FAR, np.float32)
    near = face & (place[:, 2] > 5) & (np.abs(place[:, 0]) < 4) & (place[:, 1] > -6) & (place[:, 1] < -1)
    distance, _ = curve_distance(place[near, :2], outline)
    signed[near] = np.where(inside_polygon(place[near, :2], outline), -distance, distance)
    return signed


def _brow_place(model: FaceModel, place: np.ndarray, face: np.ndarray) -> np.ndarray:
    result = np.full((len(place), 2), FAR, np.float32)
    near = np.nonzero(face & (place[:, 2] > 4) & (place[:, 1] > 3.5) & (place[:, 1] < 8.5))[0]
    for curve in brow_curves(model):
        distance, along = curve_distance(place[near, :2], curve[:, :2])
        nearer = distance < result[near, 0]
        result[near[nearer]] = np.stack([distance[nearer], along[nearer]], 1)
    return result
