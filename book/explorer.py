"""Attention explorer: choose a face, change a word or its adverb, see the picture and where each word looks.

``published`` computes all choices beforehand and writes them, with a small script of its own, into one piece
of HTML that needs neither a kernel nor a network. ``explorer_live.live`` is the same with a kernel behind it.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embedded import Embedded, attention_colors, data_uri, filled
from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets import FaceDataset
from lfes_core.sentences import Description, describe
from lfes_core.sentences.protocols import listed, noun_phrase, who
from lfes_core.synthesis import Synthesis, Synthesizer

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LEVELS = ("level 1 (64×64)", "level 2 (128×128)")

#: Side of the published maps in pixels: level 1 as it is, level 2 halved.
TILE = 64

#: Seed of the wording: draws "parted" and not "separated", "raised" and not "lifted".
WORDING = 4

Movement = tuple[int, int] | None
"""An Action Unit and its intensity; None: the phrase is left out."""


@dataclass(frozen=True)
class ExplorerFace:
    """A face to choose: its name in the list, the word for its subject, and its neutral picture (256x256)."""

    name: str
    subject: str
    picture: Image.Image


@dataclass(frozen=True)
class Slot:
    """One place in the sentence: its label and what may stand there."""

    name: str
    options: tuple[Movement, ...]


def faces_of(dataset: FaceDataset, subjects: Sequence[str]) -> list[ExplorerFace]:
    """Neutral faces of a dataset's subjects."""
    frames = [dataset.neutral(subject) for subject in subjects]
    return [
        ExplorerFace(
            f"{frame.subject}, a {frame.gender}",
            frame.gender,
            Image.fromarray(dataset.face(frame)),
        )
        for frame in frames
    ]


def phrase(movement: Movement) -> str:
    """Words of one movement, always the same ones, so that only what was changed changes."""
    if movement is None:
        return "(nothing)"
    number, intensity = movement
    return noun_phrase(ACTION_UNITS[number], intensity, random.Random(WORDING))


def sentence_for(subject: str, movements: Sequence[Movement]) -> str:
    """A sentence of the third protocol (with phrase) in a fixed wording and order."""
    chosen = [movement for movement in movements if movement is not None]
    description = Description(subject, None, dict(chosen))
    if not chosen:
        return describe(description, "with")
    words = f"{who(description, subject)} with {listed([phrase(movement) for movement in chosen])}."
    return words[0].upper() + words[1:]


# --- the published page ---


def published(
    synthesizer: Synthesizer,
    faces: Sequence[ExplorerFace],
    slots: Sequence[Slot],
    start: Sequence[int],
    word: str,
) -> Embedded:
    """Computes every choice and returns the page that switches among them.

    Args:
        synthesizer: makes the pictures.
        faces: faces to choose.
        slots: places of the sentence; each choice in each slot is combined with all others.
        start: number of the option that each slot shows first.
        word: whose map is shown large first, where the sentence has it.
    """
    states = {}
    for (number, face), chosen in itertools.product(
        enumerate(faces),
        itertools.product(*(range(len(slot.options)) for slot in slots)),
    ):
        movements = [
            slot.options[index] for slot, index in zip(slots, chosen, strict=True)
        ]
        synthesis = synthesizer(face.picture, sentence_for(face.subject, movements))
        states["-".join(map(str, (number, *chosen)))] = _state(synthesis)
    data = {
        "faces": [
            {"name": face.name, "neutral": data_uri(face.picture, 80)} for face in faces
        ],
        "slots": [
            {"name": slot.name, "options": [phrase(option) for option in slot.options]}
            for slot in slots
        ],
        "levels": LEVELS,
        "colors": attention_colors(),
        "start": list(start),
        "word": word,
        "states": states,
    }
    first = states["-".join(map(str, (0, *start)))]
    page = filled(
        "explorer.html", "attention-explorer", data, first["image"], first["sentence"]
    )
    return Embedded(page, f"attention explorer: {len(states)} pictures")


def _state(synthesis: Synthesis) -> dict[str, Any]:
    maps = [_shrunk(beta) for beta in synthesis.attention]
    low = [beta.min(axis=(1, 2)) for beta in maps]
    high = [beta.max(axis=(1, 2)) for beta in maps]
    return {
        "sentence": synthesis.sentence,
        "words": synthesis.words,
        "image": data_uri(synthesis.image, 78),
        "maps": [
            data_uri(_sheet(*level), 60) for level in zip(maps, low, high, strict=True)
        ],
        "low": [[round(float(value), 4) for value in level] for level in low],
        "high": [[round(float(value), 4) for value in level] for level in high],
    }


def _shrunk(beta: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps of 64x64 pixels: squares of larger ones are averaged."""
    words, side = beta.shape[0], beta.shape[1] // TILE
    return beta.reshape(words, TILE, side, TILE, side).mean(axis=(2, 4))


def _sheet(
    maps: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]
) -> Image.Image:
    """All maps of a sentence below each other, each stretched to 0..255 between its own low and high."""
    spread = np.maximum(high - low, 1e-9)[:, None, None]
    gray = np.rint(255 * (maps - low[:, None, None]) / spread).astype(np.uint8)
    return Image.fromarray(gray.reshape(-1, TILE))
