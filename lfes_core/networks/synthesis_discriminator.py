"""Synthesis Discriminator (Sec. 2.2): the face verification discriminator of the final picture."""

from lfes_core.config import DiscriminatorConfig
from lfes_core.networks.face_verification_discriminator import FaceVerificationDiscriminator


class SynthesisDiscriminator(FaceVerificationDiscriminator):
    """The same network as a face verification discriminator, for I_s^3 of 256x256 pixels."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__(config, level=3)
