"""The three sizes at which pictures are synthesized, compared and judged (Sec. 2.2)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lfes_core.config import IMAGE_SIZE, LEVEL_SIZES


def image_levels(image: Float[Tensor, "batch 3 256 256"]) -> tuple[Tensor, Tensor, Tensor]:
    """Return a picture at the size of each level, as I_i^n and I_t^n in Sec. 2.2.

    Returns:
        the picture at 64x64 and 128x128 pixels, made by averaging squares of pixels, and as it is.
    """
    small, middle, _ = LEVEL_SIZES
    return F.avg_pool2d(image, IMAGE_SIZE // small), F.avg_pool2d(image, IMAGE_SIZE // middle), image
