"""Retrieval: does a picture find its sentence among a hundred, and a sentence its picture?

The measure of matching (Sec. 2.3) on people that training has not met. A question has one right answer or several:
answers with the same Action Units and intensities are equally right. R@1 is the share of questions whose
best-scored answer is right.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

GROUP_SIZE = 100
"""Answers to choose from, as in AttnGAN's R-precision."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """R@1 in one direction, all numbers in 0..1.

    Attributes:
        value: over all questions of all groups.
        spread: standard deviation of the groups' values; NaN when there is only one group.
        by_subject: for each person the value over the questions about that person.
    """

    value: float
    spread: float
    by_subject: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """Both directions, and what a reader needs to judge them.

    Attributes:
        image_to_sentence: a picture asks for its sentence.
        sentence_to_image: a sentence asks for its picture.
        chance: R@1 of guessing in the same groups; more than one in a hundred where several answers are right.
        pairs: those that the groups are drawn from, by ``seed``.
        groups: how many.
        group_size: answers to choose from.
    """

    image_to_sentence: Recall
    sentence_to_image: Recall
    chance: float
    pairs: int
    groups: int
    group_size: int
    seed: int

    def in_words(self) -> str:
        """One line with both values, their spread, chance beside them, and n."""
        there, back = self.image_to_sentence, self.sentence_to_image
        groups = f"{self.groups} group{'s' if self.groups > 1 else ''} of {self.group_size}"
        return (
            f"R@1 image -> sentence {_with_spread(there)}, sentence -> image {_with_spread(back)} "
            f"(chance {self.chance:.3f}), {groups}, n = {self.pairs}"
        )


def measure_retrieval(
    images: Float[Tensor, "pictures features"],
    sentences: Float[Tensor, "sentences features"],
    labels: Int[Tensor, " labels"],
    subjects: Sequence[str],
    *,
    group_size: int = GROUP_SIZE,
    groups: int = 20,
    seed: int = 0,
) -> Retrieval:
    """R@1 in groups of pairs, in both directions.

    Args:
        images: f_s of each pair's picture.
        sentences: the sentence vector of each pair.
        labels: equal for pairs with the same Action Units and intensities.
        subjects: who is in each picture.
        group_size: pairs in a group; with fewer pairs than that, all of them make one group.
        groups: how many groups to draw.
        seed: of the groups.

    Raises:
        ValueError: the four do not describe the same pairs, or there are none.
    """
    if not len(images) == len(sentences) == len(labels) == len(subjects) > 0:
        raise ValueError(
            f"{len(images)} pictures, {len(sentences)} sentences, {len(labels)} labels and {len(subjects)} "
            "subjects: expected as many of each, and at least one"
        )
    members = draw_groups(len(labels), group_size, groups, seed)
    scores = cosines(images, sentences)
    there = [recall_at_1(scores[group][:, group], labels[group]) for group in members]
    back = [recall_at_1(scores.T[group][:, group], labels[group]) for group in members]
    # Who has no idea scores all answers alike.
    guessed = [recall_at_1(torch.zeros(len(group), len(group)), labels[group]) for group in members]
    names = [subjects[index] for group in members for index in group.tolist()]
    return Retrieval(
        image_to_sentence=_recall(there, names),
        sentence_to_image=_recall(back, names),
        chance=float(torch.cat(guessed).double().mean()),
        pairs=len(labels),
        groups=len(members),
        group_size=len(members[0]),
        seed=seed,
    )


def cosines(
    images: Float[Tensor, "pictures features"], sentences: Float[Tensor, "sentences features"]
) -> Float[Tensor, "pictures sentences"]:
    """The cosine of every picture's f_s with every sentence vector, in -1..1."""
    return F.normalize(images.float(), dim=1) @ F.normalize(sentences.float(), dim=1).T


def draw_groups(pairs: int, size: int, groups: int, seed: int) -> list[Int[Tensor, " size"]]:
    """Numbers of pairs in groups: shuffle, cut into whole groups, and shuffle again when they are used up.

    No pair is twice in a group. With no more pairs than ``size`` every group would be the same, so there is one.
    """
    if pairs <= size:
        return [torch.arange(pairs)]
    generator = torch.Generator().manual_seed(seed)
    found: list[Tensor] = []
    while len(found) < groups:
        order = torch.randperm(pairs, generator=generator)
        found += order[: pairs // size * size].view(-1, size)
    return found[:groups]


def recall_at_1(
    scores: Float[Tensor, "group group"], labels: Int[Tensor, " group"]
) -> Float[Tensor, " group"]:
    """Whether each question's best-scored answer is right: 1 or 0.

    Where several answers share the best score, one of them is taken blindly, and the question counts the
    probability that it is right. A score that is not a number is below all others.

    Args:
        scores: questions in rows, answers in columns; question i belongs to answer i.
        labels: answers with the label of the question are right.
    """
    right = labels[:, None] == labels[None, :]
    scores = scores.masked_fill(scores.isnan(), -math.inf)
    best = scores == scores.amax(dim=1, keepdim=True)
    return (best & right).sum(dim=1) / best.sum(dim=1)


def share_of_variance(vectors: Float[Tensor, "n features"], groups: Sequence[object]) -> float:
    """How much of the vectors' variance is the difference between groups.

    The variance of the groups' means over the variance of all vectors, each summed over the features (eta squared):
    1 if the members of a group are alike, 0 if all groups have the same mean. Chance gives about
    (groups - 1) / (n - 1). NaN if all vectors are equal.

    Args:
        vectors: for example sentence vectors.
        groups: for each vector the group it is in, for example "woman" or "man".
    """
    centered = vectors.double() - vectors.double().mean(dim=0)
    between = torch.zeros((), dtype=torch.float64)
    for name in dict.fromkeys(groups):
        members = centered[torch.tensor([group == name for group in groups])]
        between += len(members) * members.mean(dim=0).square().sum()
    return float(between / centered.square().sum())


def _recall(hits: Sequence[Float[Tensor, " group"]], subjects: Sequence[str]) -> Recall:
    """Puts the groups together; ``subjects`` names the person of each question, group after group."""
    every = torch.cat(list(hits)).double()
    means = torch.stack([group.double().mean() for group in hits])
    return Recall(
        value=float(every.mean()),
        spread=float(means.std()) if len(hits) > 1 else math.nan,
        by_subject={
            name: float(every[torch.tensor([subject == name for subject in subjects])].mean())
            for name in sorted(set(subjects))
        },
    )


def _with_spread(recall: Recall) -> str:
    spread = "" if math.isnan(recall.spread) else f" (spread {recall.spread:.3f})"
    return f"{recall.value:.3f}{spread}"
