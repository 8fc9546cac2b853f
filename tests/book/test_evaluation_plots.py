"""Figures of the evaluation show what the report says, for every row and every Action Unit."""

import numpy as np
import pandas as pd
import pytest

from tests.book.modules import drawn_by


@pytest.fixture
def module():
    with drawn_by("evaluation_plots") as found:
        yield found


@pytest.fixture
def report(module):
    return module.Report("shipped")


def test_each_unit_has_a_bar_for_the_whole_picture_and_one_for_the_moved_region(module):
    means = np.linspace(0.1, 0.9, 24).reshape(12, 2)
    module.show_copy(means)
    (axis,) = module.kept[0].axes
    assert np.allclose([bar.get_height() for bar in axis.patches], means.T.ravel())


def test_the_lines_of_a_coupling_keep_the_order(module):
    module.show_coupling((0, 1), (3, 0.5), lines=7)
    ends = np.array([line.get_xdata() for line in module.kept[0].axes[0].lines])
    assert len(ends) == 7 and (np.diff(ends, axis=0) > 0).all()


def test_a_distance_is_drawn_several_times_for_each_size_and_both_are_shown(module):
    curve = module.drawn(lambda n: np.ones((2, n, 3)), lambda one, two: float(len(one) + len(two)), [2, 5], 4)
    assert curve[1].tolist() == [[4.0] * 4, [10.0] * 4]
    module.show_bias(curve, curve)
    for axis in module.kept[0].axes:
        assert axis.lines[0].get_ydata().tolist() == [4.0, 10.0]


def test_a_way_to_obey_has_its_agreement_in_its_title(module):
    named = np.arange(6.0)
    module.show_scales(named, {"half": (named / 2, 0.8), "twice": (2 * named, 0.75)})
    titles = [axis.get_title() for axis in module.kept[0].axes]
    assert titles == ["half\nICC 0.80", "twice\nICC 0.75"]


def test_each_row_has_a_line_for_each_unit_as_the_report_has_it(module, report):
    rows = (*report.models, "stencil", "truth")
    module.show_obedience(report, rows)
    axes = module.kept[0].axes
    assert len(axes) == 12 and {len(axis.lines) for axis in axes} == {1 + len(rows)}
    last = axes[-1].lines[-1].get_ydata()
    assert last[5] == report.value("truth", "measured", unit=26, named=5)
    assert set(rows) <= set(module.MARKS)


def test_a_bar_of_lift_for_each_word_and_level(module, report):
    module.show_lifts(report, report.models)
    axes = module.kept[0].axes
    assert [axis.get_title() for axis in axes] == [module.ROWS[row] for row in report.models]
    heights = [bar.get_height() for bar in axes[0].patches]
    assert heights[0] == report.value("full", "lift", level=1, word="noun") and len(heights) == 6


def test_every_training_has_a_dot_for_each_seed_and_the_start_is_a_line(module):
    runs = {name: pd.DataFrame({"a": [n, n + 1]}) for n, name in enumerate(("before", "one", "two"))}
    module.show_losses(runs, {"a": "title"})
    (axis,) = module.kept[0].axes
    start, *lines = axis.lines
    assert list(start.get_xdata()) == [0, 0]
    assert [line.get_xdata().tolist() for line in lines] == [[1, 2], [2, 3]]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["one", "two"]
