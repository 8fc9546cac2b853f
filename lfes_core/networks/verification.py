"""What the five discriminators share (Sec. 2.2): a convolutional encoder and two judgments."""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, DiscriminatorConfig
from lfes_core.networks.blocks import convolution, halving


class Verdict(NamedTuple):
    """Two judgments of each picture as logits, each [batch]: positive means "true".

    unconditional: is it a true picture?
    conditional: is it a true picture that fits the sentence?
    """

    unconditional: Tensor
    conditional: Tensor


class ImageEncoder(nn.Module):
    """Halve a picture until it is 4x4.

    No normalization: true and synthesized pictures may share a batch without touching each other.
    """

    def __init__(self, config: DiscriminatorConfig, image_size: int) -> None:
        super().__init__()
        halvings = int(math.log2(image_size // 4))
        widths = [3, *(min(config.base * 2**index, config.maximum) for index in range(halvings))]
        layers: list[nn.Module] = []
        for pair in pairwise(widths):
            layers += [halving(*pair), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.channels = widths[-1]

    def forward(self, image: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch c 4 4"]:
        """Return the features of pictures with values in [-1, 1]."""
        features: Tensor = self.layers(image)
        return features


class VerificationHeads(nn.Module):
    """The unconditional and the conditional judgment of 4x4 features (the two braces of Eq. 2 and 3)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.unconditional = nn.Conv2d(channels, 1, kernel_size=4)
        self.joint = nn.Sequential(
            convolution(channels + FEATURES, channels, 3), nn.LeakyReLU(0.2, inplace=True)
        )
        self.conditional = nn.Conv2d(channels, 1, kernel_size=4)

    def forward(
        self, features: Float[Tensor, "batch c 4 4"], condition: Float[Tensor, "batch 512"]
    ) -> Verdict:
        """Judge features alone, and with the sentence's w-hat_N.

        The condition is detached: neither the discriminators' loss nor the generator's may bend the
        condition itself.
        """
        tiled = condition.detach().to(features.dtype)[:, :, None, None].expand(-1, -1, 4, 4)
        joint = self.joint(torch.cat((features, tiled), dim=1))
        # c x 4 x 4
        return Verdict(
            unconditional=self.unconditional(features).flatten(),
            conditional=self.conditional(joint).flatten(),
        )
