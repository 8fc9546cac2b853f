import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lfes_core.datasets.images import center_crop, read_image, square, to_tensor, to_uint8
from lfes_core.errors import UserError
from tests.datasets.trees import picture, write


def encoded(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def test_gray_becomes_three_equal_channels() -> None:
    image = read_image(picture(9, mode="L", kind="PNG"))
    assert image.shape == (24, 32, 3)
    assert (image[..., 0] == image[..., 1]).all() and (image[..., 0] == image[..., 2]).all()
    assert image.std() > 0


def test_sixteen_bit_gray_keeps_its_shades() -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    assert np.array_equal(
        read_image(encoded(Image.fromarray(ramp)))[..., 1].ravel(), np.rint(ramp / 257).ravel()
    )


def test_transparent_parts_lie_on_white() -> None:
    clear = Image.new("RGBA", (3, 2), (255, 0, 0, 0))
    assert (read_image(encoded(clear)) == 255).all()


def test_palette_pictures_are_read_in_their_colors() -> None:
    color = Image.new("RGB", (3, 2), (10, 200, 30)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert (read_image(encoded(color)) == (10, 200, 30)).all()


def test_the_rotation_that_a_camera_notes_is_applied() -> None:
    image = Image.new("RGB", (4, 2))
    image.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise"
    upright = read_image(encoded(image, exif=exif))
    assert upright.shape == (4, 2, 3) and upright[0, 1].tolist() == [255, 255, 255]


def test_path_bytes_pillow_and_array_give_the_same_picture(tmp_path: Path) -> None:
    content = picture(3, kind="PNG")
    path = write(tmp_path / "face.png", content)
    expected = read_image(content)
    with Image.open(path) as opened:
        sources = [path, str(path), opened.copy(), expected, expected / 255.0]
        assert all(np.array_equal(read_image(source), expected) for source in sources)


def test_a_gray_array_is_a_picture_too() -> None:
    assert read_image(np.full((2, 3), 7, dtype=np.uint8)).tolist() == [[[7, 7, 7]] * 3] * 2


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3, 2), np.uint8),
        np.zeros((0, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((2, 2), np.int32),
        np.full((2, 2), 1.5),
        np.full((2, 2), np.nan),
    ],
)
def test_an_array_that_is_no_picture_is_refused(array: np.ndarray) -> None:
    with pytest.raises(UserError):
        read_image(array)


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", picture(1)[:200], picture(1, kind="PNG")[:60]],
    ids=["empty", "text", "half a JPEG", "half a PNG"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "damaged.jpg", content)
    for source, name in ((path, None), (content, "damaged.jpg")):
        with pytest.raises(UserError, match=r"damaged\.jpg") as caught:
            read_image(source, name=name)
        assert "\n" not in str(caught.value) and "object at" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no picture at"):
        read_image(tmp_path / "none.png")
    with pytest.raises(UserError, match="is a folder"):
        read_image(tmp_path)


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_crop_is_the_largest_square_and_leaves_equal_margins(height: int, width: int) -> None:
    rows, columns = np.indices((height, width)).astype(np.uint8)
    crop = center_crop(np.stack([rows, columns, rows], axis=-1))
    assert crop.shape == (min(height, width),) * 2 + (3,)
    for channel, length in ((0, height), (1, width)):
        before, after = int(crop[..., channel].min()), length - 1 - int(crop[..., channel].max())
        assert 0 <= after - before <= 1


def test_resizing_averages_and_does_not_alias() -> None:
    board = (np.indices((64, 96)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    small = square(board, 16).astype(int)
    assert small.shape == (16, 16, 3)
    assert np.abs(small - 127).max() <= 3


def test_a_picture_of_the_right_size_passes_unchanged() -> None:
    image = read_image(picture(5, size=(32, 32)))
    assert np.array_equal(square(image, 32), image)


@settings(max_examples=20)
@given(st.binary(min_size=12, max_size=12))
def test_bytes_survive_the_way_to_a_tensor_and_back(content: bytes) -> None:
    image = np.frombuffer(content, np.uint8).reshape(2, 2, 3)
    tensor = to_tensor(image)
    assert tensor.shape == (3, 2, 2) and -1 <= tensor.min() and tensor.max() <= 1
    assert np.array_equal(to_uint8(tensor), image)
    assert np.array_equal(to_uint8(torch.stack([tensor, -tensor]))[0], image)


def test_black_and_white_are_minus_one_and_one_and_more_is_clamped() -> None:
    assert to_tensor(np.array([[[0, 255, 0]]], np.uint8)).ravel().tolist() == [-1.0, 1.0, -1.0]
    assert to_uint8(torch.tensor([-3.0, 9.0, 0.0]).reshape(3, 1, 1)).ravel().tolist() == [0, 255, 128]
