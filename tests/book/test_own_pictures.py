"""The stand-in photographs show who and what their names say, and the figures draw what they are given."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.images import PLACES, align, similarity
from lfes_core.networks import Movement
from lfes_core.photographs import FIVE, OnFrame
from tests.book.modules import drawn_by


@pytest.fixture
def module():
    with drawn_by("own_pictures") as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory, faces):
    root = tmp_path_factory.mktemp("own") / "photographs"
    with drawn_by("own_pictures") as module:
        module.take_photographs(root, faces)
    return root


def rows(path):
    with path.open(newline="") as file:
        return {row.pop("person"): row for row in csv.DictReader(file)}


def test_a_file_is_named_by_its_action_units(module):
    assert module.code({}) == "neutral"
    assert module.code({25: 5, 26: 1, 4: None}) == "25E+26A+4"


def test_everybody_sat_once_for_each_expression_and_is_in_both_tables(module, folder):
    names = {"neutral", *map(module.code, module.EXPRESSIONS)}
    for name in module.SITTERS:
        assert {path.stem for path in (folder / name).iterdir()} == names
        assert Image.open(folder / name / "neutral.jpg").size == module.SIZE[::-1]
    people = rows(folder / "people.csv")
    assert list(people) == list(rows(folder / "points.csv")) == list(module.SITTERS)
    assert [name for name, row in people.items() if row["train"] == "no"] == ["P5"]
    assert all(row["show"] == "no" for row in people.values() if row["train"] == "no")


def test_a_face_that_is_laid_by_its_points_is_the_rendered_one_again(module, folder, faces):
    for name, row in rows(folder / "points.csv").items():
        clicked = np.array([float(value) for value in row.values()]).reshape(3, 2)
        laid = align(np.asarray(Image.open(folder / name / "neutral.jpg")), similarity(clicked, PLACES))
        rendered = faces.face(faces.neutral(module.SITTERS[name].rendered))
        own = np.array(module.SITTERS[name].clicked, float)
        same = align(rendered, similarity(own, PLACES))
        difference = np.abs(laid[60:230, 50:206].astype(float) - same[60:230, 50:206]).mean()
        assert difference < 4, name


def test_lighter_cheeks_have_a_larger_angle(module):
    light, dark = np.array([226, 186, 164], np.uint8), np.array([88, 61, 49], np.uint8)
    face = np.zeros((256, 256, 3), np.uint8)
    face[120:145, 80:175] = light
    assert np.array_equal(module.cheek(face), light)
    assert module.skin_angle(light) > 40 > 0 > module.skin_angle(dark)
    module.show_skin(np.array([dark, light, dark]))
    heights = [bar.get_height() for bar in module.kept[0].axes[0].patches]
    assert heights == sorted(heights, reverse=True) and heights[0] == pytest.approx(module.skin_angle(light))


def test_each_figure_draws_what_it_is_given(module):
    gray, face = np.full((48, 64, 3), 99, np.uint8), np.full((32, 32, 3), 50, np.uint8)
    points = 40 * PLACES
    module.show_laid([("P1", gray, points, face), ("P2", gray, points, face)])
    assert sum(len(axis.images) for axis in module.kept[0].axes) == 6
    assert np.allclose(module.kept[0].axes[0].lines[0].get_xydata(), points)
    module.show_misplaced({"turn": {0: 0.3, 20: 0.6}, "shift": {0: 0.3, 1: 0.4}})
    assert [axis.lines[0].get_ydata().tolist() for axis in module.kept[1].axes] == [[0.3, 0.6], [0.3, 0.4]]
    assert [axis.get_xlabel() for axis in module.kept[1].axes] == ["turn", "shift"]


def answer(place):
    """As much of an answer as the figure of the way asks for."""
    photograph = np.full((90, 120, 3), 99, np.uint8)
    changed = np.zeros((90, 120), bool)
    changed[30:60, 40:80] = True
    flow, mask = torch.zeros(1, 2, 128, 128), torch.zeros(1, 1, 128, 128)
    flow[:, 1, 60:80, 40:80], mask[..., 100:110, 50:70] = -0.1, 1
    crop = np.full((256, 256, 3), 50, np.uint8)
    points = None if place is None else (place[:2] @ np.c_[FIVE, np.ones(5)].T).T
    return SimpleNamespace(
        neutral=OnFrame(photograph, crop, place, points),
        movement=Movement(flow, mask, torch.zeros(1, 3, 128, 128)),
        crop=crop,
        changed=changed,
    )


def test_the_way_of_a_photograph_shows_points_and_frame_where_they_were_found(module):
    place = np.array([[50, -8, 30], [8, 50, 20], [0, 0, 1.0]])
    made = answer(place)
    result = np.full((90, 120, 3), 7, np.uint8)
    module.show_way(made, result)
    found, crop, movement, _, differ, back = module.kept[0].axes
    frame, points = (line.get_xydata() for line in found.lines)
    assert np.allclose(frame, [[30, 20], [80, 28], [72, 78], [22, 70], [30, 20]])
    assert np.allclose(points, made.neutral.points) and np.allclose(differ.lines[0].get_xydata(), frame)
    assert (crop.images[0].get_array() == made.neutral.crop).all() and (back.images[0].get_array() == result).all()
    painted = np.vstack([part.vertices for part in movement.collections[-2].get_paths()])
    assert painted.min(axis=0) == pytest.approx([100, 200], abs=2) and painted.max(axis=0) == pytest.approx(
        [140, 220], abs=2
    )


def test_a_picture_that_was_on_the_frame_has_no_way(module):
    with pytest.raises(ValueError, match="nothing was found"):
        module.show_way(answer(None), None)


def test_few_people_have_a_mark_for_each_draw_and_a_line_through_their_means(module):
    module.show_few_people([(1, 0.1, 1.0), (1, 0.3, 0.8), (96, 0.9, 0.85)], (1000, 0.3, 0.4))
    (axis,) = module.kept[0].axes
    lines = {line.get_label(): line.get_ydata() for line in axis.lines}
    assert list(lines["stencil, people trained on"]) == pytest.approx([0.2, 0.9])
    assert list(lines["stencil, others"]) == pytest.approx([0.9, 0.85])
    assert np.ravel(lines["the extension, others"]).tolist() == [0.4]
