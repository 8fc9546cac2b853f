"""LSE and VSE in the package's form: the first layers of VSE and LSE in float16, the other weights in a few bits."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from lfes_core.weights import SCALE

BITS = 6
"""Of one weight of VSE after the first layers."""

_FIRST_LAYERS = "visual_semantic_encoder.trunk.to_regions."
_FIRST_BLOCKS = ("Conv2d_", "Mixed_5")
"""These have a twentieth of the weights and make nearly all of the error: their sums have few terms, so that
rounding does not average out, and every later layer inherits it."""


def packed(tensors: Mapping[str, Tensor], bits: int = BITS) -> tuple[dict[str, Tensor], dict[str, list[int]]]:
    """The state of LSE and VSE as `lfes_core.weights.save` writes it, and the shapes of what is packed."""
    stored: dict[str, Tensor] = {}
    shapes: dict[str, list[int]] = {}
    for name, value in tensors.items():
        value = value.detach().cpu()
        if not value.is_floating_point():
            pass
        elif not name.startswith("visual_semantic_encoder."):
            value = value.half()
        elif value.ndim < 2:  # a bias or a statistic: float16 where that loses no more than its rounding, 1 in 2,048
            half = value.half()
            value = half if torch.allclose(half.float(), value.float(), rtol=2**-11, atol=0.0) else value.float()
        elif not name.removeprefix(_FIRST_LAYERS).startswith(_FIRST_BLOCKS):
            shapes[name] = list(value.shape)
            value, stored[name + SCALE] = pack(value, bits)
        else:
            value = value.half()
        stored[name] = value
    return stored, shapes


def pack(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Packs a weight, densely, as whole numbers times one scale for each output channel: 8 of 7 bits take 7 bytes.

    A weight W [out ...] is kept as round(W / s), where s is the largest size of a weight of the same output channel,
    divided by the largest whole number: trained channels differ in size by far more than the weights of one.

    Args:
        weight: [out ...], floating point.
        bits: of one number, 2 to 8, its sign included.

    Returns:
        the packed numbers, uint8 [out bytes], and the scales, float32 [out], not finite where a weight is not.
        `lfes_core.weights.unpack` gives the weight back, off by at most half a scale.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"{bits} bits: expected 2 to 8")
    top = 2 ** (bits - 1) - 1
    rows = weight.detach().cpu().float().flatten(1)
    scale = rows.abs().amax(dim=1) / top
    steps = torch.where(scale > 0, scale, 1.0)[:, None]
    numbers = ((rows / steps).round().clamp(-top, top) + top).to(torch.uint8)
    each_bit = np.unpackbits(numbers.numpy()[..., None], axis=-1)[..., 8 - bits :]
    return torch.from_numpy(np.packbits(each_bit.reshape(len(rows), -1), axis=1)), scale
