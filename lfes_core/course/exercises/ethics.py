"""The chapter on ethics: a difference between two ways of drawing the same people, with its interval."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from lfes_core.course import exercise
from lfes_core.course.slips import Answer, same_unless, several

Values = NDArray[np.float64]  # [people, ways]

PEOPLE, WAYS = 9, 4


@exercise("group_gap", chapter="ethics", function="my_gap", points=2)
def _group_gap(answer: Answer) -> None:
    """95 % interval over people, and the gap within people, on random values of nine people in four ways."""
    chance = np.random.default_rng(0)
    own = chance.normal(0, 1, (PEOPLE, 1))  # people differ much more than ways of drawing them
    with_it, without = (own + shift + chance.normal(0, 0.2, (PEOPLE, WAYS)) for shift in (0.3, 0.0))
    gap, error = _within_people(with_it, without)
    quantile = float(stdtrit(PEOPLE - 1, 0.975))
    found = several(answer(with_it, without), 3, "three numbers: the gap, and the lower and upper end of its interval")
    turned = "the gap has its sign turned: it is the mean with the property minus the mean without"
    same_unless(found[0], gap, {turned: -gap}, shape_of="the gap")
    slips = {says: [gap - half, gap + half] for says, half in _usual(with_it, without, error, quantile).items()}
    true = [gap - quantile * error, gap + quantile * error]
    slips["the ends of the interval are exchanged: the lower one comes first"] = true[::-1]
    same_unless(found[1:], true, slips, shape_of="the interval")


def _within_people(with_it: Values, without: Values) -> tuple[float, float]:
    """Mean of the differences of people, and its standard error."""
    differences = with_it.mean(axis=1) - without.mean(axis=1)
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))


def _usual(with_it: Values, without: Values, error: float, quantile: float) -> dict[str, float]:
    """What is off -> half of the interval of whoever does so."""
    pictures = with_it - without
    count = pictures.size
    of_pictures = float(pictures.std(ddof=1) / np.sqrt(count))
    apart = float(np.sqrt(sum(group.mean(axis=1).var(ddof=1) / PEOPLE for group in (with_it, without))))
    whole = "the interval is that of pictures: four of one person are no four people, so n is the number of people"
    two = "the interval is that of two groups of different people: take each person's own difference first"
    usual = quantile * error
    return {
        whole: float(stdtrit(count - 1, 0.975)) * of_pictures,
        two: float(stdtrit(2 * PEOPLE - 2, 0.975)) * apart,
        "1.96 is for many people: with nine take Student's t of people - 1": 1.96 * error,
        "the standard deviation divides by people, not by people - 1 (ddof=1)": usual * np.sqrt(1 - 1 / PEOPLE),
        "the interval is that of one more person: its mean is surer, by √people": usual * np.sqrt(PEOPLE),
        "the interval has one standard error on each side: multiply it by the quantile of Student's t": error,
        "only 90 % lie inside: each end leaves 2.5 % outside (0.975)": float(stdtrit(PEOPLE - 1, 0.95)) * error,
    }
