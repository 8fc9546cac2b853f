"""HTML that holds its pictures and data: it works in notebook and book without a kernel or a network."""

import base64
import html
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from figures import ATTENTION_COLORS

import matplotlib.pyplot as plt
from PIL import Image


class Embedded:
    """A piece of HTML that a notebook shows as it is; elsewhere a line says what it holds."""

    def __init__(self, page: str, summary: str) -> None:
        self.page = page
        self.summary = summary

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.page, "text/plain": self.summary}


def data_uri(picture: Image.Image, quality: int) -> str:
    """A picture as text that stands where an address would."""
    file = io.BytesIO()
    picture.save(file, format="WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def attention_colors() -> list[list[int]]:
    """Sixty-four steps of the attention colors, red, green and blue in 0..255."""
    colors = plt.get_cmap(ATTENTION_COLORS, 64).colors
    return [[round(255 * part) for part in color[:3]] for color in colors]


def filled(
    template: str,
    name: str,
    data: Mapping[str, Any],
    picture: str | None,
    description: str,
) -> str:
    """A template of this folder with its places filled.

    Args:
        template: file name; it holds ``__ID__``, ``__GRADIENT__``, ``__FALLBACK__`` and ``__DATA__``.
        name: id of the section, once on a page.
        data: what the template's script reads.
        picture: address of the picture for readers without JavaScript, if there is one.
        description: of that picture, or what stands in its place.
    """
    words = html.escape(description)
    parts = {
        "__ID__": name,
        "__GRADIENT__": ", ".join(
            f"rgb({red} {green} {blue})" for red, green, blue in attention_colors()[::9]
        ),
        "__FALLBACK__": f'<img alt="{words}" src="{picture}">' if picture else words,
        # "<" cannot end the script element that holds the data.
        "__DATA__": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace(
            "<", "\\u003c"
        ),
    }
    text = Path(__file__).with_name(template).read_text(encoding="utf-8")
    for place, content in parts.items():
        text = text.replace(place, content)
    return text
