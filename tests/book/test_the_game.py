"""The game of chapter 7: its formulas against brute force, its counters against counting, its paths against theory."""

import itertools
import math

import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn

from lfes_core.losses import verification_loss
from lfes_core.networks import Verdict
from tests.book.modules import module_of_the_book

the_game = module_of_the_book("the_game")
figures = module_of_the_book("game_figures")
STEP = 0.01
PLACES = torch.arange(-8, 8, STEP, dtype=torch.float64)


def test_densities_are_densities_and_the_points_follow_them():
    density = the_game.two_hills_density(PLACES)
    assert float(density.sum()) * STEP == pytest.approx(1, abs=1e-6)
    torch.manual_seed(0)
    points = the_game.two_hills(2, 50_000)
    assert points.shape == (2, 50_000, 1)
    assert float(points.mean()) == pytest.approx(float((PLACES * density).sum()) * STEP, abs=0.02)
    share = float(density[PLACES < -0.5].sum()) * STEP
    assert float((points < -0.5).float().mean()) == pytest.approx(share, abs=0.005)


def test_the_best_discriminator_is_the_best_of_all_that_are_tried():
    true, synthesized = the_game.two_hills_density(PLACES), the_game.normal_density(PLACES, 0, 1.5)
    tried = torch.arange(1, 1000, dtype=torch.float64)[:, None] / 1000
    value = true * tried.log() + synthesized * (1 - tried).log()
    found = tried[value.argmax(0), 0]
    assert torch.allclose(found, the_game.best_discriminator(true, synthesized), atol=1e-3)


@pytest.mark.parametrize("mean", [0.0, 0.5, 3.0])
def test_the_value_at_the_best_discriminator_is_twice_js_minus_log_4(mean):
    true, synthesized = the_game.normal_density(PLACES, 0, 1), the_game.normal_density(PLACES, mean, 1)
    best = the_game.best_discriminator(true, synthesized)
    value = float((torch.xlogy(true, best) + torch.xlogy(synthesized, 1 - best)).sum()) * STEP
    assert value == pytest.approx(2 * the_game.jensen_shannon(true, synthesized, STEP) - math.log(4), abs=1e-6)


def test_js_is_0_for_equal_and_log_2_for_separate_densities():
    first, second = the_game.normal_density(PLACES, -4, 0.1), the_game.normal_density(PLACES, 4, 0.1)
    assert the_game.jensen_shannon(first, first, STEP) == pytest.approx(0, abs=1e-9)
    assert the_game.jensen_shannon(first, second, STEP) == pytest.approx(math.log(2), abs=1e-6)


def test_an_undecided_discriminator_pays_2_log_2():
    nothing = Verdict(torch.zeros(3), torch.zeros(3))
    assert verification_loss(nothing, nothing).item() == pytest.approx(2 * math.log(2))
    assert pytest.approx(2 * math.log(2)) == figures.UNDECIDED


def test_modes_are_counted_with_and_without_dropping():
    torch.manual_seed(0)
    true = the_game.eight_gaussians(3, 4000)
    modes, good = the_game.count_modes(true)
    assert modes.tolist() == [8, 8, 8]
    assert torch.allclose(good, torch.tensor(1 - math.exp(-4.5)), atol=0.01)  # three sigma in the plane
    three = the_game.CENTERS[torch.arange(900) % 3].expand(1, 900, 2)
    assert [counted.item() for counted in the_game.count_modes(three)] == [3, 1]
    nowhere = torch.zeros(1, 100, 2)
    assert [counted.item() for counted in the_game.count_modes(nowhere)] == [0, 0]


def test_a_mode_needs_one_percent_of_the_points():
    points = the_game.CENTERS[0].repeat(1, 200, 1)
    points[0, :1] = the_game.CENTERS[1]
    assert the_game.count_modes(points).modes.item() == 1
    points[0, :2] = the_game.CENTERS[1]
    assert the_game.count_modes(points).modes.item() == 2


def test_the_blind_circle_hits_all_modes_and_has_the_share_that_geometry_says():
    torch.manual_seed(0)
    modes, good = the_game.count_modes(the_game.circle(2, 20_000))
    near = 16 * math.asin(3 * the_game.SPREAD / (2 * the_game.RADIUS))  # half angles on both sides of eight modes
    assert modes.tolist() == [8, 8]
    assert good.mean().item() == pytest.approx(2 * near / (2 * math.pi), abs=0.01)


def distances(**rules):
    return [math.hypot(*place) for place in the_game.dirac_path(**rules)]


def test_simultaneous_steps_spiral_outwards_in_every_step():
    far = distances(length=0.1, steps=300)
    assert all(after > before for before, after in itertools.pairwise(far))


def test_alternating_steps_stay_on_a_closed_path():
    far = distances(length=0.1, steps=3000, alternating=True)
    assert 0.9 < min(far) and max(far) < 1.1


@pytest.mark.parametrize("alternating", [False, True])
def test_r1_leads_to_the_goal_and_most_quickly_near_gamma_1(alternating):
    ends = {
        gamma: distances(length=0.05, steps=600, penalty=gamma, alternating=alternating)[-1] for gamma in (0.3, 1, 4)
    }
    assert max(ends.values()) < 0.3
    assert min(ends, key=lambda gamma: ends[gamma]) == 1


def test_the_non_saturating_game_creeps_inwards():
    far = distances(length=0.1, steps=2000, alternating=True, saturating=False)
    assert far[0] > far[500] > far[1000] > far[-1] > 0.1


class Eight(nn.Module):
    """A generator or discriminator of eight games: a fixed affine map."""

    def __init__(self, inputs, outputs, scale):
        super().__init__()
        torch.manual_seed(0)
        self.weight = nn.Parameter(scale * torch.randn(8, inputs, outputs))

    def forward(self, x):
        return torch.bmm(x, self.weight)


def moments(size, steps=(0, 50, 100, 150)):
    return [the_game.Moment(step, Eight(2, size, 1.0), Eight(size, 1, 0.2)) for step in steps]


def test_a_moment_synthesizes_the_same_points_each_time_and_judges_them():
    moment = moments(2)[0]
    assert moment.games == 8
    points = moment.synthesized(50)
    assert points.shape == (8, 50, 2) and torch.equal(points, moment.synthesized(50))
    assert moment.logits(points).shape == (8, 50) and not points.requires_grad


def test_losses_and_accuracy_are_those_of_the_logits():
    moment = the_game.Moment(0, Eight(2, 2, 0.0), Eight(2, 1, 0.0))  # says 0 to everything
    d_loss, g_loss, _, _ = the_game.losses_and_accuracy(moment, torch.randn(8, 20, 2))
    assert torch.allclose(d_loss, torch.full((8,), 2 * math.log(2)))
    assert torch.allclose(g_loss, torch.full((8,), math.log(2)))
    sure = the_game.Moment(0, Eight(2, 2, 0.0), nn.Sequential(Eight(2, 1, 0.0), Plus(3.0)))
    _, _, about_true, about_synthesized = the_game.losses_and_accuracy(sure, torch.randn(8, 20, 2))
    assert about_true.tolist() == [1] * 8 and about_synthesized.tolist() == [0] * 8


class Plus(nn.Module):
    """Adds a number."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, x):
        return x + self.number


def test_the_distance_on_the_line_is_small_for_the_truth_and_large_elsewhere():
    class Truth(Eight):
        def forward(self, x):
            return the_game.two_hills(8, x.shape[1])

    near = the_game.line_distance(the_game.Moment(0, Truth(2, 1, 0.0), Eight(1, 1, 0.0)))
    far = the_game.line_distance(the_game.Moment(0, Eight(2, 1, 0.0), Eight(1, 1, 0.0)))
    assert len(near) == 8 and max(near) < 0.02 < 0.5 < min(far) <= math.log(2) + 1e-6


def test_games_are_ranked_by_their_good_points():
    game = moments(2)
    good = the_game.count_modes(game[-1].synthesized()).good
    assert good[figures.ranked(game, 0)] == good.min() and good[figures.ranked(game, 7)] == good.max()


def test_every_figure_can_be_drawn(monkeypatch):
    drawn = []
    monkeypatch.setattr(plt, "show", lambda: drawn.append(plt.gcf().canvas.draw()))
    true = the_game.eight_gaussians(8, 100)
    places = torch.linspace(-6, 6, 50)
    p, q = the_game.two_hills_density(places), the_game.normal_density(places, 0, 1.5)
    figures.show_best_discriminator(places, p, q, torch.rand(8, 50))
    figures.show_line(moments(1))
    figures.show_plane({"": moments(2)})
    figures.show_plane({"one": moments(2), "two": moments(2)}, rank=0)
    figures.show_pulls([0, 1], {"first": torch.rand(2, 8) + 0.1, "second": torch.rand(2, 8) + 0.1})
    figures.show_dirac({name: the_game.dirac_path(steps=5) for name in "abc"})
    figures.show_loss_against_good({"one": moments(2), "two": moments(2)}, true)
    figures.show_training({"one": moments(2), "two": moments(2)}, true)
    figures.show_labels([0, 1], {name: (torch.rand(2, 8), torch.rand(2, 8)) for name in "ab"})
    assert len(drawn) == 9 and not plt.get_fignums()
