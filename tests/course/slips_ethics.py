"""Usual slips in the exercise of the chapter on ethics, and what a student then reads."""

import numpy as np
from scipy.special import stdtrit


def right(with_it, without, quantile=None, ddof=1, root=True):
    own = with_it.mean(axis=1) - without.mean(axis=1)
    error = own.std(ddof=ddof) / (np.sqrt(len(own)) if root else 1)
    half = (stdtrit(len(own) - 1, 0.975) if quantile is None else quantile) * error
    return own.mean(), own.mean() - half, own.mean() + half


def over_pictures(with_it, without):
    own = (with_it - without).ravel()
    half = stdtrit(len(own) - 1, 0.975) * own.std(ddof=1) / np.sqrt(len(own))
    return own.mean(), own.mean() - half, own.mean() + half


def two_groups(with_it, without):
    one, other = with_it.mean(axis=1), without.mean(axis=1)
    n = len(one)
    half = stdtrit(2 * n - 2, 0.975) * np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / n)
    return one.mean() - other.mean(), one.mean() - other.mean() - half, one.mean() - other.mean() + half


def turned(with_it, without):
    return right(without, with_it)


def exchanged(with_it, without):
    gap, low, high = right(with_it, without)
    return gap, high, low


WRONG = {
    "sign turned": (turned, "sign"),
    "pictures counted as people": (over_pictures, "n is the number of people"),
    "unpaired": (two_groups, "each person's own difference"),
    "normal": (lambda a, b: right(a, b, quantile=1.96), "Student's t"),
    "ddof": (lambda a, b: right(a, b, ddof=0), "ddof=1"),
    "no root": (lambda a, b: right(a, b, root=False), "√people"),
    "standard error": (lambda a, b: right(a, b, quantile=1), "quantile"),
    "90 %": (lambda a, b: right(a, b, quantile=stdtrit(len(a) - 1, 0.95)), "2.5 %"),
    "ends exchanged": (exchanged, "lower one comes first"),
    "the gap alone": (lambda a, b: float((a - b).mean()), "three numbers"),
}

SLIPS = [("group_gap", answer, says) for answer, says in WRONG.values()]
OTHERS = [("group_gap", right)]
