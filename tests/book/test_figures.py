"""The helpers for pictures take every form of picture that a chapter may have."""

import re
from xml.etree import ElementTree

import matplotlib
import matplotlib.figure
import numpy as np
import pytest
import torch
from PIL import Image

from tests.book.modules import module_of_the_book
from tests.book.package_names import public_names


@pytest.fixture(autouse=True)
def style():
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        yield


@pytest.fixture
def figures(style):
    return module_of_the_book("figures")


def test_the_same_picture_in_every_form_becomes_the_same_bytes(figures):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    tensor = torch.from_numpy(picture / 127.5 - 1).permute(2, 0, 1)
    for form in (picture, Image.fromarray(picture), picture / 255, tensor, tensor[None]):
        assert np.array_equal(figures.as_picture(form), picture)


def test_attention_needs_one_map_for_each_word(figures):
    with pytest.raises(ValueError, match="3 words but 2 attention maps"):
        figures.show_attention(np.zeros((8, 8, 3)), np.zeros((2, 4, 4)), ["a", "b", "c"])


def test_an_overlay_is_brightest_where_the_word_looks(figures):
    weights = np.zeros((4, 4))
    weights[3, 3] = 1
    overlay = figures.overlay_attention(np.zeros((64, 64, 3)), weights).sum(axis=2)
    assert overlay.shape == (64, 64)
    row, column = np.unravel_index(overlay.argmax(), overlay.shape)
    assert row >= 48 and column >= 48


def test_a_sheet_names_its_rows_and_columns(figures, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "show_photographs", shown.append)
    picture = np.zeros((4, 4, 3))
    figures.show_sheet([[picture, picture], [picture, None]], ["up", "down"], ["A", "B"])
    axes = shown[0].axes
    assert [axis.get_title() for axis in axes] == ["A", "B", "", ""]
    assert [[text.get_text() for text in axis.texts] for axis in axes] == [["up"], [], ["down"], []]
    assert [len(axis.images) for axis in axes] == [1, 1, 1, 0]
    with pytest.raises(ValueError):
        figures.show_sheet([[picture]], ["up", "down"], ["A"])


def test_a_sheet_is_no_wider_than_the_page_and_wastes_no_space(figures, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "show_photographs", shown.append)
    tall = np.zeros((8, 4, 3))
    figures.show_sheet([[tall] * 9] * 2, ["a long name", "two\nlines"], [""] * 9, size=2)
    figure = shown[0]
    wide, high = figure.get_size_inches()
    assert wide == pytest.approx(figures.PAGE_WIDTH)
    boxes = [axis.get_position() for axis in figure.axes]
    assert boxes[0].height * high == pytest.approx(2 * boxes[0].width * wide)
    assert (boxes[1].x0 - boxes[0].x1) * wide == pytest.approx(figures.SHEET_GAP)
    assert (boxes[0].y0 - boxes[9].y1) * high == pytest.approx(figures.SHEET_GAP)


def test_photographs_are_shown_as_jpeg_of_two_pixels_for_one(figures, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "display", shown.append)
    figures.show_faces([np.zeros((4, 4, 3))], size=2)
    data, about = shown[0]._repr_mimebundle_()
    assert data.keys() == {"image/jpeg"} and 150 < about["image/jpeg"]["width"] <= 220


@pytest.fixture
def architecture(style):
    return module_of_the_book("architecture")


DATA = {"sentence", "neutral face", "pictures", "target"}


def lit_names(architecture):
    """What may be lit, as the refusal of an unknown name tells."""
    with pytest.raises(ValueError, match="not in the drawing: Nobody; known: ") as error:
        architecture.network_svg("Nobody")
    return set(str(error.value).partition("known: ")[2].split(", "))


def widest_borders(svg):
    """Of each part of the drawing, the widest border of its boxes."""
    found = {}
    for part, inside in re.findall(r'<g data-part="(.*?)">(.*?)</g>', svg):
        widths = [float(width) for width in re.findall(r'<rect [^>]*stroke-width="(.*?)"', inside)]
        found[part] = max([*widths, found.get(part, 0)])
    return found


def test_every_box_of_the_drawing_is_named_as_in_the_package(architecture):
    names = lit_names(architecture) - DATA
    assert len(names) == 13
    assert names - public_names().keys() == set()


def test_every_part_that_can_be_lit_is_written_on_its_box(architecture):
    written = {}
    for part, inside in re.findall(r'<g data-part="(.*?)">(.*?)</g>', architecture.network_svg()):
        written[part] = written.get(part, "") + "".join(re.findall(r'font-weight="\d+">(.*?)</text>', inside))
    for name in lit_names(architecture):
        assert name in written[name]


def test_a_part_that_is_not_in_the_drawing_is_refused_and_the_known_ones_are_told(architecture):
    assert {"LanguageSemanticEncoder", "identity_loss", "sentence", "pictures"} <= lit_names(architecture)


def test_lit_boxes_have_a_thicker_border_and_all_others_are_dimmed(architecture):
    whole, lit = architecture.network_svg(), architecture.network_svg("VisualSemanticEncoder")
    before, after = widest_borders(whole), widest_borders(lit)
    assert {part for part in before if after[part] > before[part]} == {"VisualSemanticEncoder"}
    dimmed, bright = re.findall(r'<g opacity="(.*?)">(.*?)(?=<g opacity|</svg>)', lit)
    assert float(dimmed[0]) < 0.7 and float(bright[0]) == 1
    assert "VisualSemanticEncoder" in bright[1] and "VisualSemanticEncoder" not in dimmed[1]
    assert set(re.findall(r'<g opacity="(.*?)">', whole)) == {"1"}


def test_a_drawing_says_in_words_which_parts_are_lit(architecture):
    assert "lit: sentence, identity_loss" in architecture.network_svg("sentence", "identity_loss")


def test_drawings_on_one_page_share_no_id(architecture):
    every = [architecture.network_svg(), *(architecture.network_svg(name) for name in sorted(lit_names(architecture)))]
    ids = [name for svg in every for name in re.findall(r'\bid="(.*?)"', svg)]
    assert len(ids) == len(set(ids))
    assert len(set(every)) == len(every)


def test_a_drawing_is_readable_where_it_is_narrowest(architecture):
    svg = ElementTree.fromstring(architecture.network_svg())
    size, width = (re.search(rf"{name}:([\d.]+)px", svg.attrib["style"]) for name in ("font", "min-width"))
    assert size is not None and width is not None
    scale = float(width[1]) / float(svg.attrib["viewBox"].split()[2])
    assert float(size[1]) * scale >= 11
    for element in svg.iter():
        if "font-size" in element.attrib:  # only lowered and raised letters
            assert element.tag.endswith("tspan") and float(element.attrib["font-size"]) * scale >= 10
