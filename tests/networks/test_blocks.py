import pytest
import torch
from torch import nn

from lfes_core.networks.blocks import Enlarge, ResidualBlock, image_levels, normalization


def test_smaller_levels_are_averages_of_squares() -> None:
    image = torch.rand(2, 3, 256, 256)
    small, middle, whole = image_levels(image)
    assert whole is image
    torch.testing.assert_close(small[:, :, 3, 5], image[:, :, 12:16, 20:24].mean(dim=(2, 3)))
    torch.testing.assert_close(middle[:, :, 3, 5], image[:, :, 6:8, 10:12].mean(dim=(2, 3)))


def test_enlarging_equals_doubling_and_then_convolving() -> None:
    torch.manual_seed(0)
    enlarge = Enlarge(6, 8).double()
    x = torch.randn(2, 6, 5, 7, dtype=torch.float64)
    doubled = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
    torch.testing.assert_close(enlarge(x), enlarge.activate(enlarge.convolution(doubled)))


def test_a_new_residual_block_changes_nothing_and_can_learn() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(16)
    x = torch.randn(2, 16, 4, 4)
    y = block(x)
    assert torch.equal(y, x)
    y.square().sum().backward()
    assert block.branch[-1].weight.grad.abs().max() > 0


@pytest.mark.parametrize("channels", (1, 3, 8, 12, 16, 24, 48, 512))
def test_every_width_can_be_normalized(channels: int) -> None:
    torch.manual_seed(0)
    x = 5 + 3 * torch.randn(2, channels, 8, 8)
    y = normalization(channels)(x)
    assert abs(float(y.detach().mean())) < 1e-4
    assert abs(float(y.detach().std()) - 1) < 1e-2
