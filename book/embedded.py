"""Parts of a page as one piece of HTML: they work in notebook and book without a kernel or a network.

The parts are the JavaScript modules of ``book/explorer``. A notebook takes one module and asks for no
other file, so `bundled` puts a module and all that it imports into one text.
"""

import base64
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from figures import ATTENTION_COLORS

import matplotlib.pyplot as plt
from PIL import Image

MODULES = Path(__file__).with_name("explorer")

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.MULTILINE)
_LATER = re.compile(r'\bawait import\("\./(\w+\.js)"\)')
_EXPORT = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^ *//.*\n|/\*\*(?:[^*]|\*(?!/))*\*/", re.MULTILINE)


class Embedded:
    """A piece of HTML that a notebook shows as it is; elsewhere a line says what it holds."""

    def __init__(self, page: str, summary: str) -> None:
        self.page = page
        self.summary = summary

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.page, "text/plain": self.summary}


# --- modules ---


@cache
def bundled(name: str) -> str:
    """A module of ``book/explorer`` with everything that it imports, as one module.

    Each imported module becomes a function that is called once and returns what it exports; so names
    that two modules use do not meet. The module itself comes last and keeps its own exports.
    """
    order: list[str] = []
    _collect(name, order)
    *imported, last = ((each, _source(each)) for each in order)
    return "".join(_closed(each, text) for each, text in imported) + _linked(last[1])


def style(*names: str) -> str:
    """Style sheets of ``book/explorer``, one after the other."""
    return "\n".join((MODULES / f"{name}.css").read_text("utf-8") for name in names)


def _source(name: str) -> str:
    text = _COMMENT.sub("", (MODULES / name).read_text("utf-8"))
    return re.sub(r"\n\s*\n", "\n", text)


def _imported(text: str) -> Iterator[str]:
    yield from (found[2] for found in _IMPORT.finditer(text))
    yield from (found[1] for found in _LATER.finditer(text))


def _collect(name: str, order: list[str]) -> None:
    for other in _imported(_source(name)):
        if other not in order:
            _collect(other, order)
    if name not in order:
        order.append(name)


def _variable(name: str) -> str:
    return f"lfes_{name.removesuffix('.js')}"


def _linked(text: str) -> str:
    """The text of a module that takes what it imports from variables."""

    def taken(found: re.Match[str]) -> str:
        return f"const {{{found[1].replace(' as ', ': ')}}} = {_variable(found[2])};\n"

    text = _IMPORT.sub(taken, text)
    text = _LATER.sub(lambda found: _variable(found[1]), text)
    if left := re.search(r"^(?:import\b|export .* from\b).*", text, re.MULTILINE):
        raise ValueError(f"bundled cannot read this import: {left[0]}")
    return text


def _closed(name: str, text: str) -> str:
    names = [found[2] for found in _EXPORT.finditer(text)]
    inside = _EXPORT.sub(r"\1 \2", _linked(text))
    return (
        f"const {_variable(name)} = (() => {{\n{inside}"
        f"return {{ {', '.join(names)} }};\n}})();\n"
    )


# --- HTML ---


def part(
    module: str, name: str, data: Mapping[str, Any], fallback: str, summary: str
) -> Embedded:
    """A part of a page: its style, its data, and its script, which draws it.

    Args:
        module: of ``book/explorer`` without suffix; it exports ``mount(root, data)``.
        name: what the part is called, for screen readers.
        data: what its ``mount`` is given.
        fallback: HTML for readers without scripts.
        summary: a line for those who see no HTML.
    """
    page = f"""<section class="lfes-widget" data-lfes="{module}" aria-label="{html.escape(name)}">
<style>
{style("widgets")}</style>
<noscript>{fallback}</noscript>
<script type="application/json">{as_json(data)}</script>
<script type="module">
{bundled(f"{module}.js")}
for (const root of document.querySelectorAll('[data-lfes="{module}"]')) {{
  const data = root.querySelector('script[type="application/json"]');
  delete root.dataset.lfes; // a page may hold two
  root.dataset.part = "{module}";
  mount(root, JSON.parse(data.textContent));
}}
</script>
</section>
"""
    return Embedded(page, summary)


def as_json(data: Any) -> str:
    """JSON in few characters; "<" cannot end the script element that holds it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def still(picture: str, description: str) -> str:
    """A picture for readers without scripts, by its address."""
    return f'<img alt="{html.escape(description)}" src="{picture}">'


def data_uri(picture: Image.Image, quality: int) -> str:
    """A picture as text that stands where an address would."""
    file = io.BytesIO()
    picture.save(file, format="WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def attention_colors() -> list[list[int]]:
    """Sixty-four steps of the attention colors, red, green and blue in 0..255."""
    colors = plt.get_cmap(ATTENTION_COLORS, 64).colors
    return [[round(255 * part) for part in color[:3]] for color in colors]
