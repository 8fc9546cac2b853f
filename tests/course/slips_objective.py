"""Usual slips in the exercises of chapter 10, other ways to the same, and what a student then reads."""

import copy

import torch
import torch.nn.functional as F
from torch.nn.functional import softplus

from lfes_core import losses
from lfes_core.config import preset


def eq_4(true, synthesized, *, judgments=10, times=1.0, swap=False):
    first, second = (synthesized, true) if swap else (true, synthesized)
    costs = softplus(-first.logits()) + softplus(second.logits())
    return times * costs[:, :judgments].mean(dim=0).sum() / 2


def identity(encoder, image, target, *, fixed=True, silent=False, detach=True, large=True, how="squares"):
    look = losses.as_fixed_function(encoder) if fixed else encoder
    size = (256, 256) if large else (64, 64)
    target = target.detach() if detach else target
    with torch.set_grad_enabled(not silent):
        felt, wanted = (look(F.interpolate(picture, size, mode="bilinear")) for picture in (image, target))
    difference = felt - wanted
    return {"squares": difference.square().mean(), "sum": difference.square().sum(), "length": difference.norm()}[how]


def stopped(encoder, image, target):
    return identity(encoder.requires_grad_(False), image, target, fixed=False)


def eq_6(logits, features, images, weights, *, sign=-1.0, half=2, felt="mean", seen="sum", levels=3):
    total = 0.0
    for said, (a, b), (x, y) in list(zip(logits, features, images, strict=True))[3 - levels :]:
        adversarial = sum(softplus(sign * logit).mean() for logit in said) / half
        squares = (a - b).square()
        distance = (x - y).abs()
        recon = {"sum": distance.sum((1, 2, 3)).mean(), "mean": distance.mean(), "all": distance.sum()}[seen]
        total += weights.adversarial * adversarial
        total += weights.identity * (squares.mean() if felt == "mean" else squares.sum())
        total += weights.reconstruction * recon
    return total


def slip(made, **wrong):
    return lambda *given: made(*given, **wrong)


SLIPS = [
    ("eq_4", slip(eq_4, judgments=8), "D_syn is left out"),
    ("eq_4", slip(eq_4, times=0.2), "this is a mean over the discriminators"),
    ("eq_4", slip(eq_4, times=2.0), "the halves of Eq. 2 and 3 are missing"),
    ("eq_4", slip(eq_4, times=6.0), "6 is the number of pairs of the batch"),
    ("eq_4", slip(eq_4, swap=True), "true and synthesized pictures are exchanged"),
    ("identity", slip(identity, fixed=False), "a gradient reaches FFE"),
    ("identity", slip(identity, silent=True), "no gradient arrives at the synthesized picture"),
    ("identity", slip(identity, detach=False), "a gradient reaches the target"),
    ("identity", slip(identity, large=False), "FFE sees pictures of 64 pixels"),
    ("identity", slip(identity, how="sum"), "128 is the number of features of both faces"),
    ("identity", slip(identity, how="length"), "this is a length"),
    ("identity", stopped, "FFE has been told to stop learning"),
    ("eq_6", slip(eq_6, sign=1.0), "L_adv is -log(1 - D)"),
    ("eq_6", slip(eq_6, half=1), "the half of Eq. 5 is missing"),
    ("eq_6", slip(eq_6, felt="sum"), "L_id is a sum over the features"),
    ("eq_6", slip(eq_6, seen="mean"), "L_recon is a mean over the numbers of a picture"),
    ("eq_6", slip(eq_6, seen="all"), "L_recon is a sum over the batch, too"),
    ("eq_6", slip(eq_6, levels=1), "only the last level of L_adv"),
    ("eq_6", lambda a, b, c, w: eq_6(a, b, c, preset("paper").losses), "the paper's weights are written into the code"),
]


def eq_4_by_discriminator(true, synthesized):
    pairs = zip(
        (*true.face, *true.expression, true.synthesis),
        (*synthesized.face, *synthesized.expression, synthesized.synthesis),
        strict=True,
    )
    return sum(losses.verification_loss(*pair) for pair in pairs)


def identity_by_a_copy(encoder, image, target):
    fixed = copy.deepcopy(encoder).requires_grad_(False)
    with torch.no_grad():
        wanted = fixed(F.interpolate(target, 256, mode="bilinear"))
    return F.mse_loss(fixed(F.interpolate(image, 256, mode="bilinear")), wanted)


OTHERS = [("eq_4", eq_4_by_discriminator), ("identity", identity_by_a_copy), ("eq_6", eq_6)]
