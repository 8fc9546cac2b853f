"""A pair that looks like a phone's stays a pair: both pictures change alike, and the flow field follows."""

import pytest
import torch
from torch.nn import functional

from lfes_core.datasets.augmentation import askew, background, clutter, covered, like_a_phone
from lfes_core.images import to_tensor
from lfes_core.networks import Movement, moved


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """A smooth picture, the same moved by a smooth flow field, and the field."""
    torch.manual_seed(0)
    coarse = torch.rand(1, 3, 6, 6) * 1.6 - 0.8
    neutral = functional.interpolate(coarse, (256, 256), mode="bicubic").clamp(-1, 1)
    flow = functional.interpolate(0.1 * torch.randn(1, 2, 5, 5), (64, 64), mode="bicubic")
    target = moved(neutral, Movement(flow, torch.zeros(1, 1, 64, 64), torch.zeros(1, 3, 64, 64)))
    return torch.cat((neutral, target)), torch.cat((flow[0], torch.ones(1, 64, 64)))


def error(pictures: torch.Tensor, flow: torch.Tensor) -> float:
    """How far the neutral picture, moved by the field, is from the target; the edge is left out."""
    movement = Movement(flow[None, :2], torch.zeros(1, 1, 64, 64), torch.zeros(1, 3, 64, 64))
    difference = (moved(pictures[:1], movement) - pictures[1:]).abs()
    return float(difference[..., 40:-40, 40:-40].mean())


@pytest.mark.parametrize(
    "how", [(1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, -1.0, 1.0, 0.0), (-1.0, 1.0, -1.0, 1.0)]
)
def test_the_flow_field_of_a_frame_that_is_askew_still_leads_from_one_picture_to_the_other(pair, how) -> None:
    pictures, flow = pair
    shown, turned = askew(pictures, flow, *how)
    assert (shown - pictures).abs().mean() > 0.005 and not torch.equal(turned, flow)
    assert error(shown, turned) < 0.004 < 0.02 < error(shown, torch.zeros_like(flow))


def test_light_and_camera_are_the_same_for_both_pictures(pair) -> None:
    pictures, flow = pair
    same = pictures[:1].expand(2, -1, -1, -1)
    for seed in range(12):
        (one, other), _ = like_a_phone(same, flow, torch.Generator().manual_seed(seed))
        assert (one - other).abs().mean() < 0.06  # noise and JPEG are each picture's own
        assert one.abs().max() <= 1


def test_one_seed_gives_one_look_and_leaves_the_global_generator_alone(pair) -> None:
    before = torch.random.get_rng_state()
    looks = [like_a_phone(*pair, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(looks[0][0], looks[1][0]) and torch.equal(looks[0][1], looks[1][1])
    assert not torch.equal(looks[0][0], looks[2][0])
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_background_is_what_surrounds_a_person_and_never_the_person(faces) -> None:
    frames = [frame for frame in faces.targets() if frame.subject in faces.validation_subjects][::97]
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    face = ((x - 128) / 40) ** 2 + ((y - 135) / 60) ** 2 < 1
    for frame in frames:
        found = background(torch.stack([to_tensor(faces.face(each)) for each in (faces.neutral_of(frame), frame)]))
        assert found[:40, :20].all() and found[:40, -20:].all(), frame.image
        assert not (found & face).any() and 0.2 < found.float().mean() < 0.7, frame.image


def test_a_face_without_an_edge_is_not_taken_for_its_background() -> None:
    assert not background(torch.zeros(2, 3, 256, 256)).any()


def test_what_is_in_front_of_a_face_hides_both_pictures_alike_and_does_not_move(pair) -> None:
    pictures, flow = pair
    shown, still = covered(pictures, flow, torch.full((3, 256, 256), 0.5), 0.5, 0.5, 1.0, 1.0, 0.0)
    hidden = (shown == 0.5).all(1)
    assert torch.equal(hidden[0], hidden[1]) and 0.05 < hidden[0].float().mean() < 0.2
    assert torch.equal(shown[:, :, ~hidden[0]], pictures[:, :, ~hidden[0]])
    share = functional.avg_pool2d(hidden[:1].float(), 4)[0]
    assert (still[:2, share == 1] == 0).all() and torch.equal(still[:, share == 0], flow[:, share == 0])
    assert error(shown, still) < 0.7 * error(shown, flow)


def test_no_two_backgrounds_are_alike_and_all_are_pictures() -> None:
    torch.manual_seed(0)
    several = torch.stack([clutter() for _ in range(8)])
    assert several.abs().max() <= 1 and several.std(0).mean() > 0.15
