"""All five discriminators of Fig. 2 behind one ``forward``."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import DiscriminatorConfig
from lfes_core.networks.expression_verification_discriminator import ExpressionVerificationDiscriminator
from lfes_core.networks.face_verification_discriminator import FaceVerificationDiscriminator
from lfes_core.networks.levels import image_levels
from lfes_core.networks.synthesis_discriminator import SynthesisDiscriminator
from lfes_core.networks.verification import Verdict

Images = tuple[Tensor, Tensor, Tensor]


class Verdicts(NamedTuple):
    """What each discriminator says.

    face: D_FV^1 and D_FV^2.
    expression: D_EV^1 and D_EV^2.
    synthesis: the Synthesis Discriminator, at level 3.
    """

    face: tuple[Verdict, Verdict]
    expression: tuple[Verdict, Verdict]
    synthesis: Verdict


class Discriminators(nn.Module):
    """Face and expression verification at levels 1 and 2, and the Synthesis Discriminator at level 3."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.face_1 = FaceVerificationDiscriminator(config, level=1)
        self.face_2 = FaceVerificationDiscriminator(config, level=2)
        self.expression_1 = ExpressionVerificationDiscriminator(config, level=1)
        self.expression_2 = ExpressionVerificationDiscriminator(config, level=2)
        self.synthesis = SynthesisDiscriminator(config)

    def forward(
        self,
        images: Images,
        neutral: Float[Tensor, "batch 3 256 256"],
        condition: Float[Tensor, "batch 512"],
    ) -> Verdicts:
        """Judge pictures at all levels.

        Args:
            images: true or synthesized pictures of 64, 128 and 256 pixels.
            neutral: the neutral picture I_i of the same people.
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
