"""What a row is asked: a face, a sentence, and the true picture where there is one. The same for every row."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeGuard

import pandas as pd

from lfes_core.action_units import ACTION_UNITS, DISFA_PLUS_ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import ExpressionPairs, FaceDataset, Frame, ScanFaces, split
from lfes_core.datasets.frames import subjects_of
from lfes_core.sentences import PROTOCOLS, Description, Vocabulary, describe

LEVELS = range(1, len(INTENSITY_LETTERS) + 1)
UNITS = DISFA_PLUS_ACTION_UNITS
QUICK_STEP, QUICK_LEVELS, QUICK_PEOPLE = 6, (1, 3, 5), 4  # every sixth held-out pair, three levels of four people
UPPER = ("forehead", "brows", "eyes")
PARTNER_LEVEL = 3


@dataclass(frozen=True)
class Question:
    """A face, what it should do, and how a perfect answer looks.

    The sets are "held_out" (every held-out pair), "single" (one Action Unit at one level), "removed" and "added" (with
    a phrase less or more than `other`), and "reworded" (what `other` says, in other words).
    """

    set: str
    person: str  # whose face
    neutral: Frame  # that is given
    sentence: str
    named: Mapping[int, int | None]  # Action Units of the sentence, number -> level 1..5, None where it gives none
    truth: Frame | None = None  # that a perfect answer equals; None where no such picture was made
    about: int | None = None  # the only Action Unit (26 if it parts the lips), or that of the phrase gone or new
    other: "Question | None" = None  # with which this one is compared
    unseen: bool = False  # names several Action Units in a combination that nobody was trained on


def ask(
    dataset: FaceDataset, part: str, quick: bool = False, readable: Callable[[Frame], bool] = lambda frame: True
) -> list[Question]:
    """All questions to the people of a part whose pictures are `readable`; to photographs the held-out pairs only."""

    def answerable(question: Question) -> bool:
        return question.truth is not None and readable(question.neutral) and readable(question.truth)

    held_out = list(filter(answerable, held_out_pairs(dataset, part, quick)))
    if not has_regions(dataset):
        return held_out
    seen = [set(frame.description.action_units) for frame in split(dataset, "train")]
    held_out = [replace(q, unseen=len(q.named) > 1 and set(q.named) not in seen) for q in held_out]
    singles = list(filter(answerable, single_units(dataset, part, quick)))
    several = [question for question in held_out if len(question.named) > 1]
    return [*held_out, *singles, *removed_phrases(several), *added_phrases(singles), *paraphrases(several)]


def question_table(asked: Sequence[Question]) -> pd.DataFrame:
    """One line for each question, with its number, which is its place, and that of the one to compare with."""
    number = {id(question): place for place, question in enumerate(asked)}
    table = pd.DataFrame([vars(question) for question in asked])
    table["question"] = table.index
    table["target"] = [question.truth and question.truth.image for question in asked]
    table["other"] = [question.other and number[id(question.other)] for question in asked]
    table["n_named"] = table["named"].map(len)
    columns = ["question", "set", "person", "sentence", "target", "about", "other", "n_named", "unseen"]
    return table[columns].astype({"about": "Int64", "other": "Int64"})


def has_regions(dataset: FaceDataset) -> TypeGuard[ScanFaces]:
    """Whether there is a true picture for each word, and a map of where it moves the face: in ScanFaces."""
    return isinstance(dataset, ScanFaces) and any("Regions/" in name for name in dataset.tree.names())


def held_out_pairs(dataset: FaceDataset, part: str, quick: bool = False) -> list[Question]:
    """Every held-out pair with the sentence that it has in training's first epoch (seed 0)."""
    pairs = ExpressionPairs(dataset, part, Vocabulary(), seed=0, cache="none")
    asked = [
        Question("held_out", frame.subject, neutral, pairs.sentence(i), frame.description.action_units, frame)
        for i, (frame, neutral) in enumerate(zip(pairs.frames, pairs.neutrals, strict=True))
    ]
    return asked[:: QUICK_STEP if quick else 1]


def single_units(dataset: ScanFaces, part: str, quick: bool = False) -> list[Question]:
    """Each of the twelve Action Units at each level in ascending order, for each held-out person.

    The five sentences of one unit and person have the same words but for the adverb. A jaw that drops parts the lips;
    its sentence names both, at one level, as in the true picture.
    """
    found = []
    for subject in subjects_of(dataset, part)[: QUICK_PEOPLE if quick else None]:
        neutral = dataset.neutral(subject)
        for unit in UNITS:
            for level in QUICK_LEVELS if quick else LEVELS:
                if truth := dataset.truth(subject, {unit: level}):
                    named = truth.action_units
                    wording = random.Random(f"{subject} {unit}")
                    sentence = describe(Description(neutral.gender, None, named), "with", wording)
                    found.append(Question("single", subject, neutral, sentence, named, truth, max(named)))
    return found


def removed_phrases(questions: Sequence[Question]) -> list[Question]:
    """Each sentence of several phrases, and with one crossed out (Fig. 3): not parted lips where the jaw drops."""
    found: list[Question] = []
    for question in questions:
        named = {unit: level for unit, level in question.named.items() if unit in ACTION_UNITS}
        if len(named) > 1:
            found.append(whole := _said("removed", question, named, None, None))
            for unit in named:
                if unit in UNITS and not (unit == 25 and {26, 27} & named.keys()):
                    rest = {other: level for other, level in named.items() if other != unit}
                    found.append(_said("removed", question, rest, unit, whole))
    return found


def added_phrases(questions: Sequence[Question]) -> list[Question]:
    """Each question of `single_units` at level C, and with a second phrase about the other half of the face."""
    found: list[Question] = []
    for question in questions:
        unit = question.about
        if unit is not None and question.named[unit] == PARTNER_LEVEL:
            partner = 12 if ACTION_UNITS[unit].region in UPPER else 1
            found.append(alone := _said("added", question, question.named, None, None))
            found.append(_said("added", question, {**question.named, partner: PARTNER_LEVEL}, partner, alone))
    return found


def _said(
    name: str, question: Question, named: Mapping[int, int | None], about: int | None, other: Question | None
) -> Question:
    """The first words of the tables in the order that is given, so that only the phrase makes a difference."""
    sentence = describe(Description(question.neutral.gender, None, named), "with", None)
    return Question(name, question.person, question.neutral, sentence, named, None, about, other)


def paraphrases(questions: Sequence[Question]) -> list[Question]:
    """The same said otherwise: another protocol, other synonyms, another order. One for each question."""
    found = []
    for place, question in enumerate(questions):
        protocol = tuple(PROTOCOLS)[place % len(PROTOCOLS)]
        emotion = question.truth.emotion if question.truth else None
        said = (describe(Description(question.neutral.gender, emotion, question.named), protocol, n) for n in count())
        sentence = next(words for words in said if words != question.sentence)
        found.append(replace(question, set="reworded", sentence=sentence, other=question, unseen=False))
    return found
