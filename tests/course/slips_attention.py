"""Usual slips in the exercises of chapter 6, other ways to the same, and what a student then reads."""

import torch
import torch.nn.functional as F


def eq_1(q, words, mask, weight, *, axis="words", when="before", factor=1.0, raw=False, swap=False):
    """Eq. 1, and what is made wrong in it."""
    w_hat = torch.einsum("cf,bfn->bcn", weight, words)
    score = factor * torch.einsum("bchw,bcn->bnhw", q, w_hat)
    there = mask[:, :, None, None]
    if when == "before":
        score = score.masked_fill(~there, -torch.inf)
    if when == "zero":
        score = score.masked_fill(~there, 0)
    beta = score.softmax(dim=1) if axis == "words" else score.flatten(2).softmax(dim=2).view_as(score)
    if when == "after":
        beta = beta * there
    alpha = torch.einsum("bcn,bnhw->bchw", words if raw else w_hat, beta)
    return (beta, alpha) if swap else (alpha, beta)


def repeated(q, words, mask, weight):
    """The masks of AttnGAN's code, in the wrong order when a batch is flattened."""
    w_hat = torch.einsum("cf,bfn->bcn", weight, words)
    score = torch.einsum("bchw,bcn->bhwn", q, w_hat)
    order = mask.repeat(q.shape[2] * q.shape[3], 1).view(score.shape)
    beta = score.masked_fill(~order, -torch.inf).softmax(dim=3).permute(0, 3, 1, 2)
    return torch.einsum("bcn,bnhw->bchw", w_hat, beta), beta


def cosines(q, words, mask, weight, sharpness=9.0, *, normal="qw", values=False, power=1):
    w_hat = torch.einsum("cf,bfn->bcn", weight, words)
    keys = F.normalize(w_hat, dim=1) if "w" in normal else w_hat
    places = F.normalize(q, dim=1) if "q" in normal else q
    score = sharpness**power * torch.einsum("bcn,bchw->bnhw", keys, places)
    beta = score.masked_fill(~mask[:, :, None, None], -torch.inf).softmax(dim=1)
    return torch.einsum("bcn,bnhw->bchw", keys if values else w_hat, beta), beta


def word_slope(q, words, k, *, value=1.0, key=1.0, share=True, turn=False):
    beta = (words @ q).softmax(dim=0)
    found = value * torch.eye(len(q)).double() + key * torch.outer(words[k] - beta @ words, q)
    found = beta[k] * found if share else found
    return found.T if turn else found


def slip(made, **wrong):
    return lambda *given, **named: made(*given, **named, **wrong)


SLIPS = [
    ("eq_1", slip(eq_1, when="never"), "the mask is missing: padding gets a share"),
    ("eq_1", slip(eq_1, axis="places", when="after"), "softmax runs over the places"),
    ("eq_1", slip(eq_1, axis="places", when="never"), "softmax runs over the places, and the mask is missing"),
    ("eq_1", slip(eq_1, when="after"), "the mask comes after the softmax"),
    ("eq_1", slip(eq_1, when="zero"), "exp(0) is 1"),
    ("eq_1", slip(eq_1, factor=0.5), "divided by the root of the channels"),
    ("eq_1", slip(eq_1, raw=True), "alpha mixes the words w"),
    ("eq_1", slip(eq_1, swap=True), "alpha and beta are exchanged"),
    ("eq_1", lambda q, words, mask, weight: eq_1(q, words, ~mask, weight), "the mask is turned"),
    ("eq_1", lambda *given: eq_1(*given)[0], "return two tensors"),
    ("eq_1", repeated, "wrong order: places wear another sentence's mask"),
    ("attention_cosines", slip(cosines, normal="w"), "the places q are not brought to length one"),
    ("attention_cosines", slip(cosines, normal="q"), "the words are not brought to length one"),
    ("attention_cosines", slip(cosines, normal=""), "scalar products of Eq. 1"),
    ("attention_cosines", slip(cosines, values=True), "alpha mixes words of length one"),
    ("attention_cosines", slip(cosines, power=0), "the sharpness is missing"),
    ("attention_cosines", slip(cosines, power=-1), "the sharpness divides"),
    ("attention_cosines", lambda *given, sharpness=9.0: cosines(*given), "beta"),  # 9 is written into the code
    ("attention_word_slope", slip(word_slope, key=0.0), "as a key it also changes the shares"),
    ("attention_word_slope", slip(word_slope, value=0.0), "as a value it also brings its share"),
    ("attention_word_slope", slip(word_slope, share=False), "the share beta of the word is missing"),
    ("attention_word_slope", slip(word_slope, turn=True), "axes 0 and 1 are exchanged"),
    ("attention_word_slope", slip(word_slope, key=-1.0), "the key's part has its sign turned"),
]


def by_products(q, words, mask, weight):
    refined = weight @ words
    scores = refined.transpose(1, 2) @ q.flatten(2)
    beta = scores.masked_fill(~mask[:, :, None], -torch.inf).softmax(dim=1)
    return [(refined @ beta).view_as(q), beta.view(*beta.shape[:2], *q.shape[2:])]


def by_autograd(q, words, k):
    def alpha(word):
        changed = torch.cat((words[:k], word[None], words[k + 1 :]))
        return (changed @ q).softmax(dim=0) @ changed

    return torch.autograd.functional.jacobian(alpha, words[k])


OTHERS = [("eq_1", by_products), ("attention_word_slope", by_autograd), ("attention_cosines", cosines)]
