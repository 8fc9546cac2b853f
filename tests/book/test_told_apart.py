"""Distances between sentences: what is alike lies near, what differs lies apart, and wording counts for itself."""

import pytest
import torch
from torch import nn

from lfes_core.action_units import ACTION_UNITS
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.networks.language_semantic_encoder import LanguageFeatures, LanguageSemanticEncoder
from lfes_core.sentences import Vocabulary
from tests.book.modules import module_of_the_book

told_apart = module_of_the_book("told_apart").told_apart


class WordsOnly(LanguageSemanticEncoder):
    """A sentence is the sum of fixed directions of those of its words that are given a direction."""

    def __init__(self, vocabulary: Vocabulary, heard: dict[str, int]) -> None:
        nn.Module.__init__(self)  # no LSTM
        self.table = torch.zeros(len(vocabulary), 512)
        for word, direction in heard.items():
            self.table[vocabulary.encode(word)[0], direction] = 1.0
        self.table[:, 0] = 1.0

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> LanguageFeatures:
        words = self.table[tokens]
        return LanguageFeatures(words.transpose(1, 2), words.sum(dim=1), torch.ones_like(tokens, dtype=torch.bool))


def test_units_without_a_word_that_is_heard_lie_together_and_the_others_apart():
    vocabulary = Vocabulary()
    heard = {word: 7 for word in ACTION_UNITS[26].noun.split()}
    found = told_apart(WordsOnly(vocabulary, heard), vocabulary, (1, 2, 26))
    assert {found[1].other, found[2].other} == {1, 2}
    assert found[1].distance == found[2].distance
    assert found[26].distance > 10 * found[1].distance


def test_a_deaf_encoder_tells_nothing_apart():
    vocabulary = Vocabulary()
    deaf = WordsOnly(vocabulary, {})
    found = told_apart(deaf, vocabulary, (1, 12, 26))
    assert all(one.distance == pytest.approx(0, abs=1e-3) and one.wording < 1e-3 for one in found.values())


def test_wording_is_the_spread_of_synonyms():
    vocabulary = Vocabulary()
    adverbs = {"highly": 3, "significantly": 4, "heavily": 5, "strongly": 6}
    loud = told_apart(WordsOnly(vocabulary, adverbs), vocabulary, (1, 2))
    quiet = told_apart(WordsOnly(vocabulary, {}), vocabulary, (1, 2))
    assert loud[1].wording > 1 > quiet[1].wording


def test_the_shipped_encoder_is_measured_the_same_each_time():
    matcher = LanguageVisualSemanticNetwork.load()
    first = told_apart(matcher.language_semantic_encoder, matcher.vocabulary)
    assert first == told_apart(matcher.language_semantic_encoder, matcher.vocabulary)
    assert len(first) == 12 and all(one.distance > 0 for one in first.values())
