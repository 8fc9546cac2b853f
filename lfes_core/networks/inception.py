"""Inception-v3 from torchvision, also where torch and torchvision are not a matching pair.

A torchvision wheel made for another build of torch cannot load its compiled part, and its import stops with
``operator torchvision::nms does not exist``. Nothing here needs that part: declaring the missing operators, without
implementing them, lets the import go on. Where the pair matches, the import succeeds at once and nothing is declared.
"""

import importlib
from types import ModuleType

import torch
from torch import nn

from lfes_core.errors import UserError

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_declared: list[torch.library.Library] = []  # the declarations live as long as the library object does


def import_torchvision(name: str = "torchvision") -> ModuleType:
    """Import torchvision or one of its modules.

    Args:
        name: the full name, such as ``torchvision.models``.
    """
    try:
        return importlib.import_module(name)
    except RuntimeError as error:
        if _declared or "operator torchvision::" not in str(error):
            raise
    library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        library.define(schema)
    _declared.append(library)
    return importlib.import_module(name)


def inception_v3(*, pretrained: bool) -> nn.Module:
    """Return torchvision's Inception-v3 without its two classifiers.

    Args:
        pretrained: load the ImageNet weights, from torchvision's cache or over the network. Otherwise the weights are
            drawn so that features keep their scale through all layers, also in evaluation mode.

    Raises:
        UserError: the ImageNet weights are asked for and cannot be had.
    """
    models = import_torchvision("torchvision.models")
    if pretrained:
        weights = models.Inception_V3_Weights.IMAGENET1K_V1
        try:
            trunk: nn.Module = models.inception_v3(weights=weights, progress=False)
        except OSError as error:
            raise UserError(
                f"ImageNet weights of Inception-v3 cannot be fetched ({error}); "
                "set networks.visual.pretrained to false, or put them into torchvision's cache"
            ) from error
    else:
        trunk = models.inception_v3(weights=None, aux_logits=True, init_weights=False)
        _keep_scale(trunk)
    trunk.AuxLogits = None
    trunk.fc = nn.Identity()
    return trunk


def _keep_scale(trunk: nn.Module) -> None:
    """Draw convolution weights by He's rule: in evaluation mode a new batch normalization changes nothing."""
    for module in trunk.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
