"""The stand-in photographs show who and what their names say, and the figures draw what they are given."""

import csv

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import ScanFaces
from lfes_core.images import PLACES, align, placement
from tests.book.modules import drawn_by


@pytest.fixture(scope="module")
def faces():
    return ScanFaces()


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
        place = placement(np.repeat([clicked.mean(0), *clicked], [36, 6, 6, 20], axis=0))
        laid = align(np.asarray(Image.open(folder / name / "neutral.jpg")), place)
        rendered = faces.face(faces.neutral(module.SITTERS[name].rendered))
        own = np.array(module.SITTERS[name].clicked)
        same = align(rendered, placement(np.repeat([own.mean(0), *own], [36, 6, 6, 20], axis=0)))
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
    module.show_photograph(gray, points, face, face)
    assert [sum(len(axis.images) for axis in figure.axes) for figure in module.kept] == [6, 3]
    for figure in module.kept:
        assert np.allclose(figure.axes[0].lines[0].get_xydata(), points)
    module.show_misplaced({"turn": {0: 0.3, 20: 0.6}, "shift": {0: 0.3, 1: 0.4}})
    assert [axis.lines[0].get_ydata().tolist() for axis in module.kept[2].axes] == [[0.3, 0.6], [0.3, 0.4]]
    assert [axis.get_xlabel() for axis in module.kept[2].axes] == ["turn", "shift"]


def test_few_people_have_a_mark_for_each_draw_and_a_line_through_their_means(module):
    module.show_few_people([(1, 0.1, 1.0), (1, 0.3, 0.8), (96, 0.9, 0.85)], (1000, 0.3, 0.4))
    (axis,) = module.kept[0].axes
    lines = {line.get_label(): line.get_ydata() for line in axis.lines}
    assert list(lines["stencil, people trained on"]) == pytest.approx([0.2, 0.9])
    assert list(lines["stencil, others"]) == pytest.approx([0.9, 0.85])
    assert np.ravel(lines["the extension, others"]).tolist() == [0.4]
