"""Who is in the data set and which expressions everybody makes: decided from a seed before anything is drawn."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.expression import DISFA_PLUS, STRONGEST
from tools.scan_faces.person import Gender

Expression = dict[int, int]
"""Action Unit number -> intensity 1-5; what is absent has intensity 0."""

# Emotions made of the twelve Action Units only; numbers in brackets stand where they are often, not always.
EMOTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "Happy": ((6, 12), (25,)),
    "Sad": ((1, 4, 15), (17,)),
    "Surprise": ((1, 2, 5, 25, 26), ()),
    "Fear": ((1, 2, 4, 5, 20, 25), (26,)),
    "Anger": ((4, 5), (17,)),
    "Disgust": ((9,), (15, 17, 25)),
}
# Pairs that no face makes together: the corners of the mouth cannot go up and down, closed lips cannot part.
ANTAGONISTS = ((12, 15), (17, 25), (17, 26), (15, 26), (12, 20), (15, 20), (2, 9), (5, 6), (9, 5))
SINGLE, COMBINATION = "A", "C"
TRAIN_SINGLES, TRAIN_COMBINATIONS, TRAIN_EMOTIONS = 7, 6, 4
TEST_COMBINATIONS = 4


@dataclass(frozen=True)
class Trial:
    """One folder of pictures: its name in the data set and the expression of every picture in order."""

    name: str
    expressions: tuple[Expression, ...]


@dataclass(frozen=True)
class Subject:
    """One person: name in the data set, seed, gender of presentation, part and trials."""

    name: str
    seed: int
    gender: Gender
    test: bool
    trials: tuple[Trial, ...]


def plan(subjects: int, test_subjects: int, seed: int) -> tuple[Subject, ...]:
    """Plan the data set.

    Args:
        subjects: how many people to train on.
        test_subjects: how many further people, none of them among the first, to test on; they come last.
        seed: decides everything.

    Returns:
        All subjects. Every subject's first picture is neutral and there is only one of it.
    """
    people = []
    for number in range(1, subjects + test_subjects + 1):
        test = number > subjects
        r = np.random.default_rng([seed, number])
        people.append(
            Subject(
                name=f"SN{number:03d}",
                seed=seed * 100_000 + number,
                gender="man" if number % 2 else "woman",
                test=test,
                trials=_test_trials(r) if test else _training_trials(r, number),
            )
        )
    return tuple(people)


def is_possible(expression: Expression) -> bool:
    """Return whether a face makes these Action Units together: 26 needs 25, antagonists exclude each other."""
    if 26 in expression and 25 not in expression:
        return False
    return not any(a in expression and b in expression for a, b in ANTAGONISTS)


def _training_trials(r: np.random.Generator, number: int) -> tuple[Trial, ...]:
    # Consecutive subjects walk through the twelve units, so that all come equally often.
    units = [DISFA_PLUS[(number * TRAIN_SINGLES + i) % len(DISFA_PLUS)] for i in range(TRAIN_SINGLES)]
    singles = tuple(_with_parted_lips({unit: _intensity(r)}, r) for unit in units)
    combinations = tuple(_combination(r) for _ in range(TRAIN_COMBINATIONS))
    names = list(EMOTIONS)
    emotions = _emotion_trials([names[(number + i) % len(names)] for i in range(TRAIN_EMOTIONS)], r)
    return (
        Trial("A1_Single_TrailNo_1", ({}, *singles)),
        Trial("C1_Combination_TrailNo_1", combinations),
        *emotions,
    )


def _test_trials(r: np.random.Generator) -> tuple[Trial, ...]:
    singles = tuple(
        _with_parted_lips({unit: intensity}, r) for unit in DISFA_PLUS for intensity in (2, STRONGEST)
    )
    combinations = tuple(_combination(r) for _ in range(TEST_COMBINATIONS))
    emotions = _emotion_trials(["Happy", "Sad", "Surprise", "Disgust"], r)
    return (
        Trial("A1_Single_TrailNo_1", ({}, *singles)),
        Trial("C1_Combination_TrailNo_1", combinations),
        *emotions,
    )


def _intensity(r: np.random.Generator) -> int:
    return int(r.integers(1, STRONGEST + 1))


def _with_parted_lips(expression: Expression, r: np.random.Generator) -> Expression:
    """A dropped jaw parts the lips."""
    if 26 in expression and 25 not in expression:
        expression = {**expression, 25: int(np.clip(expression[26] + r.integers(-1, 2), 1, STRONGEST))}
    return dict(sorted(expression.items()))


def _combination(r: np.random.Generator) -> Expression:
    """Two to four units that go together."""
    while True:
        count = int(r.integers(2, 5))
        units = r.choice(DISFA_PLUS, count, replace=False)
        expression = _with_parted_lips({int(unit): _intensity(r) for unit in units}, r)
        if is_possible(expression) and len(expression) <= 4:
            return expression


def _emotion_trials(names: list[str], r: np.random.Generator) -> tuple[Trial, ...]:
    """One trial for each emotion, named as in DISFA+: the reader takes the emotion of a sentence from the name."""
    return tuple(Trial(f"Z_{name}Text_TrailNo_1", (_emotion(name, r),)) for name in names)


def _emotion(name: str, r: np.random.Generator) -> Expression:
    """A prototype with one overall strength, a little uneven between units, and perhaps one more unit."""
    always, often = EMOTIONS[name]
    strength = int(r.integers(2, STRONGEST + 1))
    units = [*always]
    if often and r.random() < 0.6:
        units.append(int(r.choice(often)))
    return _with_parted_lips(
        {unit: int(np.clip(strength + r.integers(-1, 2), 1, STRONGEST)) for unit in units}, r
    )
