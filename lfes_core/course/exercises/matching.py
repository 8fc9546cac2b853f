"""Exercises of chapter 4: the regions of a picture, the choice among a batch, R of words and regions, L_LVM."""

import torch
import torch.nn.functional as F
from torch import Tensor

from lfes_core.config import LossConfig
from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, drawn, not_a_slip, same_unless
from lfes_core.losses import language_visual_matching_loss, word_similarity
from lfes_core.networks import LanguageFeatures, VisualFeatures


@exercise("regions", chapter=4, function="my_regions")
def _(answer: Answer) -> None:
    """Two random taps, as by a 1x1 convolution."""
    tap, weight, bias = (drawn(*shape) for shape in ((2, 6, 3, 3), (4, 6), (4,)))
    map_ = F.conv2d(tap, weight[:, :, None, None], bias)
    found, true = answer(tap, weight, bias), map_.flatten(2)
    slips = {
        "the bias is missing": true - bias[:, None],
        "the regions are counted column by column; count them row by row": map_.transpose(2, 3).flatten(2),
    }
    not_a_slip(found, true, slips)
    if getattr(found, "shape", None) == map_.shape:
        raise Off("the regions are still a map, [batch f r r]; lay its places in one row, [batch f M]")
    same(found, true, shape_of="the regions")


@exercise("matching_choice", chapter=4, function="my_choice")
def _(answer: Answer) -> None:
    """Random cosines, with and without equal labels."""
    S = _cosines(drawn(6, 8), drawn(6, 8))
    for labels in (torch.arange(6), torch.tensor([0, 1, 0, 2, 1, 0])):
        found, true = answer(S, labels), _choice(10 * S, labels)
        slips = {
            "gamma_3 = 10 is missing before the softmax": _choice(S, labels),
            "this is the choice of the columns, L of S turned; in a row a picture chooses": _choice(10 * S.T, labels),
            "the loss is minus the logarithm of a share; yours has its sign turned": -_choice(10 * S, labels),
            "this is the sum over the batch; take the mean": 6 * true,
            "labels are not read: pairs that say the same are no candidates for each other": (
                _choice(10 * S, torch.arange(6))
            ),
            "the right answer itself is no candidate in your sum; take it in": _choice(10 * S, labels, itself=False),
            "this is L(S) + L of S turned; one direction is asked for": true + _choice(10 * S.T, labels),
            "this is the probability of the right answer; the loss is minus its logarithm": (
                F.softmax((10 * S).masked_fill(_others(labels), -torch.inf), dim=1).diag().mean()
            ),
        }
        same_unless(found, true, slips, shape_of="L(S)")


def _choice(scores: Tensor, labels: Tensor, itself: bool = True) -> Tensor:
    """L(S) of scores that have their gamma already."""
    candidates = scores.masked_fill(_others(labels), -torch.inf)
    if not itself:
        candidates = candidates.masked_fill(torch.eye(len(scores)) > 0, -torch.inf)
    return (candidates.logsumexp(dim=1) - scores.diag()).mean()


def _others(labels: Tensor) -> Tensor:
    """Pairs of equal labels that are not a picture and its own sentence."""
    return (labels[:, None] == labels[None, :]).fill_diagonal_(False)


@exercise("word_similarity", chapter=4, function="my_similarity")
def _(answer: Answer) -> None:
    """Random regions and words, with and without padding."""
    for lengths in (5, 8):
        mask = torch.arange(8) < lengths
        regions, words = drawn(16, 6) / 3, drawn(16, 8) / 3 * mask
        true = word_similarity(regions[None, :, :, None], words[None], mask[None], 5.0, 5.0)[0, 0]
        slips = {}
        if lengths < 8:
            slips = {
                "the mask is not read: padding competes for regions and is counted as a word": (
                    _R(regions, words, mask, compete=False, count=False)
                ),
                "the mask is missing in step 2: padding takes its share of every region": (
                    _R(regions, words, mask, compete=False)
                ),
                "the mask is missing in step 5: each word of the padding adds 1 to the sum": (
                    _R(regions, words, mask, count=False)
                ),
            }
        slips |= {
            "in step 2 the words compete for each region; your softmax goes over the regions": (
                _R(regions, words, mask, over=1)
            ),
            "gamma_1 is missing in step 3": _R(regions, words, mask, gamma_1=1.0),
            "gamma_2 is missing in step 5": _R(regions, words, mask, gamma_2=1.0),
            "step 5 has no factor 1/gamma_2 here": true / 5,
            "step 5 compares by the cosine, not by the scalar product": _R(regions, words, mask, cosine=False),
            "the logarithm of step 5 is missing": true.exp(),
        }
        same_unless(answer(regions, words, mask), true, slips, shape_of="R")


def _R(
    regions: Tensor,
    words: Tensor,
    mask: Tensor,
    *,
    compete: bool = True,
    count: bool = True,
    over: int = 0,
    gamma_1: float = 5.0,
    gamma_2: float = 5.0,
    cosine: bool = True,
) -> Tensor:
    """R with slips in it: without a mask in step 2 (compete) or 5 (count), with other factors and another softmax."""
    padding = ~mask
    s = words.T @ regions
    s_bar = (s.masked_fill(padding[:, None] & compete, -torch.inf) if over == 0 else s).softmax(dim=over)
    context = regions @ (gamma_1 * s_bar).softmax(dim=1).T
    alike = F.cosine_similarity(context, words, dim=0) if cosine else (context * words).sum(dim=0)
    return (gamma_2 * alike).masked_fill(padding & count, -torch.inf).logsumexp(dim=0)


@exercise("l_lvm", chapter=4, function="my_matching_loss")
def _(answer: Answer) -> None:
    """Random batches of six, with padding and with equal labels."""
    for labels in (torch.arange(6), torch.tensor([0, 1, 0, 2, 3, 1])):
        mask = torch.arange(5) < torch.tensor([5, 3, 4, 5, 2, 4])[:, None]
        words = torch.randn(6, 16, 5) / 3 * mask[:, None]
        language = LanguageFeatures(words, torch.randn(6, 16), mask)
        visual = VisualFeatures(torch.randn(6, 16, 3, 3) / 3, torch.randn(6, 16))
        true = language_visual_matching_loss(visual, language, labels, LossConfig())
        S = _cosines(visual.image, language.sentence)
        R = word_similarity(visual.regions, words, mask, 5.0, 5.0)
        terms = [_choice(10 * one, labels) for one in (S, S.T, R, R.T)]
        products = visual.image @ language.sentence.T
        slips = {
            "only the pictures choose; L of S and R turned are missing": terms[0] + terms[2],
            "only the sentences choose; L(S) and L(R) are missing": terms[1] + terms[3],
            "the words are missing: L(R) and L of R turned": terms[0] + terms[1],
            "the sentence vectors are missing: L(S) and L of S turned": terms[2] + terms[3],
            "the four terms are added, and no mean is taken": true / 4,
            "labels are not read: pairs that say the same are no candidates for each other": sum(
                _choice(10 * one, torch.arange(6)) for one in (S, S.T, R, R.T)
            ),
            "gamma_3 = 10 is missing before the choice by R": (
                terms[0] + terms[1] + _choice(R, labels) + _choice(R.T, labels)
            ),
            "S holds cosines; yours are scalar products of vectors that are not of length one": (
                _choice(10 * products, labels) + _choice(10 * products.T, labels) + terms[2] + terms[3]
            ),
        }
        same_unless(answer(visual, language, labels), true, slips, shape_of="L_LVM", tolerance=1e-4)


def _cosines(one: Tensor, other: Tensor) -> Tensor:
    return F.normalize(one, dim=1) @ F.normalize(other, dim=1).T
