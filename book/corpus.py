"""Counting what a whole dataset says: sentences for every frame, Action Units that occur, pairs that meet.

The counts of CK+ are data: pictures of CK+ cannot come with the book, what was counted in them can.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from lfes_core.sentences import PROTOCOLS, Description, describe

import numpy as np
from numpy.typing import NDArray

CK_PLUS_PEAKS = 593
"""Peak frames of CK+, one a sequence."""

# fmt: off
CK_PLUS_COUNTS: Mapping[int, int] = {
    1: 173, 2: 116, 4: 191, 5: 102, 6: 122, 7: 119, 9: 74, 10: 21, 11: 33, 12: 111, 14: 29, 15: 89,
    16: 24, 17: 196, 18: 9, 20: 77, 23: 59, 24: 57, 25: 287, 26: 48, 27: 81, 38: 29, 39: 16, 43: 9,
}
# fmt: on
"""Peak frames of CK+ in which each Action Unit was coded (Lucey et al. 2010, Table 1)."""

CK_PLUS_PAIRS: Mapping[tuple[int, int], tuple[int, int]] = {
    (1, 2): (99, 39),
    (2, 27): (71, 22),
    (6, 12): (67, 23),
    (15, 17): (30, 12),
    (23, 24): (25, 6),
    (25, 27): (72, 40),
}
"""Pairs that stand out in the 327 peak frames of CK+ with an emotion: seen, and expected by chance."""

CK_PLUS_NEVER = ((2, 6), (2, 7), (1, 9), (12, 15), (17, 27), (24, 25), (26, 27))
"""Pairs that none of those 327 frames shows."""


def spoken(descriptions: Iterable[Description], seed: int = 0) -> dict[str, list[str]]:
    """One sentence of each protocol for each description, in their order."""
    generator = random.Random(seed)
    said: dict[str, list[str]] = {protocol: [] for protocol in PROTOCOLS}
    for description in descriptions:
        for protocol, sentences in said.items():
            sentences.append(describe(description, protocol, generator))
    return said


def occurrences(descriptions: Iterable[Description]) -> Counter[int]:
    """In how many descriptions each Action Unit is."""
    return Counter(number for face in descriptions for number in face.action_units)


def meetings(descriptions: Iterable[Description]) -> Counter[tuple[int, int]]:
    """In how many descriptions two Action Units are together, by (smaller number, larger number)."""
    return Counter(
        pair for face in descriptions for pair in combinations(face.action_units, 2)
    )


def times_chance(
    descriptions: Sequence[Description], numbers: Sequence[int]
) -> NDArray[np.float64]:
    """How much more often two Action Units meet than by chance.

    Chance means that each comes as often as it does, but without a look at the other.

    Returns:
        ``[numbers, numbers]``, seen divided by expected: 1 is chance, 0 never together. NaN on the
        diagonal and where a unit never comes.
    """
    alone, together = occurrences(descriptions), meetings(descriptions)
    ratios = np.full((len(numbers), len(numbers)), np.nan)
    for (row, one), (column, other) in combinations(enumerate(numbers), 2):
        expected = alone[one] * alone[other] / len(descriptions)
        pair = (min(one, other), max(one, other))
        if expected:
            ratios[row, column] = ratios[column, row] = together[pair] / expected
    return ratios


def ck_plus_times_chance(numbers: Sequence[int]) -> NDArray[np.float64]:
    """As `times_chance` for CK+, where a count of the pair is known; NaN elsewhere."""
    ratios = np.full((len(numbers), len(numbers)), np.nan)
    known = {pair: count / chance for pair, (count, chance) in CK_PLUS_PAIRS.items()}
    known |= dict.fromkeys(CK_PLUS_NEVER, 0.0)
    for pair, ratio in known.items():
        if set(pair) <= set(numbers):
            row, column = map(list(numbers).index, pair)
            ratios[row, column] = ratios[column, row] = ratio
    return ratios
