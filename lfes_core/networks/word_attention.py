"""Expressive word attention att_n (Eq. 1, Sec. 2.2): every place of the face asks which words concern it."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lfes_core.config import FEATURES


class AttendedWords(NamedTuple):
    """What the face gathered from the sentence.

    alpha: [batch c h w], the mixture of words at each place.
    beta: [batch n h w], the share of each word at each place; sums to one over the words, 0 for padding.
    """

    alpha: Tensor
    beta: Tensor


class ExpressiveWordAttention(nn.Module):
    """Eq. 1 literally: a softmax over the words at each sub-region, without temperature.

    The paper's w-hat_i is a word after a 1x1 convolution, here ``refine``. It is not the w-hat_N of
    conditioning augmentation. The sub-regions j are the pixels of q_n.
    """

    def __init__(self, q_channels: int, word_features: int = FEATURES) -> None:
        super().__init__()
        self.refine = nn.Conv1d(word_features, q_channels, kernel_size=1, bias=False)
        # An LSTM's numbers are small: five times PyTorch's usual spread lets a new network hear the words beside q.
        nn.init.normal_(self.refine.weight, std=3 * word_features**-0.5)

    def forward(
        self,
        q: Float[Tensor, "batch c h w"],
        words: Float[Tensor, "batch f n"],
        mask: Bool[Tensor, "batch n"],
    ) -> AttendedWords:
        """Attend to words.

        Args:
            q: output features of a level of the synthesizer.
            words: the paper's w, from LSE.
            mask: True for a word, False for padding; at least one word in each row.
        """
        refined = self.refine(words)
        # batch x c x n
        height, width = q.shape[2:]
        places = q.permute(0, 2, 3, 1).flatten(1, 2)
        # batch x (h w) x c; a view where the channels of a pixel lie side by side, as in training
        scores = torch.bmm(places, refined).float()
        # batch x (h w) x n; the sum over channels is the scalar product of Eq. 1
        beta = scores.masked_fill_(~mask[:, None, :], float("-inf")).softmax(dim=2)
        alpha = torch.bmm(beta.to(refined.dtype), refined.transpose(1, 2))
        # batch x (h w) x c
        alpha, beta = (maps.view(len(q), height, width, -1).permute(0, 3, 1, 2) for maps in (alpha, beta))
        return AttendedWords(alpha=alpha, beta=beta)
