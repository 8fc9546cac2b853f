"""Retrieval: does a picture find its sentence among a hundred, and a sentence its picture?

The measure of matching (Sec. 2.3) on people that training has not met. A question has one right answer or several:
answers with the same Action Units and intensities are equally right. R@1 is the share of questions whose
best-scored answer is right.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

GROUP_SIZE = 100
"""Answers to choose from, as in AttnGAN's R-precision."""


@dataclass(frozen=True)
class Recall:
    """R@1 in one direction: over all questions of all groups, and the standard deviation of the groups' values.

    Both in 0..1; the spread is NaN when there is only one group.
    """

    value: float
    spread: float

    def __str__(self) -> str:
        return f"{self.value:.3f}" + ("" if math.isnan(self.spread) else f" (spread {self.spread:.3f})")


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
        groups = f"{self.groups} group{'s' if self.groups > 1 else ''} of {self.group_size}"
        return (
            f"R@1 image -> sentence {self.image_to_sentence}, sentence -> image {self.sentence_to_image} "
            f"(chance {self.chance:.3f}), {groups}, n = {self.pairs}"
        )


def measure_retrieval(
    images: Float[Tensor, "pictures features"],
    sentences: Float[Tensor, "sentences features"],
    labels: Int[Tensor, " labels"],
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
        group_size: pairs in a group; with fewer pairs than that, all of them make one group.
        groups: how many groups to draw.
        seed: of the groups.

    Raises:
        ValueError: the three do not describe the same pairs, or there are none.
    """
    if not len(images) == len(sentences) == len(labels) > 0:
        raise ValueError(
            f"{len(images)} pictures, {len(sentences)} sentences and {len(labels)} labels: expected as many of each, "
            "and at least one"
        )
    members = draw_groups(len(labels), group_size, groups, seed)

    def recall(scores: Tensor) -> Recall:
        hits = [recall_at_1(scores[group][:, group], labels[group]).double() for group in members]
        means = torch.stack([hit.mean() for hit in hits])
        return Recall(float(torch.cat(hits).mean()), float(means.std()) if len(hits) > 1 else math.nan)

    scores = cosines(images, sentences)
    return Retrieval(
        image_to_sentence=recall(scores),
        sentence_to_image=recall(scores.T),
        chance=recall(torch.zeros_like(scores)).value,  # who has no idea scores all answers alike
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
