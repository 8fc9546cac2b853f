"""Language Semantic Encoder, LSE (Fig. 2 bottom, Sec. 2.1): a sentence becomes words and one vector."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lfes_core.config import FEATURES, LanguageConfig


class LanguageFeatures(NamedTuple):
    """What LSE knows about a batch of sentences; ``words`` is the length of the longest one.

    words: [batch 512 words], the paper's w; zero where a sentence has already ended.
    sentence: [batch 512], the sentence vector.
    mask: [batch words], True for a word and False for padding.
    """

    words: Tensor
    sentence: Tensor
    mask: Tensor


class LanguageSemanticEncoder(nn.Module):
    """Bidirectional LSTM over the words of a description.

    Each direction gives 256 numbers a word, together the paper's 512. The sentence vector joins the two
    *final* states, each of which has read all words. (Taken literally, the paper's w_N would hold a
    backward half that has read the last word only.)
    """

    def __init__(self, config: LanguageConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, config.embedding, padding_idx=0)
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = nn.LSTM(config.embedding, FEATURES // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens: Int[Tensor, "batch words"], lengths: Int[Tensor, " batch"]) -> LanguageFeatures:
        """Read sentences.

        Args:
            tokens: numbers of words, 0 after the end of a sentence.
            lengths: how many words each sentence has, at least 1.
        """
        x = self.dropout(self.embedding(tokens))
        # batch x words x embedding
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, (final, _) = self.lstm(packed)
        words, _ = pad_packed_sequence(states, batch_first=True, total_length=tokens.shape[1])
        # batch x words x 512; final: 2 x batch x 256
        return LanguageFeatures(
            words=words.transpose(1, 2).contiguous(),
            sentence=torch.cat((final[0], final[1]), dim=1),
            mask=word_mask(lengths, tokens.shape[1]),
        )


def word_mask(lengths: Int[Tensor, " batch"], words: int) -> Bool[Tensor, "batch words"]:
    """Return True for the first ``lengths[b]`` places of row b and False after them."""
    return torch.arange(words, device=lengths.device) < lengths[:, None]
