"""Photographs: the face is found and laid on the frame, its change laid back, and what cannot be done is said."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from lfes_core.datasets import ScanFaces
from lfes_core.errors import UserError
from lfes_core.images import similarity, to_tensor, to_uint8
from lfes_core.networks import Movement, moved
from lfes_core.photographs import FIVE, Face, find_faces, lay_back, lay_on_frame
from lfes_core.synthesis import Synthesizer

SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


@pytest.fixture(scope="module")
def people():
    faces = ScanFaces()
    return [faces.face(faces.neutral(person)) for person in faces.validation_subjects[:4]]


@pytest.fixture(scope="module")
def synthesizer():
    return Synthesizer.load("tiny_moving")


def photograph(*placed, size=(900, 700)):
    """A wall with people in front of it: each picture, its size in pixels, its left upper corner and its tilt."""
    wall = Image.new("RGB", size, (120, 130, 140))
    for face, side, corner, tilt in placed:
        shown = Image.fromarray(face).resize((side, side), Image.Resampling.LANCZOS)
        mask = Image.new("L", shown.size, 255)
        wall.paste(*(one.rotate(tilt, Image.Resampling.BICUBIC) for one in (shown,)), corner, mask.rotate(tilt))
    return np.asarray(wall)


@pytest.mark.parametrize(("side", "corner", "tilt"), [(256, (500, 300), 0), (420, (60, 200), 12), (640, (200, 30), -8)])
def test_a_face_is_found_wherever_it_is_and_laid_on_the_frame(people, side, corner, tilt):
    angle, middle = np.radians(-tilt), np.array(corner) + side / 2
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for face in people:
        found = lay_on_frame(photograph((face, side, corner, tilt)))
        corners = np.array([[0.3, 0.3], [0.7, 0.3], [0.5, 0.8]])
        there = (found.place @ np.column_stack([corners, np.ones(3)]).T)[:2].T
        true = (side * (corners - 0.5)) @ turned.T + middle
        assert np.linalg.norm(there - true, axis=1).max() < 0.05 * side
        assert found.warnings == () and found.crop.shape == (256, 256, 3)


def test_a_photograph_comes_back_at_its_size_and_is_equal_wherever_nothing_changed(synthesizer):
    picture = data.astronaut()
    made = synthesizer(picture, SENTENCE)
    result = np.asarray(made.image)
    assert result.shape == picture.shape and made.crop.size == (256, 256)
    assert (result[~made.changed] == picture[~made.changed]).all() and 0.01 < made.changed.mean() < 0.25
    different = np.abs(result.astype(int) - picture).max(axis=2) > 40
    mouth = made.neutral.points[3:].mean(axis=0)
    rows, columns = np.nonzero(different)
    assert len(rows) > 200 and np.hypot(columns.mean() - mouth[0], rows.mean() - mouth[1]) < 25
    larger = np.asarray(Image.fromarray(picture).resize((2048, 2048), Image.Resampling.LANCZOS))
    assert synthesizer(larger, SENTENCE).image.size == (2048, 2048)


def test_a_movement_laid_back_moves_the_pixels_of_the_photograph_itself(people):
    picture = photograph((people[0], 512, (100, 60), 0))
    place = np.array([[512, 0, 99.5], [0, 512, 59.5], [0, 0, 1.0]])
    y, x = (np.mgrid[:128, :128] + 0.5) / 128
    hill = torch.from_numpy(np.exp(-((x - 0.5) ** 2 + (y - 0.6) ** 2) / 0.02)).float()
    change = Movement(
        0.06 * torch.stack((hill, -hill))[None], 0.4 * hill[None, None], torch.full((1, 3, 128, 128), 0.5)
    )
    result, changed = lay_back(picture, place, change)
    by_hand = to_uint8(moved(to_tensor(picture[60:572, 100:612])[None], change)[0])
    core = (slice(240, 370), slice(200, 310))
    differences = np.abs(result[60:572, 100:612][core].astype(int) - by_hand[core])
    assert differences.max() <= 1 and np.abs(by_hand[core].astype(int) - picture[60:572, 100:612][core]).max() > 50
    assert not changed[:60].any() and not changed[:, :100].any() and (result[~changed] == picture[~changed]).all()


@pytest.mark.parametrize("design", ["tiny", "tiny_moving"])
def test_only_what_the_sentence_changes_is_laid_back(people, design):
    made = Synthesizer.load(design)(photograph((people[0], 400, (200, 100), 0)), "A woman with a neutral expression.")
    assert (np.asarray(made.image) == made.neutral.picture).all() and not made.changed.any()


def test_of_several_faces_one_has_to_be_chosen(people, synthesizer):
    picture = photograph((people[0], 320, (40, 60), 0), (people[1], 300, (500, 200), 0))
    with pytest.raises(
        UserError, match=r"^the given picture shows 2 faces, \d+ and \d+ pixels wide from the left: say"
    ):
        lay_on_frame(picture)
    centers = [lay_on_frame(picture, number=number).points[:, 0].mean() for number in (1, 2)]
    assert centers == pytest.approx([200, 650], abs=25)
    for number in (0, 3):
        with pytest.raises(UserError, match=f"no face {number}: the picture has 2, counted from the left"):
            lay_on_frame(picture, number=number)
    made = synthesizer(picture, SENTENCE, number=2)
    assert not made.changed[:, :500].any() and made.changed.any()


def test_somebody_in_the_background_is_passed_over_and_named(people):
    found = lay_on_frame(photograph((people[0], 600, (250, 60), 0), (people[1], 150, (20, 30), 0)))
    assert found.points[:, 0].mean() > 400
    assert [warning.partition(" (")[0] for warning in found.warnings] == ["of 2 faces"]


@pytest.mark.parametrize("picture", [data.cat(), data.coffee(), np.full((300, 400, 3), 90, np.uint8)])
def test_a_cat_a_cup_and_a_wall_have_no_face(picture):
    with pytest.raises(UserError, match="shows no face that was found: give one seen from the front"):
        lay_on_frame(picture)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_picture_that_lies_on_its_side_or_stands_on_its_head_is_to_be_turned(people, turns):
    for picture in (data.astronaut(), *(photograph((face, 420, (240, 140), 0)) for face in people[:1])):
        with pytest.raises(UserError, match="not upright: turn the picture"):
            lay_on_frame(np.ascontiguousarray(np.rot90(picture, turns)))


def test_a_face_on_its_head_is_told_by_the_certainty_of_the_finder_where_it_finds_one(people, monkeypatch):
    picture = photograph((people[0], 420, (240, 140), 0))
    found = replace(find_faces(picture)[0], certainty=0.93)
    answers = iter([[found], [], [replace(found, certainty=0.99)], []])
    monkeypatch.setattr("lfes_core.photographs.find_faces", lambda _: next(answers))
    with pytest.raises(UserError, match="not upright"):
        lay_on_frame(picture)


def test_a_file_is_named_where_no_face_is_found(tmp_path):
    Image.fromarray(data.cat()).save(tmp_path / "cat.png")
    with pytest.raises(UserError, match=r"cat\.png shows no face"):
        lay_on_frame(tmp_path / "cat.png")


def seen(turn=0.0, size=400.0, shift=(150.0, 100.0)):
    """A face whose nose lies where it does when a head is turned by so many distances between the eyes."""
    points = FIVE * size + shift
    points[2, 0] += turn * (points[1, 0] - points[0, 0])
    return Face(points, 0.5 * size)


def test_a_turned_head_is_warned_of_and_one_turned_away_refused(monkeypatch):
    picture = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    assert (
        seen().turn == pytest.approx(0, abs=0.1)
        and seen(0.2).turn == pytest.approx(-seen(-0.2).turn, abs=0.1)
        and seen(0.2).turn > 15
    )
    turns = {0.0: (), 0.3: ("the head is turned by about",)}
    for turn, told in turns.items():
        monkeypatch.setattr("lfes_core.photographs.find_faces", lambda _, turn=turn: [seen(turn)])
        assert tuple(warning[:27] for warning in lay_on_frame(picture).warnings) == told
    monkeypatch.setattr("lfes_core.photographs.find_faces", lambda _: [seen(0.5)])
    with pytest.raises(UserError, match="a face turned to the side"):
        lay_on_frame(picture)


def test_small_faces_are_refused_or_warned_of_and_gray_ones_are_told(people):
    small = photograph((people[0], 110, (300, 200), 0), size=(640, 500))
    (warning,) = lay_on_frame(small).warnings
    assert warning.startswith("the face is small, ")
    tiny = Image.fromarray(photograph((people[0], 60, (100, 90), 0), size=(300, 260)))
    with pytest.raises(UserError, match=r"too small a face|no face"):
        lay_on_frame(tiny)
    gray = photograph((people[0], 500, (200, 100), 0)).mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    assert lay_on_frame(gray).warnings == ("the picture has no colors: what is painted may have some",)


def test_whoever_knows_better_gives_the_points(people):
    picture = photograph((people[0], 500, (200, 100), 0))
    eyes_and_mouth = np.array([[0.376, 0.418], [0.624, 0.418], [0.5, 0.684]]) * 500 + (200, 100)
    by_hand = lay_on_frame(picture, eyes_and_mouth.ravel().tolist())
    assert by_hand.place == pytest.approx(np.array([[500, 0, 200], [0, 500, 100], [0, 0, 1]]), abs=1e-6)
    for points, why in (
        ([1.0, 2.0, 3.0], "six numbers"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, float("nan")], "six numbers"),
        ([400.0, 300.0, 300.0, 300.0, 350.0, 400.0], "not two eyes above a mouth"),
        ([4000.0, 300.0, 4100.0, 300.0, 4050.0, 400.0], "lie outside this picture"),
    ):
        with pytest.raises(UserError, match=why):
            lay_on_frame(picture, points)


def test_a_picture_that_lies_on_the_frame_is_taken_as_it_is_and_a_file_is_looked_at(people, synthesizer, tmp_path):
    face = people[0]
    for source in (face, Image.fromarray(face), to_tensor(face)):
        found = lay_on_frame(source)
        assert found.place is None and (found.crop == face).all()
    made = synthesizer(face, SENTENCE)
    assert made.image is made.crop and made.changed.all()
    aside = photograph((face, 150, (90, 80), 0), size=(256, 256))
    for name, picture in (("face", face), ("aside", aside)):
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    assert lay_on_frame(tmp_path / "face.png").place is None
    assert lay_on_frame(tmp_path / "aside.png").place is not None


def test_all_held_out_people_are_found_on_the_frame():
    faces = ScanFaces()
    for person in (*faces.validation_subjects, *faces.test_subjects):
        (found,) = find_faces(faces.face(faces.neutral(person)))
        off = similarity(found.points / 256, FIVE) @ np.array([[0.3, 0.7, 0.5], [0.3, 0.3, 0.8], [1, 1, 1]])
        assert np.abs(off[:2].T - [[0.3, 0.3], [0.7, 0.3], [0.5, 0.8]]).max() < 0.06, person
