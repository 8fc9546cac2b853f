"""The one configuration object: what is built, what is minimized, how it is trained.

The defaults are the paper's numbers, read literally where the text allows two readings; ``preset("book")``
and ``preset("tiny")`` say what they change. All three work at 256x256 with levels of 64, 128 and 256 pixels
and with the paper's 512 numbers for a word, a sentence and a face; the smaller presets are only narrower in
between.

A configuration is frozen. ``overridden`` makes a changed copy, ``to_json`` and ``from_json`` bring it to a
checkpoint and back. Unknown keys, and values of another type or out of their range, raise
:class:`~lfes_core.errors.UserError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from lfes_core.errors import UserError
from lfes_core.section import Range, Section, require, unknown_key

PresetName = Literal["paper", "book", "tiny"]

IMAGE_SIZE = 256
"""Width and height of the neutral and of the target picture (Sec. 2.2)."""

LEVEL_SIZES = (64, 128, 256)
"""Width and height of the picture of each synthesizer level (Sec. 2.2)."""

FEATURES = 512
"""Numbers in one word, in the sentence, in f_s and in each of the 2x2 places of f_f (Sec. 2.1 and 2.2)."""


Count = Annotated[int, Range(1, 10**9)]
CountOrZero = Annotated[int, Range(0, 10**9)]
Width = Annotated[int, Range(1, 4_096)]  # wider layers only exist in files that somebody has tampered with
Weight = Annotated[float, Range(0, 1e6)]
Positive = Annotated[float, Range(1e-12, 1e6)]
Share = Annotated[float, Range(0, 1)]
Decay = Annotated[float, Range(0, 0.999_999_9)]


@dataclass(frozen=True, kw_only=True)
class LanguageConfig(Section, path="networks.language"):
    """Language Semantic Encoder (Sec. 2.1). The paper gives the 512 outputs; the rest is ours."""

    input: Literal["sentence", "action_units"] = "sentence"
    """What tells the synthesizer which face to make. "action_units" is our extension, for a comparison: the Action
    Unit intensities of a sentence in fixed directions, without LSE; it needs ``losses.language_visual`` 0."""
    embedding: Width = 300
    """Numbers in a word's embedding, before the bidirectional LSTM."""
    dropout: Share = 0.0
    """Share of embedding numbers set to zero while LSE learns."""


@dataclass(frozen=True, kw_only=True)
class VisualConfig(Section, path="networks.visual"):
    """Visual Semantic Encoder (Sec. 2.1 and 3.2): Inception-v3 with two projections to 512 numbers."""

    input_size: Annotated[int, Range(75, 1_024)] = 299
    """A picture is resized to so many pixels; at least 75. The region map is 17x17 at 299 and 3x3 at 75."""
    pretrained: bool = False
    """Start from ImageNet weights (torchvision must be able to find or fetch them)."""
    train_trunk: bool = True
    """Whether matching pre-training changes the Inception trunk or only the two projections."""


@dataclass(frozen=True, kw_only=True)
class FacialConfig(Section, path="networks.facial"):
    """Facial Feature Encoder (Sec. 2.2): seven halvings from 256 to 2 pixels."""

    channels: tuple[Width, ...] = (64, 128, 256, 512, 512, 512, 512)
    """Channels at 128, 64, 32, 16, 8, 4 and 2 pixels; the last must be 512."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.channels) == 7, "networks.facial.channels needs 7 widths, for 128, 64, ... 4 and 2 pixels")
        require(self.channels[-1] == FEATURES, f"networks.facial.channels must end with {FEATURES}, the width of f_f")


@dataclass(frozen=True, kw_only=True)
class ConditioningConfig(Section, path="networks.conditioning"):
    """Conditioning augmentation (Sec. 2.2, reference [12] of the paper)."""

    log_variance_limit: Annotated[float, Range(0, 80)] = 8.0
    """The log-variance is kept within plus and minus this number, so that its exponential stays finite."""


@dataclass(frozen=True, kw_only=True)
class SynthesizerConfig(Section, path="networks.synthesizer"):
    """Multi-level Expression Synthesizer (Sec. 2.2)."""

    level_1: tuple[Width, ...] = (512, 512, 512, 512, 512, 512)
    """Channels of level 1 at 2, 4, 8, 16, 32 and 64 pixels; the last is the width of q_1."""
    level_2: Width = 512
    """Channels of q_2, at 128 pixels."""
    level_3: Width = 512
    """Channels of q_3, at 256 pixels."""
    residual_blocks: Annotated[int, Range(0, 64)] = 2
    """Residual blocks in each level, before it is enlarged."""
    attention: bool = True
    """Expressive word attention (Eq. 1) between the levels; False gives the ablation of Table 1."""
    skips: bool = False
    """Our extension: FFE's maps and the neutral picture itself join the synthesizer at their own sizes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.level_1) == 6, "networks.synthesizer.level_1 needs 6 widths, for 2, 4, ... 32 and 64 pixels")


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig(Section, path="networks.discriminator"):
    """Width of all five discriminators (Sec. 2.2 gives none)."""

    base: Width = 64
    """Channels after the first halving; each further halving doubles them."""
    maximum: Width = 512
    """Channels are never more than this."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.base <= self.maximum,
            "networks.discriminator.base must not be more than networks.discriminator.maximum",
        )


@dataclass(frozen=True, kw_only=True)
class NetworksConfig(Section, path="networks"):
    """One section for each box of Fig. 2."""

    language: LanguageConfig = field(default_factory=LanguageConfig)
    visual: VisualConfig = field(default_factory=VisualConfig)
    facial: FacialConfig = field(default_factory=FacialConfig)
    conditioning: ConditioningConfig = field(default_factory=ConditioningConfig)
    synthesizer: SynthesizerConfig = field(default_factory=SynthesizerConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)


@dataclass(frozen=True, kw_only=True)
class LossConfig(Section, path="losses"):
    """Weights of the loss terms, and the readings that the paper leaves open (Sec. 2.3 and 3.2)."""

    adversarial: Weight = 1.0
    """lambda_1 of Eq. 6."""
    identity: Weight = 5.0
    """lambda_2 of Eq. 6."""
    reconstruction: Weight = 0.005
    """lambda_3 of Eq. 6."""
    reconstruction_reduction: Literal["sum", "mean"] = "sum"
    """L1 summed over a picture (the reading under which 0.005 is not tiny) or averaged over its numbers."""
    reconstruction_moved: Weight = 0.0
    """Our extension, off in every preset: how much more a place counts in L_recon where the face truly moves."""
    kl: Weight = 0.0
    """Weight of the KL term of conditioning augmentation; 0 is literal (Eq. 2-6 have none), 1 recommended."""
    language_visual: Weight = 1.0
    """Weight of L_LVM in the generator's loss; 0 gives the ablation of Table 1."""
    word_matching: bool = True
    """Whether L_LVM has its word term beside the sentence term."""
    gamma_1: Weight = 5.0
    """Sharpness of a word's attention over the regions, in the word term of L_LVM."""
    gamma_2: Weight = 5.0
    """How much the best matching words decide, in the word term of L_LVM."""
    gamma_3: Weight = 10.0
    """Sharpness of the choice among the sentences (or pictures) of a batch, in both terms of L_LVM."""
    expression_adversarial: bool = False
    """Whether D_EV teaches the generator in levels 1 and 2; False is literal (Eq. 5), True recommended."""
    mismatched_sentences: bool = False
    """Whether the discriminators also see true pictures with a wrong sentence; False is literal (Eq. 2)."""


@dataclass(frozen=True, kw_only=True)
class MatchingConfig(Section, path="matching"):
    """Pre-training of LSE and VSE (Sec. 3.2 gives the learning rate only)."""

    learning_rate: Positive = 1e-5
    """Adam's step size; the paper's, which is very small for encoders that start from nothing."""
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    """Adam's two decay rates."""
    batch_size: Annotated[int, Range(2, 100_000)] = 48
    """Pairs of picture and sentence in one step; a choice needs two."""
    same_person: Count = 12
    """So many pairs side by side show one person; only the expression can tell their sentences apart."""
    steps: CountOrZero = 40_000
    """Updates of both encoders."""
    gradient_clip: Positive = 0.25
    """The gradient of LSE is scaled down to this norm when it is longer."""
    log_interval: Count = 50
    """Steps between two rows of the metrics."""
    checkpoint_interval: Count = 1_000
    """Steps between two checkpoints."""


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig(Section, path="adversarial"):
    """Training of FESN (Sec. 3.2 gives Adam and the learning rate only)."""

    learning_rate: Positive = 2e-4
    """Adam's step size, for the generator and for the discriminators."""
    betas: tuple[Decay, Decay] = (0.5, 0.999)
    """Adam's two decay rates."""
    batch_size: Annotated[int, Range(1, 100_000)] = 16
    """Triples of neutral picture, sentence and target picture in one step, summed over all processes."""
    steps: CountOrZero = 200_000
    """Updates of the generator; the discriminators have as many."""
    warmup: CountOrZero = 0
    """So many steps at the start have the reconstruction loss alone, and no discriminators; the paper has none."""
    level_1_alone: CountOrZero = 0
    """So many steps at the start of the warm-up synthesize 64x64 pixels only, as reference [12] of the paper trains its
    first stage alone. Our extension, off in every preset: on a CPU a step then takes a fraction of the time."""
    decay: CountOrZero = 0
    """Over so many steps at the end the learning rates fall to zero in a straight line; the paper has none. A run that
    is made longer when it resumes takes up the rates of the longer line."""
    mirror: bool = False
    """Whether half of the pairs are shown mirrored, neutral face and target alike. No sentence names a side, so each
    person is worth two. Off in every preset; the paper does not say."""
    ema_decay: Decay = 0.999
    """Share of the old value that the averaged generator keeps at each step."""
    gradient_clip: Positive = 100.0
    """The gradients of generator and discriminators are scaled down to this norm when they are longer."""
    log_interval: Count = 50
    """Steps between two rows of the metrics."""
    grid_interval: Count = 1_000
    """Steps between two pictures of samples."""
    checkpoint_interval: Count = 1_000
    """Steps between two checkpoints."""
    held_out_pairs: Count = 96
    """Held-out pairs that are measured whenever samples are drawn."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.level_1_alone <= self.warmup,
            "adversarial.level_1_alone is a part of the warm-up: it must lie in 0 ... adversarial.warmup",
        )


@dataclass(frozen=True, kw_only=True)
class Config(Section):
    """Everything that decides what a run computes; printed with the run and stored in its checkpoints."""

    preset: PresetName = "paper"
    """The ready configuration that this one started from."""
    seed: Annotated[int, Range(0, 10**14)] = 0  # a run multiplies it by 10,000, and PyTorch takes 64 bits
    """Decides every random number of a run."""
    networks: NetworksConfig = field(default_factory=NetworksConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    matching: MatchingConfig = field(default_factory=MatchingConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.networks.language.input == "sentence" or self.losses.language_visual == 0,
            "networks.language.input=action_units has no sentence that L_LVM could match with a picture; "
            "add --set losses.language_visual=0",
        )

    def overridden(self, changes: Mapping[str, Any]) -> "Config":
        """Return a copy with some settings changed.

        Args:
            changes: dotted keys and their new values, as in ``{"losses.kl": 0.0, "seed": 3}``.

        Raises:
            UserError: a key does not exist (the nearest one is named), or a value is of another type.
        """
        data = self.to_json()
        known = list(self.flat())
        for key, value in changes.items():
            if key not in known:
                raise unknown_key(key, known)
            section = data
            *path, last = key.split(".")
            for name in path:
                section = section[name]
            section[last] = value
        return Config.from_json(data)


def preset(name: str) -> Config:
    """Return one of the three ready configurations.

    ``paper``: the paper's widths (512 channels in the synthesizer) and literal readings; needs a large GPU.
    ``book``: what trains well; about 12 M parameters for what a synthesis needs.
    ``tiny``: learns visibly within minutes on two CPU cores.

    Raises:
        UserError: there is no preset of that name.
    """
    ready = {"paper": Config, "book": _book, "tiny": _tiny}
    if name not in ready:
        raise UserError(f"no preset is named {name!r}; choose one of {', '.join(ready)}")
    return ready[name]()


_RECOMMENDED_READINGS = LossConfig(kl=1.0, expression_adversarial=True)


def _book() -> Config:
    return Config(
        preset="book",
        networks=NetworksConfig(
            language=LanguageConfig(dropout=0.1),
            facial=FacialConfig(channels=(32, 64, 128, 256, 256, 256, 512)),
            synthesizer=SynthesizerConfig(level_1=(256, 256, 256, 256, 128, 64), level_2=64, level_3=32),
            discriminator=DiscriminatorConfig(base=32, maximum=256),
        ),
        losses=_RECOMMENDED_READINGS,
        matching=MatchingConfig(learning_rate=2e-4, steps=10_000),
        adversarial=AdversarialConfig(steps=50_000, warmup=5_000),
    )


def _tiny() -> Config:
    return Config(
        preset="tiny",
        networks=NetworksConfig(
            language=LanguageConfig(embedding=64),
            visual=VisualConfig(input_size=75),
            facial=FacialConfig(channels=(16, 32, 64, 128, 128, 96, 512)),
            synthesizer=SynthesizerConfig(
                level_1=(160, 160, 128, 128, 64, 32), level_2=16, level_3=16, residual_blocks=1
            ),
            discriminator=DiscriminatorConfig(base=8, maximum=64),
        ),
        # No KL term: in a short run the condition's noise would drown the sentence before anyone listens to it.
        losses=LossConfig(expression_adversarial=True),
        matching=MatchingConfig(learning_rate=1e-3, batch_size=24, steps=60, log_interval=5, checkpoint_interval=60),
        adversarial=AdversarialConfig(
            learning_rate=4e-4,
            batch_size=4,
            steps=200,
            warmup=150,
            ema_decay=0.995,
            log_interval=10,
            grid_interval=100,
            checkpoint_interval=100,
            held_out_pairs=24,
        ),
    )
