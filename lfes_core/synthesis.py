"""What most people use: a face and a sentence in, the face with that expression out."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from lfes_core.config import Config
from lfes_core.images import ImageSource, read_image, square, to_tensor, to_uint8
from lfes_core.networks.action_unit_encoder import language_encoder
from lfes_core.networks.conditioning_augmentation import ConditioningAugmentation
from lfes_core.networks.facial_feature_encoder import FacialFeatureEncoder
from lfes_core.networks.multi_level_expression_synthesizer import MultiLevelExpressionSynthesizer
from lfes_core.sentences import Description, Vocabulary, understand
from lfes_core.weight_files import synthesizer_file
from lfes_core.weights import load_synthesizer


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """What comes out for one face and one sentence.

    Attributes:
        image: the synthesized face, 256x256 RGB.
        levels: the pictures of the three levels, 64x64, 128x128 and 256x256; the last one is `image`.
        attention: beta of Eq. 1 after level 1, [words 64 64], and after level 2, [words 128 128]; float32.
            At every place the words sum to 1. Empty where the synthesizer was built without attention.
        words: the words that the network read, in order: one for each map in `attention`.
        wording: the sentence of these words. It is the given one where a protocol can write it, else what it
            was understood to say in the words of a protocol, the only form that training shows.
        description: subject, emotion and Action Units of the sentence.
        warnings: one sentence for each contradiction in it, such as closed eyes with raised upper lids.
        sentence: the sentence that was given.
    """

    image: Image.Image
    levels: tuple[Image.Image, Image.Image, Image.Image]
    attention: tuple[Float[np.ndarray, "words _ _"], ...]
    words: list[str]
    wording: str
    description: Description
    warnings: tuple[str, ...]
    sentence: str


class Synthesizer:
    """The trained way from a face and a sentence to a picture (Fig. 2 without what only training needs).

    Use `Synthesizer.load`. The networks are attributes, named as their classes, for whoever wants to look in.
    """

    def __init__(
        self, config: Config, vocabulary: Vocabulary, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Builds the networks with random weights, in evaluation mode."""
        networks = config.networks
        self.config = config
        self.vocabulary = vocabulary
        self.facts = dict(facts or {})
        self.sha256: str | None = None  # of the stored tensors; networks with random weights have none
        self.language_semantic_encoder = language_encoder(networks.language, len(vocabulary))
        self.conditioning_augmentation = ConditioningAugmentation(networks.conditioning)
        self.facial_feature_encoder = FacialFeatureEncoder(networks.facial)
        self.multi_level_expression_synthesizer = MultiLevelExpressionSynthesizer(
            networks.synthesizer, networks.facial
        )
        for network in self.networks.values():
            network.eval().requires_grad_(False)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The four networks by the names under which `lfes_core.weights` stores them."""
        return {
            "language_semantic_encoder": self.language_semantic_encoder,
            "conditioning_augmentation": self.conditioning_augmentation,
            "facial_feature_encoder": self.facial_feature_encoder,
            "multi_level_expression_synthesizer": self.multi_level_expression_synthesizer,
        }

    @classmethod
    def load(cls, weights: str | os.PathLike[str] | None = None, device: str = "cpu") -> "Synthesizer":
        """Loads trained weights.

        Args:
            weights: the name of a set that comes with the package (`lfes_core.weight_files.shipped_sets`), a
                run folder, or a file that training exported; the package's default set when not given.
            device: where to compute, as PyTorch names it.

        Raises:
            UserError: there are no such weights, or the file is damaged, of another kind, or of other networks.
        """
        stored = load_synthesizer(synthesizer_file(weights))
        synthesizer = cls(stored.config, stored.vocabulary, stored.facts)
        synthesizer.sha256 = stored.sha256
        stored.load_into(synthesizer.networks)
        for network in synthesizer.networks.values():
            network.to(device)
        return synthesizer

    @torch.no_grad()
    def __call__(self, face: ImageSource, sentence: str, seed: int | None = None) -> Synthesis:
        """Synthesizes one picture.

        Args:
            face: a neutral face: path, Pillow image, or array (uint8, or float in 0..1); its middle square
                is used.
            sentence: one sentence, in one of the three protocols or in everyday words.
            seed: draws the condition; without one it is the mean, and nothing is left to chance.

        Raises:
            UserError: the face is no picture, or the sentence is empty, unknown or of another grammar.
        """
        understanding = understand(sentence, self.vocabulary.grammar)
        neutral = self.read_face(face)
        tokens = torch.tensor([self.vocabulary.encode(understanding.sentence)], device=neutral.device)
        lengths = torch.tensor([tokens.shape[1]], device=neutral.device)
        language = self.language_semantic_encoder(tokens, lengths)
        condition = self.conditioning_augmentation(language.sentence)
        vector = condition.mean
        if seed is not None:
            generator = torch.Generator().manual_seed(seed)
            noise = torch.randn(vector.shape, generator=generator).to(vector)
            vector = vector + (condition.log_variance / 2).exp() * noise
        *maps, f_f = self.facial_feature_encoder.maps(neutral)
        levels = self.multi_level_expression_synthesizer(f_f, vector, language.words, language.mask, maps)
        first, second, third = (Image.fromarray(to_uint8(image[0])) for image in levels.images)
        return Synthesis(
            image=third,
            levels=(first, second, third),
            attention=tuple(beta[0].float().cpu().numpy() for beta in levels.attention),
            words=self.vocabulary.words(understanding.sentence),
            wording=understanding.sentence,
            description=understanding.description,
            warnings=understanding.warnings,
            sentence=sentence,
        )

    def read_face(self, face: ImageSource) -> Float[Tensor, "1 3 256 256"]:
        """A picture as the Facial Feature Encoder takes it: middle square, 256x256, in -1..1.

        Raises:
            UserError: it is no picture.
        """
        device = next(self.facial_feature_encoder.parameters()).device
        return to_tensor(square(read_image(face)))[None].to(device)
