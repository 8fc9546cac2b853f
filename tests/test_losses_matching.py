"""L_LVM against a slow evaluation with one loop for each letter of its formulas."""

import math

import pytest
import torch
from torch import Tensor

from lfes_core import losses
from lfes_core.config import LossConfig
from lfes_core.losses import language_visual_matching_loss
from lfes_core.networks import LanguageFeatures, VisualFeatures

PAIRS, FEATURES, WORDS, SIDE = 3, 4, 3, 2
LENGTHS = (3, 1, 2)
CONFIG = LossConfig(gamma_1=4.0, gamma_2=5.0, gamma_3=10.0)


@pytest.fixture
def features() -> tuple[VisualFeatures, LanguageFeatures]:
    torch.manual_seed(0)
    mask = torch.arange(WORDS) < torch.tensor(LENGTHS)[:, None]
    words = torch.where(mask[:, None], torch.randn(PAIRS, FEATURES, WORDS), 1e3)  # padding must not matter
    visual = VisualFeatures(torch.randn(PAIRS, FEATURES, SIDE, SIDE), torch.randn(PAIRS, FEATURES))
    return visual, LanguageFeatures(words, torch.randn(PAIRS, FEATURES), mask)


def cosine(one: list[float], other: list[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))


def softmax(values: list[float]) -> list[float]:
    exponentials = [math.exp(value) for value in values]
    return [value / sum(exponentials) for value in exponentials]


def slow_word_similarity(regions: Tensor, words: Tensor, length: int) -> float:
    v = [regions[:, y, x].tolist() for y in range(SIDE) for x in range(SIDE)]
    e = [words[:, n].tolist() for n in range(length)]
    s = [[sum(a * b for a, b in zip(e_n, v_r, strict=True)) for v_r in v] for e_n in e]
    columns = [softmax([s[n][r] for n in range(length)]) for r in range(len(v))]
    total = 0.0
    for n in range(length):
        attention = softmax([CONFIG.gamma_1 * columns[r][n] for r in range(len(v))])
        context = [sum(attention[r] * v[r][f] for r in range(len(v))) for f in range(FEATURES)]
        total += math.exp(CONFIG.gamma_2 * cosine(context, e[n]))
    return math.log(total)


def slow_choice_loss(similarity: list[list[float]], labels: list[int]) -> float:
    total = 0.0
    for i in range(PAIRS):
        allowed = [j for j in range(PAIRS) if j == i or labels[j] != labels[i]]
        for scores in ([similarity[i][j] for j in allowed], [similarity[j][i] for j in allowed]):
            total -= math.log(softmax([CONFIG.gamma_3 * score for score in scores])[allowed.index(i)])
    return total / PAIRS


@pytest.mark.parametrize("labels", ([0, 1, 2], [0, 1, 0], [0, 0, 0]))
@pytest.mark.parametrize("word_matching", (True, False))
def test_matching_loss_is_that_of_the_formulas(
    features: tuple[VisualFeatures, LanguageFeatures], labels: list[int], word_matching: bool
) -> None:
    visual, language = features
    pairs = range(PAIRS)
    f_s, sentences = visual.image.tolist(), language.sentence.tolist()
    expected = slow_choice_loss([[cosine(f_s[i], sentences[j]) for j in pairs] for i in pairs], labels)
    if word_matching:
        similarity = [
            [slow_word_similarity(visual.regions[i], language.words[j], LENGTHS[j]) for j in pairs] for i in pairs
        ]
        expected += slow_choice_loss(similarity, labels)
    config = LossConfig(gamma_1=4.0, gamma_2=5.0, gamma_3=10.0, word_matching=word_matching)
    found = language_visual_matching_loss(visual, language, torch.tensor(labels), config)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_gradients_are_finite_and_none_reaches_padding(features: tuple[VisualFeatures, LanguageFeatures]) -> None:
    visual, language = features
    words, regions = language.words.requires_grad_(), visual.regions.requires_grad_()
    language_visual_matching_loss(visual, language, torch.arange(PAIRS), CONFIG).backward()
    assert words.grad is not None and regions.grad is not None
    assert torch.isfinite(words.grad).all() and torch.isfinite(regions.grad).all()
    real = language.mask[:, None].expand_as(words)
    assert (words.grad[real] != 0).all()
    assert not words.grad[~real].any()


def test_matching_is_computed_in_full_precision_under_autocast(
    features: tuple[VisualFeatures, LanguageFeatures],
) -> None:
    visual, language = features
    labels = torch.arange(PAIRS)
    before = language_visual_matching_loss(visual, language, labels, CONFIG)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        after = language_visual_matching_loss(visual, language, labels, CONFIG)
    assert float(after) == float(before)


def test_matching_of_less_precise_features_is_computed_in_full_precision(
    features: tuple[VisualFeatures, LanguageFeatures],
) -> None:
    (regions, image), (words, sentence, mask) = features

    def loss(kind: torch.dtype) -> Tensor:
        less = [x.bfloat16().to(kind) for x in (regions, image, words, sentence)]
        visual, language = VisualFeatures(*less[:2]), LanguageFeatures(*less[2:], mask)
        return language_visual_matching_loss(visual, language, torch.arange(PAIRS), CONFIG)

    torch.testing.assert_close(loss(torch.bfloat16), loss(torch.float32), rtol=0, atol=0)


def test_matching_is_computed_on_the_device_of_the_features(features: tuple[VisualFeatures, LanguageFeatures]) -> None:
    visual, language = (type(each)(*(x.to("meta") for x in each)) for each in features)
    excluded = torch.zeros(PAIRS, PAIRS, dtype=torch.bool, device="meta")
    assert losses._choice_loss(visual.image @ language.sentence.T, excluded).is_meta
