"""The lower half of Fig. 2: both encoders together, trained by matching, then frozen, and used to compare."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from lfes_core import shipped, weights
from lfes_core.config import FEATURES, Config
from lfes_core.images import ImageSource, read_image, square, to_tensor
from lfes_core.networks.action_unit_encoder import language_encoder
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualFeatures, VisualSemanticEncoder
from lfes_core.retrieval import cosines
from lfes_core.sentences import Vocabulary, understand

_AT_ONCE = 32


class LanguageVisualSemanticNetwork(nn.Module):
    """LVSN: LSE and VSE, which bring sentences and pictures into one space (Sec. 2.1); `load` gives trained ones."""

    def __init__(
        self, config: Config, vocabulary: Vocabulary, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Builds both networks with random weights; Inception with ImageNet's where the configuration says so."""
        super().__init__()
        self.config = config
        self.vocabulary = vocabulary
        self.facts = dict(facts or {})
        self.language_semantic_encoder = language_encoder(config.networks.language, len(vocabulary))
        self.visual_semantic_encoder = VisualSemanticEncoder(config.networks.visual)

    @classmethod
    def load(
        cls, name: str | os.PathLike[str] | None = None, device: str = "cpu"
    ) -> "LanguageVisualSemanticNetwork":
        """Loads trained encoders, in evaluation mode.

        Args:
            name: a run folder, or its ``matching.safetensors``; the encoders of the package when not given.
            device: where to compute, as PyTorch names it.

        Raises:
            UserError: there are none, or the file is damaged, of another kind, or of other networks; or there is no
                such device.
        """
        stored = weights.load(shipped.matching_file(name), weights.MATCHING)
        visual = replace(
            stored.config.networks.visual, pretrained=False
        )  # the file replaces ImageNet's weights, too
        config = replace(stored.config, networks=replace(stored.config.networks, visual=visual))
        with torch.device("meta"):
            network = cls(config, stored.vocabulary, stored.facts)
        stored.load_into(network, device)
        network.config = stored.config
        return network.eval().requires_grad_(False)

    def forward(
        self,
        images: Float[Tensor, "batch 3 height width"],
        tokens: Int[Tensor, "batch words"],
        lengths: Int[Tensor, " batch"],
    ) -> tuple[LanguageFeatures, VisualFeatures]:
        """Read the sentences and look at the pictures, in one call, as several processes need it."""
        return self.language_semantic_encoder(tokens, lengths), self.visual_semantic_encoder(images)

    @torch.no_grad()
    def images(
        self, pictures: Sequence[ImageSource] | Float[Tensor, "pictures 3 height width"]
    ) -> Float[Tensor, "pictures 512"]:
        """f_s of each picture, on the CPU.

        Args:
            pictures: paths, Pillow images or arrays, of which the middle square is used; or a tensor in -1..1.

        Raises:
            UserError: one of them is no picture.
        """
        device = next(self.visual_semantic_encoder.parameters()).device
        found = [torch.zeros(0, FEATURES)]
        for start in range(0, len(pictures), _AT_ONCE):
            part = pictures[start : start + _AT_ONCE]
            if not isinstance(part, Tensor):
                part = torch.stack([to_tensor(square(read_image(picture))) for picture in part])
            found.append(self.visual_semantic_encoder(part.to(device)).image.cpu())
        return torch.cat(found)

    @torch.no_grad()
    def sentences(self, sentences: Sequence[str]) -> Float[Tensor, "sentences 512"]:
        """The sentence vector of each sentence, on the CPU.

        Raises:
            UserError: a sentence is empty, unknown or of another grammar.
        """
        device = next(self.visual_semantic_encoder.parameters()).device
        found = [torch.zeros(0, FEATURES)]
        for start in range(0, len(sentences), _AT_ONCE):
            numbers = [
                torch.tensor(self.vocabulary.encode(understand(sentence, self.vocabulary.grammar).sentence))
                for sentence in sentences[start : start + _AT_ONCE]
            ]
            tokens = pad_sequence(numbers, batch_first=True).to(device)
            lengths = torch.tensor([len(one) for one in numbers])
            found.append(self.language_semantic_encoder(tokens, lengths).sentence.cpu())
        return torch.cat(found)

    def scores(
        self,
        pictures: Sequence[ImageSource] | Float[Tensor, "pictures 3 height width"],
        sentences: Sequence[str],
    ) -> Float[Tensor, "pictures sentences"]:
        """The cosine of every picture's f_s with every sentence vector: the higher, the better they match."""
        return cosines(self.images(pictures), self.sentences(sentences))
