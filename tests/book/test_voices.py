"""Gradients are measured where they arrive, and the figures of chapter 10 show what they were given."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lfes_core.datasets import ExpressionPairs
from lfes_core.losses import moved_weights, reconstruction_loss
from lfes_core.sentences import Vocabulary
from tests.book.modules import drawn_by


@pytest.fixture
def module():
    with drawn_by("voices") as found:
        yield found


def test_nobody_stands_twice_in_the_batches_and_expressions_differ(module, faces):
    pairs = ExpressionPairs(faces, "validation", Vocabulary())
    batches = module.batches_of_people(pairs, batches=2, size=3)
    assert [len(batch.neutral) for batch in batches] == [3, 3]
    neutrals = torch.cat([batch.neutral for batch in batches]).flatten(1)
    assert len(neutrals.unique(dim=0)) == 6
    assert len(torch.cat([batch.labels for batch in batches]).unique()) > 1
    with pytest.raises(ValueError, match="9 pairs of different people, but 8"):
        module.batches_of_people(pairs, batches=3, size=3)


def test_a_gradient_has_a_length_where_it_arrives_and_none_elsewhere(module):
    torch.manual_seed(0)
    asked, resting = nn.Linear(3, 1), nn.Linear(3, 1)
    x = torch.tensor([[3.0, 0.0, 4.0]])
    loss = asked(x).sum() + resting(x).detach().sum()
    for _ in range(2):  # what an earlier loss has left does not count
        lengths = module.gradient_lengths(loss, iter((asked, resting)))
    assert lengths == [pytest.approx(math.sqrt(25 + 1)), 0.0]


def test_equal_gradients_agree_and_independent_ones_do_not(module):
    east, north = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 1.0])
    assert module.agreement([east, 3 * east]) == pytest.approx(1)
    assert module.agreement([east, north]) == pytest.approx(0)
    assert module.agreement([east, north, -east]) == pytest.approx(-1 / 3)


def test_gradients_of_few_numbers_have_the_lengths_and_angles_of_the_long_ones(module):
    draw = torch.Generator().manual_seed(0)
    scales = {"loud": 1e5, "quiet": 0.1}
    long = {
        name: [scale * (torch.randn(5_000, generator=draw) + 0.5) for _ in range(3)] for name, scale in scales.items()
    }
    few = module.as_few_numbers(long)
    assert {len(row) for own in few.values() for row in own} == {6}
    for name in scales:
        assert module.agreement(few[name]) == pytest.approx(module.agreement(long[name]), abs=1e-5)
        for combine in (sum, lambda own: own[0], lambda own: own[1] - 2 * own[2]):
            assert float(combine(few[name]).norm()) == pytest.approx(float(combine(long[name]).norm()), rel=1e-4)
    angles = [float(sum(each["loud"]) @ sum(each["quiet"])) for each in (few, long)]
    assert angles[0] == pytest.approx(angles[1], rel=1e-4)


def test_the_weighted_median_is_the_cheapest_answer_by_l1(module):
    pictures = torch.rand(7, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(module.weighted_median(pictures, torch.ones(7, 1, 4, 4)), pictures.median(dim=0).values)
    weights = moved_weights(pictures[:1].expand_as(pictures), pictures, 10.0)
    found = module.weighted_median(pictures, weights)

    def cost(answer):
        return reconstruction_loss(answer.expand_as(pictures), pictures, "sum", weights)

    others = [*pictures, pictures.mean(dim=0), pictures.median(dim=0).values, found + 0.01, found - 0.01]
    assert all(cost(found) <= cost(other) + 1e-5 for other in others)


def test_an_opinion_costs_least_at_zero_and_the_parabola_touches_there(module):
    module.show_price()
    (axis,) = module.kept[0].axes
    _, _, total, parabola, mark = (line.get_xydata() for line in axis.lines)
    assert total[total[:, 1].argmin()] == pytest.approx((0, 2 * math.log(2)), abs=1e-9)
    assert (parabola[:, 1] >= total[:, 1] - 1e-9).all()
    assert mark.tolist() == [[0, 2 * math.log(2)]]


def test_each_pull_stands_at_the_mean_of_its_batches(module):
    one = {"a": {"L1": [1.0, 3.0], "L2": [5.0]}, "b": {"L1": [10.0, 30.0], "L2": [50.0]}}
    module.show_pulls({"first": one, "second": one})
    left, right = module.kept[0].axes
    assert [axis.get_title() for axis in (left, right)] == ["first", "second"]
    assert [line.get_xdata()[0] for line in left.lines] == [2, 5, 20, 50]
    reach = [np.ptp(each.get_segments()[0][:, 0]) for each in left.collections]
    assert reach == [2, 0, 20, 0]


def test_every_cell_says_how_long_the_gradient_is(module):
    module.show_who({"loss": [0.0, 2.34], "other": [1234.0, 0.0]}, ["G", "D"])
    (axis,) = module.kept[0].axes
    assert [text.get_text() for text in axis.texts] == ["·", "2.3", "1234", "·"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["loss", "other"]
