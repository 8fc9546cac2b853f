"""What matching has learned, on fixed held-out pairs: retrieval, and how far sentences differ by gender alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

from lfes_core.datasets.pairs import ExpressionPairs, collate
from lfes_core.retrieval import Retrieval, measure_retrieval, share_of_variance
from lfes_core.training.held_out import Network

#: Pairs to measure on, spread evenly over the held-out part.
PAIRS = 400

_PART = 25


@dataclass(frozen=True, kw_only=True)
class HeldOutMatching:
    """What the encoders know about people they have not met.

    Attributes:
        retrieval: R@1 in both directions.
        gender_share: how much of the sentence vectors' variance is the subject ("a woman", "a man"), 0..1. Near 1
            the encoders tell women from men and read nothing else.
    """

    retrieval: Retrieval
    gender_share: float

    def row(self) -> dict[str, float | int]:
        """The columns of the metrics file."""
        return {
            "r1_image_to_sentence": self.retrieval.image_to_sentence.value,
            "r1_sentence_to_image": self.retrieval.sentence_to_image.value,
            "r1_chance": self.retrieval.chance,
            "gender_share": self.gender_share,
            "pairs": self.retrieval.pairs,
        }

    def facts(self) -> dict[str, Any]:
        """The same with the spread over the groups and how they were drawn, for the header of the weights."""
        found = self.retrieval
        return self.row() | {
            "r1_image_to_sentence_spread": _known(found.image_to_sentence.spread),
            "r1_sentence_to_image_spread": _known(found.sentence_to_image.spread),
            "groups": found.groups,
            "group_size": found.group_size,
            "group_seed": found.seed,
        }

    def in_words(self) -> str:
        """One line for the log."""
        return (
            f"held-out retrieval: {self.retrieval.in_words()}; woman or man is {self.gender_share:.0%} of the "
            "variance of sentence vectors"
        )


@torch.no_grad()
def measure_matching(fabric: Fabric, encoders: Network, pairs: ExpressionPairs) -> HeldOutMatching:
    """Looks at the held-out pairs, the same ones whenever it is called; nothing random is drawn.

    Args:
        fabric: device and precision.
        encoders: LSE and VSE behind one call, in evaluation mode.
        pairs: the test part of a dataset.
    """
    chosen = np.linspace(0, len(pairs) - 1, min(PAIRS, len(pairs))).round().astype(int).tolist()
    images, sentences, labels, genders = [], [], [], []
    for start in range(0, len(chosen), _PART):
        batch = collate([pairs[index] for index in chosen[start : start + _PART]])
        target, tokens, lengths = (fabric.to_device(x) for x in (batch.target, batch.tokens, batch.lengths))
        with fabric.autocast():
            language, visual = encoders(target, tokens, lengths)
        images.append(visual.image.float().cpu())
        sentences.append(language.sentence.float().cpu())
        labels.append(batch.labels)
        genders += [description.subject for description in batch.descriptions]
    vectors = torch.cat(sentences)
    return HeldOutMatching(
        retrieval=measure_retrieval(
            torch.cat(images),
            vectors,
            torch.cat(labels),
            [pairs.frames[index].subject for index in chosen],
        ),
        gender_share=share_of_variance(vectors, genders),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
