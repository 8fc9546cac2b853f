"""Exercises of chapter 10: Eq. 4, identity, and Eq. 6 with reconstruction."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lfes_core import losses
from lfes_core.config import IMAGE_SIZE, LEVEL_SIZES, preset
from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, drawn, same_slopes, same_unless
from lfes_core.networks.discriminators import Verdict, Verdicts

_PAIRS = 6
_LAMBDAS = {"L_adv": "losses.adversarial", "L_id": "losses.identity", "L_recon": "losses.reconstruction"}


@exercise("eq_4", chapter=10, function="my_eq_4")
def _(answer: Answer) -> None:
    """Eq. 4, the sum over five discriminators."""
    true, synthesized = _verdicts(), _verdicts()
    face, expression = (
        [losses.verification_loss(*pair) for pair in zip(getattr(true, kind), getattr(synthesized, kind), strict=True)]
        for kind in ("face", "expression")
    )
    synthesis = losses.verification_loss(true.synthesis, synthesized.synthesis)
    total = losses.discriminator_total_loss(synthesis, face, expression)
    slips = {
        "true and synthesized pictures are exchanged: a true one costs -log D": _turned(true, synthesized),
        "D_syn is left out": total - synthesis,
        "the two D_EV are left out": total - sum(expression),
        "the two D_FV are left out": total - sum(face),
        "only level 1 is there, and D_syn": synthesis + face[0] + expression[0],
        "this is a mean over the discriminators; Eq. 4 is their sum": total / 5,
        "the halves of Eq. 2 and 3 are missing": 2 * total,
    }
    same_unless(answer(true, synthesized), total, slips, shape_of="the total", sizes={"pairs of the batch": _PAIRS})


@exercise("identity", chapter=10, function="my_identity")
def _(answer: Answer) -> None:
    """L_id of pictures of 64 pixels, which teaches the picture and neither FFE nor the target."""
    widths: list[int] = []
    encoder = _Encoder(widths.append)  # a copy of the encoder keeps the list's own method
    image, target = drawn(2, 3, 64, 64).requires_grad_(), drawn(2, 3, 64, 64).requires_grad_()
    true = losses.identity_loss(encoder, image, target)
    with torch.no_grad():
        one, other = (encoder(F.interpolate(x, (IMAGE_SIZE, IMAGE_SIZE), mode="bilinear")) for x in (image, target))
        slips = {
            "this is a length; L_id is the mean of squares": (one - other).norm(),
            "these are lengths; L_id is the mean of squares": (one - other).flatten(1).norm(dim=1).mean(),
            "this is L1; L_id is the mean of squares": (one - other).abs().mean(),
        }
    given = answer(encoder, image, target)
    for width in set(widths) - {IMAGE_SIZE}:
        raise Off(f"FFE sees pictures of {width} pixels; enlarge both to {IMAGE_SIZE}")
    sizes = {"features of both faces": one.numel(), "features of a face": 64}
    same_unless(given, true, slips, shape_of="the loss", sizes=sizes)
    if not all(weight.requires_grad for weight in encoder.parameters()):
        raise Off("FFE has been told to stop learning for good; use a fixed copy of it, or a fixed function")
    same_slopes(given, true, {"the synthesized picture": image})
    if any(each is not None and each.any() for each in _gradients(given, *encoder.parameters())):
        raise Off("a gradient reaches FFE: it would learn to say the same about every face; hold it fixed")
    if any(each is not None and each.any() for each in _gradients(given, target)):
        raise Off("a gradient reaches the target; its features are constants, detach them")


@exercise("eq_6", chapter=10, function="my_eq_6")
def _(answer: Answer) -> None:
    """Eq. 6 over three levels, with L_adv, L_id and L_recon alone and together."""
    logits, features = drawn(3, 2, 2), drawn(3, 2, 2, 5)
    images = [drawn(2, 2, 3, size, size) for size in LEVEL_SIZES]
    given = [tuple(pair) for pair in logits], [tuple(pair) for pair in features], [tuple(pair) for pair in images]
    terms = {
        "L_adv": [losses.adversarial_loss(Verdict(*pair)) for pair in logits],
        "L_id": [F.mse_loss(*pair) for pair in features],
        "L_recon": [losses.reconstruction_loss(one, other, "sum") for one, other in images],
    }
    apart = [(one - other).abs() for one, other in images]
    slips = {
        "in L_adv the half of Eq. 5 is missing": 2 * 2 * sum(terms["L_adv"]),
        "L_adv is -log(1 - D); the generator pays -log D": 2 * F.softplus(logits).mean((1, 2)).sum(),
        "L_adv is log(1 - D); the generator pays -log D": -2 * F.softplus(logits).mean((1, 2)).sum(),
        "L_id is a sum over the features; it is their mean": 2 * (features[:, 0] - features[:, 1]).square().sum(),
        "L_id is L1; it is the mean of squares": 2 * (features[:, 0] - features[:, 1]).abs().mean((1, 2)).sum(),
        "L_recon is a mean over the numbers of a picture; it is their sum": 2 * sum(each.mean() for each in apart),
        "L_recon is a sum over the batch, too; it is averaged over the faces": 2 * sum(each.sum() for each in apart),
        "L_recon squares the differences; L1 takes their absolute values": 2
        * sum(each.square().sum() for each in apart)
        / 2,
    }
    paper = preset("paper").losses
    literal = losses.generator_total_loss(terms["L_adv"], terms["L_id"], terms["L_recon"], paper)
    for name, values in terms.items():
        weights = preset("paper").overridden(dict.fromkeys(_LAMBDAS.values(), 0.0) | {_LAMBDAS[name]: 2.0}).losses
        true = 2 * torch.stack(values).sum()
        own = {sentence: torch.as_tensor(value) for sentence, value in slips.items() if name in sentence}
        own["the paper's weights are written into the code; take those of `weights`"] = literal
        own[f"only the last level of {name} is there; three add up"] = 2 * values[-1]
        what = f"the total with nothing but {name}, at weight 2,"
        same_unless(answer(*given, weights), true, own, shape_of=what, sizes={"levels": 3})
    same(answer(*given, paper), literal, shape_of="the total")


class _Encoder(nn.Module):
    """Stands for FFE: 256 pixels become 4x4 places. The widths of its pictures are told, by copies of it as well."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self.convolution, self.tell = nn.Conv2d(3, 4, 64, stride=64).double(), tell

    def forward(self, picture: Tensor) -> Tensor:
        self.tell(picture.shape[-1])
        features: Tensor = torch.tanh(self.convolution(picture))
        return features


def _verdicts() -> Verdicts:
    """Logits of six pictures."""
    face_1, face_2, expression_1, expression_2, synthesis = (Verdict(*pair) for pair in 2 * drawn(5, 2, _PAIRS))
    return Verdicts((face_1, face_2), (expression_1, expression_2), synthesis)


def _turned(true: Verdicts, synthesized: Verdicts) -> Tensor:
    return (F.softplus(true.logits()) + F.softplus(-synthesized.logits())).mean(dim=0).sum() / 2


def _gradients(loss: Tensor, *inputs: Tensor) -> tuple[Tensor | None, ...]:
    return torch.autograd.grad(loss, inputs, allow_unused=True, retain_graph=True)
