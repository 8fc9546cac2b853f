"""Visual Semantic Encoder, VSE (Fig. 2 bottom, Sec. 2.1 and 3.2): a picture becomes f_s and regions."""

from typing import NamedTuple

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, VisualConfig
from lfes_core.networks.inception import InceptionTrunk


class VisualFeatures(NamedTuple):
    """What VSE sees in a batch of pictures.

    regions: [batch 512 r r], one vector for each region; r is 17 at an input of 299 pixels and 3 at 75.
    image: [batch 512], the paper's f_s.
    """

    regions: Tensor
    image: Tensor


class VisualSemanticEncoder(nn.Module):
    """Inception-v3 and two linear projections into the space of the words.

    The paper names f_s only. The word term of L_LVM (reference [15] of the paper) also needs regions: they
    are Inception's Mixed_6e map, projected to 512 by a 1x1 convolution.
    """

    def __init__(self, config: VisualConfig) -> None:
        super().__init__()
        self.input_size = config.input_size
        self.trunk = InceptionTrunk(pretrained=config.pretrained).requires_grad_(config.train_trunk)
        self.region_projection = nn.Conv2d(InceptionTrunk.region_features, FEATURES, kernel_size=1)
        self.image_projection = nn.Linear(InceptionTrunk.image_features, FEATURES)

    def train(self, mode: bool = True) -> "VisualSemanticEncoder":
        """Set the mode; a frozen trunk stays in evaluation mode, else its batch statistics would drift."""
        super().train(mode)
        if not any(parameter.requires_grad for parameter in self.trunk.parameters()):
            self.trunk.eval()
        return self

    def forward(self, image: Float[Tensor, "batch 3 height width"]) -> VisualFeatures:
        """Look at pictures of any size with values in [-1, 1]."""
        size = (self.input_size, self.input_size)
        x = F.interpolate(image.float(), size=size, mode="bilinear", antialias=True)
        regions, whole = self.trunk(x)
        # 768 x 17 x 17 and 2048, for an input of 299 pixels
        return VisualFeatures(regions=self.region_projection(regions), image=self.image_projection(whole))
