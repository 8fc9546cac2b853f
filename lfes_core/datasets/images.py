"""Pictures in and out: any file to RGB bytes, bytes to tensors in [-1, 1], and back."""

import io
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from lfes_core.errors import UserError

IMAGE_SIZE = 256
"""Side of the pictures that the paper's networks take and give, in pixels."""

ImageSource: TypeAlias = str | Path | bytes | Image.Image | np.ndarray
"""A path, the bytes of a file, a Pillow image, or an array (uint8, or float in [0, 1])."""


def read_image(source: ImageSource, name: str | None = None) -> UInt8[np.ndarray, "height width 3"]:
    """Return any picture as 8-bit RGB: gray becomes three equal channels, transparency lies on white.

    The rotation that cameras write beside the pixels (EXIF) is applied. `name` is what an error calls the
    picture.

    Raises:
        UserError: there is no such file, it is no picture, or it is damaged.
    """
    if isinstance(source, np.ndarray):
        return _array_to_rgb(source)
    if isinstance(source, Image.Image):
        return _pillow_to_rgb(source)
    label = name or ("the given bytes" if isinstance(source, bytes) else str(source))
    if not isinstance(source, bytes):
        path = Path(source).expanduser()
        if path.is_dir():
            raise UserError(f"{label} is a folder: give the path of a picture")
        if not path.is_file():
            raise UserError(f"there is no picture at {label}")
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else path) as image:
            return _pillow_to_rgb(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        if isinstance(error, UnidentifiedImageError):  # whose text names an object in memory
            reason = "it is empty" if source == b"" else "no known kind of picture"
        raise UserError(
            f"{label} is not a picture that can be read ({reason}): give a JPEG or PNG file"
        ) from error


def _pillow_to_rgb(image: Image.Image) -> UInt8[np.ndarray, "height width 3"]:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):  # 16-bit gray: Pillow's own conversion would clip it to white
        values = np.nan_to_num(np.asarray(upright, dtype=np.float64))
        top = 65535.0 if values.max(initial=0.0) > 255 else 255.0
        upright = Image.fromarray(np.rint(values.clip(0, top) * (255 / top)).astype(np.uint8))
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    return np.array(upright.convert("RGB"), dtype=np.uint8)


def _array_to_rgb(array: np.ndarray) -> UInt8[np.ndarray, "height width 3"]:
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3) or 0 in array.shape:
        raise UserError(
            f"an array of shape {array.shape} is no picture: expected (height, width) or (.., .., 3)"
        )
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise UserError("a picture given as floating-point numbers must lie in [0, 1]")
        array = np.rint(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise UserError(f"a picture given as an array must be uint8 or float in [0, 1], not {array.dtype}")
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def center_crop(image: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "side side 3"]:
    """Cut the largest square out of the middle; one odd pixel is left at the right or at the bottom."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def square(
    image: UInt8[np.ndarray, "height width 3"], size: int = IMAGE_SIZE
) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """Crop to the middle square and resize it to `size` pixels; a picture of that size passes unchanged."""
    cropped = center_crop(image)
    if cropped.shape[0] == size:
        return np.ascontiguousarray(cropped)
    # Lanczos in Pillow widens with the reduction, so nothing aliases.
    return np.array(Image.fromarray(cropped).resize((size, size), Image.Resampling.LANCZOS), dtype=np.uint8)


def to_tensor(image: UInt8[np.ndarray, "height width 3"]) -> Float[Tensor, "3 height width"]:
    """Turn bytes 0..255 into a float32 tensor in [-1, 1], channels first."""
    channels_first = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    return channels_first.to(torch.float32).div_(127.5).sub_(1.0)


def to_uint8(images: Float[Tensor, "*batch 3 height width"]) -> UInt8[np.ndarray, "*batch height width 3"]:
    """Turn tensors in [-1, 1] (values outside are clamped) into bytes 0..255, channels last."""
    values = images.detach().float().clamp(-1.0, 1.0).add(1.0).mul(127.5).round()
    return values.to(torch.uint8).movedim(-3, -1).contiguous().cpu().numpy()
