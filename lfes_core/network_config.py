"""How wide each network is: one frozen section for each box of Fig. 2, and the sizes that the paper fixes."""

from dataclasses import dataclass, field
from typing import Literal

from lfes_core.sections import Section, require

IMAGE_SIZE = 256
"""Width and height of the neutral and of the target picture (Sec. 2.2)."""

LEVEL_SIZES = (64, 128, 256)
"""Width and height of the picture of each synthesizer level (Sec. 2.2)."""

FEATURES = 512
"""Numbers in one word, in the sentence, in f_s and in each of the 2x2 places of f_f (Sec. 2.1 and 2.2)."""


@dataclass(frozen=True, kw_only=True)
class LanguageConfig(Section):
    """Language Semantic Encoder (Sec. 2.1). The paper gives the 512 outputs; the rest is ours."""

    input: Literal["sentence", "action_units"] = "sentence"
    """What tells the synthesizer which face to make. "action_units" is our extension, for a comparison: the Action
    Unit intensities of a sentence in fixed directions, without LSE; it needs ``losses.language_visual`` 0."""
    embedding: int = 300
    """Numbers in a word's embedding, before the bidirectional LSTM."""
    dropout: float = 0.0
    """Share of embedding numbers set to zero while LSE learns."""


@dataclass(frozen=True, kw_only=True)
class VisualConfig(Section):
    """Visual Semantic Encoder (Sec. 2.1 and 3.2): Inception-v3 with two projections to 512 numbers."""

    input_size: int = 299
    """A picture is resized to so many pixels; at least 75. The region map is 17x17 at 299 and 3x3 at 75."""
    pretrained: bool = False
    """Start from ImageNet weights (torchvision must be able to find or fetch them)."""
    train_trunk: bool = True
    """Whether matching pre-training changes the Inception trunk or only the two projections."""


@dataclass(frozen=True, kw_only=True)
class FacialConfig(Section):
    """Facial Feature Encoder (Sec. 2.2): seven halvings from 256 to 2 pixels."""

    channels: tuple[int, ...] = (64, 128, 256, 512, 512, 512, 512)
    """Channels at 128, 64, 32, 16, 8, 4 and 2 pixels; the last must be 512."""

    def __post_init__(self) -> None:
        require(len(self.channels) == 7, "facial.channels needs 7 widths, for 128, 64, ... 4 and 2 pixels")
        require(self.channels[-1] == FEATURES, f"facial.channels must end with {FEATURES}, the width of f_f")
        require(min(self.channels) > 0, "facial.channels must be positive")


@dataclass(frozen=True, kw_only=True)
class ConditioningConfig(Section):
    """Conditioning augmentation (Sec. 2.2, reference [12] of the paper)."""

    log_variance_limit: float = 8.0
    """The log-variance is kept within plus and minus this number, so that its exponential stays finite."""


@dataclass(frozen=True, kw_only=True)
class SynthesizerConfig(Section):
    """Multi-level Expression Synthesizer (Sec. 2.2)."""

    level_1: tuple[int, ...] = (512, 512, 512, 512, 512, 512)
    """Channels of level 1 at 2, 4, 8, 16, 32 and 64 pixels; the last is the width of q_1."""
    level_2: int = 512
    """Channels of q_2, at 128 pixels."""
    level_3: int = 512
    """Channels of q_3, at 256 pixels."""
    residual_blocks: int = 2
    """Residual blocks in each level, before it is enlarged."""
    attention: bool = True
    """Expressive word attention (Eq. 1) between the levels; False gives the ablation of Table 1."""
    skips: bool = False
    """Our extension: FFE's maps and the neutral picture itself join the synthesizer at their own sizes."""

    def __post_init__(self) -> None:
        require(len(self.level_1) == 6, "synthesizer.level_1 needs 6 widths, for 2, 4, ... 32 and 64 pixels")
        require(min(*self.level_1, self.level_2, self.level_3) > 0, "synthesizer widths must be positive")
        require(self.residual_blocks >= 0, "synthesizer.residual_blocks must be 0 or more")


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig(Section):
    """Width of all five discriminators (Sec. 2.2 gives none)."""

    base: int = 64
    """Channels after the first halving; each further halving doubles them."""
    maximum: int = 512
    """Channels are never more than this."""

    def __post_init__(self) -> None:
        require(0 < self.base <= self.maximum, "discriminator.base must lie in 1 ... discriminator.maximum")


@dataclass(frozen=True, kw_only=True)
class NetworksConfig(Section):
    """One section for each box of Fig. 2."""

    language: LanguageConfig = field(default_factory=LanguageConfig)
    visual: VisualConfig = field(default_factory=VisualConfig)
    facial: FacialConfig = field(default_factory=FacialConfig)
    conditioning: ConditioningConfig = field(default_factory=ConditioningConfig)
    synthesizer: SynthesizerConfig = field(default_factory=SynthesizerConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
