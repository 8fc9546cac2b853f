"""The experiments of chapters 8 and 9 show the same people in both classes; their figures draw what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from lfes_core.datasets import split, to_tensor
from lfes_core.networks.blocks import image_levels
from tests.book.modules import module_of_the_book


@pytest.fixture(scope="module")
def verification():
    return module_of_the_book("verification")


@pytest.fixture
def drawn(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    yield plt.gcf
    plt.close("all")


@pytest.fixture
def few(faces, monkeypatch, verification):
    """Frames of two people of the validation part, without reading a picture."""
    monkeypatch.setattr(verification, "small", lambda _, frames: [(f.subject, dict(f.action_units)) for f in frames])
    return faces


def test_both_classes_show_the_same_people_equally_often(few, verification):
    found = verification.opposites(few, "validation", 26, (25, 27))
    half = len(found.pictures) // 2
    assert found.sentence.tolist() == [0] * half + [1] * half and found.people == 8
    with_it, without = found.pictures[:half], found.pictures[half:]
    assert [subject for subject, _ in with_it] == [subject for subject, _ in without]
    assert all(units[26] >= 3 for _, units in with_it)
    assert all(not {25, 26, 27} & set(units) and units for _, units in without)
    assert len({str(each) for each in without}) == half  # no picture twice
    assert all(units == {} for _, units in found.neutral)


def test_training_people_and_held_out_people_are_others(few, verification):
    train, held_out = (verification.opposites(few, part, 4).pictures for part in ("train", "validation"))
    assert not {subject for subject, _ in train} & {subject for subject, _ in held_out}


def test_the_other_picture_is_of_the_same_person(verification):
    pictures = torch.arange(6)
    opposites = verification.Opposites(pictures, pictures, torch.tensor([0, 0, 0, 1, 1, 1]), people=3)
    assert opposites.other(pictures).tolist() == [3, 4, 5, 0, 1, 2]


def test_small_gives_each_frame_at_level_1_in_order(faces, verification):
    one, two = split(faces, "validation")[:2]
    found = verification.small(faces, [one, two, one])
    assert found.shape == (3, 3, 64, 64) and torch.equal(found[0], found[2])
    assert torch.equal(found[1], image_levels(to_tensor(faces.face(two))[None])[0][0])


@pytest.mark.parametrize("size", [64, 128, 256])
def test_blurred_pictures_keep_size_and_even_areas_and_lose_edges(verification, size):
    picture = torch.zeros(1, 3, size, size)
    picture[..., size // 2 :] = 1.0
    soft = verification.blurred(picture)
    assert soft.shape == picture.shape and soft.min() == 0 and soft.max() == 1
    assert 0 < soft[0, 0, size // 2, size // 2 - 1] < 1
    assert torch.equal(verification.blurred(torch.ones(1, 3, size, size)), torch.ones(1, 3, size, size))


def test_the_curves_of_costs_and_their_slopes(verification, drawn):
    verification.show_pulls()
    cost, slope = drawn().axes
    for axis in (cost, slope):
        true, synthesized = (line.get_ydata() for line in axis.lines)
        assert np.allclose(true, synthesized[::-1])
    x, y = cost.lines[0].get_xdata(), cost.lines[0].get_ydata()
    assert np.allclose(-np.gradient(y, x)[1:-1], slope.lines[0].get_ydata()[1:-1], atol=1e-3)


def test_the_landscape_marks_the_undecided(verification, drawn):
    verification.show_landscape()
    axis = drawn().axes[0]
    assert axis.lines[0].get_xdata() == [0] and "log 2" in axis.texts[0].get_text()


def test_what_was_heard_has_a_panel_for_each_network(verification, drawn):
    verification.show_heard({name: {"right": torch.ones(3), "other": torch.zeros(2)} for name in "abc"})
    axes = drawn().axes
    assert [axis.get_title() for axis in axes] == ["a", "b", "c"]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["right", "other"]


def test_learning_has_a_line_for_each_seed_and_one_label_for_each_network(verification, drawn):
    verification.show_learning({"a": [[0.5, 0.6]] * 3, "b": [[0.5, 0.9]] * 3}, every=40)
    (axis,) = drawn().axes
    curves = [line for line in axis.lines if len(line.get_xdata()) == 2 and line.get_marker() != "None"]
    assert len(curves) == 6 and curves[0].get_xdata().tolist() == [40, 80]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["a", "b"]


def test_reading_has_a_row_for_each_unit(verification, drawn):
    verification.show_reading({"encoding": [0.1, 0.2], "difference": [0.5, 0.6]}, ["AU 1", "AU 2"])
    (axis,) = drawn().axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["AU 1", "AU 2"]
