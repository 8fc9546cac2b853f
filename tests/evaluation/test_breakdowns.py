"""Word control taken apart: the parts agree with the whole."""

import numpy as np
import pytest

from lfes_core.datasets import ScanFaces
from lfes_core.evaluation import breakdowns, word_control
from lfes_core.evaluation.questions import UNITS, adverb_exchanges, single_units, unit_of
from lfes_core.evaluation.word_control import named_levels

KNOWN = tuple(sorted({*UNITS, 7, 10}))


@pytest.fixture(scope="module")
def asked():
    questions = single_units(ScanFaces())
    r = np.random.default_rng(0)
    measured = named_levels(questions, KNOWN) + r.normal(0, 0.9, (len(questions), len(KNOWN)))
    return questions, adverb_exchanges(questions), measured


def test_pairs_of_levels_are_all_ten_and_add_up_to_the_whole(asked):
    questions, exchanges, measured = asked
    pairs = breakdowns.direction_by_pair(exchanges, questions, measured, KNOWN)
    assert list(pairs) == ["A-B", "A-C", "A-D", "A-E", "B-C", "B-D", "B-E", "C-D", "C-E", "D-E"]
    whole = word_control.direction_right(exchanges, questions, measured, KNOWN)
    assert sum(pair.n for pair in pairs.values()) == whole.n == len(exchanges)
    assert np.mean([pair.value for pair in pairs.values()]) == pytest.approx(whole.value, abs=1e-3)
    assert pairs["A-E"].value > pairs["A-B"].value


def test_the_table_of_units_and_pairs_agrees_with_the_units(asked):
    questions, exchanges, measured = asked
    table = breakdowns.direction_table(exchanges, questions, measured, KNOWN)
    by_unit = word_control.direction_by_unit(exchanges, questions, measured, KNOWN)
    assert list(table) == [str(unit) for unit in UNITS]
    for unit, pairs in table.items():
        assert len(pairs) == 10 and all(pair["n"] == 8 for pair in pairs.values())
        assert np.mean([pair["right"] for pair in pairs.values()]) == pytest.approx(by_unit[unit], abs=1e-3)


def test_leakage_by_unit_finds_the_unit_that_leaks(asked):
    questions, _, _ = asked
    measured = named_levels(questions, KNOWN)
    for row, question in enumerate(questions):
        if unit_of(question) == 4:
            measured[row, KNOWN.index(7)] = 1.0
    found = breakdowns.leakage_by_unit(questions, measured, KNOWN)
    assert {unit for unit, one in found.items() if one["value"] > 0} == {"4"}
    assert found["4"]["value"] == pytest.approx(1 / 13 / 3, abs=1e-3) and found["4"]["n"] == 40


def test_the_response_is_measured_at_the_strongest_adverb(asked):
    questions, _, _ = asked
    found = breakdowns.response(questions, named_levels(questions, KNOWN), KNOWN)
    for unit, row in found.items():
        named = {unit, "25"} if unit == "26" else {unit}
        assert {other: value for other, value in row.items() if value} == dict.fromkeys(named, 5.0)


def test_a_phrase_changes_its_own_unit_and_the_others(asked):
    questions, exchanges, _ = asked
    measured = named_levels(questions, KNOWN)
    widest = [exchange for exchange in exchanges if exchange.unit == 12][3:4]  # A against E
    measured[widest[0].strong, KNOWN.index(6)] -= 1.3
    own, others = breakdowns.phrase_change(widest, questions, measured, KNOWN)
    assert own.value == 4.0 and others.value == pytest.approx(0.1) and own.n == 1
