"""All questions of one evaluation, put together once and asked of every row."""

from dataclasses import dataclass
from typing import TypeGuard

from lfes_core.datasets import FaceDataset, ScanFaces, split
from lfes_core.evaluation.questions import (
    Exchange,
    Question,
    added_phrases,
    adverb_exchanges,
    held_out_pairs,
    paraphrases,
    removed_phrases,
    single_units,
)
from lfes_core.evaluation.word_control import unseen

Exchanges = tuple[list[Question], list[Exchange]]

WHY_NO_WORDS = (
    "direction, ICC, leakage, locality and attention need the true picture of each word and a map of where it moves "
    "the face; only ScanFaces has them, photographs do not"
)
"""Why columns are empty where `has_regions` says no."""


@dataclass(frozen=True)
class Asked:
    """The sets of questions.

    Attributes:
        held_out: every held-out pair.
        adverbs: each Action Unit at each level, and all pairs of levels.
        removed: sentences of several phrases, and the same with one crossed out.
        added: sentences of one phrase, and the same with a second one.
        several: places in `held_out` whose sentence names two Action Units or more.
        reworded: the same descriptions in other words, one for each of `several`.
        unseen: places in `held_out` of combinations that no training person shows.

    All but `held_out` are empty for photographs, which have no true picture for each word.
    """

    held_out: list[Question]
    adverbs: Exchanges
    removed: Exchanges
    added: Exchanges
    several: list[int]
    reworded: list[Question]
    unseen: list[int]

    def drawings(self, *, attention: bool) -> int:
        """How many pictures a model draws; those whose attention is read are drawn a second time."""
        sets = (self.held_out, self.adverbs[0], self.removed[0], self.added[0], self.reworded)
        return sum(map(len, sets)) + (len(self.added[0]) if attention else 0)


def ask(dataset: FaceDataset, quick: bool = False) -> Asked:
    """Put all questions together."""
    held_out = held_out_pairs(dataset, quick)
    nothing: Exchanges = ([], [])
    if not has_regions(dataset):
        return Asked(held_out, nothing, nothing, nothing, [], [], [])
    singles = single_units(dataset, quick)
    several = [place for place, question in enumerate(held_out) if len(question.named) > 1]
    seen = [frame.description.action_units for frame in split(dataset, "train")]
    return Asked(
        held_out=held_out,
        adverbs=(singles, adverb_exchanges(singles)),
        removed=removed_phrases([held_out[place] for place in several]),
        added=added_phrases(singles),
        several=several,
        reworded=paraphrases([held_out[place] for place in several]),
        unseen=unseen(held_out, seen),
    )


def has_regions(dataset: FaceDataset) -> TypeGuard[ScanFaces]:
    """Whether there is a true picture for each word, and a map of where it moves the face: in ScanFaces."""
    return isinstance(dataset, ScanFaces) and any("Regions/" in name for name in dataset.tree.names())
