"""What most people use: a face and a sentence in, the face with that expression out."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from torch import Tensor

from lfes_core import shipped, weights
from lfes_core.action_units import ACTION_UNITS
from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.images import ImageSource, to_tensor, to_uint8
from lfes_core.networks.action_unit_encoder import language_encoder
from lfes_core.networks.generator import Generator
from lfes_core.networks.moving_synthesizer import Movement
from lfes_core.networks.multi_level_expression_synthesizer import SynthesizedLevels
from lfes_core.photographs import OnFrame, lay_back, lay_on_frame
from lfes_core.sentences import Description, Vocabulary, describe, understand


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """What comes out for one face and one sentence.

    Attributes:
        image: the given picture with the change of its face laid on it, of its size; where that was 256x256 pixels on
            the frame already, the synthesized face itself.
        crop: the synthesized face as the networks made it, 256x256 RGB.
        levels: the pictures of the three levels, 64x64, 128x128 and 256x256; the last one is `crop`.
        attention: beta of Eq. 1 after level 1, [words 64 64], and after level 2, [words 128 128]; float32. At every
            place the words sum to 1. Empty where the synthesizer was built without attention.
        words: the words that the network read, in order: one for each map in `attention`.
        wording: the sentence of these words. It is the given one where a protocol can write it, else what it was
            understood to say in the words of a protocol, the only form that training shows.
        movement: flow field, occlusion mask and colors of 128x128, a batch of one, with which the neutral face was
            moved; `lfes_core.networks.moved` makes a picture of any size with them. None in the paper's design.
        neutral: the face as it was laid on the frame, and where that was (`lfes_core.photographs`).
        changed: where `image` may differ from the given picture, True or False for each pixel.
        description: subject, emotion and Action Units of the sentence.
        warnings: one sentence for each phrase in it that is left out because nothing can show it, for each doubtful
            word, for each contradiction, such as closed eyes with raised upper lids, and for each thing in the
            photograph of which the result will suffer.
        sentence: the sentence that was given.
    """

    image: Image.Image
    crop: Image.Image
    levels: tuple[Image.Image, Image.Image, Image.Image]
    attention: tuple[Float[np.ndarray, "words _ _"], ...]
    words: list[str]
    wording: str
    movement: Movement | None
    neutral: OnFrame
    changed: Bool[np.ndarray, "height width"]
    description: Description
    warnings: tuple[str, ...]
    sentence: str


class Synthesizer(Generator):
    """The trained way from a face and a sentence to a picture: the paper's G with LSE in front (Fig. 2).

    Use `Synthesizer.load`. The networks are attributes, named as their classes, for whoever wants to look in.
    """

    def __init__(self, config: Config, vocabulary: Vocabulary, facts: Mapping[str, Any] | None = None) -> None:
        """Builds the networks with random weights, in evaluation mode."""
        super().__init__(config.networks)
        self.language_semantic_encoder = language_encoder(config.networks.language, len(vocabulary))
        self.config = config
        self.vocabulary = vocabulary
        self.facts = dict(facts or {})
        self.sha256: str | None = None  # of the stored tensors; networks with random weights have none
        self.eval().requires_grad_(False)

    @classmethod
    def load(cls, name: str | os.PathLike[str] | None = None, device: str = "cpu") -> "Synthesizer":
        """Loads trained weights.

        Args:
            name: of a set that comes with the package (`lfes_core.shipped.shipped_sets`), a run folder, or a file
                that training exported; the package's default set when not given.
            device: where to compute, as PyTorch names it.

        Raises:
            UserError: there are no such weights or no such device, or the file is damaged, or of other networks.
        """
        stored = weights.load(shipped.synthesizer_file(name), weights.SYNTHESIZER)
        synthesizer = stored.built(lambda: cls(stored.config, stored.vocabulary, stored.facts), device)
        synthesizer.sha256 = stored.sha256
        return synthesizer

    @torch.no_grad()
    def __call__(
        self,
        face: ImageSource,
        sentence: str,
        seed: int | None = None,
        hide_condition: bool = False,
        *,
        points: Sequence[float] | None = None,
        number: int | None = None,
    ) -> Synthesis:
        """Synthesizes one picture.

        Args:
            face: a picture with a neutral face, as `lfes_core.images.read_image` takes it: path, open file, bytes,
                Pillow image, array (uint8, or float in 0..1) or tensor in -1..1. The face is found and laid on the
                frame; 256x256 decoded pixels are taken as lying there already, a file of that size is looked at.
            sentence: one sentence, in one of the three protocols or in everyday words.
            seed: draws the condition; without one it is the mean, and nothing is left to chance.
            hide_condition: the synthesizer sees zeros instead of w-hat_N, so that the words alone tell it what to do.
            points: where the eyes and the mouth are, and
            number: which face is meant (see `lfes_core.photographs.lay_on_frame`).

        Raises:
            UserError: the face is no picture or cannot be found, the sentence is empty, unknown or of another grammar,
                the seed is no whole number that PyTorch takes, or the weights make no picture.
        """
        understanding = understand(sentence, self.vocabulary.grammar)
        neutral = lay_on_frame(face, points, number)
        with torch.random.fork_rng():
            if seed is not None:
                torch.manual_seed(checked_seed(seed))
            levels = self._levels(neutral.crop, understanding.sentence, seed is not None, hide_condition)
        if not bool(levels.images[-1].isfinite().all()):
            raise UserError("these weights make no picture, its numbers are not finite: use others")
        first, second, third = (Image.fromarray(to_uint8(image[0])) for image in levels.images)
        movement = Movement._make(each.cpu() for each in levels.movements[-1]) if levels.movements else None
        image, changed = third, np.ones(neutral.picture.shape[:2], bool)
        if neutral.place is not None:
            change = self._change(levels, neutral.crop, understanding.description, hide_condition)
            laid, changed = lay_back(neutral.picture, neutral.place, change)
            image = Image.fromarray(laid)
        return Synthesis(
            image=image,
            crop=third,
            levels=(first, second, third),
            attention=tuple(beta[0].float().cpu().numpy() for beta in levels.attention),
            words=self.vocabulary.words(understanding.sentence),
            wording=understanding.sentence,
            movement=movement,
            neutral=neutral,
            changed=changed,
            description=understanding.description,
            warnings=(*neutral.warnings, *understanding.warnings, *self._guessed(understanding.description)),
            sentence=sentence,
        )

    def _guessed(self, said: Description) -> Iterator[str]:
        learned = self.facts.get("action_units", ACTION_UNITS)
        for number in said.action_units.keys() - set(learned):
            name = ACTION_UNITS[number].name
            yield f"these weights have seen no picture of Action Unit {number} ({name}): what they show is a guess"

    def _levels(
        self, crop: UInt8[np.ndarray, "256 256 3"], sentence: str, sample: bool, hidden: bool
    ) -> SynthesizedLevels:
        device = next(self.parameters()).device
        tokens = torch.tensor([self.vocabulary.encode(sentence)], device=device)
        words, whole, mask = self.language_semantic_encoder(tokens, torch.tensor([tokens.shape[1]], device=device))
        neutral = to_tensor(crop)[None].to(device)
        return self.forward(neutral, words, whole, mask, sample=sample, hidden=float(hidden)).levels

    def _change(
        self, levels: SynthesizedLevels, crop: UInt8[np.ndarray, "256 256 3"], said: Description, hidden: bool
    ) -> Movement | Float[Tensor, "1 3 256 256"]:
        """What the sentence does beside a neutral one, for which faces of photographs are moved or redrawn, too."""
        silent = describe(Description(said.subject, None, {}), "with", None)
        still = self._levels(crop, silent, False, hidden)
        if not levels.movements:
            return (levels.images[-1] - still.images[-1]).cpu()
        now, before = levels.movements[-1], still.movements[-1]
        change = Movement(now.flow - before.flow, (now.mask - before.mask).clamp(min=0), now.colors)
        return Movement._make(each.cpu() for each in change)

    def read_face(self, face: ImageSource) -> Float[Tensor, "1 3 256 256"]:
        """A face as FFE takes it, laid on the frame, in -1..1. UserError: it is no picture, or shows no face."""
        device = next(self.facial_feature_encoder.parameters()).device
        return to_tensor(lay_on_frame(face).crop)[None].to(device)


def checked_seed(seed: int) -> int:
    """A seed as PyTorch takes it. UserError: it is no whole number of 64 bits."""
    if not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise UserError("a seed must be a whole number from 0 to 9223372036854775807")
    return seed
