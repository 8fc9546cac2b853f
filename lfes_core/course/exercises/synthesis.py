"""Exercises of chapter 5: a stage of FFE, the KL term, conditioning augmentation, the moving head, the cubic warp."""

import torch
import torch.nn.functional as F
from torch import Tensor

from lfes_core.config import FEATURES, ConditioningConfig
from lfes_core.course import exercise, same
from lfes_core.course.slips import Answer, drawn, same_unless, several
from lfes_core.losses import kl_divergence
from lfes_core.networks import ConditioningAugmentation, Movement, moved
from lfes_core.networks.moving_synthesizer import CLOSED, FLOW_SCALE, SHADE, as_movement


@exercise("ffe_stage", chapter=5, function="my_stage")
def _(answer: Answer) -> None:
    """Two random maps of eight channels in two groups."""
    x, weight, gain, shift = drawn(2, 4, 8, 8), drawn(8, 4, 4, 4) / 8, 1 + drawn(8) / 4, drawn(8) / 4
    halved = F.conv2d(x, weight, stride=2, padding=1)
    true = F.leaky_relu(F.group_norm(halved, 2, gain, shift), 0.2)

    def scaled(x: Tensor) -> Tensor:
        return x * gain[:, None, None] + shift[:, None, None]

    def over(*axes: int, groups: int = 2, power: float = 0.5) -> Tensor:
        grouped = halved.reshape(2, groups, 8 // groups, 4, 4)
        mean = grouped.mean(axes, keepdim=True)
        variance = (grouped - mean).square().mean(axes, keepdim=True)
        return scaled(((grouped - mean) / (variance + 1e-5) ** power).reshape(2, 8, 4, 4))

    slips = {
        "the normalization is missing": F.leaky_relu(scaled(halved), 0.2),
        "each channel is normalized alone; the channels of a group share mean and variance": (
            F.leaky_relu(over(3, 4), 0.2)
        ),
        "mean and variance go over the batch, too; each picture has its own": F.leaky_relu(over(0, 2, 3, 4), 0.2),
        "all channels are one group here; read groups": F.leaky_relu(over(2, 3, 4, groups=1), 0.2),
        "the variance divides; take its square root": F.leaky_relu(over(2, 3, 4, power=1.0), 0.2),
        "gain and shift are missing after the normalization": F.leaky_relu(F.group_norm(halved, 2), 0.2),
        "negative numbers become 0; a leaky ReLU lets a fifth of them through": true.relu(),
        "the slope of the leaky ReLU is 0.2, not PyTorch's 0.01": torch.where(true < 0, true / 20, true),
        "the leaky ReLU is missing": F.group_norm(halved, 2, gain, shift),
        "the leaky ReLU comes after the normalization": F.group_norm(F.leaky_relu(halved, 0.2), 2, gain, shift),
    }
    same_unless(answer(x, weight, gain, shift, 2), true, slips, shape_of="the map")


@exercise("kl_term", chapter=5, function="my_kl")
def _(answer: Answer) -> None:
    """Random clouds, wide ones and very narrow ones."""
    mean, log_variance = drawn(3, 7), 3 * drawn(3, 7)
    true = kl_divergence(mean, log_variance)
    variance = log_variance.exp()
    each = 0.5 * (mean.square() + variance - 1 - log_variance)
    slips = {
        "this is the other direction, KL(q || p): the average belongs to the cloud": (
            0.5 * (log_variance + (1 + mean.square()) / variance - 1).mean()
        ),
        "this is the sum over a sentence's numbers; the package takes their mean": each.sum(dim=1).mean(),
        "the half in front is missing": 2 * true,
        "log_variance is the logarithm of sigma squared, and you take it for that of sigma": (
            0.5 * (mean.square() + (2 * log_variance).exp() - 1 - 2 * log_variance).mean()
        ),
        "sigma stands in the place of its square: the variance is exp(log_variance)": (
            0.5 * (mean.square() + (0.5 * log_variance).exp() - 1 - log_variance).mean()
        ),
        "the mean counts by its square": 0.5 * (mean + variance - 1 - log_variance).mean(),
        "the 1 is missing: a standard normal cloud costs nothing": true + 0.5,
        "the logarithm is subtracted, not added": 0.5 * (mean.square() + variance - 1 + log_variance).mean(),
    }
    found = answer(mean, log_variance)
    same_unless(found, true, slips, shape_of="KL", sizes={"numbers": 21, "numbers of a sentence": 7, "sentences": 3})
    narrow = torch.full((1, 4), -800.0, dtype=torch.float64)
    same(answer(0 * narrow, narrow), kl_divergence(0 * narrow, narrow), shape_of="KL of a cloud without width")


@exercise("conditioning", chapter=5, function="my_condition")
def _(answer: Answer) -> None:
    """Draw, mean and log-variance of three random sentences."""
    module = ConditioningAugmentation(ConditioningConfig()).double()
    with torch.no_grad():
        module.layer.weight[FEATURES:].normal_(std=0.25)
    weight, bias, limit = module.layer.weight.detach(), module.layer.bias.detach(), module.limit
    sentence, noise = 0.3 * drawn(3, FEATURES) + 0.1, drawn(3, FEATURES)
    with torch.no_grad():
        _sample, mean, log_variance = module(sentence, sample=False)
    sample = mean + noise * (0.5 * log_variance).exp()
    found = several(answer(sentence, weight, bias, noise), 3, "the draw, the mean and the log-variance")
    plain = (sentence @ weight.T + bias).chunk(2, dim=1)
    over_batch = ((sentence - sentence.mean(0)) / (sentence.var(0, correction=0) + 1e-5).sqrt()) @ weight.T + bias
    same_scale = F.layer_norm(sentence, (FEATURES,)) @ weight.T + bias
    same_unless(
        found[1],
        mean,
        {
            "the sentence vector is not brought to mean 0 and variance 1 before the layer": plain[0],
            "mean 0 and variance 1 over the 512 numbers of each sentence, not over the batch": over_batch[:, :FEATURES],
            "the first half of the layer's numbers is the mean, the second the log-variance": same_scale[:, FEATURES:],
            "the bias of the layer is missing": mean - bias[:FEATURES],
            "this is the draw; return the draw first, then the mean": sample,
        },
        shape_of="the mean",
    )
    same_unless(
        found[2],
        log_variance,
        {
            f"the log-variance is not kept between -{limit:g} and {limit:g}": same_scale[:, FEATURES:],
            "this is the deviation; return the log-variance": (0.5 * log_variance).exp(),
            "this is the variance; return its logarithm": log_variance.exp(),
        },
        shape_of="the log-variance",
    )
    same_unless(
        found[0],
        sample,
        {
            "the deviation is exp(log_variance / 2); you take the variance": mean + noise * log_variance.exp(),
            "the noise is not used: this is the mean": mean,
            "the log-variance itself multiplies the noise; it must pass exp first": mean + noise * log_variance,
        },
        shape_of="the draw",
    )


@exercise("moving_head", chapter=5, function="my_paint")
def _(answer: Answer) -> None:
    """Random heads of two random faces, as the package paints them."""
    neutral, maps = 2 * torch.rand(2, 3, 96, 96) - 1, 3 * torch.randn(2, 6, 96, 96)
    maps[:, 5] += 3  # so that masks are half open, too
    flow, mask, colors = as_movement(maps)
    true = moved(neutral, as_movement(maps))

    def picture(flow: Tensor, mask: Tensor, colors: Tensor) -> Tensor:
        return moved(neutral, Movement(flow, mask, colors))

    def read(picture: Tensor, flow: Tensor) -> Tensor:
        return moved(picture, Movement(flow, torch.zeros_like(mask), colors))

    warped = read(neutral, flow)
    shade = F.interpolate(F.adaptive_avg_pool2d(warped, SHADE), 96, mode="bilinear")
    slips = {
        "this is the plain blend: where the mask is half open, detail should fade later (1 - o^2)": (
            (1 - mask) * warped + mask * colors
        ),
        "the mask is turned: 0 is moved, 1 is painted": picture(flow, 1 - mask, colors),
        "the mask starts nearly closed: sigma(m - 4.5)": picture(flow, maps[:, 5:].sigmoid(), colors),
        "the colors are not brought between -1 and 1 by tanh": picture(flow, mask, maps[:, 2:5]),
        "the flow is 0.02 times the head's numbers": picture(flow / FLOW_SCALE, mask, colors),
        "the picture is read at the place plus the flow; yours has its sign turned": picture(-flow, mask, colors),
        "right comes first in the flow, then down": picture(flow.flip(1), mask, colors),
        "flow, colors, mask is their order; you take the mask before the colors": (
            picture(flow, (maps[:, 2:3] + CLOSED).sigmoid(), maps[:, 3:].tanh())
        ),
        "detail fades as slowly as it can, but shade is lost: (1 - o) of it belongs to the picture": (
            mask * colors + (1 - mask * mask) * (warped - shade)
        ),
        "the neutral picture itself is blended; read it by the flow first": picture(0 * flow, mask, colors),
    }
    same_unless(answer(maps, neutral, read), true, slips, shape_of="the picture", tolerance=1e-4)


@exercise("cubic_warp", chapter=5, function="my_cubic")
def _(answer: Answer) -> None:
    """A random picture, by flows of its own and of half its size."""
    picture = 2 * torch.rand(1, 3, 24, 24, dtype=torch.float64) - 1
    for size in (24, 12):
        flow = F.interpolate(0.2 * drawn(1, 2, 4, 4), size, mode="bilinear")
        fine = F.interpolate(flow, 24, mode="bilinear")
        true = _read(picture, fine)
        slips = {
            "this is bilinear reading; the cubic weights reach over 4x4 pixels": _read(picture, fine, mode="bilinear"),
            "right comes first in the flow, then down": _read(picture, fine.flip(1)),
            "the picture is read at the place plus the flow; yours has its sign turned": _read(picture, -fine),
            "the flow is in halves of the width: n / 2 pixels, not n": _read(picture, 2 * fine),
            "the flow is in halves of the width; you take it for pixels": _read(picture, fine * 2 / 24),
            "cubic weights overshoot; keep the result between -1 and 1": _read(picture, fine, overshoot=True),
            "at the border clamp the indices of the pixels, not the point": _read(picture, _kept(fine)),
            "beyond the border the nearest pixel counts, not 0": _read(picture, fine, border="zeros"),
        }
        same_unless(answer(picture, flow), true, slips, shape_of="the warped picture", tolerance=1e-4)


def _read(
    picture: Tensor, flow: Tensor, *, mode: str = "bicubic", border: str = "border", overshoot: bool = False
) -> Tensor:
    """Warp a picture by a flow of its size."""
    middles = (torch.arange(picture.shape[-1], dtype=picture.dtype) + 0.5) / picture.shape[-1] * 2 - 1
    here = torch.stack(torch.meshgrid(middles, middles, indexing="xy"), dim=-1)
    warped = F.grid_sample(picture, here + flow.permute(0, 2, 3, 1), mode, border, align_corners=False)
    return warped if overshoot else warped.clamp(-1, 1)


def _kept(flow: Tensor) -> Tensor:
    """A flow whose points stay on the middles of the outermost pixels."""
    n = flow.shape[-1]
    middles = (torch.arange(n, dtype=flow.dtype) + 0.5) / n * 2 - 1
    here = torch.stack(torch.meshgrid(middles, middles, indexing="xy"))[None]
    return (here + flow).clamp(-1 + 1 / n, 1 - 1 / n) - here
