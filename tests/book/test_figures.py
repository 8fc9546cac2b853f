"""The helpers for pictures take every form of picture that a chapter may have."""

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
    monkeypatch.setattr(figures, "_show", shown.append)
    picture = np.zeros((4, 4, 3))
    figures.show_sheet([[picture, picture], [picture, None]], ["up", "down"], ["A", "B"])
    axes = shown[0].axes
    assert [axis.get_title() for axis in axes] == ["A", "B", "", ""]
    assert [[text.get_text() for text in axis.texts] for axis in axes] == [["up"], [], ["down"], []]
    assert [len(axis.images) for axis in axes] == [1, 1, 1, 0]
    with pytest.raises(ValueError):
        figures.show_sheet([[picture]], ["up", "down"], ["A"])


def test_every_box_of_the_drawing_is_named_as_in_the_package():
    drawing = module_of_the_book("architecture").draw_architecture()
    texts = [text.get_text().replace("\n", "") for text in drawing.axes[0].texts]
    boxes = {text for text in texts if text.endswith(("Encoder", "Discriminator", "Attention", "Augmentation"))}
    boxes |= {text for text in texts if text.endswith("_loss")}
    assert len(boxes) == 9
    assert boxes - public_names().keys() == set()
