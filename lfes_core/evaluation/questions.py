"""What a row is asked: a face, a sentence, and the true picture where there is one. The same for every row."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import pandas as pd

from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import ExpressionPairs, FaceDataset, Frame, ScanFaces, split
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
        set: "held_out" (every held-out pair), "single" (one Action Unit at one level), "removed" and "added" (with a
            phrase less or more than `other`), or "reworded" (what `other` says, in other words).
        subject: whose face.
        neutral: the frame of the neutral face that is given.
        sentence: what the face should do.
        named: the Action Units of the sentence, number -> level 1..5, or None where it gives none.
        truth: the frame that a perfect answer equals; None where no such picture was made.
        about: the Action Unit in question: the only one (26 where lips part because the jaw drops), or that of the
            phrase that is gone or new.
        other: the question with which this one is compared.
        unseen: whether it names several Action Units in a combination that nobody was trained on.
    """

    set: str
    subject: str
    neutral: Frame
    sentence: str
    named: Mapping[int, int | None]
    truth: Frame | None = None
    about: int | None = None
    other: "Question | None" = None
    unseen: bool = False


def ask(
    dataset: FaceDataset, quick: bool = False, readable: Callable[[Frame], bool] = lambda frame: True
) -> list[Question]:
    """Put all questions together; photographs, which have no true picture for each word, have the held-out pairs only.

    Args:
        dataset: its held-out people are asked about.
        quick: a part of the questions.
        readable: whether the picture of a frame is there; questions without theirs are left out.
    """

    def answerable(question: Question) -> bool:
        return question.truth is not None and readable(question.neutral) and readable(question.truth)

    held_out = list(filter(answerable, held_out_pairs(dataset, quick)))
    if not has_regions(dataset):
        return held_out
    seen = {frozenset(frame.description.action_units) for frame in split(dataset, "train")}
    held_out = [
        replace(question, unseen=len(question.named) > 1 and frozenset(question.named) not in seen)
        for question in held_out
    ]
    singles = list(filter(answerable, single_units(dataset, quick)))
    several = [question for question in held_out if len(question.named) > 1]
    return [*held_out, *singles, *removed_phrases(several), *added_phrases(singles), *paraphrases(several)]


def question_table(asked: Sequence[Question]) -> pd.DataFrame:
    """One line for each question, with its number, which is its place, and that of the one to compare with."""
    number = {id(question): place for place, question in enumerate(asked)}
    table = pd.DataFrame(
        {
            "question": range(len(asked)),
            "set": [question.set for question in asked],
            "person": [question.subject for question in asked],
            "sentence": [question.sentence for question in asked],
            "target": [None if question.truth is None else question.truth.image for question in asked],
            "about": [question.about for question in asked],
            "other": [None if question.other is None else number[id(question.other)] for question in asked],
            "n_named": [len(question.named) for question in asked],
            "unseen": [question.unseen for question in asked],
        }
    )
    return table.astype({"about": "Int64", "other": "Int64"})


def has_regions(dataset: FaceDataset) -> TypeGuard[ScanFaces]:
    """Whether there is a true picture for each word, and a map of where it moves the face: in ScanFaces."""
    return isinstance(dataset, ScanFaces) and any("Regions/" in name for name in dataset.tree.names())


def held_out_pairs(dataset: FaceDataset, quick: bool = False) -> list[Question]:
    """Every held-out pair with the sentence that it has in training's first epoch (seed 0)."""
    pairs = ExpressionPairs(dataset, "test", Vocabulary(), seed=0, cache="none")
    return [
        Question("held_out", frame.subject, neutral, pairs.sentence(i), frame.description.action_units, frame)
        for i, (frame, neutral) in enumerate(zip(pairs.frames, pairs.neutrals, strict=True))
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
                found.append(Question("single", subject, neutral, sentence, named, truth, max(named)))
    return found


def removed_phrases(questions: Sequence[Question]) -> list[Question]:
    """Each sentence of several phrases, and the same with one of them crossed out, as in Fig. 3 of the paper.

    The order of the other phrases stays. Parted lips are not crossed out where the jaw drops.
    """
    found: list[Question] = []
    for question in questions:
        named = {unit: level for unit, level in question.named.items() if unit in ACTION_UNITS}
        if len(named) < 2:
            continue
        whole = _said("removed", question, named)
        found.append(whole)
        for unit in named:
            if unit in UNITS and not (unit == 25 and {26, 27} & named.keys()):
                rest = {other: level for other, level in named.items() if other != unit}
                found.append(_said("removed", question, rest, unit, whole))
    return found


def added_phrases(questions: Sequence[Question]) -> list[Question]:
    """Each Action Unit at level C alone, and with a second phrase about the other half of the face.

    Args:
        questions: of `single_units`.
    """
    found: list[Question] = []
    for question in questions:
        unit = question.about
        if unit is None or question.named[unit] != PARTNER_LEVEL:
            continue
        partner = PARTNER["upper" if ACTION_UNITS[unit].region in UPPER else "lower"]
        alone = _said("added", question, question.named)
        found += [alone, _said("added", question, {**question.named, partner: PARTNER_LEVEL}, partner, alone)]
    return found


def _said(
    name: str,
    question: Question,
    named: Mapping[int, int | None],
    about: int | None = None,
    other: Question | None = None,
) -> Question:
    """The first words of the tables in the order of the numbers, so that only the phrase makes a difference."""
    sentence = describe(Description(question.neutral.gender, None, named), "with", InOrder())
    return Question(name, question.subject, question.neutral, sentence, named, None, about, other)


class InOrder(random.Random):
    """In place of chance: the first of all words, and no order but the given one."""

    def shuffle(self, x: object) -> None:
        """Leave the order."""

    def choice(self, seq: Sequence[str]) -> str:  # type: ignore[override]
        """Take the first."""
        return seq[0]


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
        found.append(replace(question, set="reworded", sentence=sentence, other=question, unseen=False))
    return found
