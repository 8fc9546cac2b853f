"""Eq. 1 against a slow evaluation with one loop for each of its letters."""

import math

import pytest
import torch
from torch import Tensor

from lfes_core.networks import AttendedWords, ExpressiveWordAttention

BATCH, CHANNELS, FEATURES, WORDS, HEIGHT, WIDTH = 2, 3, 5, 4, 2, 3
LENGTHS = (4, 2)
Example = tuple[ExpressiveWordAttention, Tensor, Tensor, Tensor]


@pytest.fixture
def example() -> Example:
    torch.manual_seed(0)
    attention = ExpressiveWordAttention(CHANNELS, FEATURES).double().requires_grad_(False)
    q = torch.randn(BATCH, CHANNELS, HEIGHT, WIDTH, dtype=torch.float64)
    words = torch.randn(BATCH, FEATURES, WORDS, dtype=torch.float64)
    mask = torch.tensor([[i < length for i in range(WORDS)] for length in LENGTHS])
    return attention, q, words, mask


def test_alpha_and_beta_are_those_of_equation_1(example: Example) -> None:
    attention, q, words, mask = example
    found: AttendedWords = attention(q, words, mask)
    matrix = attention.refine.weight[:, :, 0].tolist()
    for b in range(BATCH):
        refined = [
            [sum(matrix[c][f] * float(words[b, f, i]) for f in range(FEATURES)) for c in range(CHANNELS)]
            for i in range(LENGTHS[b])
        ]
        for y in range(HEIGHT):
            for x in range(WIDTH):
                q_j = [float(q[b, c, y, x]) for c in range(CHANNELS)]
                exponentials = [math.exp(sum(q_j[c] * w_i[c] for c in range(CHANNELS))) for w_i in refined]
                beta = [value / sum(exponentials) for value in exponentials]
                for i in range(WORDS):
                    expected = beta[i] if i < LENGTHS[b] else 0.0
                    assert float(found.beta[b, i, y, x]) == pytest.approx(expected, abs=1e-6)
                for c in range(CHANNELS):
                    alpha = sum(share * w_i[c] for share, w_i in zip(beta, refined, strict=True))
                    assert float(found.alpha[b, c, y, x]) == pytest.approx(alpha, abs=1e-6)


def test_padding_changes_nothing_even_where_it_holds_large_numbers(example: Example) -> None:
    attention, q, words, mask = example
    before = attention(q, words, mask)
    words = words.clone()
    words[1, :, 2:] = 1e6
    after = attention(q, words, mask)
    assert all(map(torch.equal, after, before))
    alone = attention(q[1:], words[1:, :, :2], mask[1:, :2])
    torch.testing.assert_close(alone.alpha, before.alpha[1:])


def test_shares_keep_summing_to_one_in_bfloat16() -> None:
    torch.manual_seed(0)
    attention = ExpressiveWordAttention(8, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = attention(torch.randn(1, 8, 4, 4), torch.randn(1, 16, 9), torch.ones(1, 9, dtype=torch.bool))
    assert found.beta.dtype == torch.float32
    torch.testing.assert_close(found.beta.sum(dim=1), torch.ones(1, 4, 4))


def test_a_new_network_hears_the_words_five_times_as_loud_as_a_usual_convolution() -> None:
    usual = torch.nn.Conv1d(512, 64, kernel_size=1).weight
    heard = ExpressiveWordAttention(64, 512).refine.weight
    assert 4.5 < heard.std() / usual.std() < 5.5
