"""Retrieval: does a picture find its sentence among a hundred, and a sentence its picture?

The measure of matching (Sec. 2.3) on people that training has not met. A question has one right answer or several:
answers with the same Action Units and intensities are equally right. R@1 is the share of questions whose
best-scored answer is right.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from lfes_core.config import FEATURES, Config
from lfes_core.images import ImageSource, read_image, square, to_tensor
from lfes_core.networks.language_semantic_encoder import LanguageSemanticEncoder
from lfes_core.networks.visual_semantic_encoder import VisualSemanticEncoder
from lfes_core.sentences import Vocabulary, understand
from lfes_core.weights import load_matching

GROUP_SIZE = 100
"""Answers to choose from, as in AttnGAN's R-precision."""

_AT_ONCE = 32


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


class Matcher:
    """Both encoders as matching left them: pictures and sentences become vectors of one space. Use `Matcher.load`."""

    def __init__(
        self, config: Config, vocabulary: Vocabulary, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Builds the networks with random weights, in evaluation mode."""
        self.config = config
        self.vocabulary = vocabulary
        self.facts = dict(facts or {})
        self.language_semantic_encoder = LanguageSemanticEncoder(config.networks.language, len(vocabulary))
        # The weights that a matcher loads replace all that Inception could start from.
        self.visual_semantic_encoder = VisualSemanticEncoder(
            replace(config.networks.visual, pretrained=False)
        )
        for network in self.networks.values():
            network.eval().requires_grad_(False)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """LSE and VSE by the names under which `lfes_core.weights` stores them."""
        return {
            "language_semantic_encoder": self.language_semantic_encoder,
            "visual_semantic_encoder": self.visual_semantic_encoder,
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, device: str = "cpu") -> "Matcher":
        """Loads trained encoders.

        Args:
            path: a run folder, or its ``matching.safetensors``; the encoders of the package when not given.
            device: where to compute, as PyTorch names it.

        Raises:
            UserError: there are none, or the file is damaged, of another kind, or of other networks.
        """
        stored = load_matching(path)
        matcher = cls(stored.config, stored.vocabulary, stored.facts)
        stored.load_into(matcher.networks)
        for network in matcher.networks.values():
            network.to(device)
        return matcher

    @torch.no_grad()
    def images(
        self, pictures: Sequence[ImageSource] | Float[Tensor, "pictures 3 height width"]
    ) -> Float[Tensor, "pictures 512"]:
        """f_s of each picture, on the CPU.

        Args:
            pictures: paths, Pillow images or arrays, of which the middle square is used; or a tensor in -1..1.

        Raises:
            UserError: one of them is no picture.
        """
        device = next(self.visual_semantic_encoder.parameters()).device
        found = []
        for start in range(0, len(pictures), _AT_ONCE):
            part = pictures[start : start + _AT_ONCE]
            if not isinstance(part, Tensor):
                part = torch.stack([to_tensor(square(read_image(picture))) for picture in part])
            found.append(self.visual_semantic_encoder(part.to(device)).image.cpu())
        return torch.cat(found) if found else torch.zeros(0, FEATURES)

    @torch.no_grad()
    def sentences(self, sentences: Sequence[str]) -> Float[Tensor, "sentences 512"]:
        """The sentence vector of each sentence, on the CPU.

        Raises:
            UserError: a sentence is empty, unknown or of another grammar.
        """
        device = next(self.language_semantic_encoder.parameters()).device
        found = []
        for start in range(0, len(sentences), _AT_ONCE):
            numbers = [
                torch.tensor(self.vocabulary.encode(understand(sentence, self.vocabulary).sentence))
                for sentence in sentences[start : start + _AT_ONCE]
            ]
            tokens = pad_sequence(numbers, batch_first=True).to(device)
            lengths = torch.tensor([len(one) for one in numbers])
            found.append(self.language_semantic_encoder(tokens, lengths).sentence.cpu())
        return torch.cat(found) if found else torch.zeros(0, FEATURES)

    def scores(
        self,
        pictures: Sequence[ImageSource] | Float[Tensor, "pictures 3 height width"],
        sentences: Sequence[str],
    ) -> Float[Tensor, "pictures sentences"]:
        """The cosine of every picture's f_s with every sentence vector: the higher, the better they match."""
        return cosines(self.images(pictures), self.sentences(sentences))
