"""The exponential moving average (EMA) of the generator: what is looked at, measured and exported."""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


class AveragedModule(Generic[Network]):
    """A copy of a network whose weights follow those of the trained one slowly.

    The paper does not mention it; StackGAN's line of models [12, 13] uses it. The decay starts small and rises to
    its full value as (1 + n) / (10 + n), so that a short run does not remember its random beginning.

    Args:
        source: the network to follow; its present weights are the start.
        decay: share of the old value kept at each update, in 0..1, reached after some updates.
    """

    def __init__(self, source: Network, decay: float) -> None:
        self.module = copy.deepcopy(source)
        self.module.eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, source: Network, updates: int) -> None:
        """Moves the average towards ``source`` after its update number ``updates`` (1, 2, ...); buffers are copied."""
        decay = min(self.decay, (1 + updates) / (10 + updates))
        for average, value in zip(self.module.parameters(), source.parameters(), strict=True):
            average.lerp_(value.detach().to(average.dtype), 1 - decay)
        for kept, buffer in zip(self.module.buffers(), source.buffers(), strict=True):
            kept.copy_(buffer)
