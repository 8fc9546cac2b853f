"""The drawings of layers carry the sizes they are given."""

from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from tests.book.modules import module_of_the_book

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def shapes():
    return module_of_the_book("layer_shapes")


def words(svg):
    return ["".join(text.itertext()).replace("\u200b", "") for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_way_down_names_size_channels_and_count_of_each_map(shapes):
    svg = shapes.way_svg(np.zeros((8, 8, 3)), [(3, 256), (16, 128), (512, 2)])
    assert {"256 × 256", "3 colors", "196,608", "128 × 128", "16 channels", "262,144", "2,048"} <= set(words(svg))
    root = ElementTree.fromstring(svg)
    assert len(list(root.iter(f"{SVG}image"))) == 1
    assert len(list(root.iter(f"{SVG}polygon"))) == 2 + 3 + 3  # a picture, and two slabs with a front


def test_a_level_names_what_enters_and_what_leaves(shapes):
    found = words(shapes.level_svg(32, 48, 16, 64, 2))
    assert found.count("64×64×32") == 2  # q_1 and alpha_1
    assert found.count("64×64×48") == 2  # joined, and after the residual blocks
    assert {"64", "128×128×16", "128×128×3", "residual block", "× 2"} <= set(found)


def test_both_are_shown_with_a_description(shapes, monkeypatch):
    shown = []
    monkeypatch.setattr(shapes, "show_drawing", shown.append)
    shapes.show_way(np.zeros((8, 8, 3)), [torch.zeros(1, 3, 4, 4), torch.zeros(1, 5, 2, 2)])
    shapes.show_level(4, 4, 2, 8, 1)
    assert "5 channels" in shown[0] and "8×8×4" in shown[1]
    assert all("aria-label" in html for html in shown)
