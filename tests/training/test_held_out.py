"""Held-out faces: the numbers are those of the pictures, and the grid shows them."""

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from lfes_core.datasets import ExpressionPairs
from lfes_core.metrics import ssim, to_unit_range
from lfes_core.networks.blocks import image_levels
from lfes_core.networks.generator import Condition, Generated
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.multi_level_expression_synthesizer import SynthesizedLevels
from lfes_core.sentences import Vocabulary
from lfes_core.training.held_out import HeldOut
from tests.training.faces import drawn_faces


class Copying(nn.Module):
    """A generator that returns the neutral face, darkened."""

    def __init__(self, darker: float) -> None:
        super().__init__()
        self.darker = darker

    def forward(self, neutral, words, sentence, mask, sample=None, levels=3):
        assert sample is False
        images = image_levels(neutral - self.darker)[:levels]
        synthesized = SynthesizedLevels(images=images, attention=())
        return Generated(levels=synthesized, condition=Condition(sentence, sentence, sentence))


def read_nothing(tokens, lengths):
    batch, words = tokens.shape
    return LanguageFeatures(torch.zeros(batch, 512, words), torch.zeros(batch, 512), tokens > 0)


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> HeldOut:
    dataset = drawn_faces(tmp_path_factory.mktemp("faces") / "data", people=2)
    return HeldOut(ExpressionPairs(dataset, "test", Vocabulary(), seed=0), count=10)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


def test_a_generator_that_copies_has_the_numbers_of_copy(held_out, fabric):
    numbers = held_out.measure(fabric, read_nothing, Copying(0.0))
    assert numbers.pairs == 3
    assert numbers.ssim == pytest.approx(numbers.copy_ssim)
    assert numbers.ssim_moved == pytest.approx(numbers.copy_ssim_moved)
    assert numbers.ssim_moved < numbers.ssim < 1


def test_the_numbers_are_means_over_the_pairs(held_out, fabric):
    numbers = held_out.measure(fabric, read_nothing, Copying(0.2))
    batch = held_out.parts[0]
    each = [
        ssim(to_unit_range(neutral - 0.2), to_unit_range(target))
        for neutral, target in zip(batch.neutral, batch.target, strict=True)
    ]
    assert numbers.ssim == pytest.approx(np.mean(each))
    assert numbers.ssim < numbers.copy_ssim


def test_the_grid_shows_neutral_three_levels_and_target(held_out, fabric):
    grid = np.asarray(held_out.grid(fabric, read_nothing, Copying(0.0)))
    assert grid.shape == (3 * 256, 5 * 256, 3)
    neutral, level_1, _, level_3, target = np.split(grid.astype(int), 5, axis=1)
    assert (neutral == level_3).all()
    assert 0 < np.abs(neutral - level_1).mean() < 5
    assert (neutral != target).any()


def test_where_level_1_is_alone_it_is_enlarged_and_stands_for_the_rest(held_out, fabric):
    grid = np.asarray(held_out.grid(fabric, read_nothing, Copying(0.0), levels=1)).astype(int)
    neutral, level_1, _, level_3, _ = np.split(grid, 5, axis=1)
    assert 0 < np.abs(neutral - level_3).mean() < 5  # the same face, without what 64 pixels cannot hold
    blocks = level_1[: 4 * 64].reshape(64, 4, 64, 4, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()  # pixels of 64x64 as they are
    numbers = held_out.measure(fabric, read_nothing, Copying(0.0), levels=1)
    assert 0.9 * numbers.copy_ssim < numbers.ssim < numbers.copy_ssim


def test_the_settings_of_ssim_are_told(held_out):
    assert (
        "structural_similarity(data_range=1.0, channel_axis=-1, gaussian_weights=True" in held_out.settings()
    )
