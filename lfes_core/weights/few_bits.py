"""Weights in a few bits each: whole numbers times one scale for each output channel, symmetric around zero.

A convolution or a linear layer with weights W [out ...] is kept as round(W / s), where s is the largest size of a
weight of the same output channel, divided by the largest whole number. Each channel has its own s, because trained
channels differ in size by far more than the weights of one.
"""

import numpy as np
import torch
from torch import Tensor


def pack(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Packs a weight, densely: 8 numbers of 7 bits take 7 bytes.

    Args:
        weight: [out ...], floating point.
        bits: of one number, 2 to 8, its sign included.

    Returns:
        the packed numbers, uint8 [out bytes], and the scales, float32 [out].

    Raises:
        ValueError: a weight is not finite.
    """
    top = _largest(bits)
    rows = weight.detach().cpu().float().flatten(1)
    if not bool(torch.isfinite(rows).all()):
        raise ValueError("a weight is not finite")
    scale = rows.abs().amax(dim=1) / top
    steps = torch.where(scale > 0, scale, 1.0)[:, None]
    numbers = ((rows / steps).round().clamp(-top, top) + top).to(torch.uint8)
    each_bit = np.unpackbits(numbers.numpy()[..., None], axis=-1)[..., 8 - bits :]
    return torch.from_numpy(np.packbits(each_bit.reshape(len(rows), -1), axis=1)), scale


def unpack(packed: Tensor, scale: Tensor, shape: tuple[int, ...], bits: int) -> Tensor:
    """What `pack` packed, as float32 of the given shape; off by at most half a scale."""
    count = int(np.prod(shape[1:]))
    each_bit = np.unpackbits(packed.numpy(), axis=1, count=count * bits).reshape(shape[0], count, bits)
    leading = np.zeros((shape[0], count, 8 - bits), dtype=np.uint8)
    numbers = torch.from_numpy(np.packbits(np.concatenate((leading, each_bit), axis=2), axis=2)[..., 0])
    return ((numbers.float() - _largest(bits)) * scale[:, None]).reshape(shape)


def _largest(bits: int) -> int:
    if not 2 <= bits <= 8:
        raise ValueError(f"{bits} bits: expected 2 to 8")
    return int(2 ** (bits - 1) - 1)
