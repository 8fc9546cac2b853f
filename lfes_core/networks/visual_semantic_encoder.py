"""Visual Semantic Encoder, VSE (Fig. 2 bottom, Sec. 2.1 and 3.2): a picture becomes f_s and regions.

Its trunk is Inception-v3 from torchvision, also where torch and torchvision are not a matching pair: a torchvision made
for another build of torch cannot load its compiled part, and its import stops with ``operator torchvision::nms does not
exist``. Nothing here needs that part: declaring the missing operators, without implementing them, lets the import go
on. Where the pair matches, the import succeeds at once and nothing is declared.
"""

import importlib
from collections import OrderedDict
from types import ModuleType
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from lfes_core.config import FEATURES, VisualConfig
from lfes_core.errors import UserError

_declared: list[Any] = []  # a declaration lives as long as its library object


def import_torchvision(name: str = "torchvision") -> ModuleType:
    """Import torchvision or one of its modules, by the full name such as ``torchvision.models``."""
    try:
        return importlib.import_module(name)
    except RuntimeError as error:
        if _declared or "operator torchvision::" not in str(error):
            raise
    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
    return importlib.import_module(name)


class InceptionTrunk(nn.Module):
    """Inception-v3 (reference [19] of the paper) without its classifiers.

    ``pretrained`` loads the ImageNet weights, from torchvision's cache or over the network; UserError: they cannot be
    had. Otherwise weights are drawn so that features keep their scale through all layers, also in evaluation mode.
    """

    region_features = 768
    image_features = 2048

    def __init__(self, *, pretrained: bool) -> None:
        super().__init__()
        network = _pretrained() if pretrained else _new()
        # sizes in pixels for a picture of 299x299
        self.to_regions = _part(
            network,
            ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"),  # 64 x 147 x 147
            ("maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3"),  # 192 x 71 x 71
            ("maxpool2", "Mixed_5b", "Mixed_5c", "Mixed_5d"),  # 288 x 35 x 35
            ("Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"),  # 768 x 17 x 17
        )
        self.to_image = _part(network, ("Mixed_7a", "Mixed_7b", "Mixed_7c"))  # 2048 x 8 x 8

    def forward(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> tuple[Float[Tensor, "batch 768 r r"], Float[Tensor, "batch 2048"]]:
        """Return the Mixed_6e map and the average of the Mixed_7c map."""
        regions = self.to_regions(image)
        return regions, self.to_image(regions).mean(dim=(2, 3))


def _pretrained() -> nn.Module:
    models = import_torchvision("torchvision.models")
    try:
        network: nn.Module = models.inception_v3(weights="IMAGENET1K_V1", progress=False)
    except OSError as error:
        raise UserError(
            f"the ImageNet weights of Inception-v3 cannot be fetched ({error}); set "
            "networks.visual.pretrained to false, or put the file into torchvision's cache"
        ) from error
    return network


def _new() -> nn.Module:
    models = import_torchvision("torchvision.models")
    network: nn.Module = models.inception_v3(weights=None, init_weights=False)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            # He's rule keeps the scale when batch normalization still has its first statistics, 0 and 1
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return network


def _part(network: nn.Module, *stages: tuple[str, ...]) -> nn.Sequential:
    return nn.Sequential(OrderedDict((name, network.get_submodule(name)) for stage in stages for name in stage))


class VisualFeatures(NamedTuple):
    """What VSE sees in a batch of pictures.

    regions: [batch 512 r r], one vector for each region; r is 17 at an input of 299 pixels and 3 at 75.
    image: [batch 512], the paper's f_s.
    """

    regions: Tensor
    image: Tensor


class VisualSemanticEncoder(nn.Module):
    """Inception-v3 and two linear projections into the space of the words.

    The paper names f_s only. The word term of L_LVM (reference [15] of the paper) also needs regions: they are
    Inception's Mixed_6e map, projected to 512 by a 1x1 convolution.
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
