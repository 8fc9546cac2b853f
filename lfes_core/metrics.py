"""How close a picture is to the true one: SSIM and L1, over the whole picture and where the expression moves.

Most pixels of a target equal the neutral face, so **copy** (the neutral input returned unchanged) already has a
high SSIM. Every number here therefore comes in pairs: the model's and copy's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from skimage.filters import laplace
from skimage.metrics import structural_similarity
from torch import Tensor

Picture: TypeAlias = Float[np.ndarray, "height width 3"]
"""Colors in 0..1."""

Region: TypeAlias = Bool[np.ndarray, "height width"]

#: Arguments of `skimage.metrics.structural_similarity`: the Gaussian window of Wang et al. (2004), colors in 0..1. The
#: paper names SSIM [21] and no settings; these are ours.
SSIM_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {"data_range": 1.0, "channel_axis": -1, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
)

#: From colors to the lightness that edges are looked for in (ITU-R BT.601).
GRAY = np.array([0.299, 0.587, 0.114])

#: A pixel has moved when target and neutral differ by more than this share of the range (mean over colors).
MOVED_THRESHOLD = 0.03


@dataclass(frozen=True, kw_only=True)
class Closeness:
    """One picture beside its target: SSIM of the whole, SSIM and L1 inside the moved region.

    L1 is the mean difference of the colors as a share of their range. The moved values are nan where nothing moved.
    """

    ssim: float
    ssim_moved: float
    l1_moved: float


def to_unit_range(image: Float[Tensor, "3 height width"]) -> Picture:
    """A picture of the networks (-1..1, colors first) as float64 in 0..1, colors last; clamped."""
    array: NDArray[np.float64] = image.detach().cpu().double().clamp(-1, 1).permute(1, 2, 0).numpy()
    return (array + 1) / 2


def ssim_map(a: Picture, b: Picture) -> Float[np.ndarray, "height width"]:
    """Structural similarity at every pixel, mean over the three colors; pictures of 11 pixels or more."""
    _, full = structural_similarity(a, b, full=True, **SSIM_SETTINGS)  # type: ignore[no-untyped-call]
    per_pixel: NDArray[np.float64] = full.mean(axis=-1)
    return per_pixel


def ssim(a: Picture, b: Picture) -> float:
    """Structural similarity of two pictures by scikit-image with `SSIM_SETTINGS` (Table 1).

    scikit-image leaves a border of half a window (5 pixels) out of the mean.
    """
    return float(structural_similarity(a, b, **SSIM_SETTINGS))  # type: ignore[no-untyped-call]


def moved_region(neutral: Picture, target: Picture) -> Region:
    """Where the true picture differs from the neutral face by more than `MOVED_THRESHOLD` of the range."""
    moved: NDArray[np.bool_] = np.abs(target - neutral).mean(axis=-1) > MOVED_THRESHOLD
    return moved


def moved_region_ssim(image: Picture, target: Picture, moved: Region) -> float:
    """Mean of the SSIM map inside the moved region; nan where nothing moved."""
    return float(ssim_map(image, target)[moved].mean()) if moved.any() else float("nan")


def closeness(image: Picture, target: Picture, moved: Region) -> Closeness:
    """All figures of one picture (for copy the neutral face), with one pass of the window over it."""
    mean, full = structural_similarity(image, target, full=True, **SSIM_SETTINGS)  # type: ignore[no-untyped-call]
    return Closeness(
        ssim=float(mean),
        ssim_moved=float(full[moved].mean()) if moved.any() else float("nan"),
        l1_moved=float(np.abs(image - target)[moved].mean()) if moved.any() else float("nan"),
    )


def edge_energy(image: Picture, region: Region) -> float:
    """Energy of the edges inside a region: the sum of the squared Laplacian of the gray picture.

    Divided by that of the true picture it is the sharpness: below 1 blurred, above 1 too crisp.
    """
    return float((laplace(image @ GRAY)[region] ** 2).sum())  # type: ignore[no-untyped-call]


def frechet_distance(a: Float[np.ndarray, "n features"], b: Float[np.ndarray, "m features"]) -> float:
    """|mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), with the covariances of two samples or more (n - 1).

    On the features of the project's own VSE it is not the FID (Heusel et al., 2017), it shrinks as the sets grow, and
    it favors a generator that was trained to please the same VSE (chapter 12).

    With S_a = A^T A and S_b = B^T B the trace of the root is the sum of the singular values of A B^T: no eigenvalue is
    lost in rounding, and the distance of a set to itself is 0. nan where a feature is not finite.
    """
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("nan")
    first, second = (np.linalg.qr(one - one.mean(axis=0), mode="r") / np.sqrt(len(one) - 1) for one in (a, b))
    means = a.mean(axis=0) - b.mean(axis=0)
    cross = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    return max(0.0, float(means @ means + (first**2).sum() + (second**2).sum() - 2 * cross))
