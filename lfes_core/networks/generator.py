"""The paper's G: what a face and a sentence pass through to become a picture (Fig. 2 top)."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, ConditioningConfig, NetworksConfig
from lfes_core.networks.facial_feature_encoder import FacialFeatureEncoder
from lfes_core.networks.moving_synthesizer import MovingExpressionSynthesizer
from lfes_core.networks.multi_level_expression_synthesizer import MultiLevelExpressionSynthesizer, SynthesizedLevels


class Condition(NamedTuple):
    """A normal distribution over conditions, and one draw from it; each [batch 512].

    sample: the paper's w-hat_N, which the synthesizer and the discriminators receive.
    mean, log_variance: the distribution, for the KL term.
    """

    sample: Tensor
    mean: Tensor
    log_variance: Tensor


class ConditioningAugmentation(nn.Module):
    """One linear layer gives mean and log-variance of w-hat_N (Sec. 2.2, reference [12] of the paper).

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


class Generated(NamedTuple):
    """Synthesized pictures and the condition that they were made under."""

    levels: SynthesizedLevels
    condition: Condition


class Generator(nn.Module):
    """FFE, conditioning augmentation and MES in one ``forward``, as training on several devices needs it."""

    def __init__(self, config: NetworksConfig) -> None:
        super().__init__()
        self.facial_feature_encoder = FacialFeatureEncoder(config.facial)
        self.conditioning_augmentation = ConditioningAugmentation(config.conditioning)
        self.multi_level_expression_synthesizer = (
            MovingExpressionSynthesizer(config.synthesizer, config.facial)
            if config.synthesizer.moves
            else MultiLevelExpressionSynthesizer(config.synthesizer)
        )

    def forward(
        self,
        neutral: Float[Tensor, "batch 3 256 256"],
        words: Float[Tensor, "batch 512 n"],
        sentence: Float[Tensor, "batch 512"],
        mask: Bool[Tensor, "batch n"],
        sample: bool | None = None,
        hidden: float = 0.0,
    ) -> Generated:
        """Synthesize faces.

        Args:
            neutral: I_i, values in [-1, 1].
            words: the paper's w, from LSE.
            sentence: sentence vectors, from LSE.
            mask: True for a word, False for padding.
            sample: draw w-hat_N (True) or take its mean (False); None: draw in training.
            hidden: for this share of the pictures, drawn at random, MES sees zeros instead of w-hat_N.
        """
        *maps, f_f = self.facial_feature_encoder.maps(neutral)
        # f_f: 512 x 2 x 2
        condition = self.conditioning_augmentation(sentence, sample)
        seen = condition.sample
        if hidden:
            seen = seen * (torch.rand(len(seen), 1, device=seen.device) >= hidden)
        synthesized = self.multi_level_expression_synthesizer(f_f, seen, words, mask, maps)
        return Generated(levels=synthesized, condition=condition)
