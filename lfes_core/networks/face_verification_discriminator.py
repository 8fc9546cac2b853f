"""Face verification discriminator D_FV^n (Sec. 2.2, Eq. 2): is it a true face that fits the sentence?"""

from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import LEVEL_SIZES, DiscriminatorConfig
from lfes_core.networks.verification import ImageEncoder, Verdict, VerificationHeads


class FaceVerificationDiscriminator(nn.Module):
    """Judges the pictures of one level, alone and together with w-hat_N.

    Args:
        config: widths.
        level: 1 for 64x64 pixels, 2 for 128x128.
    """

    def __init__(self, config: DiscriminatorConfig, level: int) -> None:
        super().__init__()
        self.encoder = ImageEncoder(config, LEVEL_SIZES[level - 1])
        self.heads = VerificationHeads(self.encoder.channels)

    def forward(
        self, image: Float[Tensor, "batch 3 size size"], condition: Float[Tensor, "batch 512"]
    ) -> Verdict:
        """Return the logits of pictures with values in [-1, 1] under their conditions."""
        verdict: Verdict = self.heads(self.encoder(image), condition)
        return verdict
