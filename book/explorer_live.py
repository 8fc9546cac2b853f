"""Attention explorer with a kernel behind it: every choice calls the synthesizer."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from embedded import data_uri
from explorer import LEVELS, ExplorerFace, Movement, sentence_for
from figures import overlay_attention
from lfes_core.action_units import (
    ACTION_UNITS,
    DISFA_PLUS_ACTION_UNITS,
    INTENSITY_ADVERBS,
    INTENSITY_LETTERS,
)
from lfes_core.errors import UserError
from lfes_core.synthesis import Synthesis, Synthesizer

import ipywidgets
from PIL import Image


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

    def greet(_: Any = None) -> None:
        before = sentence.value
        write()
        if sentence.value == before:  # else the new sentence has drawn already
            draw()

    for widget in (*choose_units, *choose_levels):
        widget.observe(write, names="value")
    choose_face.observe(greet, names="value")
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
        f'src="{data_uri(picture, 80)}"><figcaption>{html.escape(name)}</figcaption></figure>'
        for name, picture in pictures
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px;line-height:1.3">{figures}</div>'
