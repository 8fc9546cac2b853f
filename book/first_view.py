"""What the explorer shows before any script has run, as a piece of HTML small enough for a page.

It carries what the front end needs to draw the same view and to switch among its words.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import explorer_tables as tables
from embedded import as_json
from figures import overlay_attention
from lfes_core.synthesis import Synthesis, Synthesizer

import numpy as np
from jaxtyping import Float
from PIL import Image

LIMIT = 150_000
"""Bytes of the piece of HTML that a page carries."""
FLOW_SIDE = 32
"""Places of the flow field; the picture is there already, the field is only drawn."""
FLOW_STEP = 2e-3
"""What a step of the flow field stands for, in halves of the width."""
DESIGN = "tiny_moving"
STYLES = ("parts", "explorer", "photograph")
"""Style sheets of the explorer."""


def on_a_page(view: str, tools: Sequence[str] | None = None) -> str:
    """The explorer as HTML for a page of the built book, beside which the front end and the model lie.

    Args:
        view: as `first_view` makes it.
        tools: which of the folded tools are offered, by their names in ``state.js``; all when not given.
    """
    offered = "" if tools is None else f' data-tools="{" ".join(tools)}"'
    links = "".join(
        f'<link rel="stylesheet" href="../explorer/{name}.css">\n' for name in STYLES
    )
    return (
        f'{links}<div class="lfes-x" data-lfes-explorer{offered}>\n{view}</div>\n'
        "<p hidden>The explorer itself was not loaded. In Jupyter, run this cell; "
        "the book has to come from a server, as with <code>make serve</code>.</p>\n"
        '<script type="module" src="../explorer/page.js" '
        'onerror="this.previousElementSibling.hidden = false"></script>\n'
    )


def first_view(
    synthesizer: Synthesizer,
    who: Mapping[str, Any],
    files: Mapping[str, bytes],
    state: Mapping[str, Any],
) -> str:
    """Pictures for readers without scripts, and the same view as data.

    Args:
        synthesizer: makes the picture.
        who: what the front end knows of the person (`explorer_tables.about`).
        files: the neutral picture and the regions of the person, by their paths.
        state: person, sentence, and the number of the word whose map is shown large.
    """
    neutral = tables.as_the_page_sees(files[who["neutral"]])
    synthesis = synthesizer(neutral, state["sentence"])
    word = state["word"]
    attention = overlay_attention(synthesis.image, synthesis.attention[0][word], low=0)
    view = {
        "state": {**state, "design": DESIGN},
        "answer": answer(synthesis),
        "files": {
            who["neutral"]: address(files[who["neutral"]], "webp"),
            who["masks"]: address(files[who["masks"]], "png"),
        },
    }
    pictures = {
        "neutral face (input)": address(files[who["neutral"]], "webp"),
        "synthesized": view["answer"]["picture"],
        f"where “{synthesis.words[word]}” looks": address(
            tables.picture_file(attention, 80), "webp"
        ),
    }
    figures = "\n".join(
        f'<figure><img class="dark-light" src="{source}" alt="{html.escape(name)}" width="256" height="256">'
        f"<figcaption>{html.escape(name)}</figcaption></figure>"
        for name, source in pictures.items()
    )
    return (
        f'<div class="lfes-first">\n<p><strong>{html.escape(synthesis.sentence)}</strong></p>\n'
        f'<div class="lfes-figures">\n{figures}\n</div>\n'
        "<noscript><p>To change words, this page needs JavaScript.</p></noscript>\n</div>\n"
        f'<script type="application/json" class="lfes-first-data">{as_json(view)}</script>\n'
    )


def answer(synthesis: Synthesis) -> dict[str, Any]:
    """What the engine would answer, in few bytes: maps in 256 steps each, the flow field coarse."""
    movement = None
    if synthesis.movement is not None:
        flow = synthesis.movement.flow[0].float().numpy()
        step = flow.shape[-1] // FLOW_SIDE
        coarse = flow.reshape(2, FLOW_SIDE, step, FLOW_SIDE, step).mean((2, 4))
        steps = np.rint(coarse / FLOW_STEP).clip(-127, 127).astype(np.int8)
        movement = {
            "side": FLOW_SIDE,
            "step": FLOW_STEP,
            "flow": base64.b64encode(steps.tobytes()).decode("ascii"),
        }
    return {
        "picture": address(tables.picture_file(synthesis.image, 90), "webp"),
        "attention": [sheet(beta, 75) for beta in synthesis.attention],
        "movement": movement,
    }


def sheet(maps: Float[np.ndarray, "words h w"], quality: int) -> dict[str, Any]:
    """All maps of a level below each other in one gray picture, each from its lowest to its highest value."""
    low, high = maps.min(axis=(1, 2)), maps.max(axis=(1, 2))
    spread = np.maximum(high - low, 1e-9)[:, None, None]
    gray = np.rint(255 * (maps - low[:, None, None]) / spread).astype(np.uint8)
    file = io.BytesIO()
    picture = Image.fromarray(gray.reshape(-1, maps.shape[-1]))
    picture.save(file, format="WEBP", quality=quality, method=6)
    return {
        "side": maps.shape[-1],
        "low": [round(float(value), 5) for value in low],
        "high": [round(float(value), 5) for value in high],
        "sheet": address(file.getvalue(), "webp"),
    }


def address(file: bytes, kind: str) -> str:
    """A picture file as text that stands where an address would."""
    return f"data:image/{kind};base64,{base64.b64encode(file).decode('ascii')}"
