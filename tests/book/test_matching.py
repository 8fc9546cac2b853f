"""Pictures of chapter 4: each shows what it is given, with labels large enough to read."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.patches import Rectangle
from torch.nn import functional as F

from tests.book.modules import module_of_the_book


@pytest.fixture
def matching(monkeypatch):
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        module = module_of_the_book("matching")
        monkeypatch.setattr(module.plt, "show", lambda: None)
        monkeypatch.setattr(module.plt, "close", lambda figure: None)
        yield module
        plt.close("all")


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in (*axis.texts, axis.title)]


def drawn():
    """The last figure, after a look at what every figure must keep."""
    figure = plt.gcf()
    figure.draw_without_rendering()
    assert figure.get_figwidth() <= 7
    for axis in figure.axes:
        for text in (*axis.texts, *axis.get_xticklabels(), axis.title, axis.xaxis.label):
            assert text.get_fontsize() >= 9.5
    return figure


def test_the_framed_region_holds_the_place(matching):
    matching.show_regions(torch.zeros(3, 32, 32), place=(0.4, 0.6))
    frames = [patch for axis in drawn().axes for patch in axis.patches]
    assert [frame.get_xy() for frame in frames] == [(6, 10), (1, 1)]


def test_what_is_left_out_of_a_choice_is_hatched_and_has_no_number(matching):
    scores = torch.tensor([[0.9, 0.8, 0.0], [0.8, 0.9, 0.0], [0.0, 0.0, 0.9]])
    hidden = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]]) > 0
    fair = (10 * scores).masked_fill(hidden, -torch.inf).softmax(dim=1)
    matching.show_choices(scores, (10 * scores).softmax(dim=1), fair)
    last = drawn().axes[2]
    hatched = [patch for patch in last.patches if isinstance(patch, Rectangle) and patch.get_hatch()]
    assert sorted(patch.get_xy() for patch in hatched) == [(-0.5, 0.5), (0.5, -0.5)]
    assert len(last.texts) == 7


def test_a_line_is_as_thick_as_the_look(matching):
    words, regions = torch.eye(2), torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    look = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    matching.show_looks(words, regions, look, look @ regions)
    figure = drawn()
    widths = [line.get_linewidth() for line in figure.axes[1].lines if len(line.get_xdata()) == 2]
    assert sorted(range(6), key=lambda line: widths[line]) == sorted(range(6), key=lambda line: look.flatten()[line])
    assert {"0.70", "0.60", "$w_1$", "$v_3$", "$c_2$"} <= set(texts(figure))


def test_learning_shows_both_matrices_and_a_curve_for_each_trunk(matching):
    curves = {"a": [(0, 0.1), (5, 0.4)], "b": [(0, 0.1), (5, 0.2)]}
    matching.show_learning(torch.zeros(3, 3), torch.eye(3), (1, 2, 4), curves, 0.05)
    before, after, held_out, *_ = drawn().axes
    assert (before.images[0].get_array() == 0).all() and after.images[0].get_array().trace() == 3
    assert [line.get_label() for line in held_out.lines] == ["a", "b", "guessing"]
    assert list(held_out.lines[0].get_ydata()) == [0.1, 0.4]


def test_bars_of_answers_fill_the_row_and_name_large_parts(matching):
    matching.show_answers({"one way": [0.5, 0.3, 0.05, 0.15], "guessing": [0.0, 0.0, 0.1, 0.9]})
    figure = drawn()
    assert [text for text in texts(figure) if text] == ["50%", "30%", "10%", "15%", "90%"]
    assert sum(patch.get_width() for patch in figure.axes[0].patches) == pytest.approx(2)
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == list(matching.ANSWERS)


def test_clouds_lie_in_the_direction_of_the_largest_difference(matching):
    women, men = F.one_hot(torch.zeros(4).long(), 5), F.one_hot(torch.ones(4).long(), 5)
    vectors = torch.cat((women, men)).float() + 0.01 * torch.eye(8, 5)
    matching.show_clouds({"one": vectors, "other": vectors}, ["woman"] * 4 + ["man"] * 4)
    figure = drawn()
    here, there = (points.get_offsets()[:, 0] for points in figure.axes[0].collections)
    assert abs(here.mean() - there.mean()) > 1.3 and here.std() < 0.1
    assert [axis.get_title() for axis in figure.axes] == ["one", "other"]


def test_found_pictures_have_a_tick_and_a_frame_where_they_are_right(matching):
    face = torch.zeros(3, 256, 256)
    matching.show_found(["One.", "Two."], [[(face, "1E", True), (face, "2E", False)]] * 2)
    axes = drawn().axes
    assert [axis.get_xlabel() for axis in axes] == ["\u2713 1E", "2E"] * 2
    assert [axis.spines["top"].get_visible() for axis in axes] == [True, False] * 2
    assert axes[2].texts[0].get_text() == "Two."
