"""Small parts that several boxes of Fig. 2 are built from.

The paper gives no normalization and no initialization. The generator uses group normalization: it keeps no running
statistics, so training, evaluation, averaging of weights and several processes all compute the same function.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import IMAGE_SIZE, LEVEL_SIZES


def image_levels(image: Float[Tensor, "batch 3 256 256"]) -> tuple[Tensor, Tensor, Tensor]:
    """Return a picture at 64x64 and 128x128 pixels, averages of squares, and as it is: I_i^n and I_t^n of Sec. 2.2."""
    small, middle, _ = LEVEL_SIZES
    return F.avg_pool2d(image, IMAGE_SIZE // small), F.avg_pool2d(image, IMAGE_SIZE // middle), image


class _GroupNorm(nn.GroupNorm):
    """Computes bfloat16 in float32, as autocast does on a GPU.

    On a CPU where the channels of a pixel lie side by side, the backward pass in bfloat16 took five times as long.
    """

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c h w"]:
        return super().forward(x.float()).bfloat16() if x.dtype == torch.bfloat16 else super().forward(x)


def normalization(channels: int) -> nn.GroupNorm:
    """Group normalization with groups of about eight channels."""
    return _GroupNorm(math.gcd(channels, max(1, channels // 8)), channels)


def convolution(channels_in: int, channels_out: int, kernel: int, *, bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps width and height; weights from He et al.'s normal distribution."""
    return _started(nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=bias), slope=0.0)


def halving(channels_in: int, channels_out: int, *, bias: bool = True) -> nn.Conv2d:
    """A 4x4 convolution of stride 2, for leaky ReLU: every pixel is read equally often."""
    layer = nn.Conv2d(channels_in, channels_out, kernel_size=4, stride=2, padding=1, bias=bias)
    return _started(layer, slope=0.2)


def _started(layer: nn.Conv2d, slope: float) -> nn.Conv2d:
    """Draw weights for a leaky ReLU of this slope behind the layer (0: plain ReLU); biases start at 0."""
    nn.init.kaiming_normal_(layer.weight, a=slope)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside an identity path (reference [11] of the paper).

    The last normalization starts at zero, so that a new block is the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        last = normalization(channels)
        nn.init.zeros_(last.weight)
        self.branch = nn.Sequential(
            convolution(channels, channels, 3, bias=False),
            normalization(channels),
            nn.ReLU(inplace=True),
            convolution(channels, channels, 3, bias=False),
            last,
        )

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch c h w"]:
        """Add what the branch computes to ``x``."""
        change: Tensor = self.branch(x)
        return x + change


class Enlarge(nn.Module):
    """Double width and height: nearest neighbor, 3x3 convolution, normalization, ReLU.

    Each pixel is used four times after it was doubled both ways. Adding up the weights that meet the same pixel turns
    doubling and convolution into one transposed 4x4 convolution of stride 2: the same numbers in about half the time.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.convolution = convolution(channels_in, channels_out, 3, bias=False)
        self.activate = nn.Sequential(normalization(channels_out), nn.ReLU(inplace=True))

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch d 2*h 2*w"]:
        """Return features of twice the size."""
        kernel = self.convolution.weight.transpose(0, 1)
        for dimension in (2, 3):
            a, b, c = kernel.unbind(dimension)
            kernel = torch.stack((c, c + b, b + a, a), dimension)
        # c x d x 4 x 4
        enlarged: Tensor = self.activate(F.conv_transpose2d(x, kernel, stride=2, padding=1))
        return enlarged
