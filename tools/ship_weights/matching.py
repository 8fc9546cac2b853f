"""What storing VSE in a few bits costs: retrieval and features, before and after, on held-out pairs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lfes_core.datasets import ExpressionPairs
from lfes_core.datasets.pairs import collate
from lfes_core.retrieval import Retrieval, measure_retrieval
from lfes_core.training.matching import LanguageVisualSemanticNetwork
from lfes_core.weights import StoredMatching, load_matching, save_matching

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
    stored: StoredMatching,
    pairs: ExpressionPairs,
    target: Path,
    progress: Callable[[Iterable[Any], str, int], Iterable[Any]],
) -> tuple[list[Path], MatchingQuality]:
    """Writes the encoders in the package's form and measures both forms."""
    encoders = LanguageVisualSemanticNetwork(stored.config.networks, len(stored.vocabulary)).eval()
    networks = dict(encoders.named_children())
    stored.load_into(networks)
    f_s, sentences = _features(encoders, pairs, progress, "full precision")
    files = save_matching(target, networks, stored.config, stored.vocabulary, stored.facts)
    load_matching(target).load_into(networks)
    shipped_f_s, shipped_sentences = _features(encoders, pairs, progress, "as shipped")
    labels, people = torch.tensor(pairs.labels), [frame.subject for frame in pairs.frames]
    return files, MatchingQuality(
        before=measure_retrieval(f_s, sentences, labels, people, seed=pairs.seed),
        after=measure_retrieval(shipped_f_s, shipped_sentences, labels, people, seed=pairs.seed),
        cosines=torch.cosine_similarity(f_s - f_s.mean(0), shipped_f_s - shipped_f_s.mean(0), dim=1),
        people=tuple(sorted(set(people))),
    )


@torch.no_grad()
def _features(
    encoders: LanguageVisualSemanticNetwork,
    pairs: ExpressionPairs,
    progress: Callable[[Iterable[Any], str, int], Iterable[Any]],
    text: str,
) -> tuple[Tensor, Tensor]:
    """f_s of all targets [pairs 512], and the vectors of their sentences [pairs 512]."""
    seen, read = [], []
    for first in progress(range(0, len(pairs), _PART), text, (len(pairs) + _PART - 1) // _PART):
        batch = collate([pairs[index] for index in range(first, min(first + _PART, len(pairs)))])
        language, visual = encoders(batch.target, batch.tokens, batch.lengths)
        seen.append(visual.image)
        read.append(language.sentence)
    return torch.cat(seen), torch.cat(read)
