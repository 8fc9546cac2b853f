"""Any bytes, any Pillow image and any array in place of a picture: pixels, or one line, and never all of the memory."""

import io
import subprocess
import sys
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import EpsImagePlugin, Image, ImageCms, features

from lfes_core.command_line import main
from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.images import LARGEST_PIXELS, SMALLEST, read_image
from lfes_core.provenance import read_note
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer

SIZE = (40, 30)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def real_files() -> list[bytes]:
    """A small file of each kind that is read, most with a camera's note (EXIF) and a color profile (ICC)."""
    noise = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 4), dtype=np.uint8)
    rgba = Image.fromarray(noise)
    rgb, gray = rgba.convert("RGB"), rgba.convert("L")
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "somebody"
    about = {"exif": exif, "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}
    found = [encoded(one, "PNG", **about) for one in (rgb, rgba, gray, rgb.convert("P"), gray.convert("1"))]
    found += [encoded(one, "JPEG", progressive=one is rgb, **about) for one in (rgb, gray, rgb.convert("CMYK"))]
    found += [encoded(one, "GIF", save_all=True, append_images=[gray]) for one in (rgb, gray)]
    found += [encoded(rgba, "WEBP", lossless=lossless, **about) for lossless in (False, True)]
    found += [encoded(rgb, "TIFF", compression=how, **about) for how in ("raw", "tiff_lzw", "jpeg", "tiff_deflate")]
    found += [encoded(Image.fromarray(noise[..., 0].astype(kind)), "TIFF") for kind in (np.uint16, np.float32)]
    found += [encoded(one, kind) for kind in ("BMP", "PPM") for one in (rgb, gray)]
    more = (("avif", "AVIF"), ("jpg_2000", "JPEG2000"))
    return found + [encoded(rgb, kind) for feature, kind in more if features.check(feature)]


FILES = real_files()
NUMBERS = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\x1b\x58", b"\x58\x1b\0\0"]
PIECE = st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from(NUMBERS))
CHANGE = st.tuples(st.sampled_from(["put", "insert", "cut", "repeat", "leave out"]), st.floats(0, 1), PIECE)


def changed(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    """The bytes of a file after some changes, each at a place of it, most of them in its first half."""
    for how, place, piece in changes:
        at = int(place**2 * len(content))
        after = {
            "put": piece + content[at + len(piece) :],
            "insert": piece + content[at:],
            "cut": b"",
            "repeat": content[at // 2 : at] + content[at:],
            "leave out": content[at + 9 * len(piece) :],
        }
        content = content[:at] + after[how]
    return content


def is_read_or_refused(source: object) -> None:
    try:
        pixels = read_image(source)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 300 and "object at" not in str(error)
        return
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    assert min(pixels.shape[:2]) >= SMALLEST and pixels.shape[0] * pixels.shape[1] <= LARGEST_PIXELS


@pytest.mark.fault("Pictures", "bytes of a picture flipped, cut, inserted, repeated", "the picture, or one line")
@pytest.mark.filterwarnings("error")
@settings(max_examples=400)
@given(st.sampled_from(FILES), st.lists(CHANGE, max_size=5))
def test_a_file_with_changed_bytes_is_read_or_refused_in_one_line(content, changes):
    is_read_or_refused(changed(content, changes))


@pytest.mark.fault("Pictures", "any bytes in place of a picture", "one line that says what it is not")
@given(st.sampled_from([content[:length] for content in FILES for length in (0, 4, 12)]), st.binary(max_size=99))
def test_any_bytes_are_read_or_refused_in_one_line(start, rest):
    is_read_or_refused(start + rest)


MODES = "1 L P RGB RGBA CMYK YCbCr LAB HSV I F LA PA RGBX La RGBa I;16 I;16B".split()
CLEAR = st.one_of(st.none(), st.integers(-1, 300), st.binary(max_size=300), st.tuples(*[st.integers(0, 300)] * 3))


@pytest.mark.fault("Pictures", "a picture of any color mode and size, with any note", "the picture, or one line")
@pytest.mark.filterwarnings("error")
@settings(max_examples=200)
@given(st.sampled_from(MODES), st.integers(0, 60), st.integers(0, 60), CLEAR, st.binary(max_size=40))
def test_any_pillow_image_is_read_or_refused_in_one_line(mode, width, height, clear, exif):
    image = Image.new(mode, (width, height))
    image.info |= {"exif": exif} | ({} if clear is None else {"transparency": clear})
    is_read_or_refused(image)


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    return Synthesizer(preset("tiny"), Vocabulary())


NUMBER = st.one_of(st.floats(), st.sampled_from([1e308, -1e308, 1e12, 30.0, 60.0]))


@pytest.mark.fault("Pictures", "points of a face that are anywhere or no numbers", "a picture of its size, or one line")
@pytest.mark.filterwarnings("error")
@settings(max_examples=25)
@given(st.lists(NUMBER, min_size=5, max_size=7))
def test_points_that_are_anywhere_give_a_picture_or_one_line(synthesizer, points):
    photograph = np.random.default_rng(0).integers(0, 256, (120, 90, 3), dtype=np.uint8)
    try:
        made = synthesizer(photograph, "a smile", points=points)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 200
    else:
        assert made.image.size == (90, 120) and made.changed.shape == (120, 90)


def test_points_far_from_each_other_but_inside_are_taken(synthesizer):
    photograph = np.full((120, 90, 3), 90, np.uint8)
    assert synthesizer(photograph, "a smile", points=[5.0, 30.0, 80.0, 30.0, 45.0, 110.0]).image.size == (90, 120)


def bombs() -> dict[str, bytes]:
    """Small files, as complete as it takes, whose pictures have hundreds of megapixels."""

    def png(side: int, depth: int) -> bytes:
        ihdr = b"IHDR" + side.to_bytes(4, "big") * 2 + bytes((depth, 0, 0, 0, 0))
        data = b"IDAT" + zlib.compress(bytes(10**6), 9)
        chunks = [len(one[4:]).to_bytes(4, "big") + one + zlib.crc32(one).to_bytes(4, "big") for one in (ihdr, data)]
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)

    large, small = Image.new("RGB", (7_100, 7_100)), Image.new("RGB", SIZE)
    bmp, gif, jpeg = (bytearray(encoded(small, kind)) for kind in ("BMP", "GIF", "JPEG"))
    bmp[18:26] = (30_000).to_bytes(4, "little") * 2
    gif[6:10] = b"\xff" * 4
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xfe\xfe" * 2
    inside = png(13_300, 16)
    head = bytes((0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0))
    ico = head + len(inside).to_bytes(4, "little") + b"\x16\0\0\0" + inside
    files = {"png": png(13_000, 1), "png16": png(13_000, 16), "bmp": bytes(bmp), "gif": bytes(gif), "ico": ico}
    files |= {"jpeg": bytes(jpeg), "ppm": b"P6 20000 20000 255\n" + bytes(99)}
    files |= {"webp": encoded(large, "WEBP", lossless=True, quality=0, method=0)}
    return files | {"tiff": encoded(large.convert("1"), "TIFF", compression="group4")}


READ_ALL = """
import resource, sys
from pathlib import Path
from lfes_core.errors import UserError
from lfes_core.images import read_image
from lfes_core.provenance import read_note

read_image(Path(sys.argv[1]).read_bytes())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    for source in (path, Path(path).read_bytes()):
        try:
            sys.exit(f"{path} was read: {read_image(source).shape}")
        except UserError as error:
            assert "megapixels: make it smaller" in str(error) or "no known kind" in str(error), error
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
assert grown < 100, f"{grown:.0f} MB more"
"""


@pytest.mark.fault("Pictures", "a small file whose picture would fill the memory", "refused before it is decoded")
def test_pictures_that_would_fill_the_memory_are_refused_before_they_are_decoded(tmp_path):
    small = tmp_path / "small.png"
    small.write_bytes(FILES[0])
    paths = []
    for name, content in bombs().items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    done = subprocess.run([sys.executable, "-c", READ_ALL, small, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.fault("Pictures", "a file, an array or a tensor of gigabytes", "refused before it is read or copied")
def test_what_is_larger_than_any_picture_is_refused_before_it_is_copied(tmp_path):
    sparse = tmp_path / "sparse.png"
    with sparse.open("wb") as file:
        file.truncate(3 * 10**9)
    huge = (np.broadcast_to(np.float32(0.3), (90_000, 90_000, 3)), torch.zeros(1).expand(3, 90_000, 90_000))
    for source in (sparse, *huge, np.broadcast_to(np.uint8(3), (90_000, 90_000))):
        with pytest.raises(UserError, match="megapixels"):
            read_image(source)


@pytest.mark.fault("Pictures", "PostScript under the name of a picture", "refused; Ghostscript is never started")
def test_postscript_never_starts_ghostscript(tmp_path, monkeypatch, capsys):
    started: list[object] = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: started.append(_))
    path = tmp_path / "face.png"
    path.write_bytes(encoded(Image.new("RGB", SIZE), "EPS"))
    for read in (read_image, read_note):
        with pytest.raises(UserError, match="not a picture"):
            read(path)
    assert main(["synthesize", str(path), "a smile", "-o", str(tmp_path / "out.png")]) == 2
    assert "no known kind of picture" in capsys.readouterr().err and not started
    assert [one.name for one in tmp_path.iterdir()] == ["face.png"]
