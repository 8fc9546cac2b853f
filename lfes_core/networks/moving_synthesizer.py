"""Our extension: a synthesizer that moves the pixels of the neutral face and paints only what was hidden.

A mouth corner that rises is on the neutral picture already, a little lower. So a level gives no picture but three maps:
a flow field (from where to take each pixel), an occlusion mask (where nothing can be taken, as inside of a mouth that
opens), and colors to paint there. Flow fields with an occlusion map are those of First Order Motion Model (Siarohin et
al., 2019), a mask with colors that of GANimation (Pumarola et al., 2018). The words are heard as in the paper (Eq. 1).
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, FacialConfig, SynthesizerConfig
from lfes_core.networks.blocks import convolution, image_levels
from lfes_core.networks.multi_level_expression_synthesizer import LevelSynthesizer, SynthesizedLevels, join
from lfes_core.networks.word_attention import ExpressiveWordAttention

GAIN = 5.0
"""The head's numbers count so many times: with Adam, all weights move equally fast, and the maps should move faster."""
FLOW_SCALE = 0.02
"""A head's number of 1 is a flow of 1 % of the width."""
CLOSED = -4.5
"""At first the mask lets almost nothing be painted (sigmoid(-4.5) = 0.01)."""
SHADE = 64
"""What a picture of so many pixels across can show is shade; what it cannot is detail: hairs, pores, lids' edges."""


class Movement(NamedTuple):
    """How a picture is made from the neutral one.

    flow: [batch 2 s s], how far to the right and down the neutral picture is read, in halves of its width.
    mask: [batch 1 s s], the occlusion mask, from 0 (moved) to 1 (painted).
    colors: [batch 3 s s], what is painted, in [-1, 1].
    """

    flow: Tensor
    mask: Tensor
    colors: Tensor


def moved(neutral: Float[Tensor, "batch 3 h w"], movement: Movement) -> Float[Tensor, "batch 3 h w"]:
    """The neutral picture, of any size, warped by the flow field and painted where the mask says so.

    Between pixels it is read with cubic weights: linear ones are a blur (chapter 5 measures both). Where the mask m is
    half open, as under a furrow, paint changes the shade and leaves the skin its detail: of the colors the picture has
    m, of the warped shade 1 - m, and of the warped detail 1 - m^2.
    """
    size = (neutral.shape[2], neutral.shape[3])
    if movement.flow.shape[2:] != size:
        movement = Movement._make(F.interpolate(each, size, mode="bilinear") for each in movement)
    flow, mask, colors = movement
    rows, columns = ((torch.arange(count, device=neutral.device) + 0.5) / count * 2 - 1 for count in size)
    here = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)
    source = (here + flow.permute(0, 2, 3, 1)).to(neutral.dtype)
    warped = F.grid_sample(neutral, source, "bicubic", padding_mode="border", align_corners=False)
    warped = warped.clamp(-1, 1)  # cubic weights overshoot at edges
    shade = F.interpolate(F.interpolate(warped, (SHADE, SHADE), mode="area"), size, mode="bilinear")
    return shade + mask * (colors - shade) + (1 - mask * mask) * (warped - shade)


class MovementHead(nn.Module):
    """A 3x3 convolution from features to a movement, as a change of the coarser one before it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.maps = convolution(channels, 6, 3)
        with torch.no_grad():
            self.maps.weight.mul_(0.1 / GAIN)

    def forward(
        self, features: Float[Tensor, "batch c s s"], coarser: Float[Tensor, "batch 6 t t"] | None = None
    ) -> Float[Tensor, "batch 6 s s"]:
        """Return flow (2), colors (3) and mask (1) before their last functions; ``coarser`` of half the size."""
        maps: Tensor = GAIN * self.maps(features)
        return maps if coarser is None else maps + F.interpolate(coarser, scale_factor=2.0, mode="bilinear")


def as_movement(maps: Float[Tensor, "batch 6 s s"]) -> Movement:
    """The movement that a head's numbers stand for."""
    flow, colors, mask = torch.split(maps.float(), [2, 3, 1], dim=1)
    return Movement(FLOW_SCALE * flow, (mask + CLOSED).sigmoid(), colors.tanh())


class MovingExpressionSynthesizer(nn.Module):
    """MES with two movements in the place of three pictures: of level 1, 64x64, and of level 3, 128x128.

    Level 3 works at the size of level 2 and enlarges nothing, for its movement fits a picture of any size; the pictures
    of both sizes are made with it. FFE's maps join at their own sizes (skip connections): the synthesizer has to see
    what it moves.

    Args:
        config: widths and attention.
        facial: widths of FFE.
    """

    def __init__(self, config: SynthesizerConfig, facial: FacialConfig) -> None:
        super().__init__()
        first, second = config.level_1[-1], config.level_2
        joined = 2 if config.attention else 1
        skips = facial.channels[-2::-1]  # widths of 4, 8, 16, 32, 64; 128 pixels
        self.level_1 = LevelSynthesizer(2 * FEATURES, config.level_1, config.residual_blocks, skips[:5])
        self.level_2 = LevelSynthesizer(joined * first, (first, second), config.residual_blocks, skips[5:6])
        self.level_3 = LevelSynthesizer(joined * second, (config.level_3,), config.residual_blocks)
        self.attention_1 = ExpressiveWordAttention(first) if config.attention else None
        self.attention_2 = ExpressiveWordAttention(second) if config.attention else None
        self.movement_1 = MovementHead(first)
        self.movement_2 = MovementHead(config.level_3)

    def forward(
        self,
        f_f: Float[Tensor, "batch 512 2 2"],
        condition: Float[Tensor, "batch 512"],
        words: Float[Tensor, "batch 512 n"],
        mask: Bool[Tensor, "batch n"],
        maps: Sequence[Tensor],
    ) -> SynthesizedLevels:
        """Synthesize faces; arguments as of `MultiLevelExpressionSynthesizer`, but ``maps`` must be given."""
        neutral = image_levels(maps[0])
        small_to_large = maps[::-1]
        tiled = condition[:, :, None, None].expand(-1, -1, 2, 2)
        q_1 = self.level_1(torch.cat((f_f, tiled), dim=1), small_to_large[:5])
        # c_1 x 64 x 64
        coarse = self.movement_1(q_1)
        joined, beta_1 = join(self.attention_1, q_1, words, mask)
        q_2 = self.level_2(joined, small_to_large[5:6])
        # c_2 x 128 x 128
        joined, beta_2 = join(self.attention_2, q_2, words, mask)
        q_3 = self.level_3(joined)
        # c_3 x 128 x 128
        movements = as_movement(coarse), as_movement(self.movement_2(q_3, coarse))
        images = tuple(moved(*each) for each in zip(neutral, (*movements, movements[-1]), strict=True))
        return SynthesizedLevels(images=images, attention=(*beta_1, *beta_2), movements=movements)
