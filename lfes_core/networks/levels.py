"""The three sizes at which pictures are synthesized, compared and judged (Sec. 2.2)."""

from collections.abc import Sequence

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lfes_core.config import LEVEL_SIZES


def image_levels(image: Float[Tensor, "batch 3 256 256"]) -> tuple[Tensor, Tensor, Tensor]:
    """Return a picture at the size of each level, as I_i^n and I_t^n in Sec. 2.2.

    Returns:
        pictures of 64x64, 128x128 and 256x256 pixels, smaller ones by averaging squares of pixels.
    """
    sizes: Sequence[int] = LEVEL_SIZES
    first, second = (F.adaptive_avg_pool2d(image, size) for size in sizes[:2])
    return first, second, image
