"""Word control on measurements that are known: a perfect model, one that does nothing, one that does too much."""

import numpy as np
import pytest

from lfes_core.datasets import Frame
from lfes_core.evaluation import word_control as words
from lfes_core.evaluation.agreement import icc_3_1
from lfes_core.evaluation.questions import UNITS, Question, adverb_exchanges

PEOPLE = ("SN1", "SN2", "SN3")


def questions():
    """Three people, two Action Units, five levels each; the jaw parts the lips."""
    return [
        Question(person, Frame(person, "t", "0", f"{person}.jpg"), "", named)
        for person in PEOPLE
        for unit in (4, 26)
        for level in range(1, 6)
        for named in [{25: level, 26: level} if unit == 26 else {4: level}]
    ]


@pytest.fixture(scope="module")
def asked():
    return questions()


@pytest.fixture(scope="module")
def perfect(asked):
    return words.named_levels(asked, UNITS)


def test_named_levels_are_zero_where_nothing_is_said_and_unknown_without_an_adverb():
    face = Frame("SN1", "t", "0", "a.jpg")
    table = words.named_levels([Question("SN1", face, "", {4: 3, 12: None})], (1, 4, 12))
    np.testing.assert_array_equal(table, [[0, 3, np.nan]])


def test_all_ten_pairs_of_levels_are_exchanged(asked):
    exchanges = adverb_exchanges(asked)
    assert len(exchanges) == 10 * 2 * len(PEOPLE)
    assert {exchange.unit for exchange in exchanges} == {4, 26}
    for exchange in exchanges:
        weak, strong = asked[exchange.weak], asked[exchange.strong]
        assert weak.subject == strong.subject
        assert weak.named[exchange.unit] < strong.named[exchange.unit]


def test_a_perfect_model_is_always_right_and_leaks_nothing(asked, perfect):
    exchanges = adverb_exchanges(asked)
    right = words.direction_right(exchanges, asked, perfect, UNITS)
    assert (right.value, right.low, right.high, right.n) == (1.0, 1.0, 1.0, 60)
    assert words.agreement(asked, perfect, UNITS).value == 1.0
    assert words.leakage(asked, perfect, UNITS).value == 0.0


def test_no_change_is_wrong_and_the_opposite_is_wrong(asked, perfect):
    exchanges = adverb_exchanges(asked)
    for measured in (np.zeros_like(perfect), -perfect, perfect * 1e-3):
        assert words.direction_right(exchanges, asked, measured, UNITS).value == 0.0


def test_direction_is_counted_exchange_by_exchange(asked, perfect):
    measured = perfect + np.random.default_rng(0).normal(0, 1.5, perfect.shape)
    exchanges = adverb_exchanges(asked)
    slow = []
    for one in asked:
        for other in asked:
            for unit in (4, 26):
                same = one.subject == other.subject and unit in one.named and unit in other.named
                if same and one.named[unit] < other.named[unit]:
                    column = UNITS.index(unit)
                    change = measured[asked.index(other), column] - measured[asked.index(one), column]
                    slow.append(change > 0.01)
    assert 0.5 < np.mean(slow) < 1
    found = words.direction_right(exchanges, asked, measured, UNITS)
    assert (found.value, found.n) == (pytest.approx(np.mean(slow), abs=1e-4), len(slow))
    by_distance = words.direction_by_distance(exchanges, asked, measured, UNITS)
    assert [group["n"] for group in by_distance.values()] == [24, 18, 12, 6]
    total = sum(group["right"] * group["n"] for group in by_distance.values())
    assert total == pytest.approx(sum(slow), abs=0.01)
    by_unit = words.direction_by_unit(exchanges, asked, measured, UNITS)
    assert np.mean(list(by_unit.values())) == pytest.approx(np.mean(slow), abs=1e-4)


def test_agreement_is_the_mean_over_units_of_the_icc_over_all_pictures(asked, perfect):
    measured = perfect + np.random.default_rng(1).normal(0, 1, perfect.shape)
    slow = []
    for column in range(len(UNITS)):
        slow.append(icc_3_1(np.stack((perfect[:, column], measured[:, column]), axis=1)))
    assert words.agreement(asked, measured, UNITS).value == pytest.approx(np.mean(slow), abs=1e-4)
    table = words.agreement_by_unit(asked, measured, UNITS)
    assert table["4"]["icc"] == pytest.approx(slow[UNITS.index(4)], abs=1e-4)
    spoken = [abs(measured[i, UNITS.index(4)] - q.named[4]) for i, q in enumerate(asked) if 4 in q.named]
    assert table["4"]["mae"] == pytest.approx(np.mean(spoken), abs=1e-4)
    assert set(table["4"]["measured"]) == {"0", "1", "2", "3", "4", "5"}
    assert table["1"]["mae"] is None  # nobody was asked to move it


def test_leakage_is_the_change_of_what_was_not_named_beside_what_was(asked, perfect):
    measured = perfect + 0.5
    measured[:, UNITS.index(1)] -= 2.0  # moves by -1.5 in every picture
    mean, largest, named = 0.0, 0.0, 0.0
    for row, question in enumerate(asked):
        silent = [abs(measured[row, c]) for c, unit in enumerate(UNITS) if unit not in question.named]
        mean += sum(silent) / len(silent)
        largest += max(silent)
        named += max(question.named.values())
    found = words.leakage(asked, measured, UNITS)
    assert found.value == pytest.approx(mean / named, abs=1e-4)
    assert words.leakage(asked, measured, UNITS, largest=True).value == pytest.approx(
        largest / named, abs=1e-4
    )
    assert found.n == len(asked)


def test_paraphrases_are_compared_where_they_name_something(asked, perfect):
    other = perfect.copy()
    other[:, UNITS.index(4)] += 0.5  # half of the questions name it
    other[:, UNITS.index(1)] += 9.0  # nobody names it
    assert words.paraphrase_distance(asked, perfect, other, UNITS).value == 0.25


def test_unseen_combinations_are_those_that_nobody_showed():
    face = Frame("SN1", "t", "0", "a.jpg")
    several = [Question("SN1", face, "", named) for named in ({1: 2, 4: 3}, {1: 5, 12: 5}, {9: 1})]
    assert words.unseen(several, [{4: 1, 1: 1}, {12: 1}]) == [1]


def test_combined_agreement_takes_every_named_unit(asked, perfect):
    measured = perfect + np.random.default_rng(2).normal(0, 1, perfect.shape)
    pairs = []
    for row, question in enumerate(asked):
        pairs += [(level, measured[row, UNITS.index(unit)]) for unit, level in question.named.items()]
    found = words.combined_agreement(asked, measured, UNITS)
    assert found.value == pytest.approx(icc_3_1(np.array(pairs, dtype=float)), abs=1e-4)
    assert found.n == len(pairs)
