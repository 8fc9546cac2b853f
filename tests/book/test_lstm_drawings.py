"""The drawings of an LSTM are sound SVG, say what they show, and have a box for each word."""

from xml.etree import ElementTree

import pytest

from tests.book.modules import module_of_the_book


@pytest.fixture
def drawings():
    return module_of_the_book("lstm_drawings")


def texts(svg):
    root = ElementTree.fromstring(svg)
    return ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_cell_names_its_gates_and_the_drawing_is_described(drawings):
    svg = drawings.cell_svg()
    assert set(drawings.GATES) <= set(texts(svg))
    assert ElementTree.fromstring(svg).get("aria-label") == drawings.CELL


def test_every_word_has_its_column(drawings):
    words = ["a", "man", "with", "a", "raised", "chin"]
    svg = drawings.unrolled_svg(words)
    written = texts(svg)
    assert [text for text in written if text in words] == words
    assert written.count("→") == written.count("←") == len(words)
    assert ElementTree.fromstring(svg).get("role") == "img"


def test_a_notebook_shows_them(drawings, monkeypatch):
    shown = []
    monkeypatch.setattr(drawings, "show_drawing", shown.append)
    drawings.show_cell()
    drawings.show_unrolled(["a", "man"])
    assert shown == [drawings.cell_svg(), drawings.unrolled_svg(["a", "man"])]
