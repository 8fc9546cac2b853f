"""Expression verification discriminator D_EV^n (Sec. 2.2, Eq. 3): does the face change as it should?"""

from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import LEVEL_SIZES, DiscriminatorConfig
from lfes_core.networks.verification import ImageEncoder, Verdict, VerificationHeads


class ExpressionVerificationDiscriminator(nn.Module):
    """Judges F_EV = f_EV(picture) - f_EV(neutral picture), alone and together with w-hat_N.

    What the two pictures share, above all the person, tends to cancel in the difference; the expression is
    left. The encoder f_EV is part of the discriminator and learns with it.

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
        neutral: Float[Tensor, "batch 3 size size"],
        condition: Float[Tensor, "batch 512"],
    ) -> Verdict:
        """Return the logits of pictures beside the neutral picture of the same person."""
        difference = self.f_ev(image) - self.f_ev(neutral)
        # c x 4 x 4
        verdict: Verdict = self.heads(difference, condition)
        return verdict
