"""Weights in a few bits: never further off than half a step of their own output channel."""

import pytest
import torch

from lfes_core.weights.few_bits import pack, unpack

SHAPES = ((5, 3, 3, 3), (7, 11), (1, 1), (4, 2, 1, 7))


def channels_of_every_size(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    """Output channels between a thousandth and a thousand; one scale for all would lose the small ones."""
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.logspace(-3, 3, shape[0]).view(-1, *[1] * (len(shape) - 1))
    return torch.randn(shape, generator=generator) * sizes


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("shape", SHAPES)
def test_each_channel_is_kept_to_half_a_step(shape: tuple[int, ...], bits: int) -> None:
    weight = channels_of_every_size(shape)
    packed, scale = pack(weight, bits)
    again = unpack(packed, scale, shape, bits)
    assert again.shape == weight.shape and again.dtype == torch.float32
    largest = weight.flatten(1).abs().amax(dim=1)
    torch.testing.assert_close(scale, largest / (2 ** (bits - 1) - 1))
    error = (again - weight).flatten(1).abs().amax(dim=1)
    assert bool((error <= scale * 0.5001).all())


@pytest.mark.parametrize("bits", range(2, 9))
def test_takes_no_more_than_its_bits(bits: int) -> None:
    packed, scale = pack(torch.randn(6, 40), bits)
    assert packed.dtype == torch.uint8 and packed.shape == (6, 40 * bits // 8)
    assert scale.dtype == torch.float32 and scale.shape == (6,)


def test_zero_stays_zero_and_both_ends_are_reached() -> None:
    weight = torch.tensor([[0.0, 0.0, 0.0], [-2.0, 0.0, 2.0], [0.0, 1.0, -0.5]])
    again = unpack(*pack(weight, 7), (3, 3), 7)
    torch.testing.assert_close(again[:2], weight[:2])
    torch.testing.assert_close(again[2, :2], weight[2, :2])


def test_packing_what_was_unpacked_changes_nothing() -> None:
    packed, scale = pack(channels_of_every_size((9, 4, 3, 3)), 7)
    twice, scale_twice = pack(unpack(packed, scale, (9, 4, 3, 3), 7), 7)
    assert torch.equal(packed, twice)
    torch.testing.assert_close(scale, scale_twice)


@pytest.mark.parametrize("bits", [1, 9])
def test_other_bits_are_an_error_of_the_caller(bits: int) -> None:
    with pytest.raises(ValueError, match="2 to 8"):
        pack(torch.zeros(2, 2), bits)


def test_weights_that_are_not_finite_are_not_packed() -> None:
    with pytest.raises(ValueError, match="not finite"):
        pack(torch.tensor([[1.0, float("nan")]]), 7)
