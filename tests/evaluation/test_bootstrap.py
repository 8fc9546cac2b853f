"""Intervals: people are drawn and not pictures, and the value is that of the data."""

import numpy as np
import pytest

from lfes_core.evaluation.bootstrap import DRAWS, SEED, Figure, by_person, known_mean, with_interval


def slow_interval(people, draws):
    """The definition: draw as many people as there are, join their pictures, take the mean; again and again."""
    r = np.random.default_rng(SEED)
    means = []
    for _ in range(draws):
        joined = []
        for index in r.integers(len(people), size=len(people)):
            joined += list(people[index])
        means.append(sum(joined) / len(joined))
    means.sort()

    def quantile(q):
        place = q * (len(means) - 1)
        below = int(place)
        above = min(below + 1, len(means) - 1)
        return means[below] + (place - below) * (means[above] - means[below])

    return quantile(0.025), quantile(0.975)


def test_interval_equals_the_definition():
    people = {"a": [1.0, 2.0], "b": [4.0], "c": [0.0, 0.5, 8.0]}
    found = with_interval(people)
    low, high = slow_interval(list(people.values()), DRAWS)
    assert found == Figure(round(15.5 / 6, 4), round(low, 4), round(high, 4), 6)


def test_many_pictures_of_one_person_do_not_narrow_the_interval():
    few = with_interval({"a": [0.0], "b": [1.0]})
    many = with_interval({"a": [0.0] * 500, "b": [1.0] * 500})
    assert (few.low, few.high) == (many.low, many.high) == (0.0, 1.0)


def test_one_person_has_a_value_and_no_interval():
    assert with_interval({"a": [1.0, 3.0]}) == Figure(2.0, None, None, 2)


def test_what_is_not_known_is_left_out_and_not_counted():
    found = with_interval({"a": [1.0, np.nan], "b": [3.0]})
    assert (found.value, found.n) == (2.0, 2)
    assert with_interval({"a": [np.nan]}) is None
    assert with_interval({}) is None


def test_any_statistic_of_the_joined_measurements():
    people = {"a": [[1.0, 2.0]], "b": [[3.0, 4.0], [5.0, 10.0]]}
    found = with_interval(people, lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()))
    assert found.value == pytest.approx(9 / 16, abs=1e-4)
    assert found.n == 3
    assert known_mean(np.array([[1.0], [np.nan], [2.0]])) == 1.5


def test_measurements_are_sorted_by_person():
    found = by_person(["b", "a", "b"], [1, 2, 3])
    assert {name: list(rows) for name, rows in found.items()} == {"b": [1, 3], "a": [2]}
