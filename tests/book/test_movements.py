"""The movement viewer: each choice shows the frame, the sentence and the map of that movement."""

import base64
import io
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import ScanFaces
from lfes_core.datasets.frames import Frame
from lfes_core.sentences import parse
from tests.book.modules import data_inside, module_of_the_book

NUMBERS = (4, 12, 26)


def gray(units: Mapping[int, int | None]) -> int:
    """A shade of gray for each expression, so that a picture tells which one it shows."""
    return sum((number * 7 + 9 * (level or 0)) % 97 for number, level in units.items())


class OnePerson:
    """As much of ScanFaces as the viewer asks for."""

    def neutral(self, subject: str) -> Frame:
        return Frame(subject, "A", "000.jpg", "", {}, "woman")

    def truth(self, subject: str, units: Mapping[int, int]) -> Frame | None:
        return None if set(units) == {26} else Frame(subject, "A", "001.jpg", "", dict(units), "woman")

    def face(self, frame: Frame) -> Any:
        return np.full((256, 256, 3), gray(frame.action_units), np.uint8)

    def region_map(self, subject: str, number: int) -> Any:
        moved = np.zeros((256, 256), np.float32)
        moved[128:, 128:] = number
        return moved


@pytest.fixture(scope="module")
def movements() -> ModuleType:
    return module_of_the_book("movements")


@pytest.fixture(scope="module")
def page(movements: ModuleType) -> str:
    html: str = movements.viewer(OnePerson(), "SN097", NUMBERS).page
    return html


@pytest.fixture(scope="module")
def data(page: str) -> dict[str, Any]:
    return data_inside(page)


def pixels(address: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))), dtype=float)


def test_a_jaw_that_drops_parts_the_lips(movements: ModuleType) -> None:
    assert movements.alone(12, 3) == {12: 3}
    assert movements.alone(26, 4) == {25: 4, 26: 4} and movements.alone(27, 1) == {25: 1, 27: 1}


def test_each_picture_and_sentence_are_those_of_the_movement(
    movements: ModuleType, data: dict[str, Any]
) -> None:
    for unit, number in zip(data["units"], NUMBERS, strict=True):
        assert unit["number"] == number
        for level, (picture, sentence) in enumerate(zip(unit["pictures"], unit["sentences"], strict=True), 1):
            made = movements.alone(number, level)
            assert abs(pixels(picture).mean() - gray(made)) < 3
            assert parse(sentence).action_units == made and parse(sentence).subject == "woman"


def test_the_map_is_light_where_the_skin_moves(data: dict[str, Any]) -> None:
    for unit in data["units"]:
        light = pixels(unit["map"]).sum(axis=2)
        assert light[60:, 60:].min() > 2 * light[:40, :40].max()
        assert unit["most"] == unit["number"]


def test_the_viewer_asks_no_other_machine_and_needs_no_script_to_show_something(page: str) -> None:
    assert re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", page) == []
    assert "<noscript>" in page and 'alt="SN097, a woman, with AU 12E' in page
    assert "__" not in re.sub(r'<script type="application/json">.*?</script>', "", page, flags=re.DOTALL)


def test_a_person_without_the_frame_is_named(movements: ModuleType) -> None:
    class Incomplete(OnePerson):
        def truth(self, subject: str, units: Mapping[int, int]) -> Frame | None:
            return None

    with pytest.raises(ValueError, match=r"SN097 has no frame with just the Action Units \{4: 1\}"):
        movements.viewer(Incomplete(), "SN097", NUMBERS)


def test_the_chapters_viewer_stays_below_a_megabyte(movements: ModuleType) -> None:
    faces = ScanFaces()
    numbers = sorted({number for frame in faces.frames for number in frame.action_units})
    assert len(numbers) == 22
    assert len(movements.viewer(faces, faces.test_subjects[0], numbers).page) < 1_000_000
