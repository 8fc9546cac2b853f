"""The movement viewer: each choice shows the frame, the sentence and the map of that movement."""

import numpy as np
import pytest

from lfes_core.sentences import parse
from tests.book.modules import GrayFaces, data_inside, gray_face, module_of_the_book, picture_in, stands_alone

NUMBERS = (4, 12, 26)


@pytest.fixture(scope="module")
def movements():
    return module_of_the_book("movements")


@pytest.fixture(scope="module")
def page(movements):
    return movements.viewer(GrayFaces(), "SN097", NUMBERS).page


@pytest.fixture(scope="module")
def data(page):
    return data_inside(page)


def pixels(address):
    return np.asarray(picture_in(address), dtype=float)


def test_a_jaw_that_drops_parts_the_lips(movements):
    assert movements.alone(12, 3) == {12: 3}
    assert movements.alone(26, 4) == {25: 4, 26: 4} and movements.alone(27, 1) == {25: 1, 27: 1}


def test_each_picture_and_sentence_are_those_of_the_movement(movements, data):
    for unit, number in zip(data["units"], NUMBERS, strict=True):
        assert unit["number"] == number
        for level, (picture, sentence) in enumerate(zip(unit["pictures"], unit["sentences"], strict=True), 1):
            made = movements.alone(number, level)
            assert abs(pixels(picture).mean() - gray_face(made).mean()) < 3
            assert parse(sentence).action_units == made and parse(sentence).subject == "woman"


def test_the_map_is_light_where_the_skin_moves_and_all_is_there_without_a_script(data, page):
    for unit in data["units"]:
        light = pixels(unit["map"]).sum(axis=2)
        assert light[60:, 60:].min() > 2 * light[:40, :40].max() and unit["most"] == unit["number"]
    assert stands_alone(page) and 'alt="SN097, a woman, with AU 12E' in page


def test_a_person_without_the_frame_is_named(movements, monkeypatch):
    monkeypatch.setattr(GrayFaces, "truth", lambda *asked: None)
    with pytest.raises(ValueError, match=r"SN097 has no frame with just the Action Units \{4: 1\}"):
        movements.viewer(GrayFaces(), "SN097", NUMBERS)


def test_the_chapters_viewer_stays_below_a_megabyte(movements, faces):
    numbers = sorted({number for frame in faces.frames for number in frame.action_units})
    assert len(numbers) == 22
    assert len(movements.viewer(faces, faces.validation_subjects[0], numbers).page) < 1_000_000
