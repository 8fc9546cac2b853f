"""Chapters 12 and 13 and related work: what measures pictures, sets of pictures and words."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Float64
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import stdtrit

from lfes_core.action_units import ACTION_UNITS
from lfes_core.course import exercise, same
from lfes_core.course.slips import Answer, same_unless, several
from lfes_core.evaluation.figures import SMALLEST_CHANGE, icc_3_1, interval
from lfes_core.evaluation.stencil import RIDGE, Stencil
from lfes_core.metrics import closeness, moved_region, moved_region_ssim, ssim

Array = NDArray[Any]


def _three_pictures(draw: np.random.Generator) -> tuple[Array, Array, Array]:
    """An answer, a neutral face and its target, [48 40 3] in 0..1: soft noise, of which only a part moves."""
    neutral = gaussian_filter(draw.random((48, 40, 3)), (2, 2, 0))
    target, image = neutral.copy(), neutral + 0.04 * gaussian_filter(draw.normal(size=neutral.shape), (1, 1, 0))
    image[8:24, 8:24] += 0.05
    target[14:30, 12:28] += 0.12 * gaussian_filter(draw.normal(size=(16, 16, 3)), (1, 1, 0)) + 0.03
    return image.clip(0, 1), neutral, target.clip(0, 1)


@exercise("moved_ssim", chapter=12, function="my_moved_ssim", points=2)
def _moved_ssim(answer: Answer) -> None:
    """Three random pictures, as the package measures them where the true face moves."""
    draw = np.random.default_rng(12)
    for _ in range(2):
        image, neutral, target = _three_pictures(draw)
        moved, own = moved_region(neutral, target), moved_region(neutral, image)
        summed = np.abs(target - neutral).sum(axis=-1) > 0.03
        faults = {
            "the answer chooses where it is asked: take the region from neutral face and target": moved_region_ssim(
                image, target, own
            ),
            "it is the mean over the whole picture: take it where the face moved": ssim(image, target),
            "the region is too large: the mean over colors has to pass 0.03, not their sum": moved_region_ssim(
                image, target, summed
            ),
            "the answer is compared with the neutral face; compare it with the target": moved_region_ssim(
                image, neutral, moved
            ),
            "it is the mean where the face did not move: the region is turned": moved_region_ssim(
                image, target, ~moved
            ),
            "this is copy's value: compare the answer with the target": moved_region_ssim(neutral, target, moved),
        }
        true = moved_region_ssim(image, target, moved)
        same_unless(answer(image, neutral, target), true, faults, shape_of="SSIM where the face moved")


@exercise("stencil", chapter=12, function="my_stencil", points=2)
def _stencil(answer: Answer) -> None:
    """Thirty random pairs, and the same pictures of change as those of the package."""
    draw = np.random.default_rng(13)
    numbers = list(ACTION_UNITS)
    levels = draw.integers(0, 6, (30, len(numbers))) * draw.integers(0, 2, (30, len(numbers)))
    neutral, target = draw.integers(0, 256, (2, 30, 256, 256, 3), dtype=np.uint8)
    named = [{unit: int(level) for unit, level in zip(numbers, row, strict=True) if level} for row in levels]
    true = Stencil(zip(neutral, target, named, strict=True)).changes[:, :999].astype(float)

    changes = (target.reshape(30, -1)[:, :999].astype(float)) - neutral.reshape(30, -1)[:, :999]
    matrix = levels.astype(float)
    squares, sums = matrix.T @ matrix, matrix.T @ changes
    eye = np.eye(len(numbers))
    faults = {
        "the ridge is missing: add it to the diagonal of the squares": np.linalg.solve(squares, sums),
        "the ridge is added at every place of the squares; it belongs to the diagonal": np.linalg.solve(
            squares + RIDGE, sums
        ),
        "these are mean changes weighed by level; neighbors have to be told apart, so solve": sums
        / (squares.diagonal() + RIDGE)[:, None],
        "the ridge is counted once for each pair; once is enough": np.linalg.solve(squares + 30 * RIDGE * eye, sums),
    }
    same_unless(answer(matrix, changes, RIDGE), true, faults, shape_of="the stencil", tolerance=1e-4)


@exercise("kid", chapter=12, function="my_kid", points=2)
def _kid(answer: Answer) -> None:
    """Two random sets of unequal size, by the definition."""
    draw = np.random.default_rng(14)
    x, y = draw.normal(size=(9, 4)), 0.4 + draw.normal(size=(6, 4))

    def kernel(a: Array, b: Array, by: int = 4) -> Array:
        return np.asarray((a @ b.T / by + 1) ** 3)

    def of(own: Callable[[Array], float], by: int = 4, crossed: float = 2.0) -> float:
        return float(own(kernel(x, x, by)) + own(kernel(y, y, by)) - crossed * kernel(x, y, by).mean())

    def without_itself(k: Array) -> float:
        return float((k.sum() - k.trace()) / (len(k) * (len(k) - 1)))

    faults = {
        "pictures are compared with themselves: leave the diagonal out of the first two means": of(lambda k: k.mean()),
        "pictures are not compared with themselves, but still counted: divide by n (n - 1)": of(
            lambda k: (k.sum() - k.trace()) / k.size
        ),
        "the scalar product is not divided by the number of features": of(without_itself, by=1),
        "the mean over two sets counts twice": of(without_itself, crossed=1.0),
        "KID is squared already: no root": np.sqrt(abs(of(without_itself))),
    }
    same_unless(answer(x, y), of(without_itself), faults, shape_of="KID")


@exercise("icc", chapter=13, function="my_icc", points=2)
def _icc(answer: Answer) -> None:
    """Two raters as in the package, and three and five by the definition."""
    draw = np.random.default_rng(15)
    for raters in (2, 3, 5):
        ratings = draw.normal(size=(12, 1)) + 0.5 * draw.normal(size=(12, raters)) + np.arange(raters)
        ratings = ratings * np.array([1.5] + [1.0] * (raters - 1))
        true = _icc_of(ratings)
        if raters == 2:
            true = icc_3_1(ratings)
        faults = {
            "the means of the raters are not taken away: a constant difference should be forgiven": _icc_of(
                ratings, of_raters=False
            ),
            "BMS lacks the factor k: each mean of a picture stands for k ratings": _icc_of(ratings, factor=1),
            "EMS has (n - 1) (k - 1) degrees of freedom": _icc_of(ratings, freedom=12 * raters - 1),
            "EMS has (k - 1) times its weight in the denominator, once is right for two raters only": _icc_of(
                ratings, weight=1
            ),
            "this is Pearson's correlation, which forgives another scale": float(np.corrcoef(ratings.T)[0, 1]),
        }
        same_unless(answer(ratings), true, faults, shape_of=f"ICC of {raters} raters")


def _icc_of(
    ratings: Float64[np.ndarray, "n k"],
    *,
    of_raters: bool = True,
    factor: int | None = None,
    freedom: int | None = None,
    weight: int | None = None,
) -> float:
    """ICC(3,1) of Shrout and Fleiss for any number of raters, or with a fault."""
    n, k = ratings.shape
    mean, pictures = ratings.mean(), ratings.mean(axis=1)
    left = ratings - pictures[:, None] - (ratings.mean(axis=0) - mean if of_raters else 0)
    between = (factor or k) * ((pictures - mean) ** 2).sum() / (n - 1)
    error = (left**2).sum() / (freedom or (n - 1) * (k - 1))
    return float((between - error) / (between + (weight or k - 1) * error))


@exercise("direction_right", chapter=13, function="my_direction_right", points=2)
def _direction_right(answer: Answer) -> None:
    """Ten exchanges a person, and what hardly changes counts as wrong."""
    draw = np.random.default_rng(16)
    readings = np.arange(5) + draw.normal(size=(7, 5))
    readings[0], readings[1, 2:] = 1.25, readings[1, 2] + 0.005 * np.arange(3)
    earlier, later = np.triu_indices(5, 1)
    change = readings[:, later] - readings[:, earlier]
    least = SMALLEST_CHANGE
    faults = {
        "no change counts as right: copy would score 1": np.mean(change >= 0),
        "a change below 0.01 of a level is rounding and counts as wrong": np.mean(change > 0),
        "the direction is turned: the stronger adverb should read more": np.mean(change < -least),
        "only neighbors are exchanged; five answers give ten exchanges": np.mean(np.diff(readings) > least),
        "only the ends are exchanged; five answers give ten exchanges": np.mean(
            readings[:, 4] - readings[:, 0] > least
        ),
        "persons are compared with each other: exchange adverbs of one person": np.mean(
            [a[j] - b[i] > least for a in readings for b in readings for i in range(5) for j in range(i + 1, 5)]
        ),
    }
    faults = {words: float(value) for words, value in faults.items()}
    true = float(np.mean(change > least))
    same_unless(answer(readings), true, faults, shape_of="the share")
    same(answer(np.ones((3, 5))), 0.0, shape_of="the share of copy")


@exercise("leave_people_out", chapter=13, function="my_interval", points=2)
def _leave_people_out(answer: Answer) -> None:
    """The package's interval, for eight and for five people with unequal numbers of pictures."""
    draw = np.random.default_rng(17)
    for count in (8, 5):
        people = np.repeat([f"P{n}" for n in range(count)], draw.integers(3, 9, count))
        level = dict(zip(sorted(set(people)), draw.normal(size=count), strict=True))
        values = np.array([level[who] for who in people]) + 0.2 * draw.normal(size=len(people))
        mean, names = values.mean(), sorted(set(people))
        without = np.array([values[people != who].mean() for who in names])
        each = np.array([np.delete(values, n).mean() for n in range(len(values))])
        error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
        spread = without.std(ddof=1)
        t = float(stdtrit(count - 1, 0.975))
        low, high = interval(float(mean), without)

        def around(half: float, mean: float = float(mean)) -> tuple[float, float]:
            return mean - half, mean + half

        faults = {
            "pictures are left out; pictures of one person resemble each other, so leave out people": interval(
                float(mean), each
            ),
            "1.96 is for many people: so few need Student's t of people - 1": around(1.96 * error),
            "the scatter of means without one person is far too small: the jackknife enlarges it": around(t * spread),
            "the jackknife's error is no standard error of a mean: do not divide by the root of n": around(
                t * spread / count**0.5
            ),
            "the factor (n - 1) / n of the jackknife is missing": around(t * error * np.sqrt(count / (count - 1))),
            "this is the standard error alone; t stretches it": around(float(error)),
        }
        found = several(answer(values, people), 2, "two numbers, the lower and the upper end")
        same_unless(tuple(found), (low, high), faults, shape_of="the interval")


@exercise("gain", chapter="related_work", function="my_gain", points=2)
def _gain(answer: Answer) -> None:
    """Answers between copy and truth, copy itself, the truth, and one that is worse than copy."""
    draw = np.random.default_rng(21)
    _, neutral, truth = _three_pictures(draw)
    moved = moved_region(neutral, truth)
    half = neutral + 0.6 * (truth - neutral) + 0.002 * draw.normal(size=truth.shape)

    def error(picture: Float[np.ndarray, "h w 3"], where: Array = moved) -> float:
        return closeness(picture, truth, where).l1_moved

    squares = (((half - truth)[moved] ** 2).mean() / ((neutral - truth)[moved] ** 2).mean()).item()
    everywhere = np.ones_like(moved)
    faults = {
        "this is the share of copy's error that is left; the gain is what is gone": error(half) / error(neutral),
        "it is taken over the whole picture: take it where the face moves": (
            1 - error(half, everywhere) / error(neutral, everywhere)
        ),
        "errors are squared; L1 is the mean difference": 1 - squares,
        "this is a difference of errors; divide by that of copy": error(neutral) - error(half),
    }
    true = 1 - error(half) / error(neutral)
    same_unless(answer(half, neutral, truth, moved), true, faults, shape_of="the gain")
    for name, picture, value in (("copy", neutral, 0.0), ("the truth", truth, 1.0)):
        same(answer(picture, neutral, truth, moved), value, shape_of=f"the gain of {name}")
    worse = answer(1 - truth, neutral, truth, moved)
    same_unless(
        worse,
        0.0,
        {"a gain below 0 counts as 0": 1 - error(1 - truth) / error(neutral)},
        shape_of="the gain of an answer that is worse than copy",
    )
