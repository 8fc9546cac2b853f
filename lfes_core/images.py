"""Pictures in and out: anything to RGB bytes, a face brought to its place, bytes to tensors in [-1, 1] and back.

A *placement* is a 3x3 matrix that leads from a place in the square picture to be made (x and y from 0 to 1) to a place
in the picture on disk (pixels). It turns, scales evenly and shifts, so no face is distorted. One placement, that of the
neutral face, serves both pictures of a pair: what differs is then what moved in the face, and a nod stays a nod.
"""

import io
import math
import os
import warnings
from contextlib import suppress
from typing import BinaryIO, TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float64, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile
from torch import Tensor

from lfes_core.config import IMAGE_SIZE as IMAGE_SIZE
from lfes_core.errors import Unreadable, UserError, shortened
from lfes_core.files import user_path

Placement: TypeAlias = Float64[np.ndarray, "3 3"]
ImageSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | np.ndarray | Tensor
"""What `read_image` takes."""

_TAKEN = (
    "a path, an open file, the bytes of a file, a Pillow image, an array (height, width[, 3 or 4]; uint8, or float in "
    "0..1) or a tensor [3 height width] in -1..1"
)
_DAMAGED = "is not a picture that can be read ({}): give a JPEG or PNG file"
_TOO_LARGE = "has more than 50 megapixels: make it smaller"

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Kinds of files that are read. Pillow knows more, among them EPS, a program that it would start Ghostscript for, and
ICO, whose pictures are larger than it says."""

SMALLEST = 24
"""Shorter side of the smallest picture in which a face can be seen, in pixels."""

LARGEST_PIXELS = 50_000_000
"""A larger picture would take gigabytes of memory; a JPEG is then read at half its size."""

PLACES = np.array([[0.376, 0.418], [0.624, 0.418], [0.5, 0.684]])
"""Where the middles of the left eye, the right eye (as seen) and the mouth come to lie, in parts of the picture. They
are ScanFaces' own: the means over 200 neutral people of its renderer (seeds 0 to 199; standard deviation 0.016 or
less). The middle of the 68 landmarks is then at 0.56 of the height, and the jaw about 0.52 wide."""

CLOSEST_EYES = 10  # pixels between the eyes; landmarks with less are in another unit of length

FACE_TOP, FACE_LEFT, FACE_CROP, FACE_SIZE = 64, 48, 160, 80
"""What `face_crop` cuts out: 160x160 of 256x256 pixels, from brows to chin, halved to 80x80."""

LARGEST = 2048
"""Side of the largest picture that `align` makes on the way, in pixels: the size of a file is a stranger's choice."""


def read_image(source: object, name: str | None = None) -> UInt8[np.ndarray, "height width 3"]:
    """Return any picture (see `ImageSource`) as 8-bit RGB: gray in three equal channels, transparency on white.

    The rotation that cameras write beside the pixels (EXIF) is applied. Gray of more than 8 bits is scaled by the
    least number of bits that holds all of it. `name` is what an error calls the picture.

    Raises:
        UserError: it is none of these, there is no such file, it is no picture, damaged, too small or too large.
    """
    name = name or (str(source) if isinstance(source, str | os.PathLike) else "the given picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, about torn EXIF blocks and many pixels
            pixels = _read(source, name)
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        raise Unreadable(_TOO_LARGE, file=name) from error
    except MemoryError as error:
        raise Unreadable("needs more memory than there is: make it smaller", file=name) from error
    except Exception as error:  # Pillow answers damage with two dozen kinds of exceptions
        reason = shortened(" ".join(str(error).split())) or type(error).__name__
        raise Unreadable(_DAMAGED, reason, file=name) from error
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST or max(height, width) > 8 * min(height, width):
        why = f"is {{}} pixels: give a picture of {SMALLEST}x{SMALLEST} or more, not much longer than wide"
        raise Unreadable(why, f"{width}x{height}", file=name)
    return pixels


def _read(source: object, name: str) -> UInt8[np.ndarray, "height width 3"]:
    match source:
        case Image.Image():
            return _to_rgb(source, name)
        case np.ndarray():
            _check_size(*source.shape[1::-1], name=name)
            return _to_rgb(_from_array(source), name)
        case Tensor():
            _check_size(*source.shape[-2:], name=name)
            return _from_tensor(source)
        case str() | os.PathLike():
            if os.path.isdir(path := user_path(source)):
                raise UserError(f"{name} is a folder: give the path of a picture")
            if not os.path.isfile(path):
                raise UserError(f"there is no picture at {name}")
            file: BinaryIO = path.open("rb")
        case bytes() | bytearray() | memoryview():
            file = io.BytesIO(source)
        case _ if hasattr(source, "read"):
            file = io.BytesIO(source.read(10 * LARGEST_PIXELS + 10))
        case _:
            raise UserError(f"{type(source).__name__} is no picture: give {_TAKEN}")
    with file:
        _check_size(file.seek(0, os.SEEK_END) // 10, name=name)  # of bytes: some kinds of files are read as a whole
        file.seek(0)
        start = file.read(16)
        try:
            with Image.open(file, formats=FORMATS) as image:
                if isinstance(image, JpegImageFile) and image.width * image.height > LARGEST_PIXELS:
                    image.draft(None, (image.width // 2, image.height // 2))
                return _to_rgb(image, name)
        except UnidentifiedImageError as error:  # whose text names an object in memory
            heic = start[4:10] in (b"ftyphe", b"ftypmi", b"ftypms")
            reason = "it is HEIC" if heic else "no known kind of picture" if start else "it is empty"
            raise Unreadable(_DAMAGED, reason, file=name) from error


def _check_size(*sides: int, name: str) -> None:
    if math.prod(sides) > LARGEST_PIXELS:
        raise Unreadable(_TOO_LARGE, file=name)


def _to_rgb(image: Image.Image, name: str) -> UInt8[np.ndarray, "height width 3"]:
    _check_size(*image.size, name=name)
    image.load()
    with suppress(Exception):  # a torn EXIF block says nothing against the picture
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # Pillow would clip 16 bits to white
        image = _to_8_bits(image, name)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _to_8_bits(image: Image.Image, name: str) -> Image.Image:
    gray = np.asarray(image, dtype=np.float32)
    top = float(gray.max())
    if not (math.isfinite(top) and gray.min() >= 0):
        raise Unreadable("holds brightness that is negative or not finite: scale it to 0..255", file=name)
    bits = max(8, math.ceil(top).bit_length())
    scale = 255.0 if image.mode == "F" and top < 2 else 255 / (2 ** (bits + bits % 2) - 1)  # 8, 10, 12, .. bits
    return Image.fromarray(np.rint(np.minimum(gray * np.float32(scale), 255)).astype(np.uint8))


def _from_array(array: np.ndarray) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if not array.size or (array.ndim, *array.shape[2:]) not in {(2,), (3, 3), (3, 4)}:
        raise UserError(f"an array of shape {array.shape} is no picture: give {_TAKEN}")
    if np.issubdtype(array.dtype, np.floating):
        if not (array.min() >= 0 and array.max() <= 1):
            raise UserError("a picture given as floating-point numbers must lie in [0, 1]")
        array = np.rint(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise UserError(f"an array of {array.dtype} is no picture: give {_TAKEN}")
    return Image.fromarray(np.ascontiguousarray(array))


def _from_tensor(tensor: Tensor) -> UInt8[np.ndarray, "height width 3"]:
    tensor = tensor[0] if tensor.ndim == 4 and len(tensor) == 1 else tensor
    inside = tensor.is_floating_point() and bool((tensor.abs() <= 1).all())
    if tensor.ndim != 3 or len(tensor) != 3 or not inside:
        raise UserError(f"a tensor [{' '.join(map(str, tensor.shape))}] or its values are no picture: give {_TAKEN}")
    return to_uint8(tensor)


def square(image: UInt8[np.ndarray, "height width 3"], size: int = IMAGE_SIZE) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """Cut the largest square out of the middle (an odd pixel is left at the right or the bottom) at `size` pixels."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cropped = np.ascontiguousarray(image[top : top + side, left : left + side])
    if side == size:
        return cropped
    # Lanczos in Pillow widens with the reduction, so nothing aliases.
    return np.array(Image.fromarray(cropped).resize((size, size), Image.Resampling.LANCZOS), dtype=np.uint8)


def eyes_and_mouth(points: Float64[np.ndarray, "68 2"]) -> Float64[np.ndarray, "3 2"]:
    """Return the middles of the left eye, the right eye (as seen) and the mouth among the 68 landmarks."""
    return np.array([points[36:42].mean(0), points[42:48].mean(0), points[48:68].mean(0)])


def placement(points: Float64[np.ndarray, "68 2"]) -> Placement:
    """Return the similarity nearest to `PLACES` for a face's 68 landmarks; raise `UserError` if it is not upright."""
    return similarity(eyes_and_mouth(points), PLACES)


def similarity(marks: Float64[np.ndarray, "marks 2"], places: Float64[np.ndarray, "marks 2"]) -> Placement:
    """Return the similarity that brings places on the frame nearest to a face's marks: two eyes, then what is below.

    Raises:
        UserError: the face is not upright.
    """
    from skimage.transform import SimilarityTransform  # only photographs and CK+ need it; it takes a while to import

    usable = np.abs(marks).max() < 1e12  # the squares of larger numbers could be summed no more
    left, right, below = marks[0], marks[1], marks[2:].mean(0)
    if not (usable and right[0] - left[0] > abs(right[1] - left[1]) and below[1] > max(left[1], right[1])):
        raise Unreadable("its points are not two eyes above a mouth")
    matrix: Placement = SimilarityTransform.from_estimate(places, marks).params
    return matrix


def misfit(place: Placement, image: UInt8[np.ndarray, "height width 3"]) -> str | None:
    """Return why landmarks with this placement must be those of another picture, or None."""
    if why := outside(place, image):
        return why
    return "a third of the face would lie outside this picture" if share_seen(place, image) < 2 / 3 else None


def outside(place: Placement, image: UInt8[np.ndarray, "height width 3"]) -> str | None:
    """Return why there cannot be two eyes and a mouth at their places in this picture, or None."""
    height, width = image.shape[:2]
    x, y, _ = place @ np.column_stack([PLACES, np.ones(3)]).T
    if min(*x, *y) < 0 or max(x) >= width or max(y) >= height:
        return "the landmarks lie outside this picture"
    return "the eyes of the landmarks lie in one place" if np.hypot(x[1] - x[0], y[1] - y[0]) < CLOSEST_EYES else None


def share_seen(place: Placement, image: UInt8[np.ndarray, "height width 3"]) -> float:
    """Return how much of the box around the frame lies inside this picture, from 0 to 1."""
    height, width = image.shape[:2]
    x, y, _ = place @ np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
    return float(np.ptp(x.clip(0, width)) * np.ptp(y.clip(0, height)) / np.ptp(x) / np.ptp(y))


def align(
    image: UInt8[np.ndarray, "height width 3"], place: Placement, size: int = IMAGE_SIZE
) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """Bring a face to its place in a picture of `size` pixels; what lies outside repeats the edge."""
    from skimage.transform import warp

    # Sampled as finely as the picture on disk and then averaged down, so that nothing aliases.
    reduction = math.ceil(np.hypot(place[0, 0], place[1, 0]) / size)
    fine = size * max(1, min(reduction, LARGEST // size))
    pixel_to_place = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, fine]]) / fine
    # What is warped is turned into numbers of 64 bits, so it is the part around the frame alone.
    x, y, _ = place @ np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
    height, width = image.shape[:2]
    left, top = int((x.min() - 3).clip(0, width - 1)), int((y.min() - 3).clip(0, height - 1))
    right, bottom = int((x.max() + 3).clip(left + 1, width)), int((y.max() + 3).clip(top + 1, height))
    moved = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]])
    warped = warp(  # type: ignore[no-untyped-call]
        image[top:bottom, left:right],
        moved @ place @ pixel_to_place,
        output_shape=(fine, fine),
        mode="edge",
        preserve_range=True,
    )
    picture = Image.fromarray(np.rint(warped).astype(np.uint8))
    return np.array(picture.resize((size, size), Image.Resampling.LANCZOS), dtype=np.uint8)


def face_crop(pictures: UInt8[np.ndarray, "n 256 256 3"]) -> UInt8[Tensor, "n 3 80 80"]:
    """Return the middle of the face at half size, by the mean of 2x2 pixels."""
    window = np.asarray(pictures)[:, FACE_TOP : FACE_TOP + FACE_CROP, FACE_LEFT : FACE_LEFT + FACE_CROP]
    halved = window.reshape(len(window), FACE_SIZE, 2, FACE_SIZE, 2, 3).mean((2, 4))
    return torch.from_numpy(np.rint(halved).astype(np.uint8)).permute(0, 3, 1, 2).contiguous()


def to_tensor(image: UInt8[np.ndarray, "height width 3"]) -> Float[Tensor, "3 height width"]:
    """Turn bytes 0..255 into a float32 tensor in [-1, 1], channels first."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).float().div_(127.5).sub_(1.0)


def to_uint8(images: Float[Tensor, "*batch 3 height width"]) -> UInt8[np.ndarray, "*batch height width 3"]:
    """Turn tensors in [-1, 1] (values outside are clamped) into bytes 0..255, channels last."""
    values = images.detach().float().clamp(-1.0, 1.0).add(1.0).mul(127.5).round()
    return values.to(torch.uint8).movedim(-3, -1).contiguous().cpu().numpy()
