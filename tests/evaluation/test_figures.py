"""From the table to figures: people are left out and not pictures, and every figure equals a slow count."""

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from lfes_core.datasets import Frame
from lfes_core.evaluation.figures import figures, icc_3_1, interval, summarize
from lfes_core.evaluation.measure import COLUMNS
from lfes_core.evaluation.questions import UNITS, Question, question_table

# Shrout and Fleiss (1979), "Intraclass correlations: uses in assessing rater reliability", Psychological Bulletin
# 86(2), Table 2: four judges rate six targets. Their Table 4 gives ICC(3,1) = .71.
SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def slow_icc_3_1(ratings):
    """The two-way analysis of variance."""
    n, k = ratings.shape
    rows, columns, grand = ratings.mean(axis=1), ratings.mean(axis=0), ratings.mean()
    between = k * ((rows - grand) ** 2).sum() / (n - 1)
    error = ((ratings - rows[:, None] - columns + grand) ** 2).sum() / (n - 1) / (k - 1)
    return (between - error) / (between + (k - 1) * error)


def test_icc_of_two_judges_is_that_of_shrout_and_fleiss():
    assert round(slow_icc_3_1(SHROUT_AND_FLEISS), 2) == 0.71
    for pair in ([0, 1], [1, 2], [3, 0]):
        assert icc_3_1(SHROUT_AND_FLEISS[:, pair]) == pytest.approx(slow_icc_3_1(SHROUT_AND_FLEISS[:, pair]))


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (np.arange(6.0) + 3, 1.0),  # a constant difference is forgiven
        (0.2 * np.arange(6.0), 0.3846),  # another scale is not
        (-np.arange(6.0), -1.0),
        (np.array([2.0]), math.nan),  # one target
    ],
)
def test_icc_of_what_is_known(measured, expected):
    pairs = np.stack((np.arange(6.0)[: len(measured)], measured), axis=1)
    assert icc_3_1(pairs) == pytest.approx(expected, abs=1e-4, nan_ok=True)
    assert math.isnan(icc_3_1(np.ones((4, 2))))  # nothing varies


def lines(people, row="full", seed=0):
    """A table of values by person."""
    values = [(row, seed, person, value) for person, values in people.items() for value in values]
    return pd.DataFrame(values, columns=["row", "seed", "person", "value"])


def one(table, name="ssim", **options):
    found = list(summarize(table, name, **options))
    return dict(zip(("value", "low", "high", "n"), found[0][4:], strict=True)) if found else None


T_OF_TWO = 12.7062  # Student's t of one degree of freedom


def slow_interval(people):
    """The definition: leave each person out, take the mean of the others' pictures; 2 people more make t smaller."""
    value = np.mean(np.concatenate(people))
    without = [np.mean(np.concatenate(people[:i] + people[i + 1 :])) for i in range(len(people))]
    spread = sum((one - np.mean(without)) ** 2 for one in without) * (len(people) - 1) / len(people)
    half = scipy.stats.t.ppf(0.975, len(people) - 1) * math.sqrt(spread)
    return value - half, value + half


def test_an_interval_equals_the_definition():
    people = {"a": [1.0, 2.0], "b": [4.0], "c": [0.0, 0.5, 8.0]}
    found = one(lines(people))
    assert (found["value"], found["n"]) == (round(15.5 / 6, 4), 6)
    assert (found["low"], found["high"]) == pytest.approx(slow_interval(list(people.values())), abs=1e-3)


def test_of_people_drawn_anew_nineteen_of_twenty_intervals_hold_the_truth():
    r = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        people = r.normal(0.85, 0.014, 8)
        without = (people.sum() - people) / 7
        low, high = interval(people.mean(), without)
        held += low <= 0.85 <= high
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({"a": [0.0], "b": [1.0]}, (0.5, 0.5 - T_OF_TWO / 2, 0.5 + T_OF_TWO / 2, 2)),
        # many pictures narrow nothing
        ({"a": [0.0] * 500, "b": [1.0] * 500}, (0.5, 0.5 - T_OF_TWO / 2, 0.5 + T_OF_TWO / 2, 1000)),
        ({"a": [1.0, 3.0]}, (2.0, np.nan, np.nan, 2)),  # one person has no interval
        # What is not known is not counted, nor are people of whom nothing is known.
        ({"a": [1.0, np.nan], "b": [3.0], "c": [np.nan]}, (2.0, 2 - T_OF_TWO, 2 + T_OF_TWO, 2)),
        ({"a": [np.nan]}, (np.nan, np.nan, np.nan, 0)),
    ],
)
def test_value_interval_and_n(people, expected):
    assert tuple(one(lines(people)).values()) == pytest.approx(expected, nan_ok=True)
    assert one(lines(people)[:0]) is None


def test_the_mean_of_two_seeds_is_taken_without_each_person():
    r = np.random.default_rng(1)
    first = {person: r.normal(size=5) for person in "abcdef"}
    second = {person: 3 * values + 1 for person, values in first.items()}
    table = pd.concat([lines(first), lines(second, seed=1)])
    found = list(summarize(table, "ssim"))
    together = one(lines({person: (first[person] + second[person]) / 2 for person in first}))
    assert found[0][4:7] == pytest.approx((together["value"], together["low"], together["high"]), abs=1e-4)
    assert found[0][7] == 30  # n is that of one training
    assert [(line[2], line[3]) for line in found[1:]] == [("seed", "0"), ("seed", "1")]
    for line, people in zip(found[1:], (first, second), strict=True):
        assert line[4:] == pytest.approx(tuple(one(lines(people)).values()))
    assert math.isnan(one(pd.concat([lines({"a": [1.0]}), lines({"a": [np.nan]}, seed=1)]))["value"])


PEOPLE = ("SN1", "SN2", "SN3")
KNOWN = tuple(sorted({*UNITS, 7, 10}))


@pytest.fixture(scope="module")
def asked():
    """Three people, two Action Units, five levels each; the jaw parts the lips."""
    return [
        Question("single", person, Frame(person, "t", "0", f"{person}.jpg"), "", named, None, max(named))
        for person in PEOPLE
        for unit in (4, 26)
        for level in range(1, 6)
        for named in [{25: level, 26: level} if unit == 26 else {4: level}]
    ]


def named_levels(asked, units=KNOWN):
    return np.array([[question.named.get(unit) or 0 for unit in units] for question in asked], dtype=float)


def measured(asked, levels, units=KNOWN, row="full"):
    """The long table of these levels."""
    found = [
        {
            "row": row, "set": question.set, "question": number, "person": question.person, "about": question.about,
            "measure": "level", "unit": unit, "named": question.named.get(unit, 0), "value": value,
        }
        for number, (question, of_one) in enumerate(zip(asked, levels, strict=True))
        for unit, value in zip(units, of_one, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(found).reindex(columns=list(COLUMNS)).astype(COLUMNS)


def found_in(asked, levels, units=KNOWN):
    """All figures as a dictionary from name, groups and group to a line."""
    table = figures(measured(asked, levels, units), question_table(asked))
    return {(line.figure, line.by, line.group): line for line in table.itertuples()}


def test_a_perfect_model_is_always_right_and_leaks_nothing(asked):
    found = found_in(asked, named_levels(asked))
    right = found["direction_right", "", ""]
    assert (right.value, right.low, right.high, right.n) == (1.0, 1.0, 1.0, 60)
    assert found["icc", "", ""].value == 1.0 and found["icc", "", ""].n == len(asked)
    assert found["leakage", "", ""].value == 0.0


@pytest.mark.parametrize("factor", [0.0, -1.0, 1e-3])
def test_no_change_is_wrong_and_the_opposite_is_wrong(asked, factor):
    assert found_in(asked, factor * named_levels(asked))["direction_right", "", ""].value == 0.0


def test_direction_is_counted_exchange_by_exchange_in_every_grouping(asked):
    levels = named_levels(asked) + np.random.default_rng(0).normal(0, 1.5, (len(asked), len(KNOWN)))
    slow = {}
    for (i, weak), (j, strong) in permutations(enumerate(asked), 2):
        unit = weak.about
        if (weak.person, unit) == (strong.person, strong.about) and weak.named[unit] < strong.named[unit]:
            right = levels[j, KNOWN.index(unit)] - levels[i, KNOWN.index(unit)] > 0.01
            pair = "-".join("ABCDE"[question.named[unit] - 1] for question in (weak, strong))
            groups = {"": "", "unit": unit, "pair": pair, "unit pair": f"{unit} {pair}"}
            groups["apart"] = strong.named[unit] - weak.named[unit]
            for by, group in groups.items():
                slow.setdefault((by, str(group)), []).append(right)
    found = {key[1:]: line for key, line in found_in(asked, levels).items() if key[0] == "direction_right"}
    assert found.keys() == slow.keys() and len(slow) == 1 + 2 + 10 + 4 + 20
    for key, right in slow.items():
        assert (found[key].value, found[key].n) == (pytest.approx(np.mean(right), abs=1e-4), len(right))


def test_agreement_is_the_mean_over_the_twelve_units_of_the_icc_over_all_pictures(asked):
    perfect = named_levels(asked)
    levels = perfect + np.random.default_rng(1).normal(0, 1, perfect.shape)
    found = found_in(asked, levels)
    slow = {
        unit: slow_icc_3_1(np.stack((perfect[:, KNOWN.index(unit)], levels[:, KNOWN.index(unit)]), axis=1))
        for unit in UNITS
    }
    for unit, value in slow.items():
        assert found["icc", "unit", str(unit)].value == pytest.approx(value, abs=1e-4)
    assert found["icc", "", ""].value == pytest.approx(np.mean(list(slow.values())), abs=1e-4)
    four = [(q.named[4], levels[i, KNOWN.index(4)]) for i, q in enumerate(asked) if 4 in q.named]
    assert found["mae", "unit", "4"].value == pytest.approx(np.mean([abs(a - b) for a, b in four]), abs=1e-4)
    assert found["mae", "unit", "4"].n == 15 and ("mae", "unit", "1") not in found  # nobody named it
    strong = [value for level, value in four if level == 5]
    assert found["measured", "unit named", "4 5"].value == pytest.approx(np.mean(strong), abs=1e-4)
    assert found["response", "about unit", "4 4"].value == pytest.approx(np.mean(strong), abs=1e-4)
    assert ("icc", "unit", "7") not in found and ("response", "about unit", "4 7") in found


def test_leakage_is_the_change_of_what_was_not_named_beside_what_was(asked):
    levels = named_levels(asked) + 0.5
    levels[:, KNOWN.index(1)] -= 2.0  # moves by -1.5 in every picture
    sums = {}
    for row, question in enumerate(asked):
        silent = [abs(levels[row, c]) for c, unit in enumerate(KNOWN) if unit not in question.named]
        for group in ("", str(question.about)):
            mean, largest, named = sums.get(group, (0, 0, 0))
            sums[group] = mean + np.mean(silent), largest + max(silent), named + max(question.named.values())
    found = found_in(asked, levels)
    for group, (mean, _, named) in sums.items():
        assert found["leakage", "unit" if group else "", group].value == pytest.approx(mean / named, abs=1e-4)
    assert found["leakage_largest", "", ""].value == pytest.approx(sums[""][1] / sums[""][2], abs=1e-4)
    assert found["leakage", "", ""].n == len(asked)


def compared(name, pairs):
    """Questions of several phrases for each person, each with the one that it is compared with."""
    asked = []
    for person in PEOPLE:
        face = Frame(person, "t", "0", f"{person}.jpg")
        for before, after, about in pairs:
            other = Question("held_out" if name == "reworded" else name, person, face, "", before)
            asked += [other, Question(name, person, face, "", after, None, about, other)]
    return asked


@pytest.mark.parametrize(
    ("name", "before", "after"), [("removed", {4: 3, 12: 5}, {4: 3}), ("added", {4: 3}, {4: 3, 12: 3})]
)
def test_a_phrase_changes_its_own_unit_and_the_others(name, before, after):
    asked = compared(name, [(before, after, 12)])
    levels = named_levels(asked)
    levels[1::2, KNOWN.index(6)] -= 1.3
    levels[3, KNOWN.index(12)] = levels[2, KNOWN.index(12)]  # the second person's smile does not change
    found = found_in(asked, levels)
    level = 5 if name == "removed" else 3
    assert found[f"phrase_{name}", "", ""].value == pytest.approx(2 / 3, abs=1e-4)
    assert found[f"phrase_{name}_change", "", ""].value == pytest.approx(level * 2 / 3, abs=1e-4)
    others = found[f"phrase_{name}_others", "", ""]
    assert (others.value, others.n) == (pytest.approx(1.3 / (len(KNOWN) - 1), abs=1e-4), 3)


def test_other_words_are_compared_where_they_name_something():
    asked = compared("reworded", [({4: 3}, {4: 3}, None), ({12: 2}, {12: 2}, None)])
    levels = named_levels(asked)
    levels[1::4, KNOWN.index(4)] += 0.5  # half of the questions name it
    levels[1::2, KNOWN.index(1)] += 9.0  # nobody names it
    found = found_in(asked, levels)["paraphrase", "", ""]
    assert (found.value, found.n) == (0.25, 6)


def test_combined_agreement_takes_every_named_unit_of_several():
    face = Frame("SN1", "t", "0", "a.jpg")
    named = [{1: 2, 4: 3}, {9: 1}, {1: 5, 12: 4}, {4: None, 12: 1}]
    asked = [Question("held_out", "SN1", face, "", n, unseen=12 in n) for n in named]
    levels = named_levels(asked) + np.random.default_rng(2).normal(0, 1, (len(asked), len(KNOWN)))
    for figure, places in (("several_icc", (0, 2, 3)), ("unseen_icc", (2, 3))):
        pairs = [
            (level, levels[place, KNOWN.index(unit)])
            for place in places
            for unit, level in asked[place].named.items()
            if level is not None
        ]
        found = found_in(asked, levels)[figure, "", ""]
        assert (found.value, found.n) == (pytest.approx(slow_icc_3_1(np.array(pairs)), abs=1e-4), len(pairs))


def test_the_lines_of_one_row_follow_the_other_and_nothing_unknown_is_among_them(asked):
    perfect = named_levels(asked)
    both = [measured(asked, perfect, row="truth"), measured(asked, 0 * perfect, row="full")]
    table = figures(pd.concat(both), question_table(asked))
    assert list(table["row"].unique()) == ["full", "truth"] and table["value"].notna().all()
    assert not table.duplicated(["row", "figure", "by", "group"]).any()
    assert "phrase_removed" not in set(table["figure"])
