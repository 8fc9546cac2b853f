"""What the Action Units do to a face: the tables, the creases, the inside of the mouth, and the drawn pictures."""

from itertools import pairwise, product

import numpy as np
import pytest

from lfes_core.datasets.scan_faces import ScanFaces
from tools.scan_faces import expression
from tools.scan_faces import model as model_module
from tools.scan_faces.expression import SHAPES, closing_lids, resting_mouth, shape_weights
from tools.scan_faces.model import (
    CACHE_FILE,
    COLLAR,
    LANDMARKS,
    NEUTRAL_FILE,
    TONGUE_UP,
    FaceModel,
    _sources,
    load_model,
)
from tools.scan_faces.mouth import light_inside, paint_mouth
from tools.scan_faces.wrinkles import NAMES, crease_maps

# The 68 landmarks of a plain symmetrical face in model units: its right half, and the middle.
RIGHT = {
    **{i: (-7.6 + 0.12 * i**2, 3.5 - 1.6 * i) for i in range(8)},
    **{17 + i: (-5.6 + i, 5.6 + 0.35 * i - 0.06 * i**2) for i in range(5)},
    **{31: (-1.6, -0.9), 32: (-0.8, -1.1)},
    **{36: (-4.5, 3.4), 37: (-3.9, 3.9), 38: (-2.7, 3.9), 39: (-1.8, 3.2), 40: (-2.7, 3.0), 41: (-3.9, 3.1)},
    **{48: (-2.5, -3.5), 49: (-1.5, -2.8), 50: (-0.6, -2.4), 59: (-1.4, -4.2), 58: (-0.6, -4.4)},
    **{60: (-2.2, -3.5), 61: (-0.8, -3.3), 67: (-0.8, -3.4)},
}
MIDDLE = {8: -7.6, 27: 3.7, 28: 2.6, 29: 1.5, 30: 0.4, 33: -1.2, 51: -2.5, 57: -4.4, 62: -3.3, 66: -3.4}
PARTNERS = {**{i: 16 - i for i in range(8)}, **{17 + i: 26 - i for i in range(5)}, 31: 35, 32: 34}
PARTNERS |= {36: 45, 37: 44, 38: 43, 39: 42, 40: 47, 41: 46}
PARTNERS |= {48: 54, 49: 53, 50: 52, 59: 55, 58: 56, 60: 64, 61: 63, 67: 65}

# Where each crease lies on that face: from the brows up, between them, around the eyes, ..., as (x, y) ranges.
CREASE_BOXES = {
    "forehead_middle": (0, 5, 5.5, 10.5), "forehead_sides": (0.2, 7, 5.5, 10.5), "glabella": (0, 2, 3.5, 8),
    "upper_lid": (1.3, 5, 3, 5), "crows_feet": (4.2, 8, 1.5, 5.5), "under_eye": (1.2, 5.2, 1, 3.6),
    "lower_lid": (1.2, 5, 2, 3.6), "nose_root": (0, 2, 1, 6), "nasolabial_top": (1.2, 4.2, -4, 1),
    "nasolabial": (1.2, 4.6, -5, 1), "mouth_corner": (2.4, 4.3, -5, -2), "cheek_line": (3.5, 6, -6, -1),
    "dimple": (2.5, 4.3, -5, -2), "marionette": (2, 4.5, -6, -3), "lip_lines": (0, 2.5, -6, -1.4),
    "lip_rims": (0, 3.2, -5.5, -1.6), "chin": (0, 2.5, -8.5, -4.5), "chin_groove": (0, 2.2, -6.5, -4.3),
    "neck_bands": (0.5, 5, -16, -8),
}  # fmt: skip


@pytest.fixture(scope="module")
def skin():
    """A grid of places before the plain face, and the depth of every crease there."""
    marks = np.zeros((68, 3), np.float32)
    for i, (x, y) in RIGHT.items():
        marks[i], marks[PARTNERS[i]] = (x, y, 9), (-x, y, 9)
    for i, y in MIDDLE.items():
        marks[i] = (0, y, 10)
    neutral = np.zeros((LANDMARKS.max() + 1, 3), np.float32)
    neutral[LANDMARKS] = marks
    none = np.zeros((0, 3), np.int32)
    model = FaceModel(neutral, none, none, none, (), none, {})
    x, y = np.meshgrid(np.linspace(-8, 8, 161), np.linspace(-15, 12, 271))
    place = np.stack([x.ravel(), y.ravel(), np.full(x.size, 9.0)], 1).astype(np.float32)
    return place, crease_maps(model, place, np.array([3.0, 50.0, 7.0]))


@pytest.mark.parametrize("name", NAMES)
def test_a_crease_lies_in_its_part_of_the_face_on_both_sides(skin, name):
    place, creases = skin
    depth = creases[:, NAMES.index(name)]
    deep = place[depth > 0.25]
    near, far, low, high = CREASE_BOXES[name]
    assert 0.5 < depth.max() <= 1.1 and depth.min() >= -0.5
    assert np.all((np.abs(deep[:, 0]) >= near) & (np.abs(deep[:, 0]) <= far))
    assert np.all((deep[:, 1] >= low) & (deep[:, 1] <= high))
    assert 1 / 5 < (deep[:, 0] > 0).mean() < 4 / 5


def test_skin_is_pushed_up_beside_a_fold(skin):
    fold = skin[1][:, NAMES.index("nasolabial")]
    assert fold.min() < -0.05 and np.abs(fold[np.abs(skin[0][:, 0]) > 6]).max() < 0.02


def test_units_that_the_scans_move_together_move_apart_and_no_sum_takes_a_shape_past_its_limit():
    together = shape_weights(dict.fromkeys(SHAPES, 5))
    assert max(abs(weight) for weight in together.values()) <= expression.LARGEST_WEIGHT
    nose, lip, cheek, lid = (shape_weights({unit: 5}) for unit in (9, 10, 6, 7))
    assert nose["mouthUpperUp_L"] < 0 < lip["mouthUpperUp_L"]
    assert cheek["cheekRaiser_L"] > 1 and cheek.get("eyeSquint_L", 0) <= 0
    assert lid["eyeSquint_L"] > 1 and "cheekRaiser_L" not in lid


def test_no_expression_moves_the_neck_under_the_collar_and_the_tongue_rises_inside_the_mouth(tmp_path):
    chin, neck, tongue, cheek = (0, -8, 10), (0, COLLAR[0] - 1, 5), (0, -3.5, 7), (5, -3.5, 7)
    np.savez(
        tmp_path / CACHE_FILE,
        neutral=np.array([chin, neck, tongue, cheek], np.float32),
        triangles=np.zeros((0, 3), np.int32),
        texture=np.zeros((0, 3, 2), np.float32),
        material=np.zeros(0, np.uint8),
        materials=np.array(["M_Face"]),
        names=np.array(["jawOpen"]),
        deltas=np.ones((1, 4, 3), np.float16),
        made_from=np.array(_sources(tmp_path)),
    )
    model = load_model(tmp_path)
    assert model.expressions["jawOpen"][:, 1].tolist() == [1, 0, 1, 1]
    raised = model.expressions[TONGUE_UP][:, 1]
    assert raised[2] > 0.5 and not raised[[0, 1, 3]].any()


def test_eyes_of_any_height_are_shut_and_resting_lips_meet_whether_the_scan_parts_them_or_not():
    for gap in (0.4, 0.8, 1.1):
        assert gap <= expression.BLINKING * closing_lids(gap) < gap + 0.1
    assert resting_mouth(0.15) * expression.CLOSING >= 0.15 and resting_mouth(-0.2) == 0


def test_the_mouth_gets_darker_inwards_but_never_brighter_than_its_rim_and_the_tongue_is_pale():
    lips = np.array([[0, 0, 10], [0, -3, 8]], np.float32)
    inwards = [light_inside(np.array([0, 0, z], np.float32), lips) for z in (11, 9, 7, 5, 3)]
    assert inwards[0] == 1 and all(a > b > 0 for a, b in pairwise(inwards))
    # A dropped jaw takes the lower teeth back: behind the lower lip there is still light.
    assert light_inside(np.array([0, -3, 7], np.float32), lips) > inwards[2]
    tongue, palate = np.zeros(3, np.float32), np.zeros(3, np.float32)
    paint_mouth(tongue, 0.8, -3.4, 7.0)
    paint_mouth(palate, 0.8, -1.5, 7.0)
    assert np.all(tongue > palate) and tongue.argmax() == 0


# Between which rows of the picture the middle of the change lies, from the brows down to the jaw.
ROWS = {6: (95, 145), 9: (112, 158), 10: (145, 175), 12: (150, 185)}
for units, between in (((1, 2, 4), (60, 100)), ((5, 7, 43), (90, 118))):
    ROWS |= dict.fromkeys(units, between)
ROWS |= dict.fromkeys((14, 15, 16, 17, 18, 20, 22, 24, 25, 26, 27, 28), (155, 220))
VISIBLE = 10
"""Gray levels of change that an eye can see beside each other."""


@pytest.fixture(scope="module")
def changes():
    """How much every pixel changes, for each Action Unit and intensity, each test subject."""
    faces, found = ScanFaces(), {}
    for subject in faces.validation_subjects:
        neutral = faces.read(faces.neutral(subject)).astype(float)
        for unit, level in product(SHAPES, range(1, 6)):
            frame = faces.truth(subject, {unit: level})
            assert frame is not None
            change = np.abs(faces.read(frame) - neutral).mean(2).astype(np.float32)
            found.setdefault((unit, level), []).append(change)
    return found


def test_every_action_unit_is_seen_in_its_own_part_of_the_picture_and_in_the_order_of_intensities(changes):
    rows = np.arange(256)[:, None]
    for unit, (low, high) in ROWS.items():
        means = []
        for level in range(1, 6):
            seen = np.stack(changes[unit, level])
            assert ((seen > VISIBLE).sum((1, 2)) >= 20).all(), f"AU {unit} at intensity {level}"
            strong = np.where(seen > 4, seen, 0) ** 2
            means.append(np.sqrt(strong.mean((1, 2))).mean())
        middles = (strong * rows).sum((1, 2)) / strong.sum((1, 2))  # at E
        assert ((low <= middles) & (middles <= high)).all(), f"AU {unit}"
        assert means == sorted(means), f"AU {unit}"
    assert ROWS.keys() == SHAPES.keys()


@pytest.mark.fault(
    "Files and folders",
    "the renderer finds its cache of the face model, of an older version or of another clone",
    "the cache is made anew from the files of the clone",
)
@pytest.mark.parametrize("made_from", [{}, {"made_from": np.array("[1]")}, "another clone"])
def test_a_cache_of_an_older_version_is_made_anew(tmp_path, monkeypatch, made_from):
    calls = []

    def write(folder, cache):
        calls.append(folder)
        np.savez(cache, **whole, made_from=np.array(_sources(folder)))

    monkeypatch.setattr(model_module, "_write_cache", write)
    whole = dict.fromkeys(("triangles", "texture", "material"), np.zeros(0)) | {"neutral": np.zeros((1, 3))}
    whole |= {"materials": np.array(["M_Face"]), "names": np.array(["jawOpen"]), "deltas": np.zeros((1, 1, 3))}
    (tmp_path / NEUTRAL_FILE).write_text("v 0 0 0")
    if made_from == "another clone":
        load_model(tmp_path)
        (tmp_path / "one_shape_more.obj").touch()
    else:
        np.savez(tmp_path / CACHE_FILE, **made_from)
    load_model(tmp_path)
    load_model(tmp_path)
    assert calls == [tmp_path] * (2 if made_from == "another clone" else 1)
