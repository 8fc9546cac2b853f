"""Figures of word attention show the numbers that they are given, and the record of idle attention fits its runs."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.book.modules import drawn_by
from tools.book.pages import ROOT

RUNS = ROOT / "book" / "runs"
NAMES = (["brow", "mouth"], ["lips", "brow", "(pad)"], ["up", "down"])


@pytest.fixture
def module():
    with drawn_by("attention_maps") as found:
        yield found


def written(axis):
    return [text.get_text() for text in axis.texts]


def test_a_share_of_ones_is_a_mean_with_the_interval_of_student(module):
    values = np.array([3.0, 2.0, 4.0, 3.5])
    value, low, high = module.share(values, np.ones(4))
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert (value, low, high) == pytest.approx((values.mean(), values.mean() - half, values.mean() + half))
    assert module.share([1, 2, 3], [2, 4, 6]) == pytest.approx((0.5, 0.5, 0.5))


def test_hidden_pairs_are_added_up_along_the_runs_that_go_on_from_each_other(module):
    folder = RUNS / "tiny_lambda_1"
    record, config = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("record", "config"))
    settings = config["adversarial"]
    first = record["step"] * settings["batch_size"] * settings["condition_dropout"]
    assert module.hidden_pairs("tiny_lambda_1") == round(first)
    assert module.hidden_pairs("tiny") > module.hidden_pairs("tiny_lambda_1") > module.hidden_pairs("tiny_l1") == 0
    assert module.hidden_pairs("nobody_kept_this_run") == 0


def test_the_record_of_idle_attention_counts_as_the_runs_do(module):
    with (RUNS / "idle_attention.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["design"] for row in rows} == {"paper's", "skips", "extension"}
    for row in rows:
        assert int(row["hidden_pairs"]) == module.hidden_pairs(row["weights"]), row["weights"]
        for name in ("words", "lift"):
            value = row["words_alone" if name == "words" else "lift"]
            assert not value or float(row[f"{name}_low"]) < float(value) < float(row[f"{name}_high"])


def test_the_product_shows_minus_infinity_for_padding_and_what_a_place_takes_home(module):
    module.show_product([[0, 2], [2, 0]], [[0, 1], [1, 0], [0, 0]], [True, True, False], NAMES)
    shown = written(module.kept[0].axes[0])
    assert shown.count("−∞") == 3  # in log m and once for each place
    won, lost = np.exp(2) / (np.exp(2) + 1), 1 / (np.exp(2) + 1)
    assert shown.count(f"{won:.3f}") == 4 and shown.count(f"{lost:.3f}") == 4  # in shares and in A
    assert {"softmax of each row", "scores", "(pad)", "mouth"} <= set(shown)


def test_tables_of_shares_are_written_into_their_cells(module):
    shares = np.array([[0.25, 0.75], [0.5, 0.5]])
    module.show_shares({"one": shares, "two": shares.T}, ["a", "b"], ["brow, left", "brow, right"])
    one, two = module.kept[0].axes
    assert written(one) == ["0.25", "0.75", "0.50", "0.50"] and written(two) == ["0.25", "0.50", "0.75", "0.50"]


def test_marks_of_sharpness_lie_on_a_curve_from_an_even_share_to_one(module):
    module.show_sharpness([("tiny", "ours", 0.5, 0.3), ("paper", "theirs", 5.0, 0.8)], words=4)
    winner, spread, *marks = module.kept[0].axes[0].lines
    assert winner.get_ydata()[0] == pytest.approx(0.25, abs=0.05) and winner.get_ydata()[-1] > 0.9
    assert np.all(np.diff(spread.get_ydata()) < 0)
    assert [float(mark.get_xdata()[0]) for mark in marks] == [0.5, 5.0]


def test_every_word_has_its_map_and_both_outlines(module):
    region = np.zeros((256, 256), bool)
    region[100:150, 100:150] = region[60:64, 60:64] = True  # the second piece is too small to be outlined
    maps = np.random.default_rng(0).random((5, 64, 64))
    module.show_word_maps(np.zeros((256, 256, 3), np.uint8), maps, list("abcde"), [region, region.T])
    axes = [axis for axis in module.kept[0].axes if axis.get_title()]
    assert [axis.get_title() for axis in axes] == list("abcde")
    shown = axes[1].images[1].get_array()
    assert np.array_equal(shown, maps[1][11:58, 8:55])
    assert all(len(axis.collections) == 2 and len(axis.collections[0].get_paths()) == 1 for axis in axes)
    assert module.kept[0].get_figwidth() == 7 and 7 / 3 >= 2  # inches a face


def test_lifts_stand_at_their_units_in_the_order_of_the_names(module):
    rows = [
        {"design": design, "unit": unit, "person": person, "noun": unit, "best": 9, "with": 0.5, "ceiling": 20}
        for design in ("one", "two")
        for unit in (4, 1)
        for person in ("SN097", "SN098")
    ]
    module.show_lifts(pd.DataFrame(rows), {1: "inner brow", 4: "brow"}, {"one": "first", "two": "second"})
    first = module.kept[0].axes[0]
    assert [label.get_text() for label in first.get_yticklabels()] == ["inner brow (1)", "brow (4)"]
    assert list(first.lines[0].get_xdata()) == [1, 4] and list(first.lines[3].get_xdata()) == [20, 20]
    assert first.yaxis_inverted()
