"""Figures of moving pixels: windows, arrows and panels show what they are given."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from lfes_core.networks import Movement
from tests.book.modules import module_of_the_book


@pytest.fixture
def pixels(monkeypatch):
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        module = module_of_the_book("moving_pixels")
        monkeypatch.setattr(plt, "show", lambda: None)
        yield module


@pytest.fixture
def shown(pixels, monkeypatch):
    figures = []
    monkeypatch.setattr(plt, "close", figures.append)
    monkeypatch.setattr(pixels, "show_photographs", figures.append)
    return figures


def movement(size, right=0.0, mask=0.0):
    flow = torch.zeros(1, 2, size, size)
    flow[:, 0] = right
    return Movement(flow, torch.full((1, 1, size, size), mask), torch.zeros(1, 3, size, size))


def test_a_part_of_a_picture_has_the_same_place_at_any_size(pixels):
    rows, columns = pixels.window(256)
    large = pixels.window(512)
    assert (large[0].start, large[1].stop) == (2 * rows.start, 2 * columns.stop)
    assert pixels.cropped(np.zeros((100, 100, 3)), (0.1, 0.5, 0.2, 0.9)).shape == (40, 70, 3)


def test_a_closed_movement_paints_nothing_and_moves_the_same(pixels):
    open_ = movement(4, right=0.1, mask=0.7)
    shut = pixels.closed(open_)
    assert shut.mask.max() == 0 and shut.flow is open_.flow and open_.mask.min() > 0.6


def test_arrows_start_where_the_pixel_is_taken_and_end_at_the_place(pixels):
    _, axis = plt.subplots()
    pixels.draw_flow(axis, movement(64, right=0.25).flow[0], 256)  # an eighth of the width to the right: 32 pixels
    (arrows,) = axis.collections
    assert np.allclose(arrows.U, -32) and np.allclose(arrows.V, 0)
    places = arrows.get_offsets() + np.stack([arrows.U, arrows.V], axis=1)
    assert places.min() > 0 and places.max() < 256


def test_a_face_that_rests_has_dots_and_no_arrows(pixels):
    _, axis = plt.subplots()
    pixels.draw_flow(axis, movement(64).flow[0], 256)
    assert len(axis.collections[0].get_offsets()) == 0
    assert len(axis.lines[0].get_xdata()) > 100


def test_a_movement_is_shown_in_six_panels(pixels, shown):
    face = np.full((256, 256, 3), 128, dtype=np.uint8)
    pixels.show_movement(face, movement(128, right=0.1, mask=1.0), face, face)
    titles = [axis.get_title() for axis in shown[0].axes]
    assert len(titles) == 6 and titles[0] == "neutral face" and titles[-1] == "true picture"
    rows, columns = pixels.window(256)
    assert shown[0].axes[0].get_xlim() == (columns.start, columns.stop)
    assert shown[0].axes[0].get_ylim() == (rows.stop, rows.start)


def test_a_shut_mask_leaves_no_paint_to_see(pixels):
    assert torch.allclose(pixels._painted(movement(8), 16), torch.tensor(0.85))
    assert torch.allclose(pixels._painted(movement(8, mask=0.5), 16), torch.tensor(0.0), atol=1e-6)


def test_the_reading_of_a_place_shows_four_weights_that_make_its_value(pixels, shown):
    picture = torch.arange(16.0).reshape(4, 4)
    flow = torch.zeros(2, 4, 4)
    flow[0, 1, 2], flow[1, 1, 2] = 0.25, 0.5
    pixels.show_reading(picture, flow, picture, (1, 2))
    left, middle, right = shown[0].axes
    products = [text.get_text().split(" · ") for text in middle.texts]
    weights, values = zip(*((float(weight), float(value)) for weight, value in products), strict=True)
    assert sum(weights) == 1 and sorted(values) == [6, 7, 10, 11]
    assert sum(weight * value for weight, value in zip(weights, values, strict=True)) == 6.25 + 0.5 * 4
    assert len([text for text in right.texts if text.get_text()]) == 16
    assert len(left.lines) == 1  # one place reads elsewhere


def test_rows_are_as_wide_as_the_page_and_as_high_as_their_pictures(pixels, shown):
    square, flat = np.zeros((40, 40, 3), dtype=np.uint8), np.zeros((20, 40, 3), dtype=np.uint8)
    pixels.show_rows([[square, square], [flat, flat]], ["left", "right"], ["high", "low"])
    axes = np.reshape(shown[0].axes, (2, 2))
    heights = [axis.get_window_extent().height for axis in axes[:, 0]]
    assert heights[0] == pytest.approx(2 * heights[1], rel=0.05)
    assert [axis.get_title() for axis in axes[0]] == ["left", "right"]
    assert [axis.texts[0].get_text() for axis in axes[:, 0]] == ["high", "low"]
    assert 6 <= shown[0].get_figwidth() <= 7.2
