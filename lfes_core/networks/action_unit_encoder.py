"""Our extension, for a comparison: Action Unit intensities in the place of LSE, and nothing else changed."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lfes_core.config import FEATURES, LanguageConfig
from lfes_core.networks.language_semantic_encoder import LanguageFeatures, LanguageSemanticEncoder, word_mask

_FIRST_UNIT = 3
"""Numbers 0, 1 and 2 are padding, unknown and a neutral face."""

_LENGTHS = (3.0, 1.0, 2.0, 3.0, 4.0, 5.0)
"""Length of a unit's vector without an intensity (which counts as C, the middle), and with A to E."""


class ActionUnitEncoder(nn.Module):
    """What LSE gives, made of (Action Unit, intensity) pairs without a sentence: what does the sentence cost?

    Each unit has a direction of its own, at right angles to all others. A "word" is that direction, from 1 long for
    A to 5 long for E; LSE's trained words are about 4 long. The "sentence" is the sum of the words, in which every
    intensity can still be read, and of one more direction that is always 3 long. Conditioning augmentation scales
    each sentence vector to one length; beside the fixed part, faint and strong remain two things.

    There is nothing to learn and nothing to store. The linear layer of conditioning augmentation and the 1x1
    convolution of the attention stand right behind, and learn what to make of each direction: a learned linear layer
    in front of them could do no more.
    """

    table: Tensor
    always: Tensor

    def __init__(self, vocabulary_size: int) -> None:
        """Makes the vectors of `lfes_core.sentences.ActionUnitVocabulary`: three, and six for each unit."""
        super().__init__()
        units, rest = divmod(vocabulary_size - _FIRST_UNIT, len(_LENGTHS))
        if rest:
            raise ValueError(f"{vocabulary_size} is not 3 and six numbers for each Action Unit")
        with torch.device("cpu"):  # also where networks are built without memory, for nothing of this is stored
            always, *unit = directions(1 + units)
            table = torch.zeros(vocabulary_size, FEATURES)
            table[_FIRST_UNIT - 1] = 3 * always
            table[_FIRST_UNIT:] = torch.kron(torch.stack(unit), torch.tensor(_LENGTHS)[:, None])
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("always", 3 * always, persistent=False)

    def forward(self, tokens: Int[Tensor, "batch words"], lengths: Int[Tensor, " batch"]) -> LanguageFeatures:
        """Read numbers of Action Units with their intensity, in any order, 0 after the last; a neutral face has one."""
        words = self.table[tokens]
        # batch x words x 512; zero for padding
        return LanguageFeatures(
            words=words.transpose(1, 2).contiguous(),
            sentence=self.always + words.sum(dim=1),
            mask=word_mask(lengths, tokens.shape[1]),
        )


def directions(count: int) -> Float[Tensor, "count 512"]:
    """Vectors of length 1 at right angles to each other, and with a mean of 0: Walsh functions, all plus or minus.

    They are the same on every machine, and layer normalization, which takes the mean away, takes nothing from them.
    """
    signs = torch.ones(1, 1)
    while len(signs) < FEATURES:
        signs = torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]), signs)
    unit_length: Tensor = signs * FEATURES**-0.5
    return unit_length[1 : 1 + count]  # the row before them is all plus


def language_encoder(config: LanguageConfig, vocabulary_size: int) -> LanguageSemanticEncoder | ActionUnitEncoder:
    """LSE, or what stands in its place in the twin, as ``config.input`` says."""
    if config.input == "action_units":
        return ActionUnitEncoder(vocabulary_size)
    return LanguageSemanticEncoder(config, vocabulary_size)
