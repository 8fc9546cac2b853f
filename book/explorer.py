"""Attention explorer: choose a face, change a word or its adverb, see the picture and where each word looks.

Two forms of one idea. ``live`` needs a running kernel: every choice calls the synthesizer. ``published``
computes all choices beforehand and writes them, with a small script of its own, into one piece of HTML that
needs neither a kernel nor a network.
"""

import base64
import html
import io
import itertools
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figures import ATTENTION_COLORS, overlay_attention
from lfes_core.action_units import (
    ACTION_UNITS,
    DISFA_PLUS_ACTION_UNITS,
    INTENSITY_ADVERBS,
    INTENSITY_LETTERS,
)
from lfes_core.datasets import FaceDataset
from lfes_core.errors import UserError
from lfes_core.sentences import Description, describe
from lfes_core.sentences.protocols import listed, noun_phrase, who
from lfes_core.synthesis import Synthesis, Synthesizer

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


class Published:
    """HTML of the explorer; a notebook shows it as it is."""

    def __init__(self, page: str, states: int) -> None:
        self.page = page
        self.states = states

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {
            "text/html": self.page,
            "text/plain": f"attention explorer: {self.states} pictures",
        }


def published(
    synthesizer: Synthesizer,
    faces: Sequence[ExplorerFace],
    slots: Sequence[Slot],
    start: Sequence[int],
    word: str,
) -> Published:
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
            {"name": face.name, "neutral": _data_uri(face.picture, 80)}
            for face in faces
        ],
        "slots": [
            {"name": slot.name, "options": [phrase(option) for option in slot.options]}
            for slot in slots
        ],
        "levels": LEVELS,
        "colors": [
            [round(255 * part) for part in color[:3]]
            for color in plt.get_cmap(ATTENTION_COLORS, 64).colors
        ],
        "start": list(start),
        "word": word,
        "states": states,
    }
    return Published(_page(data, "-".join(map(str, (0, *start)))), len(states))


def _state(synthesis: Synthesis) -> dict[str, Any]:
    maps = [_shrunk(beta) for beta in synthesis.attention]
    low = [beta.min(axis=(1, 2)) for beta in maps]
    high = [beta.max(axis=(1, 2)) for beta in maps]
    return {
        "sentence": synthesis.sentence,
        "words": synthesis.words,
        "image": _data_uri(synthesis.image, 78),
        "maps": [
            _data_uri(_sheet(*level), 60) for level in zip(maps, low, high, strict=True)
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


def _data_uri(picture: Image.Image, quality: int) -> str:
    file = io.BytesIO()
    picture.save(file, format="WEBP", quality=quality, method=6)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _page(data: dict[str, Any], first: str) -> str:
    template = Path(__file__).with_name("explorer.html").read_text(encoding="utf-8")
    state = data["states"][first]
    colors = data["colors"]
    parts = {
        "__ID__": "attention-explorer",
        "__GRADIENT__": ", ".join(f"rgb({r} {g} {b})" for r, g, b in colors[::9]),
        "__FALLBACK__": f'<img alt="{html.escape(state["sentence"])}" src="{state["image"]}">',
        # "<" cannot end the script element that holds the data.
        "__DATA__": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace(
            "<", "\\u003c"
        ),
    }
    for name, text in parts.items():
        template = template.replace(name, text)
    return template


# --- the live form ---


def live(
    synthesizer: Synthesizer,
    faces: Sequence[ExplorerFace],
    numbers: Sequence[int] = DISFA_PLUS_ACTION_UNITS,
    start: Sequence[Movement] = ((25, 5), (1, 3)),
) -> ipywidgets.VBox:
    """The explorer with a kernel behind it: any Action Units at any intensity, or a typed sentence."""
    units = [("(nothing)", None)] + [
        (
            f"AU {number}: {ACTION_UNITS[number].noun} {ACTION_UNITS[number].participles[0]}",
            number,
        )
        for number in numbers
    ]
    adverbs = [
        (f"{letter}: {', '.join(INTENSITY_ADVERBS[level])}", level)
        for level, letter in enumerate(INTENSITY_LETTERS, start=1)
    ]
    choose_face = ipywidgets.Dropdown(
        options=[(face.name, i) for i, face in enumerate(faces)], description="Face"
    )
    choose_units = [
        ipywidgets.Dropdown(
            options=units, value=move and move[0], description=f"Phrase {place}"
        )
        for place, move in enumerate(start, start=1)
    ]
    choose_levels = [
        ipywidgets.Dropdown(
            options=adverbs, value=move[1] if move else 3, description="how much"
        )
        for move in start
    ]
    sentence = ipywidgets.Text(
        description="Sentence", continuous_update=False, layout={"width": "95%"}
    )
    level = ipywidgets.Dropdown(
        options=[(name, i) for i, name in enumerate(LEVELS)], description="Attention"
    )
    shared = ipywidgets.Checkbox(
        value=True, description="one color scale for all words", indent=False
    )
    view = ipywidgets.HTML()

    def write(_: Any = None) -> None:
        movements = {
            unit.value: degree.value
            for unit, degree in zip(choose_units, choose_levels, strict=True)
        }
        movements.pop(None, None)
        sentence.value = sentence_for(
            faces[choose_face.value].subject, list(movements.items())
        )

    def draw(_: Any = None) -> None:
        face = faces[choose_face.value]
        try:
            synthesis = synthesizer(face.picture, sentence.value)
        except UserError as error:
            view.value = f'<p role="alert">{html.escape(str(error))}</p>'
            return
        view.value = _live_view(face, synthesis, level.value, shared.value)

    for widget in (*choose_units, *choose_levels):
        widget.observe(write, names="value")
    choose_face.observe(lambda change: (write(), draw()), names="value")
    for widget in (sentence, level, shared):
        widget.observe(draw, names="value")
    write()
    rows = [
        ipywidgets.HBox(pair) for pair in zip(choose_units, choose_levels, strict=True)
    ]
    return ipywidgets.VBox(
        [choose_face, *rows, sentence, ipywidgets.HBox([level, shared]), view]
    )


def _live_view(
    face: ExplorerFace, synthesis: Synthesis, level: int, shared: bool
) -> str:
    maps = synthesis.attention[level]
    pictures = [
        ("neutral face (input)", face.picture),
        ("synthesized", synthesis.image),
    ]
    ends: Mapping[str, float] = (
        {"low": float(maps.min()), "high": float(maps.max())} if shared else {}
    )
    pictures += [
        (
            f"{word} (at most {beta.max():.2f})",
            Image.fromarray(overlay_attention(synthesis.image, beta, **ends)),
        )
        for word, beta in zip(synthesis.words, maps, strict=True)
    ]
    figures = "".join(
        f'<figure style="margin:0"><img width="150" height="150" alt="{html.escape(name)}" '
        f'src="{_data_uri(picture, 80)}"><figcaption>{html.escape(name)}</figcaption></figure>'
        for name, picture in pictures
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px;line-height:1.3">{figures}</div>'
