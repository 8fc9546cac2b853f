"""Strokes of drawings end where they are told to, and a drawing is shown whole, with its description."""

import re
from xml.etree import ElementTree

import pytest

from tests.book.modules import module_of_the_book


@pytest.fixture
def strokes():
    return module_of_the_book("vector_drawing")


@pytest.mark.parametrize("end", [(90, 20), (10, 20), (50, 80), (50, -40)])
def test_the_tip_of_an_arrow_is_its_last_corner_and_its_shaft_ends_before_it(strokes, end):
    start = (50, 20)
    shaft, tip = re.findall(r'd="M(.*?)"', strokes.arrow([start, end]))
    assert tip.startswith(f"{end[0]},{end[1]}L")
    stop = [float(number) for number in shaft.split("L")[-1].split(",")]
    assert sum(abs(a - b) for a, b in zip(stop, end, strict=True)) == 7
    assert strokes.arrow([start, end], head=False).count("<path") == 1


def test_a_drawing_is_well_formed_and_says_what_it_shows(strokes, monkeypatch):
    shown = []
    monkeypatch.setattr(strokes, "display", shown.append)
    svg = strokes.drawing(strokes.label(5, 9, strokes.italic("w") + strokes.low("N"), bold=True), 40, "a letter")
    strokes.show_drawing(svg)
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == "a letter" and root.get("viewBox") == "0 0 760 40"
    assert "".join(root.itertext()).startswith("wN") and svg in shown[0].data
