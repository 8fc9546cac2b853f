"""The drawings of the discriminators give the shapes that the networks have."""

import xml.etree.ElementTree as ElementTree

import pytest
import torch
from torch import nn

from lfes_core.config import preset
from lfes_core.networks.discriminators import ImageEncoder
from tests.book.modules import module_of_the_book


@pytest.fixture(scope="module")
def drawing():
    return module_of_the_book("discriminator_drawing")


def texts(svg):
    return [
        "".join(each.itertext()).replace("\u200b", "")
        for each in ElementTree.fromstring(svg).iter()
        if each.tag.endswith("text")
    ]


@pytest.mark.parametrize("name", ["tiny", "book", "paper"])
@pytest.mark.parametrize("compares", [False, True])
def test_every_shape_of_the_encoder_is_written_once_for_each_picture(drawing, name, compares):
    config = preset(name).networks.discriminator
    picture = torch.zeros(1, 3, 64, 64)
    shapes = ["64×64×3"]
    for layer in ImageEncoder(config, 64).layers:
        picture = layer(picture)
        if isinstance(layer, nn.Conv2d):
            shapes.append(f"{picture.shape[2]}×{picture.shape[3]}×{picture.shape[1]}")
    written = texts(drawing.discriminator_svg(config, compares=compares))
    assert [written.count(shape) for shape in shapes] == [1 + compares] * len(shapes)
    assert ("neutral face" in written) == ("FEV" in written) == compares
    assert {"unconditional", "joint", "conditional"} <= set(written)


def test_the_drawing_says_what_it_shows_and_stays_inside(drawing):
    config = preset("tiny").networks.discriminator
    for compares, network in ((False, "D_FV"), (True, "D_EV")):
        root = ElementTree.fromstring(drawing.discriminator_svg(config, compares=compares))
        assert root.get("role") == "img" and root.get("aria-label").startswith(network)
        _, _, width, height = map(float, root.get("viewBox").split())
        for each in root.iter():
            if each.tag.endswith("rect"):
                x, y, w, h = (float(each.get(key)) for key in ("x", "y", "width", "height"))
                assert 0 <= x and x + w <= width and 0 <= y and y + h <= height


def test_a_notebook_gets_it_as_a_picture_of_the_page(drawing, monkeypatch):
    shown = []
    monkeypatch.setattr(drawing, "show_drawing", shown.append)
    drawing.show_discriminator(preset("tiny").networks.discriminator, compares=True)
    assert "D_EV at level 1" in shown[0]
