import io
import os
import subprocess
import sys
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from skimage.transform import SimilarityTransform

from lfes_core.datasets import square, to_tensor
from lfes_core.errors import UserError
from lfes_core.images import (
    FACE_CROP,
    FACE_LEFT,
    FACE_SIZE,
    FACE_TOP,
    PLACES,
    align,
    eyes_and_mouth,
    face_crop,
    misfit,
    placement,
    read_image,
    to_uint8,
)
from tests.datasets.trees import face_points, picture, write

CLOSED = Image.open(io.BytesIO(picture(3)))
CLOSED.close()
RAMP = np.linspace(0, 1, 32 * 48).reshape(32, 48)
PHOTO = face_points((265, 215), (385, 215), (325, 345))


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        *((RAMP * (2**bits - 1), np.uint16, "PNG") for bits in (16, 14, 12, 10, 8)),
        *((RAMP * top, np.int32, "TIFF") for top in (2**30 - 64, 255)),
        *((RAMP * top, np.float32, "TIFF") for top in (65535, 255, 1, 1.001)),
    ],
)
def test_gray_of_any_depth_keeps_its_shades_in_three_equal_channels(values, dtype, kind):
    image = read_image(encoded(Image.fromarray(values.astype(dtype)), kind))
    assert image.shape == (32, 48, 3) and (image == image[..., :1]).all()
    assert np.abs(image[..., 1] - RAMP * 255).max() <= 1


def test_transparent_parts_lie_on_white_and_palettes_keep_their_colors():
    clear = Image.new("RGBA", (32, 24), (255, 0, 0, 0))
    assert (read_image(encoded(clear)) == 255).all() and (read_image(np.asarray(clear)) == 255).all()
    color = Image.new("RGB", (32, 24), (10, 200, 30)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert (read_image(encoded(color)) == (10, 200, 30)).all()


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_rotation_that_a_camera_notes_is_applied(kind, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    content = encoded(Image.open(io.BytesIO(picture(3))), kind, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert upright.size == ((32, 24) if turn < 5 else (24, 32))
    assert np.array_equal(read_image(content), np.asarray(upright))


@pytest.mark.fault("Pictures", "a torn camera's note (EXIF)", "the picture is read, without a warning")
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "exif", [b"garbage", b"", b"MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03" * 9, b"MM\0*\xff" * 40]
)
def test_a_torn_exif_block_says_nothing_against_a_picture(kind, exif):
    content = encoded(Image.open(io.BytesIO(picture(3))), kind, exif=b"Exif\0\0" + exif)
    assert read_image(content).shape == (24, 32, 3)


def test_whatever_holds_a_picture_gives_the_same_picture(tmp_path):
    content = picture(3, kind="PNG")
    path = write(tmp_path / "~face.png", content)
    expected = read_image(content)
    gray = expected[..., :1].copy()
    assert all(np.array_equal(read_image(one), np.repeat(gray, 3, axis=2)) for one in (gray, gray[..., 0]))
    with Image.open(path) as opened, path.open("rb") as file:
        sources = [path, str(path), bytearray(content), memoryview(content), io.BytesIO(content), file, opened]
        sources += [expected, expected / 255.0, np.dstack([expected, np.full((24, 32), 255, np.uint8)])]
        sources += [to_tensor(expected), to_tensor(expected)[None]]
        assert all(np.array_equal(read_image(source), expected) for source in sources)


@pytest.mark.fault("Pictures", "numbers, arrays and tensors that are no picture", "one line that says what is taken")
@pytest.mark.parametrize(
    "source",
    [
        *(None, 7, [[1, 2]], io.StringIO("text"), CLOSED, Image.open(io.BytesIO(picture(3, (99, 99))[:900]))),
        *(Image.new("RGB", size) for size in ((0, 0), (0, 50))),
        *(Image.fromarray(np.full((32, 32), light, np.float32)) for light in (np.nan, np.inf, -1)),
        *(np.zeros(shape, np.uint8) for shape in ((32, 32, 2), (0, 32), (32,), (2, 32, 32, 3))),
        *(np.zeros((32, 32), np.int32), np.full((32, 32), 1.5), np.full((32, 32), np.nan)),
        *(torch.full((3, 32, 32), value) for value in (1.5, torch.nan)),
        *(torch.zeros(3, 32, 32, dtype=torch.uint8), torch.zeros(2, 3, 32, 32), torch.zeros(32, 32)),
    ],
    ids=lambda source: type(source).__name__,
)
def test_what_is_no_picture_is_refused_in_one_line(source):
    with pytest.raises(UserError, match="picture") as caught:
        read_image(source)
    assert "\n" not in str(caught.value) and "object at" not in str(caught.value)


@pytest.mark.fault(
    "Pictures", "HEIC, PostScript, SVG, PDF, nothing, half a file", "one line that names file and reason"
)
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (picture(1)[:200], "Truncated"),
        (picture(1, kind="PNG")[:60], ""),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "it is HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "no known kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no known kind"),
        *((encoded(Image.new("RGB", (64, 64)), kind), "no known kind") for kind in ("EPS", "PDF")),
    ],
    ids="empty half-JPEG half-PNG HEIC PostScript SVG EPS PDF".split(),
)
def test_a_file_that_is_no_picture_is_named(tmp_path, content, why):
    path = write(tmp_path / "damaged.jpg", content)
    for source, name in ((path, None), (content, "damaged.jpg")):
        told = rf"damaged\.jpg is not a picture that can be read \(.*{why}"
        with pytest.raises(UserError, match=told) as caught:
            read_image(source, name=name)
        assert "\n" not in str(caught.value) and "object at" not in str(caught.value)


@pytest.mark.fault("Pictures", "no file, a folder, a pipe, a name with ~", "one line that tells them apart")
def test_a_missing_file_a_folder_and_a_pipe_are_told_apart_and_no_name_is_expanded(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.chdir(tmp_path)
    for name in ("none.png", "pipe.png", "~none.png", "a\0b", "n" * 300):
        with pytest.raises(UserError, match="no picture at"):
            read_image(name)
    with pytest.raises(UserError, match="is a folder"):
        read_image(tmp_path)
    write(tmp_path / "~face.png", picture(3))
    assert read_image("~face.png").shape == (24, 32, 3)


@pytest.mark.fault("Pictures", "a picture of a few pixels, or a thin strip", "one line that names its size")
@pytest.mark.parametrize("size", [(1, 1), (2, 1), (3000, 2), (2, 3000), (23, 60), (24 * 9, 24)])
def test_a_picture_without_room_for_a_face_is_refused(size):
    image = Image.new("RGB", size)
    for source in (image, encoded(image), np.asarray(image)):
        with pytest.raises(UserError, match=rf"is {size[0]}x{size[1]} pixels: give a picture of"):
            read_image(source)


@pytest.mark.fault("Pictures", "a small file whose picture would fill the memory", "refused before it is decoded")
@pytest.mark.parametrize(("depth", "color"), [(1, 0), (8, 0), (8, 4), (16, 0), (8, 2)])
@pytest.mark.parametrize("side", [7100, 13000, 14000])
@pytest.mark.filterwarnings("error")
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(depth, color, side):
    small = encoded(Image.new("L", (32, 32)))
    ihdr = b"IHDR" + side.to_bytes(4, "big") * 2 + bytes((depth, color, 0, 0, 0))
    content = small[:12] + ihdr + zlib.crc32(ihdr).to_bytes(4, "big") + small[33:]
    with pytest.raises(UserError, match=r"face\.png has more than 50 megapixels: make it smaller"):
        read_image(content, "face.png")


@pytest.mark.filterwarnings("error")
def test_a_photograph_of_many_megapixels_is_read_at_half_its_size():
    assert read_image(encoded(Image.new("L", (7200, 7200)), "JPEG")).shape == (3600, 3600, 3)


def test_pictures_are_read_without_the_readers_of_datasets():
    told = "import sys, lfes_core.images; print([m for m in sys.modules if m.startswith(('lfes_core.d', 'skimage'))])"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, check=True).stdout == b"[]\n"


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_square_is_the_largest_in_the_middle(height, width):
    rows, columns = np.indices((height, width)).astype(np.uint8)
    crop = square(np.stack([rows, columns, rows], axis=-1), min(height, width))
    assert crop.shape == (min(height, width),) * 2 + (3,)
    for channel, length in ((0, height), (1, width)):
        before, after = int(crop[..., channel].min()), length - 1 - int(crop[..., channel].max())
        assert 0 <= after - before <= 1


def test_a_large_picture_is_averaged_down_and_does_not_alias():
    board = (np.indices((480, 640)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    points = face_points((220, 200), (420, 200), (320, 400))
    # Around an aligned picture the edge is repeated, in stripes.
    for small in (square(board, 60), align(board, placement(points), 64)[20:44, 20:44]):
        assert np.abs(small.astype(int) - 127).max() <= 3


def test_bytes_survive_the_way_to_a_tensor_and_back_and_more_is_clamped():
    image = np.arange(256 * 3, dtype=np.uint32).astype(np.uint8).reshape(16, 16, 3)
    tensor = to_tensor(image)
    assert tensor.shape == (3, 16, 16) and (tensor.min(), tensor.max()) == (-1, 1)
    assert np.array_equal(to_uint8(torch.stack([tensor, -tensor]))[0], image)
    assert to_uint8(torch.tensor([-3.0, 9.0, 0.0]).reshape(3, 1, 1)).ravel().tolist() == [0, 255, 128]


def dots(points, height=240, width=320):
    """A dark picture with a soft red, green and blue dot where left eye, right eye and mouth are."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [np.exp(-((x - px) ** 2 + (y - py) ** 2) / 18) for px, py in eyes_and_mouth(points)]
    return np.rint(255 * np.stack(channels, axis=-1)).astype(np.uint8)


def found(image):
    """Where the three dots of a picture are, in parts of its side [3 2]."""
    weights = image.astype(float)
    y, x = np.mgrid[0 : image.shape[0], 0 : image.shape[1]] + 0.5
    places = [[(x * w).sum() / w.sum(), (y * w).sum() / w.sum()] for w in np.moveaxis(weights, -1, 0)]
    return np.array(places) / len(image)


@settings(max_examples=20)
@given(st.floats(0.7, 2), st.floats(-0.5, 0.5), *[st.floats(-20, 20)] * 2, st.sampled_from([64, 100, 256]))
def test_eyes_and_mouth_come_to_the_same_places_however_the_face_lay(scale, turn, x, y, size):
    middle = SimilarityTransform(translation=(160 + x, 120 + y))
    lay = SimilarityTransform(scale=60 * scale, rotation=turn) + middle
    around_zero = (PLACES - PLACES.mean(0)) / 0.5
    points = face_points(*map(tuple, lay(around_zero)))
    place = placement(points)
    assert np.allclose(place @ np.column_stack([PLACES, np.ones(3)]).T, [*eyes_and_mouth(points).T, [1] * 3])
    # Dots on disk lie on pixel centers, and so may be half a source pixel away from where they are found.
    assert np.abs(found(align(dots(points), place, size)) - PLACES).max() < 1.5 / size


def test_no_face_is_distorted_and_what_lies_outside_the_picture_repeats_its_edge():
    long_face = placement(face_points(mouth=(32, 60)))
    matrix = long_face[:2, :2]
    assert np.allclose(matrix @ matrix.T, np.eye(2) * np.linalg.det(matrix))
    assert np.linalg.det(matrix) > 0 and np.allclose(long_face[2], [0, 0, 1])
    assert (align(np.full((60, 64, 3), 90, np.uint8), long_face, 128) == 90).all()


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((68, 2)),
        *(face_points((40, 20), (24, 20)), face_points(mouth=(32, 5)), face_points((24, 10), (26, 30), (10, 37))),
        face_points((0, 0), (1e300, 0), (5e299, 1e300)),
    ],
    ids="in-one-place left-and-right-exchanged upside-down lying-on-its-side beyond-all-numbers".split(),
)
def test_points_that_are_no_upright_face_are_refused(points):
    with pytest.raises(UserError, match="two eyes above a mouth"):
        placement(points)


@pytest.mark.parametrize(
    ("points", "size", "why"),
    [
        (PHOTO, (490, 640), None),
        (np.add(PHOTO, (60, 20)), (490, 640), None),
        *((PHOTO + by, (490, 640), "outside this picture") for by in ((-400, 0), (500, 0), (0, -300), (0, 400))),
        (PHOTO / (640, 490), (490, 640), "in one place"),
        (PHOTO, (368, 480), "a third of the face"),
    ],
    ids="right moved left-of-it right-of-it above below in-parts-of-1 of-a-larger-picture".split(),
)
def test_landmarks_of_another_picture_do_not_fit(points, size, why):
    told = misfit(placement(points), np.zeros((*size, 3), np.uint8))
    assert told is why is None or why in told


def test_a_stranger_cannot_ask_for_a_picture_without_end():
    far = placement(face_points((0, 0), (1e9, 0), (5e8, 1e9)))
    assert align(np.zeros((8, 8, 3), np.uint8), far, 16).shape == (16, 16, 3)


def test_the_crop_of_a_face_is_the_mean_of_four_pixels():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    found = face_crop(pictures)
    assert found.shape == (2, 3, FACE_SIZE, FACE_SIZE) and FACE_CROP == 2 * FACE_SIZE
    for row, column, color in [(0, 0, 0), (7, 31, 1), (79, 79, 2)]:
        y, x = FACE_TOP + 2 * row, FACE_LEFT + 2 * column
        four = [int(pictures[1, y + dy, x + dx, color]) for dy in (0, 1) for dx in (0, 1)]
        assert abs(int(found[1, color, row, column]) - sum(four) / 4) <= 0.5
