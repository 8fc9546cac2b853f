"""What a step costs is counted, and the count follows the networks."""

import pytest

from lfes_core.config import preset
from tests.book.modules import module_of_the_book


@pytest.fixture(scope="module")
def cost():
    return module_of_the_book("cost")


def test_a_wider_preset_costs_more_and_the_counts_are_those_that_were_timed(cost):
    counts = {name: cost.flops_per_picture(preset(name)) / 1e9 for name in ("tiny", "book", "paper")}
    assert counts["tiny"] < counts["book"] / 5 < counts["paper"] / 50
    assert 1700 < counts["paper"] < 2100


def test_the_cost_of_a_picture_does_not_depend_on_the_batch(cost, monkeypatch):
    two = cost.flops_per_picture(preset("tiny"))
    monkeypatch.setattr(cost, "BATCH", 4)
    assert cost.flops_per_picture(preset("tiny")) == pytest.approx(two, rel=1e-3)


def test_matching_costs_what_vse_costs(cost):
    tiny = preset("tiny")
    without = cost.flops_per_picture(tiny.overridden({"losses.language_visual": 0.0}))
    assert 0 < cost.flops_per_picture(tiny) - without < 4e9
