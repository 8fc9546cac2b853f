"""Held-out people: numbers are those of the pictures, and encoders that know gender only are found out."""

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from lfes_core.datasets import DISFAPlus, ExpressionPairs
from lfes_core.metrics import ssim, to_unit_range
from lfes_core.networks import Condition, Generated, LanguageFeatures, SynthesizedLevels, VisualFeatures, image_levels
from lfes_core.sentences import Vocabulary
from lfes_core.training import held_out as module
from lfes_core.training.held_out import HeldOut, measure_matching
from tests.training.faces import drawn_faces


class Copying(nn.Module):
    """A generator that returns the neutral face, darkened."""

    def __init__(self, darker: float) -> None:
        super().__init__()
        self.darker = darker

    def forward(self, neutral, words, sentence, mask, sample=None):
        assert sample is False
        images = image_levels(neutral - self.darker)
        synthesized = SynthesizedLevels(images=images, attention=())
        return Generated(levels=synthesized, condition=Condition(sentence, sentence, sentence))


def read_nothing(tokens, lengths):
    batch, words = tokens.shape
    return LanguageFeatures(torch.zeros(batch, 512, words), torch.zeros(batch, 512), tokens > 0)


def see(pictures):
    """512 places of each picture stand for VSE's features."""
    return VisualFeatures(pictures, pictures.flatten(1)[:, :: pictures[0].numel() // 512][:, :512])


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> HeldOut:
    dataset = drawn_faces(tmp_path_factory.mktemp("faces") / "data", people=2)
    return HeldOut(ExpressionPairs(dataset, "validation", Vocabulary(), seed=0), count=10)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


def test_a_generator_that_copies_has_the_numbers_of_copy(held_out, fabric):
    numbers = held_out.measure(fabric, read_nothing, see, Copying(0.0))
    assert numbers["pairs"] == 3
    assert numbers["ssim"] == pytest.approx(numbers["copy_ssim"])
    assert numbers["ssim_moved"] == pytest.approx(numbers["copy_ssim_moved"])
    assert numbers["ssim_moved"] < numbers["ssim"] < 1
    assert numbers["sharpness"] > 0 and numbers["vse_distance"] > 0


def test_the_numbers_are_means_over_the_pairs(held_out, fabric):
    numbers = held_out.measure(fabric, read_nothing, see, Copying(0.2))
    batch = held_out.parts[0]
    each = [
        ssim(to_unit_range(neutral - 0.2), to_unit_range(target))
        for neutral, target in zip(batch.neutral, batch.target, strict=True)
    ]
    assert numbers["ssim"] == pytest.approx(np.mean(each))
    assert numbers["ssim"] < numbers["copy_ssim"]


def test_the_grid_shows_neutral_three_levels_and_target(held_out, fabric):
    grid = np.asarray(held_out.grid(fabric, read_nothing, Copying(0.0)))
    assert grid.shape == (3 * 256, 5 * 256, 3)
    neutral, level_1, _, level_3, target = np.split(grid.astype(int), 5, axis=1)
    assert (neutral == level_3).all()
    assert 0 < np.abs(neutral - level_1).mean() < 5
    assert (neutral != target).any()


def test_the_settings_of_ssim_are_told(held_out):
    assert "structural_similarity(data_range=1.0, channel_axis=-1, gaussian_weights=True" in held_out.settings()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> ExpressionPairs:
    """Three people with the same three expressions: a woman, a man, a woman."""
    root = tmp_path_factory.mktemp("faces") / "data"
    drawn_faces(root)
    for number, gender in enumerate("101"):
        (root / f"Labels/SN{901 + number}/gender.txt").write_text(gender)
    return ExpressionPairs(DISFAPlus(root), "train", Vocabulary(), seed=0)


class Knowing:
    """Encoders that recognize each pair by its picture, and say of it what they were told to say."""

    def __init__(self, pairs: ExpressionPairs, said: torch.Tensor) -> None:
        self.known = [(pair.target, pair.tokens) for pair in (pairs[index] for index in range(len(pairs)))]
        self.said = said
        self.asked: list[int] = []

    def __call__(self, images, tokens, lengths):
        pictures = [
            next(number for number, (target, _) in enumerate(self.known) if torch.equal(target, image))
            for image in images
        ]
        self.asked += pictures
        zeros = torch.zeros(len(images), 512, 1)
        sentence = self.said[pictures]
        mask = torch.ones(len(images), 1, dtype=torch.bool)
        return LanguageFeatures(zeros, sentence, mask), VisualFeatures(zeros[..., None], sentence)


def test_encoders_that_know_the_expression_find_everything(fabric, pairs, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    said = torch.eye(512)[torch.tensor(pairs.labels)]
    found, row = measure_matching(fabric, Knowing(pairs, said), pairs)
    assert row["r1_image_to_sentence"] == row["r1_sentence_to_image"] == 1
    assert row["r1_chance"] == pytest.approx(1 / 3)  # three expressions, each by three people
    assert row["pairs"] == 9
    assert found.group_size == 9 and found.groups == 1


def test_encoders_that_know_gender_only_are_found_out(fabric, pairs):
    women = torch.tensor([frame.gender == "woman" for frame in pairs.frames])
    assert women.tolist() == 3 * [True] + 3 * [False] + 3 * [True]
    _, row = measure_matching(fabric, Knowing(pairs, torch.eye(512)[women.long()]), pairs)
    assert row["gender_share"] == pytest.approx(1)
    assert row["r1_image_to_sentence"] == pytest.approx(row["r1_chance"])
    expressions = torch.eye(512)[torch.tensor(pairs.labels)]
    assert measure_matching(fabric, Knowing(pairs, expressions), pairs)[1]["gender_share"] == pytest.approx(0)


def test_few_pairs_are_spread_over_the_whole_part(fabric, pairs, monkeypatch):
    monkeypatch.setattr(module, "RETRIEVAL_PAIRS", 3)
    knowing = Knowing(pairs, torch.eye(512)[torch.arange(9)])
    assert measure_matching(fabric, knowing, pairs)[1]["pairs"] == 3
    assert knowing.asked == [0, 4, 8]
