"""Conditioning augmentation (Sec. 2.2, reference [12] of the paper): the sentence vector becomes w-hat_N."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, ConditioningConfig


class Condition(NamedTuple):
    """A normal distribution over conditions, and one draw from it; each [batch 512].

    sample: the paper's w-hat_N, which the synthesizer and the discriminators receive.
    mean, log_variance: the distribution, for the KL term.
    """

    sample: Tensor
    mean: Tensor
    log_variance: Tensor


class ConditioningAugmentation(nn.Module):
    """One linear layer gives the mean and the log-variance of w-hat_N.

    Drawing from the distribution fills the gaps between the few sentences of the training data. It is the
    only source of chance in the generator.

    Two choices let a new network hear the sentence through the noise. The sentence vector is first brought to
    mean 0 and variance 1 over its 512 numbers, for the LSTM's own are small. And the deviation starts at
    exp(-2) = 0.14; the KL term draws it towards 1.
    """

    def __init__(self, config: ConditioningConfig) -> None:
        super().__init__()
        self.limit = config.log_variance_limit
        self.layer = nn.Linear(FEATURES, 2 * FEATURES)
        nn.init.normal_(self.layer.weight[:FEATURES], std=FEATURES**-0.5)
        nn.init.constant_(self.layer.bias[FEATURES:], -4.0)

    def forward(self, sentence: Float[Tensor, "batch 512"], sample: bool | None = None) -> Condition:
        """Condition on sentences.

        Args:
            sentence: sentence vectors of LSE.
            sample: draw from the distribution (True) or take its mean (False); None: draw in training.
        """
        standardized = F.layer_norm(sentence, (FEATURES,))
        mean, log_variance = self.layer(standardized).chunk(2, dim=1)
        # batch x 512 each
        log_variance = log_variance.clamp(-self.limit, self.limit)
        if not (self.training if sample is None else sample):
            return Condition(mean, mean, log_variance)
        noise = torch.randn_like(mean)
        return Condition(mean + noise * (0.5 * log_variance).exp(), mean, log_variance)
