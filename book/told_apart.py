"""How far apart LSE puts sentences of different Action Units: what it confuses no synthesizer can tell apart.

``book/runs/NAME/told_apart.csv`` is this for the encoders of a run (`LanguageVisualSemanticNetwork.load`).
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from lfes_core.config import FEATURES
from lfes_core.evaluation.questions import UNITS
from lfes_core.networks.language_semantic_encoder import LanguageSemanticEncoder
from lfes_core.sentences import Description, Vocabulary, describe

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

DRAWS = 8
"""Sentences for one Action Unit, with synonyms drawn anew; half of them in either protocol."""

PROTOCOLS = ("possessive", "with")
STRONGEST = 5


class ToldApart(NamedTuple):
    """Where the sentences of one Action Unit lie among the others.

    distance: from their mean to the nearest mean of another unit. other: that unit. wording: how far
    the sentences lie from their own mean. Both distances are between sentence vectors as conditioning
    augmentation reads them: mean 0 and variance 1 over 512 numbers, so that each is sqrt(512) = 22.6 long.
    """

    distance: float
    other: int
    wording: float


@torch.no_grad()
def told_apart(
    encoder: LanguageSemanticEncoder,
    vocabulary: Vocabulary,
    units: Sequence[int] = UNITS,
) -> dict[int, ToldApart]:
    """Compare sentences that name one Action Unit at its strongest, about a woman.

    Args:
        encoder: LSE, trained.
        vocabulary: of its words.
        units: two or more Action Units; each is compared with all others.
    """
    vectors = {unit: _vectors(encoder, vocabulary, unit) for unit in units}
    means = {unit: one.mean(dim=0) for unit, one in vectors.items()}
    found = {}
    for unit, mean in means.items():
        others = {
            other: float((mean - theirs).norm())
            for other, theirs in means.items()
            if other != unit
        }
        nearest = min(others, key=lambda other: others[other])
        wording = float((vectors[unit] - mean).norm(dim=1).mean())
        found[unit] = ToldApart(
            distance=others[nearest], other=nearest, wording=wording
        )
    return found


def _vectors(
    encoder: LanguageSemanticEncoder, vocabulary: Vocabulary, unit: int
) -> Float[Tensor, "draws 512"]:
    description = Description(subject="woman", action_units={unit: STRONGEST})
    vectors = []
    for draw in range(DRAWS):
        sentence = describe(
            description,
            PROTOCOLS[draw % len(PROTOCOLS)],
            random.Random(f"{unit}/{draw}"),
        )
        tokens = torch.tensor([vocabulary.encode(sentence)])
        vectors.append(encoder(tokens, torch.tensor([tokens.shape[1]])).sentence[0])
    return F.layer_norm(torch.stack(vectors), (FEATURES,))
