"""The paper's G: what a face and a sentence pass through to become a picture (Fig. 2 top)."""

from typing import NamedTuple

from jaxtyping import Bool, Float
from torch import Tensor, nn

from lfes_core.config import NetworksConfig
from lfes_core.networks.conditioning_augmentation import Condition, ConditioningAugmentation
from lfes_core.networks.facial_feature_encoder import FacialFeatureEncoder
from lfes_core.networks.multi_level_expression_synthesizer import (
    MultiLevelExpressionSynthesizer,
    SynthesizedLevels,
)


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
        self.multi_level_expression_synthesizer = MultiLevelExpressionSynthesizer(
            config.synthesizer, config.facial
        )

    def forward(
        self,
        neutral: Float[Tensor, "batch 3 256 256"],
        words: Float[Tensor, "batch 512 n"],
        sentence: Float[Tensor, "batch 512"],
        mask: Bool[Tensor, "batch n"],
        sample: bool | None = None,
        levels: int = 3,
    ) -> Generated:
        """Synthesize faces.

        Args:
            neutral: I_i, values in [-1, 1].
            words: the paper's w, from LSE.
            sentence: sentence vectors, from LSE.
            mask: True for a word, False for padding.
            sample: draw w-hat_N (True) or take its mean (False); None: draw in training.
            levels: how many levels to synthesize, 1 to 3; the later ones are not computed.
        """
        *maps, f_f = self.facial_feature_encoder.maps(neutral)
        # f_f: 512 x 2 x 2
        condition = self.conditioning_augmentation(sentence, sample)
        synthesized = self.multi_level_expression_synthesizer(
            f_f, condition.sample, words, mask, maps, levels
        )
        return Generated(levels=synthesized, condition=condition)
