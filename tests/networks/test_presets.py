"""All presets, built without memory for their weights."""

import re

import pytest
import torch
from torch import nn

import lfes_core.networks
from lfes_core.config import preset
from lfes_core.networks import Discriminators, Generator, LanguageSemanticEncoder, VisualSemanticEncoder
from lfes_core.sentences import Vocabulary

ROWS = re.findall(r"\s+([\d.]+)" * 3 + "$", str(lfes_core.networks.__doc__), flags=re.MULTILINE)
"""Millions of parameters of `paper`, `book` and `tiny`, as the package prints them."""


def millions(network: nn.Module) -> float:
    return sum(parameter.numel() for parameter in network.parameters()) / 1e6


@pytest.mark.parametrize(("column", "name"), ((0, "paper"), (1, "book"), (2, "tiny")))
def test_presets_have_the_sizes_that_the_package_prints(column: int, name: str) -> None:
    networks = preset(name).networks
    with torch.device("meta"):
        generator = Generator(networks)
        needed = (
            LanguageSemanticEncoder(networks.language, vocabulary_size=len(Vocabulary())),
            generator.conditioning_augmentation,
            generator.facial_feature_encoder,
            generator.multi_level_expression_synthesizer,
        )
        others = Discriminators(networks.discriminator), VisualSemanticEncoder(networks.visual)
        words, mask = torch.empty(1, 512, 9), torch.ones(1, 9, dtype=torch.bool)
        levels = generator(torch.empty(1, 3, 256, 256), words, torch.empty(1, 512), mask).levels
    found = [*map(millions, needed), sum(map(millions, needed)), *map(millions, others)]
    assert found == pytest.approx([float(row[column]) for row in ROWS], abs=0.006)
    assert [image.shape[-1] for image in levels.images] == [64, 128, 256]


def test_inception_has_17x17_regions_at_the_paper_s_picture_size() -> None:
    with torch.device("meta"):
        visual = VisualSemanticEncoder(preset("paper").networks.visual).eval()(torch.empty(1, 3, 256, 256))
    assert visual.regions.shape == (1, 512, 17, 17)
