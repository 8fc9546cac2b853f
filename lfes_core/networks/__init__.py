"""The networks: each box of the paper's Fig. 2 is a file or a class of its name.

Networks know their own section of the configuration and nothing of data, losses or training.

Millions of parameters (a test holds this table true):

===============================================  =====  =====  =====
network                                          paper  book   tiny
===============================================  =====  =====  =====
Language Semantic Encoder                         1.17   1.17   0.67
conditioning augmentation                         0.53   0.53   0.53
Facial Feature Encoder                           15.34   4.89   1.42
Multi-level Expression Synthesizer               46.95   5.20   1.34
what a synthesis needs, together                 63.99  11.78   3.95
the five discriminators                          54.24  16.54   2.15
Visual Semantic Encoder (Inception-v3)           23.23  23.23  23.23
===============================================  =====  =====  =====
"""

from lfes_core.networks.action_unit_encoder import ActionUnitEncoder, language_encoder
from lfes_core.networks.blocks import image_levels
from lfes_core.networks.discriminators import (
    Discriminators,
    ExpressionVerificationDiscriminator,
    FaceVerificationDiscriminator,
    SynthesisDiscriminator,
    Verdict,
    Verdicts,
)
from lfes_core.networks.facial_feature_encoder import FacialFeatureEncoder
from lfes_core.networks.generator import Condition, ConditioningAugmentation, Generated, Generator
from lfes_core.networks.language_semantic_encoder import LanguageFeatures, LanguageSemanticEncoder
from lfes_core.networks.moving_synthesizer import Movement, MovingExpressionSynthesizer, moved
from lfes_core.networks.multi_level_expression_synthesizer import MultiLevelExpressionSynthesizer, SynthesizedLevels
from lfes_core.networks.visual_semantic_encoder import VisualFeatures, VisualSemanticEncoder
from lfes_core.networks.word_attention import AttendedWords, ExpressiveWordAttention

__all__ = [
    "ActionUnitEncoder",
    "AttendedWords",
    "Condition",
    "ConditioningAugmentation",
    "Discriminators",
    "ExpressionVerificationDiscriminator",
    "ExpressiveWordAttention",
    "FaceVerificationDiscriminator",
    "FacialFeatureEncoder",
    "Generated",
    "Generator",
    "LanguageFeatures",
    "LanguageSemanticEncoder",
    "Movement",
    "MovingExpressionSynthesizer",
    "MultiLevelExpressionSynthesizer",
    "SynthesisDiscriminator",
    "SynthesizedLevels",
    "Verdict",
    "Verdicts",
    "VisualFeatures",
    "VisualSemanticEncoder",
    "image_levels",
    "language_encoder",
    "moved",
]
