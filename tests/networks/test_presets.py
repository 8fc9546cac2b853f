"""All presets, built without memory for their weights."""

import re

import pytest
import torch
from torch import nn

import lfes_core.networks
from lfes_core.config import preset
from lfes_core.networks import Discriminators, Generator, LanguageSemanticEncoder, VisualSemanticEncoder
from lfes_core.sentences import Vocabulary

# millions of parameters; the table in lfes_core/networks/__init__.py shows the same
PARAMETERS = {
    "paper": (1.17, 0.53, 15.34, 46.95, 54.24),
    "book": (1.17, 0.53, 4.89, 5.20, 16.54),
    "tiny": (0.67, 0.53, 1.42, 1.34, 2.15),
}


def millions(network: nn.Module) -> float:
    return round(sum(parameter.numel() for parameter in network.parameters()) / 1e6, 2)


@pytest.mark.parametrize("name", PARAMETERS)
def test_presets_have_the_sizes_that_the_book_names(name: str) -> None:
    networks = preset(name).networks
    with torch.device("meta"):
        language = LanguageSemanticEncoder(networks.language, vocabulary_size=len(Vocabulary()))
        generator = Generator(networks)
        discriminators = Discriminators(networks.discriminator)
        image = torch.empty(1, 3, 256, 256)
        words, mask = torch.empty(1, 512, 9), torch.ones(1, 9, dtype=torch.bool)
        levels = generator(image, words, torch.empty(1, 512), mask).levels
        assert [image.shape[-1] for image in levels.images] == [64, 128, 256]
    found = (
        millions(language),
        millions(generator.conditioning_augmentation),
        millions(generator.facial_feature_encoder),
        millions(generator.multi_level_expression_synthesizer),
        millions(discriminators),
    )
    assert found == pytest.approx(PARAMETERS[name], abs=0.006)


@pytest.mark.parametrize("column", (0, 1, 2))
def test_the_printed_table_shows_these_sizes(column: int) -> None:
    name = list(PARAMETERS)[column]
    rows = re.findall(r"\s+([\d.]+)" * 3 + "$", str(lfes_core.networks.__doc__), flags=re.MULTILINE)
    shown = [float(row[column]) for row in rows]
    language, conditioning, facial, synthesizer, discriminators = PARAMETERS[name]
    together = language + conditioning + facial + synthesizer
    assert shown[:4] == [language, conditioning, facial, synthesizer]
    assert shown[4] == pytest.approx(together, abs=0.02)
    assert shown[5] == discriminators


def test_book_needs_about_twelve_million_parameters_for_a_synthesis() -> None:
    assert 11 < sum(PARAMETERS["book"][:4]) < 13


def test_inception_has_17x17_regions_at_the_paper_s_picture_size() -> None:
    with torch.device("meta"):
        visual = VisualSemanticEncoder(preset("paper").networks.visual).eval()(torch.empty(1, 3, 256, 256))
    assert visual.regions.shape == (1, 512, 17, 17)
