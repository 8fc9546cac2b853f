"""The one configuration object: what is built, what is minimized, how it is trained.

The defaults are the paper's numbers, read literally where the text allows two readings; ``preset("book")`` and
``preset("tiny")`` say what they change. All three work at 256x256 with levels of 64, 128 and 256 pixels and with the
paper's 512 numbers for a word, a sentence and a face; in between the smaller ones are narrower, and `tiny` less deep.

A configuration is frozen. ``overridden`` makes a changed copy, ``to_json`` and ``from_json`` bring it to a checkpoint
and back. Unknown keys, and values of another type or out of their range, raise :class:`~lfes_core.errors.UserError`.
"""

import difflib
import functools
import json
import operator
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, TypeVar

from lfes_core.errors import UserError, shown

IMAGE_SIZE = 256  # width and height of the neutral and of the target picture (Sec. 2.2)
LEVEL_SIZES = (64, 128, 256)  # width and height of the picture of each synthesizer level (Sec. 2.2)
FEATURES = 512  # numbers in a word, in the sentence, in f_s, in each of the 2x2 places of f_f (Sec. 2.1 and 2.2)

# Each with the least and the largest value that makes sense.
Count = Annotated[int, (1, 10**9)]
CountOrZero = Annotated[int, (0, 10**9)]
Width = Annotated[int, (1, 4_096)]  # wider layers only exist in files that somebody has tampered with
Weight = Annotated[float, (0, 1e6)]
Positive = Annotated[float, (1e-12, 1e6)]
Share = Annotated[float, (0, 1)]
Decay = Annotated[float, (0, 0.999_999_9)]

Own = TypeVar("Own", bound="Section")


class Section:
    """A part of the configuration, a frozen dataclass that checks itself; ``path`` is the beginning of its keys."""

    path = ""

    def __init_subclass__(cls, path: str = "") -> None:
        cls.path = path

    def __post_init__(self) -> None:
        """Checks type and range of each value; a subclass adds what several settings must agree on."""
        for name, annotation in typing.get_type_hints(type(self), include_extras=True).items():
            _checked(annotation, getattr(self, name), self.path + name)

    def to_json(self) -> dict[str, Any]:
        """Return the section as JSON types: dictionaries, lists, numbers, strings and booleans."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # type: ignore[call-overload]
        return found

    @classmethod
    def from_json(cls: type[Own], data: Any) -> Own:
        """Rebuild a section from ``to_json``. Keys that are missing keep their default.

        UserError: a key does not exist (the nearest one is named), or a value is of another type or range.
        """
        whole = cls.path[:-1] or "the whole"
        require(isinstance(data, Mapping), f"{whole} must be a dictionary, not {shown(data)}")
        known = typing.get_type_hints(cls, include_extras=True)
        for key in data:
            _require_known(f"{cls.path}{key}", [cls.path + name for name in known])
        return cls(**{key: _checked(known[key], value, cls.path + key) for key, value in data.items()})

    def flat(self) -> dict[str, Any]:
        """Return all values by dotted key, as in ``networks.facial.channels``, in the order of the configuration."""
        found: dict[str, Any] = {}
        for name, value in self.to_json().items():
            own = getattr(self, name)
            found |= own.flat() if isinstance(own, Section) else {self.path + name: value}
        return found


def require(condition: bool, message: str) -> None:
    """Raises a UserError that names the configuration unless the condition holds."""
    if not condition:
        raise UserError(f"configuration: {message}")


def _require_known(key: str, known: list[str]) -> None:
    if key not in known:
        near = difflib.get_close_matches(key[:80], known, n=1, cutoff=0.0)
        raise UserError(f"configuration: no setting is named {shown(key)}; did you mean {near[0]!r}?")


def _checked(annotation: Any, value: Any, path: str) -> Any:
    """The value as ``annotation`` asks for it, or a UserError that names the dotted ``path``."""
    kind, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if kind is Annotated:
        plain, (least, largest) = arguments
        value = _checked(plain, value, path)
        if least <= value <= largest:
            return value
        wanted = f"lie in {least:g} ... {largest:g}"
    elif kind is tuple:
        any_length = arguments[-1] is Ellipsis
        if isinstance(value, list | tuple) and (any_length or len(value) == len(arguments)):
            return tuple(_checked(arguments[0], entry, path) for entry in value)
        wanted = "be a list of numbers" if any_length else f"be a list of {len(arguments)} numbers"
    elif kind is Literal:
        if isinstance(value, str) and value in arguments:
            return value
        wanted = f"be one of {', '.join(arguments)}"
    elif issubclass(annotation, Section):
        return value if isinstance(value, annotation) else annotation.from_json(value)
    else:
        if annotation is float and type(value) is int and abs(value) < 2**53:
            return float(value)
        if type(value) is annotation:
            return value
        wanted = {int: "be a whole number", float: "be a number", bool: "be true or false", str: "be text"}[annotation]
    raise UserError(f"configuration: {path} must {wanted}, not {shown(value)}")


@dataclass(frozen=True, kw_only=True)
class LanguageConfig(Section, path="networks.language."):
    """Language Semantic Encoder (Sec. 2.1). The paper gives the 512 outputs; the rest is ours."""

    input: Literal["sentence", "action_units"] = "sentence"
    """What tells the synthesizer which face to make. "action_units" is our extension, for a comparison: the Action
    Unit intensities of a sentence in fixed directions, without LSE; it needs ``losses.language_visual`` 0."""
    embedding: Width = 300
    """Numbers in a word's embedding, before the bidirectional LSTM."""
    dropout: Share = 0.0
    """Share of embedding numbers set to zero while LSE learns."""


@dataclass(frozen=True, kw_only=True)
class VisualConfig(Section, path="networks.visual."):
    """Visual Semantic Encoder (Sec. 2.1 and 3.2): Inception-v3 with two projections to 512 numbers."""

    input_size: Annotated[int, (75, 1_024)] = 299
    """A picture is resized to so many pixels; at least 75. The region map is 17x17 at 299 and 3x3 at 75."""
    pretrained: bool = False
    """Start from ImageNet weights (torchvision must be able to find or fetch them)."""
    train_trunk: bool = True
    """Whether matching pre-training changes the Inception trunk or only the two projections."""


@dataclass(frozen=True, kw_only=True)
class FacialConfig(Section, path="networks.facial."):
    """Facial Feature Encoder (Sec. 2.2): seven halvings from 256 to 2 pixels."""

    channels: tuple[Width, ...] = (64, 128, 256, 512, 512, 512, 512)
    """Channels at 128, 64, 32, 16, 8, 4 and 2 pixels; the last must be 512."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.channels) == 7, "networks.facial.channels needs 7 widths, for 128, 64, ... 4 and 2 pixels")
        require(self.channels[-1] == FEATURES, f"networks.facial.channels must end with {FEATURES}, the width of f_f")


@dataclass(frozen=True, kw_only=True)
class ConditioningConfig(Section, path="networks.conditioning."):
    """Conditioning augmentation (Sec. 2.2, reference [12] of the paper)."""

    log_variance_limit: Annotated[float, (0, 80)] = 8.0
    """The log-variance is kept within plus and minus this number, so that its exponential stays finite."""


@dataclass(frozen=True, kw_only=True)
class SynthesizerConfig(Section, path="networks.synthesizer."):
    """Multi-level Expression Synthesizer (Sec. 2.2)."""

    level_1: tuple[Width, ...] = (512, 512, 512, 512, 512, 512)
    """Channels of level 1 at 2, 4, 8, 16, 32 and 64 pixels; the last is the width of q_1."""
    level_2: Width = 512
    """Channels of q_2, at 128 pixels."""
    level_3: Width = 512
    """Channels of q_3, at 256 pixels."""
    residual_blocks: Annotated[int, (0, 64)] = 2
    """Residual blocks in each level, before it is enlarged."""
    attention: bool = True
    """Expressive word attention (Eq. 1) between the levels; False gives the ablation of Table 1."""
    moves: bool = False
    """Our extension: the levels give flow fields, occlusion masks and colors, and every picture is the neutral face
    moved by them; FFE's maps join the synthesizer at their own sizes (skip connections)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.level_1) == 6, "networks.synthesizer.level_1 needs 6 widths, for 2, 4, ... 32 and 64 pixels")


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig(Section, path="networks.discriminator."):
    """Width of all five discriminators (Sec. 2.2 gives none)."""

    base: Width = 64
    """Channels after the first halving; each further halving doubles them."""
    maximum: Width = 512
    """Channels are never more than this."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.base <= self.maximum, f"{self.path}base must not be more than {self.path}maximum")


@dataclass(frozen=True, kw_only=True)
class NetworksConfig(Section, path="networks."):
    """One section for each box of Fig. 2."""

    language: LanguageConfig = LanguageConfig()
    visual: VisualConfig = VisualConfig()
    facial: FacialConfig = FacialConfig()
    conditioning: ConditioningConfig = ConditioningConfig()
    synthesizer: SynthesizerConfig = SynthesizerConfig()
    discriminator: DiscriminatorConfig = DiscriminatorConfig()


@dataclass(frozen=True, kw_only=True)
class LossConfig(Section, path="losses."):
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
    flow: Weight = 0.0
    """Our extension: weight of L_flow, the distance of the flow field to the true one, where a dataset knows it."""
    occlusion: Weight = 0.0
    """Our extension: weight of the mean of the occlusion mask, so that nothing is painted that can be moved."""
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
    face_adversarial: bool = True
    """Whether D_FV teaches the generator in levels 1 and 2; False leaves the Synthesis Discriminator alone."""
    expression_adversarial: bool = False
    """Whether D_EV teaches the generator in levels 1 and 2; False is literal (Eq. 5), True recommended."""
    mismatched_sentences: bool = False
    """Whether the discriminators also see true pictures with a wrong sentence; False is literal (Eq. 2)."""
    gradient_penalty: Weight = 0.0
    """Our extension: weight of R1 (Mescheder et al., 2018), which keeps discriminators flat at true pictures."""


@dataclass(frozen=True, kw_only=True)
class MatchingConfig(Section, path="matching."):
    """Pre-training of LSE and VSE (Sec. 3.2 gives the learning rate only)."""

    learning_rate: Positive = 1e-5
    """Adam's step size; the paper's, which is very small for encoders that start from nothing."""
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    """Adam's two decay rates."""
    batch_size: Annotated[int, (2, 100_000)] = 48
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
class AdversarialConfig(Section, path="adversarial."):
    """Training of FESN (Sec. 3.2 gives Adam and the learning rate only)."""

    learning_rate: Positive = 2e-4
    """Adam's step size, for the generator and for the discriminators."""
    betas: tuple[Decay, Decay] = (0.5, 0.999)
    """Adam's two decay rates."""
    batch_size: Annotated[int, (1, 100_000)] = 16
    """Triples of neutral picture, sentence and target picture in one step, summed over all processes."""
    steps: CountOrZero = 200_000
    """Updates of the generator; the discriminators have as many."""
    warmup: CountOrZero = 0
    """So many steps at the start have the reconstruction loss alone, and no discriminators; the paper has none."""
    decay: CountOrZero = 0
    """Over so many steps at the end the learning rates fall to zero in a straight line; the paper has none. A run that
    is made longer when it resumes takes up the rates of the longer line."""
    mirror: bool = False
    """Our extension, off in every preset: half of the pairs are mirrored; no sentence names a side."""
    photographic: Share = 0.0
    """Our extension, off in every preset: this share of pairs looks as if a phone had taken both pictures."""
    condition_dropout: Share = 0.0
    """Our extension, off in every preset: for this share of pairs the synthesizer does not see w-hat_N, so that it has
    to listen to the words (as classifier-free guidance hides its condition; the discriminators see it)."""
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


@dataclass(frozen=True, kw_only=True)
class Config(Section):
    """Everything that decides what a run computes; printed with the run and stored in its checkpoints."""

    preset: Literal["paper", "book", "tiny"] = "paper"
    """The ready configuration that this one started from."""
    seed: Annotated[int, (0, 10**14)] = 0  # a run multiplies it by 10,000, and PyTorch takes 64 bits
    """Decides every random number of a run."""
    networks: NetworksConfig = NetworksConfig()
    losses: LossConfig = LossConfig()
    matching: MatchingConfig = MatchingConfig()
    adversarial: AdversarialConfig = AdversarialConfig()

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.networks.language.input == "sentence" or self.losses.language_visual == 0,
            "networks.language.input=action_units has no sentence that L_LVM could match with a picture; "
            "add --set losses.language_visual=0",
        )

    def overridden(self, changes: Mapping[str, Any]) -> "Config":
        """Return a copy with some settings changed, by dotted keys as in ``{"losses.kl": 0.0, "seed": 3}``.

        UserError: a key does not exist (the nearest one is named), or a value is of another type or range.
        """
        data, known = self.to_json(), list(self.flat())
        for key, value in changes.items():
            _require_known(key, known)
            *path, last = key.split(".")
            functools.reduce(operator.getitem, path, data)[last] = value
        return Config.from_json(data)


def preset(name: str) -> Config:
    """Return one of the three ready configurations. UserError: there is no preset of that name.

    ``paper``: the paper's widths (512 channels in the synthesizer) and literal readings; needs a large GPU.
    ``book``: meant for one GPU, not trained yet; about 12 M parameters for what a synthesis needs.
    ``tiny``: learns visibly within minutes on two CPU cores.
    """
    if name not in _PRESETS:
        raise UserError(f"no preset is named {name!r}; choose one of {', '.join(_PRESETS)}")
    return _PRESETS[name]


_PRESETS = {
    "paper": Config(),
    "book": Config(
        preset="book",
        networks=NetworksConfig(
            language=LanguageConfig(dropout=0.1),
            facial=FacialConfig(channels=(32, 64, 128, 256, 256, 256, 512)),
            synthesizer=SynthesizerConfig(level_1=(256, 256, 256, 256, 128, 64), level_2=64, level_3=32),
            discriminator=DiscriminatorConfig(base=32, maximum=256),
        ),
        losses=LossConfig(kl=1.0, expression_adversarial=True),  # the recommended readings
        matching=MatchingConfig(learning_rate=2e-4, steps=10_000),
        adversarial=AdversarialConfig(steps=50_000, warmup=5_000),
    ),
    "tiny": Config(
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
    ),
}
