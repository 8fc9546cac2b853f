"""LSE and VSE in a few bits: small, and nearly what they were."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lfes_core import weights
from lfes_core.config import preset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.weights import MATCHING, unpack
from tools.ship_weights.packing import BITS, pack, packed

CONFIG = preset("tiny")
SHAPES = ((5, 3, 3, 3), (7, 11), (1, 1), (4, 2, 1, 7))


def channels_of_every_size(shape: tuple[int, ...]) -> Tensor:
    """Output channels between a thousandth and a thousand; one scale for all would lose the small ones."""
    sizes = torch.logspace(-3, 3, shape[0]).view(-1, *[1] * (len(shape) - 1))
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)) * sizes


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("shape", SHAPES)
def test_each_channel_is_kept_to_half_a_step_and_takes_no_more_than_its_bits(shape: tuple[int, ...], bits: int) -> None:
    weight = channels_of_every_size(shape)
    numbers, scale = pack(weight, bits)
    assert numbers.dtype == torch.uint8 and numbers.shape == (shape[0], -(-weight[0].numel() * bits // 8))
    again = unpack(numbers, scale, shape, bits)
    assert again.shape == weight.shape and again.dtype == torch.float32
    torch.testing.assert_close(scale, weight.flatten(1).abs().amax(dim=1) / (2 ** (bits - 1) - 1))
    assert bool(((again - weight).flatten(1).abs().amax(dim=1) <= scale * 0.5001).all())


def test_zero_stays_zero_both_ends_are_reached_and_packing_twice_changes_nothing() -> None:
    weight = torch.tensor([[0.0, 0.0, 0.0], [-2.0, 0.0, 2.0], [0.0, 1.0, -0.5]])
    numbers, scale = pack(weight, 7)
    again = unpack(numbers, scale, (3, 3), 7)
    torch.testing.assert_close(again[:2], weight[:2])
    torch.testing.assert_close(again[2, :2], weight[2, :2])
    assert torch.equal(pack(again, 7)[0], numbers)


@pytest.mark.parametrize("bits", [1, 9])
def test_other_bits_are_an_error_of_the_caller(bits: int) -> None:
    with pytest.raises(ValueError, match="2 to 8"):
        pack(torch.zeros(2, 2), bits)


def save(path: Path, tensors: dict[str, Tensor]) -> None:
    stored, shapes = packed(tensors)
    weights.save(path, MATCHING, stored, CONFIG, Vocabulary(), {"step": 5}, bits=BITS, shapes=shapes)


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not finite"):
        save(tmp_path / "x.safetensors", {"visual_semantic_encoder.a": torch.full((2, 2), float("inf"))})
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def trained() -> LanguageVisualSemanticNetwork:
    """Encoders whose channels differ in size a thousandfold, as those of trained networks may.

    Batch normalization takes the sizes out again, so that the features stay as they were.
    """
    torch.manual_seed(0)
    both = LanguageVisualSemanticNetwork(CONFIG, Vocabulary()).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for block in both.visual_semantic_encoder.modules():
        if hasattr(block, "conv") and hasattr(block, "bn"):
            sizes = 10 ** (3 * torch.rand(len(block.bn.weight), generator=generator) - 1.5)
            block.conv.weight *= sizes[:, None, None, None]
            block.bn.running_var.copy_(sizes.square())
    return both


@pytest.fixture(scope="module")
def shipped(trained: LanguageVisualSemanticNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("matching") / "matching.safetensors"
    save(path, trained.state_dict())
    return path


@pytest.fixture(scope="module")
def loaded(shipped: Path) -> LanguageVisualSemanticNetwork:
    return LanguageVisualSemanticNetwork.load(shipped)


def features(both: LanguageVisualSemanticNetwork) -> tuple[Tensor, Tensor]:
    """f_s of 12 pictures of noise of different grain [12 512], and their regions one below the other."""
    generator = torch.Generator().manual_seed(3)
    grains = [torch.randn(1, 3, 2**n, 2**n, generator=generator) for n in range(1, 7) for _ in range(2)]
    pictures = torch.cat([nn.functional.interpolate(grain, (75, 75)) for grain in grains])
    seen = both.visual_semantic_encoder(pictures)
    return seen.image, seen.regions.flatten(2).transpose(1, 2).flatten(0, 1)


def test_vse_sees_almost_what_it_saw(
    trained: LanguageVisualSemanticNetwork, loaded: LanguageVisualSemanticNetwork
) -> None:
    """Compared without the mean: the part that all pictures share would hide what was lost.

    Untrained weights are the hard case (0.906 at least here); after training it was 0.9999.
    """
    for before, after in zip(features(trained), features(loaded), strict=True):
        cosine = torch.cosine_similarity(before - before.mean(0), after - after.mean(0), dim=1)
        assert float(cosine.min()) > 0.85 and float(cosine.mean()) > 0.95


def test_lse_reads_what_it_read_in_half_precision_and_the_file_is_small(
    trained: LanguageVisualSemanticNetwork, loaded: LanguageVisualSemanticNetwork, shipped: Path
) -> None:
    for name, value in trained.language_semantic_encoder.state_dict().items():
        assert torch.equal(loaded.language_semantic_encoder.state_dict()[name], value.half().float())
    assert shipped.stat().st_size < 20_500_000
    assert (loaded.config, loaded.vocabulary, loaded.facts) == (CONFIG, Vocabulary(), {"step": 5})


def test_statistics_keep_their_size_where_half_precision_would_lose_it(tmp_path: Path) -> None:
    both = LanguageVisualSemanticNetwork(CONFIG, Vocabulary())
    block = both.visual_semantic_encoder.trunk.to_regions.Conv2d_1a_3x3
    block.bn.running_var[:3] = torch.tensor([3e-7, 1.0, 2e5])  # float16: two digits lost, fine, infinite
    path = tmp_path / "matching.safetensors"
    save(path, both.state_dict())
    stored = weights.load(path, MATCHING)
    for name, value in both.state_dict().items():
        if name.startswith("visual_semantic_encoder") and value.ndim < 2:
            torch.testing.assert_close(stored.tensors[name], value, rtol=2**-11, atol=0)
