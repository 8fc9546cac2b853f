"""The lower half of Fig. 2: both encoders together, trained by matching, then frozen, and used to compare.

Retrieval is the measure of matching (Sec. 2.3) on people that training has not met: does a picture find its sentence
among a hundred, and a sentence its picture? A question has one right answer or several: answers with the same Action
Units and intensities are equally right. R@1 is the share of questions whose best-scored answer is right.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from lfes_core import shipped, weights
from lfes_core.config import FEATURES, Config
from lfes_core.images import ImageSource, read_image, square, to_tensor
from lfes_core.networks.action_unit_encoder import language_encoder
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualFeatures, VisualSemanticEncoder
from lfes_core.sentences import Vocabulary, understand

_AT_ONCE = 32


class LanguageVisualSemanticNetwork(nn.Module):
    """LVSN: LSE and VSE, which bring sentences and pictures into one space (Sec. 2.1); `load` gives trained ones."""

    def __init__(self, config: Config, vocabulary: Vocabulary, facts: Mapping[str, Any] | None = None) -> None:
        """Builds both networks with random weights; Inception with ImageNet's where the configuration says so."""
        super().__init__()
        self.config = config
        self.vocabulary = vocabulary
        self.facts = dict(facts or {})
        self.language_semantic_encoder = language_encoder(config.networks.language, len(vocabulary))
        self.visual_semantic_encoder = VisualSemanticEncoder(config.networks.visual)

    @classmethod
    def load(cls, name: str | os.PathLike[str] | None = None, device: str = "cpu") -> "LanguageVisualSemanticNetwork":
        """Loads trained encoders, in evaluation mode, onto a device as PyTorch names it.

        They are those of a run folder, or of its ``matching.safetensors``; those of the package when not given.
        UserError: there are none, or the file is damaged, of another kind, or of other networks; or no such device.
        """
        stored = weights.load(shipped.matching_file(name), weights.MATCHING)
        config = stored.config.overridden({"networks.visual.pretrained": False})  # the file has ImageNet's weights, too
        network = stored.built(lambda: cls(config, stored.vocabulary, stored.facts), device)
        network.config = stored.config
        return network.eval().requires_grad_(False)

    def forward(
        self,
        images: Float[Tensor, "batch 3 height width"],
        tokens: Int[Tensor, "batch words"],
        lengths: Int[Tensor, " batch"],
    ) -> tuple[LanguageFeatures, VisualFeatures]:
        """Read the sentences and look at the pictures, in one call, as several processes need it."""
        return self.language_semantic_encoder(tokens, lengths), self.visual_semantic_encoder(images)

    @torch.no_grad()
    def images(
        self, pictures: Sequence[ImageSource] | Float[Tensor, "pictures 3 height width"]
    ) -> Float[Tensor, "pictures 512"]:
        """f_s of each picture, on the CPU. UserError: one of them is no picture.

        They are paths, Pillow images or arrays, of which the middle square is used; or one tensor in -1..1.
        """
        device = next(self.visual_semantic_encoder.parameters()).device
        found = [torch.zeros(0, FEATURES)]
        for start in range(0, len(pictures), _AT_ONCE):
            part = pictures[start : start + _AT_ONCE]
            if not isinstance(part, Tensor):
                part = torch.stack([to_tensor(square(read_image(picture))) for picture in part])
            found.append(self.visual_semantic_encoder(part.to(device)).image.cpu())
        return torch.cat(found)

    @torch.no_grad()
    def sentences(self, sentences: Sequence[str]) -> Float[Tensor, "sentences 512"]:
        """The sentence vector of each, on the CPU. UserError: a sentence is empty, unknown or of another grammar."""
        device = next(self.visual_semantic_encoder.parameters()).device
        found = [torch.zeros(0, FEATURES)]
        for start in range(0, len(sentences), _AT_ONCE):
            numbers = [
                torch.tensor(self.vocabulary.encode(understand(sentence, self.vocabulary.grammar).sentence))
                for sentence in sentences[start : start + _AT_ONCE]
            ]
            tokens = pad_sequence(numbers, batch_first=True).to(device)
            lengths = torch.tensor([len(one) for one in numbers])
            found.append(self.language_semantic_encoder(tokens, lengths).sentence.cpu())
        return torch.cat(found)

    def scores(
        self, pictures: Sequence[ImageSource] | Float[Tensor, "pictures 3 height width"], sentences: Sequence[str]
    ) -> Float[Tensor, "pictures sentences"]:
        """The cosine of every picture's f_s with every sentence vector: the higher, the better they match."""
        return cosines(self.images(pictures), self.sentences(sentences))


GROUP_SIZE = 100
"""Answers to choose from, as in AttnGAN's R-precision."""


@dataclass(frozen=True)
class Recall:
    """R@1 in one direction, 0..1."""

    value: float  # over all questions of all groups
    spread: float  # standard deviation of the groups' values; NaN when there is only one

    def __str__(self) -> str:
        return f"{self.value:.3f}" + ("" if math.isnan(self.spread) else f" (spread {self.spread:.3f})")


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """Both directions, and what a reader needs to judge them."""

    image_to_sentence: Recall  # a picture asks for its sentence
    sentence_to_image: Recall
    chance: float  # R@1 of guessing in the same groups; more than one in a hundred where several answers are right
    pairs: int  # those that the groups are drawn from, by `seed`
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
    images: Float[Tensor, "pairs features"],
    sentences: Float[Tensor, "pairs features"],
    labels: Int[Tensor, " pairs"],
    *,
    group_size: int = GROUP_SIZE,
    groups: int = 20,
    seed: int = 0,
) -> Retrieval:
    """R@1 in groups of pairs, in both directions.

    A pair has a picture's f_s, a sentence vector and a label, equal for pairs with the same Action Units and
    intensities. With fewer pairs than ``group_size``, all of them make one group.
    """
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


def recall_at_1(scores: Float[Tensor, "group group"], labels: Int[Tensor, " group"]) -> Float[Tensor, " group"]:
    """Whether each question's best-scored answer is right: 1 or 0.

    Where several answers share the best score, one of them is taken blindly, and the question counts the probability
    that it is right. A score that is not a number is below all others.

    Args:
        scores: questions in rows, answers in columns; question i belongs to answer i.
        labels: answers with the label of the question are right.
    """
    right = labels[:, None] == labels[None, :]
    scores = scores.masked_fill(scores.isnan(), -math.inf)
    best = scores == scores.amax(dim=1, keepdim=True)
    return (best & right).sum(dim=1) / best.sum(dim=1)


def share_of_variance(vectors: Float[Tensor, "n features"], groups: Sequence[object]) -> float:
    """How much of the vectors' variance is the difference between groups, of which each vector is in one.

    The variance of the groups' means over the variance of all vectors, each summed over the features (eta squared): 1
    if the members of a group are alike, 0 if all groups have the same mean. Chance gives about (groups - 1) / (n - 1).
    NaN if all vectors are equal.
    """
    centered = vectors.double() - vectors.double().mean(dim=0)
    between = torch.zeros((), dtype=torch.float64)
    for name in dict.fromkeys(groups):
        members = centered[torch.tensor([group == name for group in groups])]
        between += len(members) * members.mean(dim=0).square().sum()
    return float(between / centered.square().sum())
