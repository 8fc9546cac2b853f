"""The extension: a face is moved by its flow field, painted where the mask says, and at any size."""

import pytest
import torch
from torch.nn import functional

from lfes_core.config import preset
from lfes_core.networks import Generator
from lfes_core.networks.moving_synthesizer import (
    Movement,
    MovementHead,
    MovingExpressionSynthesizer,
    as_movement,
    moved,
)


def movement(size: int, right: float = 0.0, down: float = 0.0, painted: float = 0.0) -> Movement:
    """The same at every place."""
    flow = torch.tensor([right, down])[None, :, None, None].expand(1, 2, size, size)
    return Movement(flow, torch.full((1, 1, size, size), painted), torch.full((1, 3, size, size), 0.5))


def test_a_flow_field_says_from_where_each_pixel_is_taken() -> None:
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    # a flow of 1 is half the width: here two pixels to the right, and one up
    found = moved(picture, movement(8, right=2 / 4, down=-1 / 4))
    for row in range(1, 8):
        for column in range(6):
            assert torch.allclose(found[0, :, row, column], picture[0, :, row - 1, column + 2], atol=1e-5)
    assert torch.allclose(found[0, :, 0], found[0, :, 1], atol=1e-5)  # beyond the edge its last pixels go on


def test_the_mask_chooses_between_the_moved_face_and_the_colors() -> None:
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    assert torch.allclose(moved(picture, movement(8)), picture, atol=1e-5)
    assert torch.allclose(moved(picture, movement(8, painted=1.0)), torch.full_like(picture, 0.5), atol=1e-5)
    assert torch.allclose(moved(picture, movement(8, painted=0.25)), 0.75 * picture + 0.125, atol=1e-5)


def test_paint_under_a_half_open_mask_changes_the_shade_and_leaves_three_quarters_of_the_detail() -> None:
    stripes = torch.tensor([0.3, -0.3]).repeat(128).expand(1, 3, 256, 256) - 0.5  # one pixel wide: all detail
    found = moved(stripes, movement(8, painted=0.5))
    shade, detail = found.mean(), found[..., ::2].mean() - found.mean()
    assert torch.allclose(shade, torch.tensor(0.5 * 0.5 + 0.5 * -0.5), atol=1e-3)
    assert torch.allclose(detail, torch.tensor(0.75 * 0.3), atol=1e-3)


def test_what_64_pixels_across_can_show_is_shade_and_the_rest_is_detail() -> None:
    stripes = torch.tensor([0.3, -0.3]).repeat(64).expand(1, 3, 128, 128)  # two of them are one of 64 pixels
    found = moved(stripes, movement(128, painted=0.5)._replace(colors=torch.zeros(1, 3, 128, 128)))
    torch.testing.assert_close(found, 0.75 * stripes)
    slope = torch.linspace(-1, 1, 256).expand(1, 3, 256, 256)  # has no detail
    found = moved(slope, movement(256, painted=0.5)._replace(colors=torch.zeros(1, 3, 256, 256)))
    torch.testing.assert_close(found[..., 8:-8], 0.5 * slope[..., 8:-8], atol=1e-4, rtol=0)


def test_a_face_is_moved_on_its_own_device() -> None:
    assert moved(torch.rand(1, 3, 8, 8, device="meta"), Movement(*(x.to("meta") for x in movement(8)))).is_meta


def test_a_coarse_mask_has_no_steps_in_a_fine_picture() -> None:
    mask, black = torch.rand(1, 1, 8, 8), torch.zeros(1, 3, 32, 32)
    painted = movement(8)._replace(mask=mask, colors=torch.ones(1, 3, 8, 8))
    expected = functional.interpolate(mask, (32, 32), mode="bilinear").expand(1, 3, 32, 32)
    torch.testing.assert_close(moved(black, painted), expected)


@pytest.mark.parametrize("size", [(32, 32), (96, 40), (5, 7)])
def test_a_movement_fits_a_picture_of_any_size(size: tuple[int, int]) -> None:
    across = torch.linspace(-1, 1, size[1])[None, None, None].expand(1, 3, *size)
    found = moved(across, movement(8, right=0.1))
    assert found.shape == across.shape
    inner = found[0, 0, 0, : size[1] // 2] - across[0, 0, 0, : size[1] // 2]
    assert torch.allclose(
        inner, torch.full_like(inner, 0.1 * size[1] / (size[1] - 1)), atol=0.03
    )  # cubic, so not exactly


def test_what_is_read_between_pixels_stays_within_black_and_white_and_keeps_the_precision_of_the_picture() -> None:
    edges = torch.where(torch.arange(16) % 4 < 2, 1.0, -1.0).expand(1, 3, 16, 16).double()
    found = moved(edges, movement(16, right=0.05))
    assert found.dtype == torch.float64 and found.abs().max() <= 1 + 1e-6


def test_the_numbers_of_a_head_are_hundredths_of_the_width_colors_and_a_mask_that_is_closed_at_first() -> None:
    maps = 3 * torch.randn(2, 6, 4, 4).bfloat16()
    flow, mask, colors = as_movement(maps)
    numbers = maps.float()
    torch.testing.assert_close(flow, 0.02 * numbers[:, :2])  # of which 2 are the width
    torch.testing.assert_close(colors, numbers[:, 2:5].tanh())
    torch.testing.assert_close(mask, 1 / (1 + (4.5 - numbers[:, 5:]).exp()))


def test_a_new_head_says_a_tenth_of_what_a_convolution_would_and_learns_five_times_as_fast() -> None:
    head = MovementHead(64)
    features, coarser = torch.randn(1, 64, 8, 8), torch.randn(1, 6, 4, 4)
    said = head(features)
    assert 0.08 < said.std() / (2 * features.square().mean()).sqrt() < 0.12  # of He et al.'s weights
    said.sum().backward()
    torch.testing.assert_close(head.maps.bias.grad, torch.full((6,), 5.0 * 8 * 8))
    change = functional.interpolate(coarser, (8, 8), mode="bilinear")
    torch.testing.assert_close(head(features, coarser), said + change)


@pytest.fixture
def generator() -> Generator:
    return Generator(preset("tiny").overridden({"networks.synthesizer.moves": True}).networks).eval()


@pytest.fixture
def given() -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    sentence = torch.randn(2, 512)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    neutral = functional.interpolate(torch.rand(2, 3, 4, 4) * 2 - 1, (256, 256), mode="bilinear")  # smooth as a face
    return neutral, torch.randn(2, 512, 5), sentence, mask


@torch.no_grad()
def test_every_level_is_the_neutral_face_moved_and_level_3_by_the_movement_of_level_2(generator, given) -> None:
    levels = generator(*given).levels
    assert [image.shape[-1] for image in levels.images] == [64, 128, 256]
    assert [each.flow.shape[-1] for each in levels.movements] == [64, 128]
    assert torch.equal(levels.images[2], moved(given[0], levels.movements[1]))
    half = functional.avg_pool2d(given[0], 2)
    assert torch.equal(levels.images[1], moved(half, levels.movements[1]))
    assert [beta.shape for beta in levels.attention] == [(2, 5, 64, 64), (2, 5, 128, 128)]


@pytest.mark.parametrize("attention", [True, False])
def test_every_map_of_the_encoder_is_looked_at_with_attention_and_without(given, attention) -> None:
    changes = {"networks.synthesizer.moves": True, "networks.synthesizer.attention": attention}
    networks = preset("tiny").overridden(changes).networks
    synthesizer = MovingExpressionSynthesizer(networks.synthesizer, networks.facial)
    widths = zip(networks.facial.channels, (128, 64, 32, 16, 8, 4), strict=False)
    maps = [torch.randn(2, width, size, size, requires_grad=True) for width, size in widths]
    neutral, words, sentence, mask = given
    levels = synthesizer(torch.randn(2, 512, 2, 2), sentence, words, mask, (neutral, *maps))
    torch.stack([part.square().sum() for each in levels.movements for part in each]).sum().backward()
    assert len(maps) == 6 and all(each.grad is not None and each.grad.any() for each in maps)
    assert len(levels.attention) == 2 * attention


@torch.no_grad()
def test_a_new_network_returns_almost_the_neutral_face(generator, given) -> None:
    change = generator(*given).levels.images[2] - given[0]
    assert 0 < change.abs().mean() < 0.15


@torch.no_grad()
@pytest.mark.parametrize("moves", [False, True])
def test_a_hidden_condition_leaves_the_words_alone_to_speak(given, moves) -> None:
    generator = Generator(preset("tiny").overridden({"networks.synthesizer.moves": moves}).networks).eval()
    neutral, words, sentence, mask = given

    def synthesized(sentence, hidden, words=words):
        return generator(neutral, words, sentence, mask, hidden=hidden).levels.images[-1]

    assert torch.equal(synthesized(sentence, 1.0), synthesized(-sentence, 1.0))
    assert not torch.equal(synthesized(sentence, 0.0), synthesized(-sentence, 0.0))
    assert not torch.equal(synthesized(sentence, 1.0), synthesized(sentence, 1.0, words.flip(2)))


def test_what_the_discriminators_see_of_a_hidden_condition_stays(given) -> None:
    generator = Generator(preset("tiny").networks).eval()
    neutral, words, sentence, mask = given
    hidden, seen = (generator(neutral, words, sentence, mask, hidden=share).condition for share in (1.0, 0.0))
    assert torch.equal(hidden.sample, seen.sample) and seen.sample.abs().sum() > 0


@torch.no_grad()
def test_about_the_given_share_of_conditions_is_hidden(given) -> None:
    generator = Generator(preset("tiny").networks).eval()
    torch.manual_seed(0)
    shown: list[torch.Tensor] = []
    generator.multi_level_expression_synthesizer.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[1]))
    many = [part[:1].expand(40, *part.shape[1:]) for part in given]
    generator(*many, hidden=0.3)
    zeros = int((shown[0] == 0).all(1).sum())
    assert 4 <= zeros <= 20 and int((shown[0] != 0).all(1).sum()) == 40 - zeros
