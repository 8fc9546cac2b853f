"""What storing VSE in a few bits costs: retrieval and features, before and after, on held-out pairs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lfes_core.datasets import ExpressionPairs
from lfes_core.encoders import LanguageVisualSemanticNetwork, Retrieval, measure_retrieval
from lfes_core.weights import BITS, MATCHING, save

_PART = 16


@dataclass(frozen=True, kw_only=True)
class MatchingQuality:
    """Retrieval in the run's full precision and as shipped, and how alike the features f_s are.

    `cosines` compares the two features of each picture, after the mean over all pictures is taken off: the part
    that they share would hide what was lost.
    """

    before: Retrieval
    after: Retrieval
    cosines: Tensor
    people: tuple[str, ...]


def compare_and_save(
    matcher: LanguageVisualSemanticNetwork,
    pairs: ExpressionPairs,
    target: Path,
    progress: Callable[[Iterable[Any], str, int], Iterable[Any]],
) -> MatchingQuality:
    """Writes the encoders in the package's form and measures both forms."""
    labels, people = torch.tensor(pairs.labels), [frame.subject for frame in pairs.frames]

    def measure(encoders: LanguageVisualSemanticNetwork, text: str) -> tuple[Tensor, Retrieval]:
        sentences = encoders.sentences([pairs.sentence(index) for index in range(len(pairs))])
        seen = []
        for first in progress(range(0, len(pairs), _PART), text, (len(pairs) + _PART - 1) // _PART):
            seen.append(
                encoders.images([pairs.dataset.face(frame) for frame in pairs.frames[first : first + _PART]])
            )
        f_s = torch.cat(seen)
        return f_s, measure_retrieval(f_s, sentences, labels, seed=pairs.seed)

    full, before = measure(matcher, "full precision")
    save(
        target,
        MATCHING,
        matcher.state_dict(),
        matcher.config,
        matcher.vocabulary,
        matcher.facts,
        bits=BITS,
    )
    shipped, after = measure(LanguageVisualSemanticNetwork.load(target), "as shipped")
    return MatchingQuality(
        before=before,
        after=after,
        cosines=torch.cosine_similarity(full - full.mean(0), shipped - shipped.mean(0), dim=1),
        people=tuple(sorted(set(people))),
    )
