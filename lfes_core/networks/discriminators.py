"""The discriminators of Sec. 2.2: what they share, D_FV^n, D_EV^n, the Synthesis Discriminator, all five."""

import math
import os
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lfes_core import shipped, weights
from lfes_core.config import FEATURES, LEVEL_SIZES, DiscriminatorConfig
from lfes_core.networks.blocks import convolution, halving, image_levels

Images = tuple[Tensor, Tensor, Tensor]


class Verdict(NamedTuple):
    """Two judgments of each picture as logits, each [batch]: positive means "true".

    unconditional: is it a true picture?
    conditional: is it a true picture that fits the sentence?
    """

    unconditional: Tensor
    conditional: Tensor


class ImageEncoder(nn.Module):
    """Halve a picture until it is 4x4.

    No normalization: true and synthesized pictures may share a batch without touching each other.
    """

    def __init__(self, config: DiscriminatorConfig, image_size: int) -> None:
        super().__init__()
        halvings = int(math.log2(image_size // 4))
        widths = [3, *(min(config.base * 2**index, config.maximum) for index in range(halvings))]
        layers: list[nn.Module] = []
        for pair in pairwise(widths):
            layers += [halving(*pair), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.channels = widths[-1]

    def forward(self, image: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch c 4 4"]:
        """Return the features of pictures with values in [-1, 1]."""
        features: Tensor = self.layers(image)
        return features


class VerificationHeads(nn.Module):
    """The unconditional and the conditional judgment of 4x4 features (the two braces of Eq. 2 and 3)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.unconditional = nn.Conv2d(channels, 1, kernel_size=4)
        self.joint = nn.Sequential(convolution(channels + FEATURES, channels, 3), nn.LeakyReLU(0.2, inplace=True))
        self.conditional = nn.Conv2d(channels, 1, kernel_size=4)

    def forward(self, features: Float[Tensor, "batch c 4 4"], condition: Float[Tensor, "batch 512"]) -> Verdict:
        """Judge features alone, and with the sentence's w-hat_N.

        The condition is detached: neither the discriminators' loss nor the generator's may bend the
        condition itself.
        """
        tiled = condition.detach().to(features.dtype)[:, :, None, None].expand(-1, -1, 4, 4)
        joint = self.joint(torch.cat((features, tiled), dim=1))
        # c x 4 x 4
        return Verdict(
            unconditional=self.unconditional(features).flatten(),
            conditional=self.conditional(joint).flatten(),
        )


class FaceVerificationDiscriminator(nn.Module):
    """D_FV^n (Eq. 2), is it a true face that fits the sentence: judges pictures alone, and with w-hat_N.

    Args:
        config: widths.
        level: 1 for 64x64 pixels, 2 for 128x128.
    """

    def __init__(self, config: DiscriminatorConfig, level: int) -> None:
        super().__init__()
        self.encoder = ImageEncoder(config, LEVEL_SIZES[level - 1])
        self.heads = VerificationHeads(self.encoder.channels)

    def forward(self, image: Float[Tensor, "batch 3 size size"], condition: Float[Tensor, "batch 512"]) -> Verdict:
        """Return the logits of pictures with values in [-1, 1] under their conditions."""
        verdict: Verdict = self.heads(self.encoder(image), condition)
        return verdict


class ExpressionVerificationDiscriminator(nn.Module):
    """D_EV^n (Eq. 3), does the face change as it should: judges F_EV alone, and with w-hat_N.

    F_EV = f_EV(picture) - f_EV(neutral picture). What the two pictures share, above all the person, tends to cancel in
    the difference; the expression is left. The encoder f_EV is part of the discriminator and learns with it.

    Args:
        config: widths.
        level: 1 for 64x64 pixels, 2 for 128x128.
    """

    def __init__(self, config: DiscriminatorConfig, level: int) -> None:
        super().__init__()
        self.f_ev = ImageEncoder(config, LEVEL_SIZES[level - 1])
        self.heads = VerificationHeads(self.f_ev.channels)

    def forward(
        self,
        image: Float[Tensor, "batch 3 size size"],
        neutral: Float[Tensor, "people 3 size size"],
        condition: Float[Tensor, "batch 512"],
    ) -> Verdict:
        """Return the logits of pictures beside the neutral picture of the same person.

        A batch may show the same people several times, in one order; each neutral picture is encoded once.
        """
        difference = self.f_ev(image) - self.f_ev(neutral).repeat(len(image) // len(neutral), 1, 1, 1)
        # c x 4 x 4
        verdict: Verdict = self.heads(difference, condition)
        return verdict


class SynthesisDiscriminator(FaceVerificationDiscriminator):
    """The same network as a face verification discriminator, for I_s^3 of 256x256 pixels."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__(config, level=3)


class Verdicts(NamedTuple):
    """What each discriminator says.

    face: D_FV^1 and D_FV^2.
    expression: D_EV^1 and D_EV^2.
    synthesis: the Synthesis Discriminator, at level 3.
    """

    face: tuple[Verdict, Verdict]
    expression: tuple[Verdict, Verdict]
    synthesis: Verdict

    def logits(self) -> Float[Tensor, "batch 10"]:
        """All judgments of each picture side by side, two of each discriminator."""
        every = (*self.face, *self.expression, self.synthesis)
        return torch.stack([logits for verdict in every for logits in verdict], dim=1)


class Discriminators(nn.Module):
    """Face and expression verification at levels 1 and 2, and the Synthesis Discriminator at level 3."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.face_1 = FaceVerificationDiscriminator(config, level=1)
        self.face_2 = FaceVerificationDiscriminator(config, level=2)
        self.expression_1 = ExpressionVerificationDiscriminator(config, level=1)
        self.expression_2 = ExpressionVerificationDiscriminator(config, level=2)
        self.synthesis = SynthesisDiscriminator(config)

    @classmethod
    def load(cls, name: str | os.PathLike[str] | None = None, device: str = "cpu") -> "Discriminators":
        """Loads trained discriminators, in evaluation mode, onto a device as PyTorch names it.

        They are those of a shipped set (the default one when not given), of a run folder or of its
        ``discriminators.safetensors``. UserError: as for `Synthesizer.load`.
        """
        stored = weights.load(shipped.discriminators_file(name), weights.DISCRIMINATORS)
        network = stored.built(lambda: cls(stored.config.networks.discriminator), device)
        return network.eval().requires_grad_(False)

    def forward(
        self, images: Images, neutral: Float[Tensor, "people 3 256 256"], condition: Float[Tensor, "batch 512"]
    ) -> Verdicts:
        """Judge pictures at all levels.

        Args:
            images: true or synthesized pictures of 64, 128 and 256 pixels.
            neutral: the neutral picture I_i of the same people, who may be shown several times in one order.
            condition: w-hat_N, the sentence that the pictures should fit; detached inside.
        """
        first, second, third = images
        neutral_1, neutral_2, _ = image_levels(neutral)
        return Verdicts(
            face=(self.face_1(first, condition), self.face_2(second, condition)),
            expression=(
                self.expression_1(first, neutral_1, condition),
                self.expression_2(second, neutral_2, condition),
            ),
            synthesis=self.synthesis(third, condition),
        )
