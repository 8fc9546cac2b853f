"""Multi-level Expression Synthesizer, MES (Fig. 2 top, Sec. 2.2): f_f and the words become three pictures."""

from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, SynthesizerConfig
from lfes_core.networks.blocks import Enlarge, ResidualBlock, convolution
from lfes_core.networks.word_attention import ExpressiveWordAttention


class SynthesizedLevels(NamedTuple):
    """The pictures of all levels and where their words went.

    images: I_s^1, I_s^2, I_s^3 of [batch 3 s s] with s = 64, 128, 256, values in [-1, 1].
    attention: beta of att_1 [batch words 64 64] and of att_2 [batch words 128 128]; empty without attention.
    """

    images: tuple[Tensor, Tensor, Tensor]
    attention: tuple[Tensor, ...]


class LevelSynthesizer(nn.Module):
    """One level: a 1x1 convolution joins what comes in, residual blocks work on it, then it is enlarged.

    Args:
        channels_in: width of the joined input.
        widths: width of the residual blocks, then one width for each doubling of the size.
        residual_blocks: how many.
    """

    def __init__(self, channels_in: int, widths: tuple[int, ...], residual_blocks: int) -> None:
        super().__init__()
        self.fuse = convolution(channels_in, widths[0], 1)
        self.residual = nn.Sequential(*(ResidualBlock(widths[0]) for _ in range(residual_blocks)))
        self.enlarge = nn.Sequential(*(Enlarge(*pair) for pair in pairwise(widths)))

    def forward(self, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch d H W"]:
        """Return the features q of the level."""
        q: Tensor = self.enlarge(self.residual(self.fuse(x)))
        return q


class MultiLevelExpressionSynthesizer(nn.Module):
    """Three level synthesizers with expressive word attention between them.

    Level 1 starts from the 2x2 places of [f_f; w-hat_N]. Levels 2 and 3 start from [q; alpha], the features
    before them and the words these attended to. Each level has its own last convolution to a picture.
    """

    def __init__(self, config: SynthesizerConfig) -> None:
        super().__init__()
        first, second, third = config.level_1[-1], config.level_2, config.level_3
        joined = 2 if config.attention else 1
        blocks = config.residual_blocks
        self.level_1 = LevelSynthesizer(2 * FEATURES, config.level_1, blocks)
        self.level_2 = LevelSynthesizer(joined * first, (first, second), blocks)
        self.level_3 = LevelSynthesizer(joined * second, (second, third), blocks)
        self.attention_1 = ExpressiveWordAttention(first) if config.attention else None
        self.attention_2 = ExpressiveWordAttention(second) if config.attention else None
        self.to_image = nn.ModuleList(_to_image(width) for width in (first, second, third))

    def forward(
        self,
        f_f: Float[Tensor, "batch 512 2 2"],
        condition: Float[Tensor, "batch 512"],
        words: Float[Tensor, "batch 512 n"],
        mask: Bool[Tensor, "batch n"],
    ) -> SynthesizedLevels:
        """Synthesize faces.

        Args:
            f_f: the neutral face, from FFE.
            condition: w-hat_N, from conditioning augmentation.
            words: the paper's w, from LSE.
            mask: True for a word, False for padding.
        """
        tiled = condition[:, :, None, None].expand(-1, -1, 2, 2)
        q_1 = self.level_1(torch.cat((f_f, tiled), dim=1))
        # c_1 x 64 x 64
        joined, beta_1 = _join(self.attention_1, q_1, words, mask)
        q_2 = self.level_2(joined)
        # c_2 x 128 x 128
        joined, beta_2 = _join(self.attention_2, q_2, words, mask)
        q_3 = self.level_3(joined)
        # c_3 x 256 x 256
        first, second, third = (last(q) for last, q in zip(self.to_image, (q_1, q_2, q_3), strict=True))
        return SynthesizedLevels(images=(first, second, third), attention=(*beta_1, *beta_2))


def _join(
    attention: ExpressiveWordAttention | None, q: Tensor, words: Tensor, mask: Tensor
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return [q; alpha] and beta; q alone where there is no attention."""
    if attention is None:
        return q, ()
    alpha, beta = attention(q, words, mask)
    return torch.cat((q, alpha), dim=1), (beta,)


def _to_image(channels: int) -> nn.Sequential:
    """Features to colors; half the usual weights, so that tanh starts where it is steep."""
    last = convolution(channels, 3, 1)
    with torch.no_grad():
        last.weight.mul_(0.5)
    return nn.Sequential(last, nn.Tanh())
