"""Each equation of Sec. 2.3 against a plain evaluation, with probabilities as the paper writes them."""

import itertools
import math

import pytest
import torch
from torch import Tensor, nn

from lfes_core.config import DiscriminatorConfig, LossConfig
from lfes_core.losses import (
    adversarial_loss,
    discriminator_total_loss,
    flow_loss,
    generator_total_loss,
    gradient_penalty,
    identity_loss,
    kl_divergence,
    moved_weights,
    reconstruction_loss,
    verification_loss,
)
from lfes_core.metrics import MOVED_THRESHOLD
from lfes_core.networks import Discriminators, Verdict, image_levels

BATCH = 4


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def verdict() -> Verdict:
    return Verdict(unconditional=3 * normal(BATCH), conditional=3 * normal(BATCH))


def probabilities(logits: Verdict) -> Verdict:
    return Verdict(*map(torch.sigmoid, logits))


@pytest.mark.parametrize("mismatched", (False, True))
def test_verification_loss_is_equation_2(mismatched: bool) -> None:
    """Mismatched sentences take half of the place of synthesized pictures in the conditional term."""
    true, synthesized, wrong = verdict(), verdict(), 3 * normal(BATCH)
    d_t, d_s = probabilities(true), probabilities(synthesized)
    not_fitting = (1 - d_s.conditional).log()
    if mismatched:
        not_fitting = 0.5 * not_fitting + 0.5 * (1 - wrong.sigmoid()).log()
    first = d_t.unconditional.log() + (1 - d_s.unconditional).log()
    second = d_t.conditional.log() + not_fitting
    found = verification_loss(true, synthesized, wrong if mismatched else None)
    assert float(found) == pytest.approx(-0.5 * float((first + second).mean()))


def test_the_gradient_penalty_is_the_squared_slope_of_every_judgment_and_teaches_the_discriminators() -> None:
    discriminators = Discriminators(DiscriminatorConfig(base=2, maximum=4)).double()
    picture, neutral, condition = normal(2, 3, 256, 256), normal(2, 3, 256, 256), normal(2, 512)
    images = tuple(image.detach().requires_grad_() for image in image_levels(picture))
    found = gradient_penalty(discriminators(images, neutral, condition), images)
    found.backward()
    learned = discriminators.face_1.encoder.layers[0].weight
    assert learned.grad is not None and learned.grad.any()

    def judged(one: int, pictures: tuple[Tensor, ...]) -> Tensor:
        first, second, third = (picture[one : one + 1] for picture in pictures)
        said = discriminators((first, second, third), neutral[one, None], condition[one, None])
        every = (*said.face, *said.expression, said.synthesis)
        return torch.cat([logits for verdict in every for logits in verdict]).sum()

    # The slope by hand: along its own direction, a step of length h changes the judgment by h times its length.
    expected, h = 0.0, 1e-5
    for image in images:
        for one in (0, 1):
            (slope,) = torch.autograd.grad(judged(one, images), image)
            step = h * slope / slope.norm()
            there, back = (tuple(x + way if x is image else x for x in images) for way in (step, -step))
            expected += ((judged(one, there) - judged(one, back)).item() / (2 * h)) ** 2
    assert found.item() == pytest.approx(expected / 2, rel=1e-5)


def test_discriminator_total_loss_is_equation_4() -> None:
    synthesis, face, expression = normal(()), [normal(()), normal(())], [normal(()), normal(())]
    total = sum(map(float, (synthesis, *face, *expression)))
    assert float(discriminator_total_loss(synthesis, face, expression)) == pytest.approx(total)


def test_adversarial_loss_is_equation_5() -> None:
    synthesized = verdict()
    d_s = probabilities(synthesized)
    expected = -0.5 * (d_s.unconditional.log() + d_s.conditional.log()).mean()
    assert float(adversarial_loss(synthesized)) == pytest.approx(float(expected))


def test_losses_stay_finite_when_a_discriminator_is_certain() -> None:
    certain = Verdict(torch.full((BATCH,), -1e4), torch.full((BATCH,), 1e4))
    wrong = Verdict(torch.full((BATCH,), 1e4), torch.full((BATCH,), -1e4))
    for loss in (verification_loss(certain, wrong), adversarial_loss(certain), adversarial_loss(wrong)):
        assert torch.isfinite(loss)


def test_generator_total_loss_is_equation_6() -> None:
    adversarial, identity, reconstruction = ([normal(()) for _ in range(3)] for _ in range(3))
    config = LossConfig()
    total = 0.0
    for i in range(3):
        total += 1 * float(adversarial[i]) + 5 * float(identity[i]) + 0.005 * float(reconstruction[i])
    assert float(generator_total_loss(adversarial, identity, reconstruction, config)) == pytest.approx(total)


@pytest.mark.parametrize("reduction", ("sum", "mean"))
@pytest.mark.parametrize("extra", (None, 0.0, 10.0))
def test_reconstruction_is_the_l1_distance_and_counts_more_where_a_face_truly_moves(
    reduction: str, extra: float | None
) -> None:
    image, neutral = normal(2, 3, 4, 4), normal(2, 3, 4, 4)
    # the first and the last column just above the evaluation's 3 % of the range -1 ... 1, on average over the colors;
    # the others just below, the third in one color only
    change = torch.tensor([[0.061, 0.059, 0.177, -0.061]] + 2 * [[0.061, 0.059, 0.0, -0.061]])
    target = neutral + change[:, None].double()
    total = 0.0
    for b in range(2):
        for y in range(4):
            for x in range(4):
                weight = 1 + (extra or 0.0) * (x in (0, 3))
                total += weight * sum(abs(float(image[b, c, y, x] - target[b, c, y, x])) for c in range(3))
    expected = total / 2 if reduction == "sum" else total / 2 / 48
    weights = None if extra is None else moved_weights(neutral, target, extra)
    assert float(reconstruction_loss(image, target, reduction, weights)) == pytest.approx(expected, rel=1e-5)


def test_what_moves_by_the_limit_and_no_more_has_not_moved() -> None:
    still = torch.zeros(1, 3, 1, 1)
    assert moved_weights(still, still + 2 * MOVED_THRESHOLD, 9.0) == 1


@pytest.mark.parametrize("size", [64, 128])
def test_flow_is_compared_with_the_truth_where_the_neutral_face_shows_the_point(size: int) -> None:
    torch.manual_seed(0)
    flow = torch.randn(2, 2, size, size, dtype=torch.float64)
    true, weights = torch.rand(2, 3, 64, 64, dtype=torch.float64), torch.rand(2, 1, 64, 64, dtype=torch.float64)
    step, total = size // 64, 0.0
    for picture, row, column in itertools.product(range(2), range(0, 64, 9), range(0, 64, 9)):
        place = flow[picture, :, row * step : (row + 1) * step, column * step : (column + 1) * step].mean((1, 2))
        right, down, seen = true[picture, :, row, column]
        total += float((abs(place[0] - right) + abs(place[1] - down)) * seen * weights[picture, 0, row, column])
    rest = torch.zeros_like(weights)
    rest[:, :, ::9, ::9] = weights[:, :, ::9, ::9]
    assert float(flow_loss(flow, true, rest)) == pytest.approx(total / (2 * 64 * 64), rel=1e-5)


def test_kl_is_the_divergence_from_a_standard_normal_distribution_by_an_integral() -> None:
    means, log_variances = (0.7, -0.2), (-0.9, 0.4)
    step, total = 1e-3, 0.0
    for mean, log_variance in zip(means, log_variances, strict=True):
        deviation = math.exp(log_variance / 2)
        for k in range(-8000, 8000):
            x = mean + deviation * k * step
            log_p = -0.5 * ((x - mean) / deviation) ** 2 - math.log(deviation)
            total += math.exp(log_p) / math.sqrt(2 * math.pi) * (log_p + 0.5 * x**2) * deviation * step
    found = kl_divergence(torch.tensor([means]), torch.tensor([log_variances]))
    assert float(found) == pytest.approx(total / 2, rel=1e-4)
    assert float(kl_divergence(torch.zeros(2, 3), torch.zeros(2, 3))) == 0


@pytest.mark.parametrize("size", (64, 128, 256))
def test_identity_is_the_mean_squared_difference_of_features_at_256_pixels(size: int) -> None:
    seen: list[Tensor] = []
    encoder = nn.Conv2d(3, 2, kernel_size=8, stride=8).double()
    hook = encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    image, target = normal(2, 3, size, size), normal(2, 3, size, size)
    loss = identity_loss(encoder, image, target)
    assert [tuple(picture.shape) for picture in seen] == [(2, 3, 256, 256)] * 2
    # FFE reads channels last; what has its size is not touched
    assert all(x.is_contiguous(memory_format=torch.channels_last) if size < 256 else x is image for x in seen[1:])
    hook.remove()
    enlarge = nn.Upsample(scale_factor=256 // size, mode="bilinear") if size < 256 else nn.Identity()
    expected = (encoder(enlarge(image)) - encoder(enlarge(target))).square().mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_losses_of_less_precise_numbers_are_computed_in_full_precision() -> None:
    faces, flow = torch.randn(3, 2, 3, 64, 64).bfloat16(), torch.randn(2, 2, 128, 128).bfloat16()
    true, counts = torch.rand(2, 3, 64, 64), torch.rand(2, 1, 64, 64)

    def losses(kind: torch.dtype) -> list[Tensor]:
        image, target, neutral = faces.to(kind)
        weights = moved_weights(neutral, target, 10.0)
        return [
            *(reconstruction_loss(image, target, "mean", weights), reconstruction_loss(image, target, "sum")),
            flow_loss(flow.to(kind), true, counts),
        ]

    torch.testing.assert_close(losses(torch.bfloat16), losses(torch.float32), rtol=0, atol=0)
    encoder = nn.Conv2d(3, 2, kernel_size=8, stride=8).bfloat16()
    assert identity_loss(encoder, faces[0], faces[1]).dtype == torch.float32
