"""The chapter on ethics computes its gaps over people and says no more than an interval allows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind, ttest_rel

from tests.book.modules import drawn_by, module_of_the_book
from tools.book import fairness as tool

book = module_of_the_book("fairness")
Gap = book.Gap


def test_the_chapter_has_the_plan_of_the_tool():
    assert book.PROPERTIES == tool.PROPERTIES and tool.MATTERS == book.MATTERS
    assert set(book.MEASURES) == set(book.MATTERS) and set(book.SAID) == set(book.PROPERTIES)
    assert book.COMPARISONS == 32


def test_the_gap_within_people_is_that_of_a_paired_t_test():
    one, other = np.random.default_rng(0).normal(0, 1, (2, 9))
    gap, known = book.paired(one - other), ttest_rel(one, other).confidence_interval(0.95)
    assert (gap.low, gap.high) == pytest.approx((known.low, known.high))
    family = ttest_rel(one, other).confidence_interval(1 - 0.05 / 32)
    assert gap.wide == pytest.approx((family.high - family.low) / 2)
    assert gap.people == 9 and gap.smallest > (gap.high - gap.low) / 2


def test_the_gap_between_groups_is_that_of_welch():
    chance = np.random.default_rng(1)
    one, other = chance.normal(0, 1, 6), chance.normal(0, 3, 18)
    gap, known = book.unpaired(one, other), ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert (gap.low, gap.high, gap.people) == pytest.approx((known.low, known.high, 24))


def test_a_true_difference_of_the_smallest_size_is_found_in_four_of_five_samples():
    chance = np.random.default_rng(2)
    samples = chance.normal(0, 1, (4000, 18))
    smallest = np.mean([book.paired(sample).smallest for sample in samples])
    gaps = [book.paired(sample + smallest) for sample in samples]
    assert np.mean([gap.low > 0 for gap in gaps]) == pytest.approx(0.8, abs=0.03)


def test_the_difference_of_a_person_is_with_minus_without():
    lines = pd.DataFrame(
        {"person": [0, 0, 0, 0, 1, 1], "row": "full", "dark": [0, 0, 1, 1, 0, 1], "gain": [1, 3, 4, 6, 0, 5.0]}
    )
    lines = pd.concat([lines, lines.assign(row="copy", gain=9.0)])
    assert book.differences(lines, "full", "gain", "dark").tolist() == [3, 5]


@pytest.mark.parametrize(
    ("gap", "says"),
    [
        (Gap(0.10, 0.08, 0.12, 0.03, 0, 9), "differs, and it matters"),
        (Gap(-0.10, -0.18, -0.02, 0.09, 0, 9), "differs, may matter"),
        (Gap(0.01, 0.005, 0.015, 0.008, 0, 9), "differs, by less than matters"),
        (Gap(0.03, 0.01, 0.04, 0.05, 0, 9), "no difference that matters"),
        (Gap(0.00, -0.30, 0.30, 0.5, 0, 9), "not known"),
        (Gap(0.00, 0.00, 0.00, 0.0, 0, 9), "the same for all of them"),
    ],
)
def test_a_verdict_goes_as_far_as_the_interval(gap, says):
    assert book.verdict(gap, 0.05) == says


def test_who_is_darker_and_older_is_decided_by_the_median():
    people = pd.DataFrame({"angle": [50, -20, 30, 0], "age": [0.1, 0.2, 0.8, 0.9], "woman": 1, "glasses": [0, 0, 0, 1]})
    groups = book.halves(people)
    assert groups["dark"].tolist() == [False, True, False, True]
    assert groups["old"].tolist() == [False, False, True, True]
    assert groups["glasses"].tolist() == [False, False, False, True]


def test_single_units_at_e_are_those_that_everybody_shows():
    single = book._is_single_at_e
    assert single({12: 5}) and single({25: 5, 26: 5}) and single({25: 5})
    assert not single({12: 4}) and not single({6: 5, 12: 5}) and not single({12: 5, 25: 5}) and not single({})


def test_the_table_was_written_by_the_tool_as_it_is():
    lines = book.read()
    people = sorted(lines["person"].unique())
    assert people == list(range(tool.PEOPLE))
    for number in (0, 1):
        some = lines[(lines["person"] == number) & (lines["row"] == "truth")]
        assert [*some[list(tool.PROPERTIES)].itertuples(index=False, name=None)] == tool.ways(number)
    assert set(lines["row"]) == {"full", "full_moving", "copy", "truth"}
    assert len(book.sheet()) == 8 and book.sheet()[0].shape == (256, 256, 3)
    assert (lines.loc[lines["row"] == "copy", "gain"] == 0).all()


def test_figures_have_every_comparison():
    with drawn_by("fairness") as module:
        found = module.gaps(module.read())
        others = {(row, name): module.paired(np.arange(5.0)) for row in module.MODELS for name in module.PROPERTIES}
        module.show_gaps(found)
        module.show_two_designs(others, found)
        panels, designs = module.kept
        assert len(panels.axes) == 4 and len(designs.axes) == 2
        points = sum(line.get_marker() in module.MARKS.values() for axis in panels.axes for line in axis.lines)
        assert points == 32 + 12  # and the true pictures in all panels but that of the person, who is always right
        assert module.gap_table(found, "gain").count("\n") == 9
