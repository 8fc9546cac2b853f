"""Exercises of chapters 7 to 9: the best discriminator, Eq. 5, R1, Eq. 2 and 3, retrieval with a mask."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lfes_core import losses
from lfes_core.config import FEATURES, preset
from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, drawn, same_slopes, same_unless, several, slopes
from lfes_core.networks.discriminators import ExpressionVerificationDiscriminator, Verdict, Verdicts

_PAIRS = 6


@exercise("lowest_loss", chapter=7, function="my_lowest_loss")
def _(answer: Answer) -> None:
    """D* pays 2 log 2 - 2 JS, for densities that are equal, overlap, hardly meet, and do not meet."""
    width = 0.05
    places = torch.arange(-8, 8, width, dtype=torch.float64)
    wide, narrow, far = (
        torch.exp(-((places - mean) ** 2) / (2 * deviation**2)) / (deviation * math.tau**0.5)
        for mean, deviation in ((0, 2), (1, 1), (-6, 0.5))
    )
    left, right = (((places * side > 1) & (places * side < 3)).double() / 2 for side in (-1, 1))
    pairs = {"densities that overlap": (narrow, wide), "equal densities": (wide, wide)}
    pairs |= {"densities that hardly meet": (far, far.flip(0)), "densities that do not meet": (left, right)}
    for name, (p, q) in pairs.items():
        both = (p + q).clamp(min=1e-300)
        best, rest = p / both, q / both
        true = -(torch.xlogy(p, best) + torch.xlogy(q, rest)).sum() * width
        turned = -(torch.xlogy(p, rest) + torch.xlogy(q, best)).sum() * width
        slips = {
            "the width of the grid is missing: a sum over places is not yet an integral": true / width,
            "this is the mean over the places; an integral is their sum times the width": true / width / len(p),
            "the sign is turned: this is the value V, and D pays -V": -true,
            "D* is turned: it is the share of p, of the true points": turned,
            "this is the divergence JS; D* pays 2 log 2 - 2 JS": math.log(2) - true / 2,
            "only true points are paid for; synthesized ones cost -log(1 - D*)": -torch.xlogy(p, best).sum() * width,
            "1 - D* rounds to 0 where q is small, and its logarithm is infinite; 1 - D* is q/(p + q)": math.inf + true,
        }
        wrong = {says: float(loss) for says, loss in slips.items()}
        same_unless(answer(p, q, width), float(true), wrong, shape_of=f"the loss for {name}")


@exercise("eq_5", chapter=7, function="my_eq_5")
def _(answer: Answer) -> None:
    """Eq. 5 in value and gradient, finite also for a logit of -200."""
    unconditional, conditional = (3 * drawn(_PAIRS)).requires_grad_(), (3 * drawn(_PAIRS)).requires_grad_()
    both = torch.cat((unconditional, conditional)).detach()
    true = losses.adversarial_loss(Verdict(unconditional, conditional))
    slips = {
        "this is log(1 - D), which goes flat where D is sure; Eq. 5 has -log D": -F.softplus(both).mean(),
        "this is -log(1 - D), what a discriminator pays; the generator pays -log D": F.softplus(both).mean(),
        "the half of Eq. 5 is missing": 2 * true,
        "only the unconditional logits count; the sentence has a voice, too": F.softplus(-unconditional).mean() / 2,
        "only the conditional logits count": F.softplus(-conditional).mean() / 2,
    }
    given = answer(unconditional, conditional)
    same_unless(given, true, slips, shape_of="the loss", sizes={"faces of the batch": _PAIRS})
    inputs = {"the unconditional logits": unconditional, "the conditional logits": conditional}
    same_slopes(given, true, inputs)
    far = torch.tensor([-200.0]), torch.tensor([0.0])
    same(answer(*far), losses.adversarial_loss(Verdict(*far)), shape_of="the loss of a logit of -200 in float32")


@exercise("r1", chapter=7, function="my_r1")
def _(answer: Answer) -> None:
    """R1 over three levels, in value and gradient."""
    pictures = [drawn(3, 3, size, size).requires_grad_() for size in (4, 6, 8)]
    weight = [drawn(logits, picture[0].numel()) / 9 for logits, picture in zip((4, 4, 2), pictures, strict=True)]
    made = [torch.tanh(picture.flatten(1) @ each.T) for picture, each in zip(pictures, weight, strict=True)]
    said = [Verdict(*level[:, start : start + 2].T) for level in made for start in range(0, level.shape[1], 2)]
    verdicts = Verdicts((said[0], said[2]), (said[1], said[3]), said[4])
    true, logits = losses.gradient_penalty(verdicts, pictures), verdicts.logits()
    found = torch.autograd.grad(logits.sum(), pictures, retain_graph=True)
    lengths = torch.stack([slope.square().sum((1, 2, 3)) for slope in found])  # [level face]
    alone = [torch.autograd.grad(logits[:, k].sum(), pictures, retain_graph=True, allow_unused=True) for k in range(10)]
    each = sum(slope.square().sum() for slopes_of_k in alone for slope in slopes_of_k if slope is not None)
    slips = {
        "each logit's slope is squared by itself; R1 squares the slope of their sum": torch.as_tensor(each) / 3,
        "this is the length of the slope; R1 fines its square": lengths.sqrt().sum(dim=0).mean(),
        "only one level is paid for; the three sizes add up": lengths[0].mean(),
        "the levels are averaged; they add up": lengths.mean(),
        "the squares of the numbers are averaged; a squared length is their sum": torch.stack(
            [slope.square().mean() for slope in found]
        ).sum(),
    }
    given = answer(logits, pictures)
    same_unless(given, true, slips, shape_of="R1", sizes={"faces of the batch": 3})
    if not given.requires_grad:
        raise Off("the value is right, but nobody can minimize it: the slope needs a graph of its own (create_graph)")
    names = {f"the pictures of level {level}": picture for level, picture in enumerate(pictures, 1)}
    same_slopes(given, true, names, of=" of R1")


@exercise("eq_2", chapter=8, function="my_eq_2")
def _(answer: Answer) -> None:
    """Eq. 2 with and without mismatched sentences, finite also for logits of 100."""
    t_u, t_c, s_u, s_c, wrong = 3 * drawn(5, _PAIRS)
    true, synthesized, plus = Verdict(t_u, t_c), Verdict(s_u, s_c), F.softplus
    sizes = {"pairs of the batch": _PAIRS}
    right = losses.verification_loss(true, synthesized)
    slips = {
        "true and synthesized pictures are exchanged: a true one costs -log D": losses.verification_loss(
            synthesized, true
        ),
        "the halves of Eq. 2 are missing": 2 * right,
        "the second brace judges the synthesized picture without its sentence": right
        + (plus(s_u) - plus(s_c)).mean() / 2,
        "only the first brace is there; the second one judges beside the sentence": (plus(-t_u) + plus(s_u)).mean() / 2,
        "only true pictures are paid for; a synthesized one costs -log(1 - D)": (plus(-t_u) + plus(-t_c)).mean() / 2,
    }
    same_unless(answer(true, synthesized), right, slips, shape_of="the loss", sizes=sizes)
    extra = losses.verification_loss(true, synthesized, wrong)
    slips = {
        "the mismatched logits are left out": right,
        "the mismatched logits come on top; they share one place with the synthesized ones, half and half": right
        + plus(wrong).mean() / 2,
        "the mismatched pairs are believed; they should be refused like synthesized ones": losses.verification_loss(
            true, synthesized, -wrong
        ),
        "the mismatched logits replace the synthesized ones; each gets half of the place": losses.verification_loss(
            true, Verdict(s_u, wrong)
        ),
    }
    given = answer(true, synthesized, wrong)
    same_unless(given, extra, slips, shape_of="the loss with mismatched sentences", sizes=sizes)
    far = Verdict(torch.tensor([-100.0]), torch.tensor([2.0])), Verdict(torch.tensor([100.0]), torch.tensor([100.0]))
    same(answer(*far), losses.verification_loss(*far), shape_of="the loss of logits of 100 in float32")


@exercise("eq_2_slopes", chapter=8, function="my_slopes")
def _(answer: Answer) -> None:
    """Eq. 2's slopes at all five groups of logits, as autograd finds them."""
    logits = (2 * drawn(5, _PAIRS)).requires_grad_()
    t_u, t_c, s_u, s_c, wrong = logits
    loss = losses.verification_loss(Verdict(t_u, t_c), Verdict(s_u, s_c), wrong)
    (true,) = torch.autograd.grad(loss, logits)
    d = logits.detach().sigmoid()
    whole = torch.cat((true[:3], 2 * true[3:]))
    slips = {
        "the batch's mean is missing: each slope comes with 1/B": true * _PAIRS,
        "true logits have the sign turned: their loss falls when they rise": torch.cat((-true[:2], true[2:])),
        "synthesized and mismatched logits have the sign turned": torch.cat((true[:2], -true[2:])),
        "conditional synthesized and mismatched logits share one place: each has half of it": whole,
        "only the mismatched logits are halved; the synthesized ones share the place": torch.cat(
            (true[:3], 2 * true[3:4], true[4:])
        ),
        "a true picture's slope is D - 1, how much it was doubted; this is D": torch.cat(
            (-d[:2] / 2 / _PAIRS, true[2:])
        ),
    }
    detached = logits.detach()
    given = answer(Verdict(*detached[:2]), Verdict(*detached[2:4]), detached[4])
    same_unless(given, true, slips, shape_of="the slopes", sizes={"pairs of the batch": _PAIRS})


@exercise("eq_3_difference", chapter=9, function="my_verdict")
def _(answer: Answer) -> None:
    """F_EV under both heads, and no gradient bends the sentence."""
    network, picture, _, neutral, condition = _expressions()
    condition.requires_grad_()
    with torch.no_grad():
        true, f_ev, heads = network(picture, neutral, condition), network.f_ev, network.heads
        wrong = {
            "the difference is turned: it is the picture minus the neutral face": network(neutral, picture, condition),
            "the pixels are subtracted before f_EV; Eq. 3 encodes first": heads(f_ev(picture - neutral), condition),
            "the neutral face is not subtracted": heads(f_ev(picture), condition),
            "the encodings are added; what both pictures share should cancel": heads(
                f_ev(picture) + f_ev(neutral), condition
            ),
        }
    given = answer(network, picture, neutral, condition)
    found = several(given, 2, "two groups of logits, as Verdict(unconditional, conditional)")
    for kind, ours, theirs in zip(Verdict._fields, found, true, strict=True):
        slips = {sentence: getattr(verdict, kind) for sentence, verdict in wrong.items()}
        same_unless(ours, theirs, slips, shape_of=f"the {kind} logit")
    if not given[1].requires_grad:
        raise Off("no gradient comes back from the logits: the discriminator could not learn (no_grad?)")
    if torch.autograd.grad(given[1].sum(), condition, allow_unused=True)[0] is not None:
        raise Off("a gradient reaches the condition; detach it, or the discriminator bends the sentence")


@exercise("eq_3", chapter=9, function="my_eq_3")
def _(answer: Answer) -> None:
    """Eq. 3, which teaches the discriminator and leaves the synthesizer alone."""
    network, target, synthesized, neutral, condition = _expressions()
    synthesized.requires_grad_()
    with torch.no_grad():
        t, s, n = (network(picture, neutral, condition) for picture in (target, synthesized, neutral))
        true = losses.verification_loss(t, s)
    slips = {
        "target and synthesized picture are exchanged": losses.verification_loss(s, t),
        "the halves of Eq. 3 are missing": 2 * true,
        "only the first brace is there; the second one judges beside the sentence": losses.verification_loss(
            Verdict(t.unconditional, t.unconditional), Verdict(s.unconditional, s.unconditional)
        )
        / 2,
        "the neutral face is judged in place of the synthesized picture": losses.verification_loss(t, n),
        "this is Eq. 5, the generator's loss; a discriminator pays for both pictures": losses.adversarial_loss(s),
    }
    given = answer(network, target, synthesized, neutral, condition)
    same_unless(given, true, slips, shape_of="the loss", sizes={"pairs of the batch": len(target)})
    slopes(given, {"the encoder f_EV": next(network.f_ev.parameters())})
    if torch.autograd.grad(given, synthesized, allow_unused=True)[0] is not None:
        raise Off("a gradient reaches the synthesized picture; detach it: this loss is the discriminator's")


@exercise("nearest", chapter=9, function="my_nearest")
def _(answer: Answer) -> None:
    """14 rows found their nearest, also where every allowed cosine is negative."""
    features = drawn(14, 3, 2, 2) * torch.logspace(-1, 1, 14, dtype=torch.float64)[:, None, None, None]
    features[0] = -features[1:].mean(dim=0)  # far from everybody
    group = torch.arange(14) % 4
    flat = features.flatten(1)
    cosine = F.normalize(flat, dim=1) @ F.normalize(flat, dim=1).T
    allowed = group[:, None] != group[None, :]
    allowed[0] &= cosine[0] < 0
    true = cosine.masked_fill(~allowed, -torch.inf).argmax(dim=1)
    slips = {
        "each row finds itself: the mask is missing, or turned": cosine.argmax(dim=1),
        "a forbidden row gets 0, which beats a negative cosine": (cosine * allowed).argmax(dim=1),
        "these are scalar products: a long row wins by its length": (flat @ flat.T)
        .masked_fill(~allowed, -torch.inf)
        .argmax(dim=1),
        "these are the smallest distances; the largest cosine is asked for": torch.cdist(flat, flat)
        .masked_fill(~allowed, torch.inf)
        .argmin(dim=1),
        "the smallest cosine is found, not the largest": cosine.masked_fill(~allowed, torch.inf).argmin(dim=1),
    }
    same_unless(answer(features, allowed), true, slips, shape_of="the index of the nearest row")


def _expressions() -> tuple[ExpressionVerificationDiscriminator, Tensor, Tensor, Tensor, Tensor]:
    """A new D_EV of level 1; a picture, another, and the neutral face of three people; conditions."""
    network = ExpressionVerificationDiscriminator(preset("tiny").networks.discriminator, 1).double()
    picture, other, neutral = drawn(3, 3, 3, 64, 64)
    return network, picture, other, neutral, drawn(3, FEATURES)
