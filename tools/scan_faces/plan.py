"""Who is in the data set and which expressions everybody makes: decided from a seed before anything is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Literal

import numpy as np

from lfes_core.errors import UserError
from tools.scan_faces.expression import ACTION_UNITS, STRONGEST
from tools.scan_faces.person import Gender

Part = Literal["train", "validation", "test"]
Expression = dict[int, int]
"""Action Unit number -> intensity 1-5; what is absent has intensity 0."""

# Emotions as they are usually described; numbers in brackets stand where they are often, not always.
EMOTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "Happy": ((6, 12), (25,)),
    "Sad": ((1, 4, 15), (17,)),
    "Surprise": ((1, 2, 5, 26), ()),
    "Fear": ((1, 2, 4, 5, 20, 26), ()),
    "Anger": ((4, 5, 7), (17, 24)),
    "Disgust": ((9, 15, 16), (4, 10)),
    "Contempt": ((14,), (12,)),
}
JAW = (26, 27)
"""Units that part the lips: 25 always comes with them."""
# Units on the left exclude each unit on the right.
_EXCLUDES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((24, 28), (25, 26, 27)),  # closed lips cannot part
    ((17,), (16, 25, 26, 27)),  # a chin that goes up closes the mouth and lifts the lower lip
    ((26,), (15, 27)),
    ((18,), (20, 22)),  # lips are puckered, stretched or funneled
    ((20,), (22,)),
    ((18, 22), (12, 14, 24, 28)),  # rounded lips are neither wide nor closed
    ((10, 16), (24, 28)),  # lips that are drawn apart are not pressed
    ((24,), (28,)),
    ((12,), (15, 20)),  # corners of the lips go one way
    ((15,), (20,)),
    ((43,), (5, 7)),  # closed eyes are neither wide nor narrow
    ((5,), (6, 9)),
    ((2,), (6, 7, 9)),
    ((1,), (9,)),
)
ANTAGONISTS = frozenset(frozenset((one, other)) for left, right in _EXCLUDES for one in left for other in right)
"""Pairs that no face makes together, or that never meet in the 327 labelled peaks of CK+."""

VALIDATION, TEST = range(97, 105), range(901, 917)
"""SN097 to SN104 guide decisions, SN901 to SN916 are asked once: in no archive anybody trains on their faces."""
VALIDATION_COMBINATIONS, TEST_COMBINATIONS = 4, 5
WEAK = 2
"""Each test person shows half of the units at B as well as at E."""
COMBINATION_SHARE, EMOTION_SHARE = 0.3, 0.2
"""Of the pictures of a training person; the rest are single Action Units."""
MOST_SUBJECTS = 90_000
_CELLS = len(ACTION_UNITS) * STRONGEST


@dataclass(frozen=True)
class Trial:
    """One folder of pictures: its name in the data set and the expression of every picture in order."""

    name: str
    expressions: tuple[Expression, ...]

    @property
    def action_units(self) -> frozenset[int]:
        """The Action Units that occur in any of the pictures."""
        return frozenset(unit for expression in self.expressions for unit in expression)


@dataclass(frozen=True)
class Subject:
    """One person: name in the data set, seed, gender of presentation, part and trials."""

    name: str
    seed: int
    gender: Gender
    part: Part
    trials: tuple[Trial, ...]

    @property
    def pictures(self) -> int:
        """How many pictures there are of this person."""
        return sum(len(trial.expressions) for trial in self.trials)


def plan(subjects: int, validation: int, test: int, seed: int, frames: int = 15) -> tuple[Subject, ...]:
    """Plan the data set.

    Args:
        subjects: how many people to train on.
        validation: how many further people show every Action Unit at every intensity, to decide by.
        test: how many further people show every Action Unit at E and half of them at B, to be asked once.
        seed: decides everything.
        frames: how many pictures there are of each person to train on, the neutral one included.

    Returns:
        All subjects in the order of their numbers. Every subject's first picture is neutral, and there is only
        one of it. More `subjects` leave everybody who was there as they were.

    Raises:
        UserError: a number makes no sense.
    """
    if not 1 <= subjects <= MOST_SUBJECTS:
        raise UserError(f"--subjects must be 1 to {MOST_SUBJECTS}, not {subjects}")
    for name, given, most in (("validation", validation, len(VALIDATION)), ("test", test, len(TEST))):
        if not 0 <= given <= most:
            raise UserError(f"--{name}-subjects must be 0 to {most}, not {given}")
    if frames < 2:
        raise UserError(f"--frames must be at least 2, a neutral picture and another one, not {frames}")
    if seed < 0:
        raise UserError(f"--seed must not be negative, but is {seed}")
    training = islice((number for number in count(1) if number not in (*VALIDATION, *TEST)), subjects)
    people = []
    for rank, number in enumerate(training):
        trials = _training_trials(np.random.default_rng([seed, number]), rank, seed, frames)
        people.append(_subject(number, seed, "train", trials))
    for number in VALIDATION[:validation]:
        singles = [(unit, intensity) for unit in ACTION_UNITS for intensity in range(1, STRONGEST + 1)]
        trials = _held_out_trials(np.random.default_rng([seed, number]), singles, VALIDATION_COMBINATIONS)
        people.append(_subject(number, seed, "validation", trials))
    for number in TEST[:test]:
        singles = [(unit, STRONGEST) for unit in ACTION_UNITS] + [
            (unit, WEAK) for unit in ACTION_UNITS[number % 2 :: 2]
        ]
        trials = _held_out_trials(np.random.default_rng([seed, number]), sorted(singles), TEST_COMBINATIONS)
        people.append(_subject(number, seed, "test", trials))
    return tuple(sorted(people, key=lambda subject: subject.seed))


def is_possible(expression: Expression) -> bool:
    """Return whether a face makes these Action Units together: 26 and 27 need 25, antagonists exclude each other."""
    if any(unit in expression for unit in JAW) and 25 not in expression:
        return False
    return not any(pair <= expression.keys() for pair in ANTAGONISTS)


def _subject(number: int, seed: int, part: Part, trials: tuple[Trial, ...]) -> Subject:
    gender: Gender = "man" if number % 2 else "woman"
    return Subject(f"SN{number:03d}", seed * 100_000 + number, gender, part, trials)


def _training_trials(r: np.random.Generator, rank: int, seed: int, frames: int) -> tuple[Trial, ...]:
    emotions, combinations = round((frames - 1) * EMOTION_SHARE), round((frames - 1) * COMBINATION_SHARE)
    singles = min(frames - 1 - emotions - combinations, _CELLS)
    combinations = frames - 1 - emotions - singles
    alone = [_with_parted_lips(_single(rank * singles + i, seed)) for i in range(singles)]
    anchors = [_single(_CELLS // 2 + rank * combinations + i, seed) for i in range(combinations)]
    names = [tuple(EMOTIONS)[(rank * emotions + i) % len(EMOTIONS)] for i in range(emotions)]
    return (
        Trial("A1_Single_TrailNo_1", ({}, *alone)),
        *_trial_of_combinations(r, anchors),
        *_emotion_trials(r, names),
    )


def _held_out_trials(r: np.random.Generator, singles: list[tuple[int, int]], combinations: int) -> tuple[Trial, ...]:
    anchors = [_single(int(r.integers(_CELLS)), 0) for _ in range(combinations)]
    return (
        Trial("A1_Single_TrailNo_1", ({}, *(_with_parted_lips({unit: intensity}) for unit, intensity in singles))),
        *_trial_of_combinations(r, anchors),
        *_emotion_trials(r, list(EMOTIONS)),
    )


def _single(place: int, seed: int) -> Expression:
    """Walk through all pairs of a unit and an intensity, so that consecutive people meet all equally often.

    22 neighbors on the walk are 22 different units; 110 are all pairs.
    """
    units = np.random.default_rng([seed, 0]).permutation(ACTION_UNITS)
    lap, position = divmod(place, len(units))
    return {int(units[position]): (lap + position) % STRONGEST + 1}


def _with_parted_lips(expression: Expression) -> Expression:
    """A jaw that drops parts the lips, as far as it drops itself."""
    for unit in JAW:
        if unit in expression and 25 not in expression:
            expression = {**expression, 25: expression[unit]}
    return dict(sorted(expression.items()))


def _trial_of_combinations(r: np.random.Generator, anchors: list[Expression]) -> Iterator[Trial]:
    found: list[Expression] = []
    for anchor in anchors:
        while (expression := _combination(r, anchor)) in found:
            pass
        found.append(expression)
    if found:
        yield Trial("C1_Combination_TrailNo_1", tuple(found))


def _combination(r: np.random.Generator, anchor: Expression) -> Expression:
    """Join one to three other units to the anchor; units that emotions bring often are joined rarely."""
    others = [unit for unit in ACTION_UNITS if unit not in anchor]
    chances = np.array([1 / (1 + _in_emotions(unit)) for unit in others])
    while True:
        chosen = r.choice(others, int(r.integers(1, 4)), replace=False, p=chances / chances.sum())
        joined = anchor | {int(unit): int(r.integers(1, STRONGEST + 1)) for unit in chosen}
        expression = _with_parted_lips(joined)
        if is_possible(expression) and len(expression) <= 4:
            return expression


def _in_emotions(unit: int) -> int:
    return sum(unit in _with_parted_lips(dict.fromkeys(always, 1)) for always, _ in EMOTIONS.values())


def _emotion_trials(r: np.random.Generator, names: list[str]) -> Iterator[Trial]:
    """One trial for each emotion, named as in DISFA+: the reader takes the emotion of a sentence from the name."""
    for name in dict.fromkeys(names):
        pictures = tuple(_emotion(r, name) for _ in range(names.count(name)))
        yield Trial(f"Z_{name}Text_TrailNo_1", pictures)


def _emotion(r: np.random.Generator, name: str) -> Expression:
    """A prototype with one overall strength, a little uneven between units, and perhaps one more unit."""
    always, often = EMOTIONS[name]
    strength = int(r.integers(2, STRONGEST + 1))
    units = [*always]
    if often and r.random() < 0.6:
        units.append(int(r.choice(often)))
    return _with_parted_lips({unit: int(np.clip(strength + r.integers(-1, 2), 1, STRONGEST)) for unit in units})
