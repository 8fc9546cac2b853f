"""The Frechet distance of two sets of pictures, on the features of the project's own VSE. It is not the FID.

FID (Heusel et al., 2017) is this distance on the features of one published Inception network; with other features
it is another number, so it has another name here and must not be compared with published ones. Two cautions: it
shrinks as the sets grow, so n stands beside it, and the generator of the whole method was trained to please the
same VSE (L_LVM), so it favors that row over the one without matching.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

Pictures = Sequence[UInt8[np.ndarray, "256 256 3"]]
Features = Callable[[Pictures], Tensor]
"""From pictures to one vector each, as `lfes_core.retrieval.Matcher.images` gives them."""


class DistanceToTruth:
    """How far the answers are from the true pictures, as two sets: which answer belongs to which is not asked.

    Args:
        features: turns pictures into vectors.
        true: the true pictures of all questions.
    """

    def __init__(self, features: Features, true: Pictures) -> None:
        self.features = features
        self.true = _vectors(features, true)

    def __call__(self, pictures: Pictures) -> dict[str, Any]:
        """The distance, and the number of pictures in each set."""
        value = frechet_distance(_vectors(self.features, pictures), self.true)
        return {"value": round(value, 4), "n": len(self.true)}


def _vectors(features: Features, pictures: Pictures) -> Float[np.ndarray, "n features"]:
    return features(pictures).double().numpy()


def frechet_distance(a: Float[np.ndarray, "n features"], b: Float[np.ndarray, "m features"]) -> float:
    """|mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), with the covariances of the samples (n - 1).

    (S_a S_b)^(1/2) has the trace of the root of the symmetric S_a^(1/2) S_b S_a^(1/2), which needs no complex numbers.
    """
    first, second = (np.atleast_2d(np.cov(features, rowvar=False)) for features in (a, b))
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    means = a.mean(axis=0) - b.mean(axis=0)
    return float(means @ means + np.trace(first) + np.trace(second) - 2 * cross)
