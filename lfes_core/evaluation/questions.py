"""What a row is asked: a face, a sentence, and the true picture where there is one. The same for every row."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import ExpressionPairs, FaceDataset, Frame, ScanFaces
from lfes_core.sentences import PROTOCOLS, Description, Vocabulary, describe

LEVELS = tuple(range(1, len(INTENSITY_LETTERS) + 1))
UNITS = DISFA_PLUS_ACTION_UNITS

QUICK_STEP = 6
"""A quick evaluation takes every sixth held-out pair."""
QUICK_LEVELS = (1, 3, 5)
QUICK_PEOPLE = 4

UPPER = ("forehead", "brows", "eyes")
PARTNER = {"upper": 12, "lower": 1}
"""What is added to a sentence about the upper half of the face, and about the lower half."""
PARTNER_LEVEL = 3


@dataclass(frozen=True)
class Question:
    """A face and a sentence.

    Attributes:
        subject: whose face.
        neutral: the frame of the neutral face that is given.
        sentence: what the face should do.
        named: the Action Units of the sentence, number -> level 1..5, or None where it gives none.
        truth: the frame that a perfect answer equals; None where no such picture was made.
    """

    subject: str
    neutral: Frame
    sentence: str
    named: Mapping[int, int | None]
    truth: Frame | None = None


@dataclass(frozen=True)
class Exchange:
    """Two questions that differ in one place: what is weaker or absent, and what is stronger or present.

    Attributes:
        unit: the Action Unit whose words differ.
        weak: place of the first question among all questions of its set.
        strong: place of the second one.
    """

    unit: int
    weak: int
    strong: int


def held_out_pairs(dataset: FaceDataset, quick: bool = False) -> list[Question]:
    """Every held-out pair with the sentence that it has in training's first epoch (seed 0)."""
    pairs = ExpressionPairs(dataset, "test", Vocabulary(), seed=0, cache="none")
    return [
        Question(frame.subject, pairs.neutrals[i], pairs.sentence(i), frame.description.action_units, frame)
        for i, frame in enumerate(pairs.frames)
        if not quick or i % QUICK_STEP == 0
    ]


def single_units(dataset: ScanFaces, quick: bool = False) -> list[Question]:
    """Each of the twelve Action Units at each level, for each held-out person.

    The five sentences of one unit and person have the same words but for the adverb. A jaw that drops parts the
    lips; its sentence names both, at one level, as in the true picture.
    """
    people = dataset.test_subjects[:QUICK_PEOPLE] if quick else dataset.test_subjects
    found = []
    for subject in people:
        neutral = dataset.neutral(subject)
        for unit in UNITS:
            for level in QUICK_LEVELS if quick else LEVELS:
                truth = dataset.truth(subject, {unit: level})
                if truth is None:
                    continue
                named = truth.action_units
                wording = random.Random(f"{subject} {unit}")
                sentence = describe(Description(neutral.gender, None, named), "with", wording)
                found.append(Question(subject, neutral, sentence, named, truth))
    return found


def unit_of(question: Question) -> int:
    """The Action Unit that a question of `single_units` is about: 26 where lips part because the jaw drops."""
    return max(question.named)


def adverb_exchanges(questions: Sequence[Question]) -> list[Exchange]:
    """All pairs of levels of one person and Action Unit: ten where all five levels were asked."""
    levels: dict[tuple[str, int], dict[int, int]] = {}
    for place, question in enumerate(questions):
        unit = unit_of(question)
        levels.setdefault((question.subject, unit), {})[question.named[unit] or 0] = place
    return [
        Exchange(unit, places[weak], places[strong])
        for (_, unit), places in levels.items()
        for weak, strong in combinations(sorted(places), 2)
    ]


def removed_phrases(questions: Sequence[Question]) -> tuple[list[Question], list[Exchange]]:
    """Each sentence of several phrases with one of them crossed out, as in Fig. 3 of the paper.

    Returns:
        Questions, the whole sentences among them, and for each crossed-out phrase its exchange. The order of
        the other phrases stays. Parted lips are not crossed out where the jaw drops.
    """
    found: list[Question] = []
    exchanges = []
    for question in questions:
        named = {unit: level for unit, level in question.named.items() if unit in ACTION_UNITS}
        if len(named) < 2:
            continue
        whole = len(found)
        found.append(_said(question, named, question.truth))
        for unit in named:
            if unit in UNITS and not (unit == 25 and {26, 27} & named.keys()):
                exchanges.append(Exchange(unit, len(found), whole))
                rest = {other: level for other, level in named.items() if other != unit}
                found.append(_said(question, rest, None))
    return found, exchanges


def _said(question: Question, named: Mapping[int, int | None], truth: Frame | None) -> Question:
    """The first words of the tables in the order of the numbers, so that only the phrase makes a difference."""
    sentence = describe(Description(question.neutral.gender, None, named), "with", InOrder())
    return Question(question.subject, question.neutral, sentence, named, truth)


class InOrder(random.Random):
    """In place of chance: the first of all words, and no order but the given one."""

    def shuffle(self, x: object) -> None:
        """Leave the order."""

    def choice(self, seq: Sequence[str]) -> str:  # type: ignore[override]
        """Take the first."""
        return seq[0]


def added_phrases(questions: Sequence[Question]) -> tuple[list[Question], list[Exchange]]:
    """Each Action Unit at level C alone, and with a second phrase about the other half of the face.

    Args:
        questions: of `single_units`.

    Returns:
        Questions, and for each added phrase its exchange; its unit is the added one.
    """
    found: list[Question] = []
    exchanges = []
    for question in questions:
        unit = unit_of(question)
        if question.named[unit] != PARTNER_LEVEL:
            continue
        partner = PARTNER["upper" if ACTION_UNITS[unit].region in UPPER else "lower"]
        exchanges.append(Exchange(partner, len(found), len(found) + 1))
        found.append(_said(question, question.named, question.truth))
        found.append(_said(question, {**question.named, partner: PARTNER_LEVEL}, None))
    return found, exchanges


def paraphrases(questions: Sequence[Question]) -> list[Question]:
    """The same said otherwise: another protocol, other synonyms, another order. One for each question."""
    found = []
    for place, question in enumerate(questions):
        protocol = tuple(PROTOCOLS)[place % len(PROTOCOLS)]
        emotion = None if question.truth is None else question.truth.emotion
        description = Description(question.neutral.gender, emotion, question.named)
        seed = 0
        while (sentence := describe(description, protocol, seed)) == question.sentence:
            seed += 1
        found.append(Question(question.subject, question.neutral, sentence, question.named, question.truth))
    return found
