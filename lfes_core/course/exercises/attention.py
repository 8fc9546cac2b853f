"""Exercises of chapter 6: Eq. 1 with its mask, with a temperature, and what a word learns from it."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from lfes_core.config import FEATURES
from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, drawn, not_a_slip, same_unless, several
from lfes_core.networks.word_attention import AttendedWords, ExpressiveWordAttention

_LENGTHS = torch.tensor([5, 3, 1])


class _Case(NamedTuple):
    """q [3 4 2 3]; words [3 512 5]; mask [3 5], of sentences with 5, 3 and 1 words; weight [4 512]."""

    q: Tensor
    words: Tensor
    mask: Tensor
    weight: Tensor


@exercise("eq_1", chapter=6, function="my_eq_1")
def _(answer: Answer) -> None:
    """Eq. 1 with its mask, for sentences of five words, three words and one word in a batch."""
    case = _case()
    attention = ExpressiveWordAttention(len(case.weight)).double()
    with torch.no_grad():
        attention.refine.weight.copy_(case.weight[:, :, None])
        true = attention(case.q, case.words, case.mask)
    w_hat, score = _scores(case)
    _compare(answer(*case), true, w_hat, score, case.mask)


@exercise("attention_cosines", chapter=6, function="my_cosine_attention")
def _(answer: Answer) -> None:
    """Eq. 1 with cosines times 9, and times 4; what is mixed keeps its length."""
    case = _case()
    w_hat, dot = _scores(case)
    keys, directions = F.normalize(w_hat, dim=1), F.normalize(case.q, dim=1)
    cosine = torch.einsum("bcn,bchw->bnhw", keys, directions)
    half = {
        "the places q are not brought to length one": torch.einsum("bcn,bchw->bnhw", keys, case.q),
        "the words are not brought to length one": torch.einsum("bcn,bchw->bnhw", w_hat, directions),
        "these are the scalar products of Eq. 1, times the sharpness; a cosine divides by both lengths": dot,
    }
    for sharpness in (9.0, 4.0):
        given = answer(*case) if sharpness == 9 else answer(*case, sharpness=sharpness)
        alpha, beta = several(given, 2, "two tensors, alpha and beta")
        true = _attend(sharpness * cosine, w_hat, case.mask)
        slips = {name: _attend(sharpness * score, w_hat, case.mask).beta for name, score in half.items()}
        slips["the sharpness is missing: the softmax sees bare cosines"] = _attend(cosine, w_hat, case.mask).beta
        divided = _attend(cosine / sharpness, w_hat, case.mask).beta
        slips["the sharpness divides; cosines are multiplied by it"] = divided
        not_a_slip(beta, true.beta, slips)
        mixed = torch.einsum("bcn,bnhw->bchw", keys, true.beta)
        not_a_slip(alpha, true.alpha, {"alpha mixes words of length one; only the scores are cosines": mixed})
        _compare(given, true, w_hat, sharpness * cosine, case.mask)


@exercise("attention_word_slope", chapter=6, function="my_word_slope")
def _(answer: Answer) -> None:
    """Eq. 1's slope at a word, as key and as value, for each of four words."""
    q, words = drawn(3), drawn(4, 3)
    shares = (words @ q).softmax(dim=0)
    alpha, one = shares @ words, torch.eye(3, dtype=torch.float64)
    for k in range(4):
        key = torch.outer(words[k] - alpha, q)
        true = shares[k] * (one + key)
        slips = {
            "this is the word as a value; as a key it also changes the shares": shares[k] * one,
            "this is the word as a key; as a value it also brings its share of itself": shares[k] * key,
            "the share beta of the word is missing": one + key,
            "axes 0 and 1 are exchanged: row i is for the number i of alpha": true.T,
            "the key's part needs the word's distance from alpha, not the word itself": shares[k]
            * (one + torch.outer(words[k], q)),
            "the key's part has its sign turned: a louder word pulls alpha towards itself": shares[k] * (one - key),
        }
        same_unless(answer(q, words, k), true, slips, shape_of=f"the slope at word {k}")


def _case() -> _Case:
    q, words, weight = drawn(3, 4, 2, 3), drawn(3, FEATURES, 5), drawn(4, FEATURES) / FEATURES**0.5
    return _Case(q, words, torch.arange(5) < _LENGTHS[:, None], weight)


def _scores(case: _Case) -> tuple[Tensor, Tensor]:
    """The refined words [batch c n] and the scores [batch n h w]."""
    w_hat = torch.einsum("cf,bfn->bcn", case.weight, case.words)
    return w_hat, torch.einsum("bcn,bchw->bnhw", w_hat, case.q)


def _attend(score: Tensor, w_hat: Tensor, mask: Tensor) -> AttendedWords:
    beta = score.masked_fill(~mask[:, :, None, None], -torch.inf).softmax(dim=1)
    return AttendedWords(torch.einsum("bcn,bnhw->bchw", w_hat, beta), beta)


def _compare(given: Any, true: AttendedWords, w_hat: Tensor, score: Tensor, mask: Tensor) -> None:
    """Beta first, for alpha follows from it."""
    alpha, beta = several(given, 2, "two tensors, alpha and beta")
    if isinstance(alpha, Tensor) and isinstance(beta, Tensor):
        if alpha.shape == true.beta.shape and beta.shape == true.alpha.shape:
            raise Off("alpha and beta are exchanged: return the mixture first, then the shares")
        if alpha.shape[1:2] == (FEATURES,):
            raise Off("alpha mixes the words w; Eq. 1 mixes the refined ones, w-hat")
    everywhere, there = torch.ones_like(mask), mask[:, :, None, None]
    over_places = score.flatten(2).softmax(dim=2).view_as(score)
    flat = score.flatten(2).transpose(1, 2).flatten(0, 1)  # [(batch places) n]
    mixed = flat.masked_fill(~mask.repeat(len(flat) // len(mask), 1), -torch.inf).softmax(dim=1)
    mixed = mixed.view(len(mask), -1, mask.shape[1]).transpose(1, 2).reshape(score.shape)
    slips = {
        "the masks are repeated in the wrong order: places wear another sentence's mask": mixed,
        "the mask is missing: padding gets a share of each place": _attend(score, w_hat, everywhere).beta,
        "the mask is turned: it is True for a word, False for padding": _attend(score, w_hat, ~mask).beta,
        "the mask comes after the softmax: the shares of a place no longer sum to one": score.softmax(dim=1) * there,
        "padding has the score 0, and exp(0) is 1: mask it with minus infinity": (score * there).softmax(dim=1),
        "the softmax runs over the places; each place chooses among the words": over_places * there,
        "the softmax runs over the places, and the mask is missing": over_places,
        "the scores are divided by the root of the channels; Eq. 1 has no such factor": _attend(
            score / w_hat.shape[1] ** 0.5, w_hat, mask
        ).beta,
    }
    same_unless(beta, true.beta, slips, shape_of="beta", where={"padding": ~there})
    same(alpha, true.alpha, shape_of="alpha")
