"""Usual slips in the exercises of chapters 7 to 9, other ways to the same, and what a student then reads."""

import torch
import torch.nn.functional as F
from torch.nn.functional import softplus

from lfes_core import losses
from lfes_core.networks import Verdict


def lowest(p, q, width, *, turn=False, times=1.0, safe=True, rounds=False):
    both = (p + q).clamp(min=1e-300) if safe else p + q
    best, rest = p / both, (1 - p / both if rounds else q / both)
    if turn:
        best, rest = rest, best
    return -times * width * (torch.xlogy(p, best) + torch.xlogy(q, rest)).sum()


def r1(logits, pictures, *, graph=True, levels=3, power=2, divide=True):
    found = torch.autograd.grad(logits.sum(), pictures, create_graph=graph)
    each = torch.stack([slope.square().sum((1, 2, 3)) for slope in found[:levels]]).sum(dim=0)
    each = each if power == 2 else torch.stack([slope.square().sum((1, 2, 3)).sqrt() for slope in found]).sum(dim=0)
    return each.mean() if divide else each.sum()


def r1_each(logits, pictures):
    def squares(k):
        found = torch.autograd.grad(logits[:, k].sum(), pictures, create_graph=True, allow_unused=True)
        return sum(slope.square().sum() for slope in found if slope is not None)

    return sum(squares(k) for k in range(10)) / len(logits)


def eq_2(true, synthesized, mismatched=None, *, extra="half", brace=True, times=1.0):
    beside = synthesized.conditional if brace else synthesized.unconditional
    refuse = softplus(beside)
    if mismatched is not None and extra == "half":
        refuse = (refuse + softplus(mismatched)) / 2
    if mismatched is not None and extra == "added":
        refuse = refuse + softplus(mismatched)
    if mismatched is not None and extra == "believed":
        refuse = (refuse + softplus(-mismatched)) / 2
    first = softplus(-true.unconditional) + softplus(synthesized.unconditional)
    return times * (first.mean() + (softplus(-true.conditional) + refuse).mean()) / 2


def eq_2_by_logarithms(true, synthesized, mismatched=None):
    def plus(x):
        return torch.log(1 + torch.exp(x))

    refuse = plus(synthesized.conditional)
    refuse = refuse if mismatched is None else (refuse + plus(mismatched)) / 2
    first = plus(-true.unconditional) + plus(synthesized.unconditional)
    return (first.mean() + (plus(-true.conditional) + refuse).mean()) / 2


def slopes(true, synthesized, mismatched, *, believed=1.0, share=4, batch=True):
    d = torch.sigmoid(torch.stack((*true, *synthesized, mismatched)))
    found = torch.cat((believed * (d[:2] - 1) / 2, d[2:3] / 2, d[3:] / share))
    return found / len(mismatched) if batch else found


def verdict(network, picture, neutral, condition, *, sign=1.0, pixels=False, detach=True):
    after, before = network.f_ev(picture), network.f_ev(neutral)
    difference = network.f_ev(picture - neutral) if pixels else sign * (after - before)
    tiled = (condition.detach() if detach else condition)[:, :, None, None].expand(-1, -1, 4, 4)
    joint = network.heads.joint(torch.cat((difference, tiled), dim=1))
    heads = network.heads
    return Verdict(heads.unconditional(difference).flatten(), heads.conditional(joint).flatten())


def without_gradient(*given):
    with torch.no_grad():
        return verdict(*given)


def eq_3(network, target, synthesized, neutral, condition, *, detach=True, times=1.0, swap=False):
    made = network(synthesized.detach() if detach else synthesized, neutral, condition)
    pair = network(target, neutral, condition), made
    return times * losses.verification_loss(*(reversed(pair) if swap else pair))


def nearest(features, allowed, *, forbidden=-torch.inf, length=False):
    flat = features.flatten(1)
    unit = flat if length else F.normalize(flat, dim=1)
    return (unit @ unit.T).masked_fill(~allowed, forbidden).argmax(dim=1)


def slip(made, **wrong):
    return lambda *given: made(*given, **wrong)


SLIPS = [
    ("lowest_loss", slip(lowest, times=20.0), "the width of the grid is missing"),
    ("lowest_loss", slip(lowest, times=-1.0), "the sign is turned"),
    ("lowest_loss", slip(lowest, turn=True), "D* is turned"),
    ("lowest_loss", slip(lowest, safe=False), "nan"),
    ("lowest_loss", slip(lowest, rounds=True), "1 - D* rounds to 0"),
    ("eq_5", lambda u, c: -(softplus(u) + softplus(c)).mean() / 2, "log(1 - D), which goes flat"),
    ("eq_5", lambda u, c: (softplus(u) + softplus(c)).mean() / 2, "what a discriminator pays"),
    ("eq_5", lambda u, c: (softplus(-u) + softplus(-c)).sum() / 2, "a sum where a mean belongs"),
    ("eq_5", lambda u, c: (softplus(-u) + softplus(-c)).mean(), "the half of Eq. 5 is missing"),
    ("eq_5", lambda u, c: (softplus(-u) + softplus(-c)).mean().detach() / 2, "no gradient arrives"),
    ("eq_5", lambda u, c: -(u.sigmoid().log() + c.sigmoid().log()).mean() / 2, "a logit of -200 in float32 is inf"),
    ("r1", slip(r1, graph=False), "create_graph"),
    ("r1", slip(r1, levels=1), "only one level"),
    ("r1", slip(r1, power=1), "R1 fines its square"),
    ("r1", slip(r1, divide=False), "3 is the number of faces of the batch"),
    ("r1", r1_each, "R1 squares the slope of their sum"),
    ("eq_2", lambda t, s, m=None: eq_2(s, t, m), "true and synthesized pictures are exchanged"),
    ("eq_2", slip(eq_2, brace=False), "judges the synthesized picture without its sentence"),
    ("eq_2", slip(eq_2, times=2.0), "the halves of Eq. 2 are missing"),
    ("eq_2", slip(eq_2, times=6.0), "6 is the number of pairs of the batch"),
    ("eq_2", slip(eq_2, extra="added"), "share one place with the synthesized ones"),
    ("eq_2", slip(eq_2, extra="none"), "the mismatched logits are left out"),
    ("eq_2", slip(eq_2, extra="believed"), "they should be refused"),
    ("eq_2", eq_2_by_logarithms, "logits of 100 in float32 is inf"),
    ("eq_2_slopes", slip(slopes, believed=-1.0), "true logits have the sign turned"),
    ("eq_2_slopes", slip(slopes, share=2), "share one place: each has half of it"),
    ("eq_2_slopes", slip(slopes, batch=False), "each slope comes with 1/B"),
    ("eq_3_difference", slip(verdict, sign=-1.0), "the difference is turned"),
    ("eq_3_difference", slip(verdict, pixels=True), "the pixels are subtracted before f_EV"),
    ("eq_3_difference", slip(verdict, detach=False), "a gradient reaches the condition"),
    ("eq_3_difference", without_gradient, "the discriminator could not learn"),
    ("eq_3_difference", lambda n, p, r, c: n.heads(n.f_ev(p), c), "the neutral face is not subtracted"),
    ("eq_3_difference", lambda *given: torch.stack(verdict(*given)), "return two groups of logits"),
    ("eq_3", slip(eq_3, detach=False), "a gradient reaches the synthesized picture"),
    ("eq_3", slip(eq_3, swap=True), "target and synthesized picture are exchanged"),
    ("eq_3", slip(eq_3, times=2.0), "the halves of Eq. 3 are missing"),
    ("eq_3", slip(eq_3, times=3.0), "3 is the number of pairs of the batch"),
    ("eq_3", lambda n, t, s, r, c: losses.adversarial_loss(n(s.detach(), r, c)), "this is Eq. 5"),
    ("nearest", lambda f, a: nearest(f, torch.ones_like(a)), "the mask is missing, or turned"),
    ("nearest", slip(nearest, forbidden=0.0), "beats a negative cosine"),
    ("nearest", slip(nearest, length=True), "a long row wins by its length"),
    ("nearest", lambda f, a: nearest(f, ~a), "the mask is missing, or turned"),
]


def lowest_as_a_float(p, q, width):
    paid = torch.where(p > 0, p * (p / (p + q)).log(), 0) + torch.where(q > 0, q * (q / (p + q)).log(), 0)
    return -float(paid.sum() * width)


def eq_2_by_cross_entropy(true, synthesized, mismatched=None):
    def cost(logits, label):
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))

    refused = cost(synthesized.conditional, 0.0)
    if mismatched is not None:
        refused = 0.5 * refused + 0.5 * cost(mismatched, 0.0)
    unconditional = cost(true.unconditional, 1.0) + cost(synthesized.unconditional, 0.0)
    return 0.5 * unconditional + 0.5 * (cost(true.conditional, 1.0) + refused)


def slopes_by_autograd(true, synthesized, mismatched):
    five = torch.stack((*true, *synthesized, mismatched)).requires_grad_()
    loss = losses.verification_loss(Verdict(*five[:2]), Verdict(*five[2:4]), five[4])
    return torch.autograd.grad(loss, five)[0]


OTHERS = [
    ("lowest_loss", lowest_as_a_float),
    ("eq_5", lambda u, c: -0.5 * (F.logsigmoid(u).mean() + F.logsigmoid(c).mean())),
    ("r1", r1),
    ("eq_2", eq_2_by_cross_entropy),
    ("eq_2_slopes", slopes_by_autograd),
    ("eq_3_difference", verdict),
    ("eq_3", eq_3),
    ("nearest", slip(nearest, forbidden=-2.0)),
]
