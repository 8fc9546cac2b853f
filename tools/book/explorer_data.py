"""Write what the published explorer loads besides models: words, people, and a first view for the page itself.

``python -m tools.book.explorer_data FOLDER`` writes ``FOLDER/data.json``, ``FOLDER/people/`` and ``FOLDER/first.html``:
a piece of HTML that shows one face, one sentence and its attention before any script has run. It carries what the front
end needs to draw the same view and to switch among its words, and it is small enough to be part of a page.
"""

import argparse
import base64
import html
import importlib
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image

from lfes_core.datasets import ScanFaces
from lfes_core.synthesis import Synthesis, Synthesizer
from tools.book.pages import ROOT


def _beside_the_chapters(name: str) -> ModuleType:
    """A module that lies beside the chapters and in no package."""
    sys.path.insert(0, str(ROOT / "book"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "book"))


tables = _beside_the_chapters("explorer_tables")
overlay_attention = _beside_the_chapters("figures").overlay_attention

FIRST_VIEW_LIMIT = 150_000
"""Bytes of the piece of HTML that a page carries."""
FLOW_SIDE = 32
"""Places of the first view's flow field; the picture is there already, the field is only drawn."""
FLOW_STEP = 2e-3
"""What a step of the first view's flow field stands for, in halves of the width."""
DESIGN = "tiny_moving"


def main(arguments: list[str] | None = None) -> int:
    """Writes all files; returns 1 when the first view is too large for a page."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.book.explorer_data", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    data, files = tables.everything(ScanFaces())
    write(folder, data, files)
    page = first_view(Synthesizer.load(DESIGN), data, files)
    if len(page.encode()) > FIRST_VIEW_LIMIT:
        print(f"error: the first view has {len(page.encode()):,} bytes", file=sys.stderr)
        return 1
    (folder / "first.html").write_text(page, "utf-8")
    size = sum(map(len, files.values()))
    print(f"{folder}: {len(files)} files of people, {size / 1e6:.1f} MB; first view {len(page) / 1e3:.0f} kB")
    return 0


def write(folder: Path, data: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Writes the data and the files below a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "data.json").write_text(compact(data), "utf-8")


def compact(data: Any) -> str:
    """JSON in few characters; "<" cannot end the script element that may hold it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def first_view(synthesizer: Synthesizer, data: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """The piece of HTML: pictures for readers without scripts, and the same view as data."""
    start = data["start"]
    who = next(person for person in data["people"] if person["id"] == start["person"])
    neutral = tables.as_the_page_sees(files[who["neutral"]])
    synthesis = synthesizer(neutral, start["sentence"])
    word = synthesis.words.index("lips")
    shown = Image.fromarray(overlay_attention(synthesis.image, synthesis.attention[0][word], low=0))
    view = {
        "state": {**start, "word": word, "design": DESIGN},
        "answer": answer(synthesis),
        "files": {
            who["neutral"]: address(files[who["neutral"]], "webp"),
            who["masks"]: address(files[who["masks"]], "png"),
        },
    }
    pictures = {
        "neutral face (input)": address(files[who["neutral"]], "webp"),
        "synthesized": view["answer"]["picture"],
        f"where “{synthesis.words[word]}” looks": address(tables.picture_file(shown, 80), "webp"),
    }
    figures = "\n".join(
        f'<figure><img src="{source}" alt="{html.escape(name)}" width="256" height="256">'
        f"<figcaption>{html.escape(name)}</figcaption></figure>"
        for name, source in pictures.items()
    )
    return (
        f'<div class="lfes-first">\n<p><strong>{html.escape(synthesis.sentence)}</strong></p>\n'
        f'<div class="lfes-figures">\n{figures}\n</div>\n'
        "<noscript><p>To change words, this page needs JavaScript.</p></noscript>\n</div>\n"
        f'<script type="application/json" class="lfes-first-data">{compact(view)}</script>\n'
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
    """All maps of a level below each other in one gray picture, each from its own lowest to its own highest value."""
    low, high = maps.min(axis=(1, 2)), maps.max(axis=(1, 2))
    spread = np.maximum(high - low, 1e-9)[:, None, None]
    gray = np.rint(255 * (maps - low[:, None, None]) / spread).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(gray.reshape(-1, maps.shape[-1])).save(file, format="WEBP", quality=quality, method=6)
    return {
        "side": maps.shape[-1],
        "low": [round(float(value), 5) for value in low],
        "high": [round(float(value), 5) for value in high],
        "sheet": address(file.getvalue(), "webp"),
    }


def address(file: bytes, kind: str) -> str:
    """A picture file as text that stands where an address would."""
    return f"data:image/{kind};base64,{base64.b64encode(file).decode('ascii')}"


if __name__ == "__main__":
    sys.exit(main())
