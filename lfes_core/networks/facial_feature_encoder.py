"""Facial Feature Encoder, FFE (Fig. 2 top, Sec. 2.2): the neutral face I_i becomes f_f."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import FacialConfig
from lfes_core.networks.blocks import halving, normalization


class FacialFeatureEncoder(nn.Module):
    """Seven halvings from 256x256 pixels to 2x2 places of 512 numbers.

    The paper gives input and output only; 4x4 convolutions of stride 2, group normalization and leaky ReLU are ours.
    The last stage has neither normalization nor ReLU, so f_f may take any value.
    """

    def __init__(self, config: FacialConfig) -> None:
        super().__init__()
        *inner, last = config.channels
        stages: list[nn.Module] = []
        for index, (before, width) in enumerate(pairwise((3, *inner))):
            # the picture itself is not normalized
            normalize = normalization(width) if index else nn.Identity()
            convolve = halving(before, width, bias=index == 0)
            stages.append(nn.Sequential(convolve, normalize, nn.LeakyReLU(0.2, inplace=True)))
        self.stages = nn.ModuleList([*stages, halving(inner[-1], last)])

    def forward(self, image: Float[Tensor, "batch 3 256 256"]) -> Float[Tensor, "batch 512 2 2"]:
        """Return f_f of pictures with values in [-1, 1]."""
        return self.maps(image)[-1]

    def maps(self, image: Float[Tensor, "batch 3 256 256"]) -> tuple[Tensor, ...]:
        """Return the picture and what each stage makes of it: 256, 128, ... 4 and 2 pixels; the last is f_f.

        The paper's synthesizer takes f_f alone; the skip connections of our extension take the others.
        """
        maps = [image]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
            # channels[0] x 128 x 128, channels[1] x 64 x 64, ... 512 x 2 x 2
        return tuple(maps)
