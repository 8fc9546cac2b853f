"""What slides show, found in the chapters by its name: figures, formulas, printed output, exercises, and source.

Nothing is copied by hand: a slide names a figure of a notebook, and gets the picture that the notebook holds.
"""

import base64
import importlib
import inspect
import io
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from lfes_core.course.editions import chapter
from lfes_core.errors import UserError

PICTURES = ("image/png", "image/jpeg")
EXERCISE = re.compile(r"^:::\{exercise\} (?P<title>.+)\n:label: (?P<label>\S+)$", re.MULTILINE)
Thing = TypeVar("Thing")
FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)


@dataclass(frozen=True)
class Found:
    """Something of a chapter.

    Attributes:
        chapter: its title, as "Chapter 6, Word attention (Eq. 1)".
        kind: "picture" (HTML of an element), "table" (Markdown), "text" (as printed) or "formula" (LaTeX).
        content: what it is.
        caption: of a picture, in Markdown.
        ratio: width over height of a picture.
    """

    chapter: str
    kind: str
    content: str
    caption: str = ""
    ratio: float = 0.0


@dataclass(frozen=True)
class Exercise:
    """An exercise as its title says it: "One word (**, 10 minutes)"."""

    chapter: str
    label: str
    title: str

    @property
    def name(self) -> str:
        """The title without what stands between brackets."""
        return self.title.rpartition(" (")[0]

    @property
    def minutes(self) -> int | None:
        """How long it takes; None where the title gives no number."""
        found = re.search(r"\((?:[^()]*\s)?(\d+) minutes[^()]*\)$", self.title)
        return int(found[1]) if found else None


class Chapters:
    """The notebooks of a book, read once."""

    def __init__(self, book: Path) -> None:
        paths = sorted(book.glob("*.ipynb"))
        if not paths:
            raise UserError(f"{book}: no notebook lies there; give the folder of the chapters (book)")
        self.figures: dict[str, Found] = {}
        self.outputs: dict[str, Found] = {}
        self.formulas: list[Found] = []
        self.exercises: dict[str, Exercise] = {}
        for path in paths:
            with chapter(path) as notebook:
                title = _title("".join(notebook["cells"][0]["source"]))
                for cell in notebook["cells"]:
                    self._keep(cell, title)

    def figure(self, name: str) -> Found:
        """The picture of a figure, by the name that its cell gives it."""
        return _named(self.figures, name, "figure with a picture in its cell")

    def output(self, cell: str) -> Found:
        """What a cell has printed, or its picture, by the identity of the cell."""
        return _named(self.outputs, cell, "cell with output")

    def exercise(self, label: str) -> Exercise:
        """An exercise, by its label."""
        return _named(self.exercises, label, "exercise")

    def formula(self, wanted: str) -> Found:
        r"""The one displayed formula of a chapter that holds a text, asked for as ``8: \tag{2}``."""
        number, _, text = (part.strip() for part in wanted.partition(": "))
        found = [one for one in self.formulas if one.chapter.startswith(f"Chapter {number},") and text in one.content]
        if len(found) != 1:
            raise UserError(f"{len(found)} formulas of chapter {number} hold {text!r}; exactly one must")
        return found[0]

    def _keep(self, cell: dict[str, Any], chapter: str) -> None:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            self.formulas += [Found(chapter, "formula", found.strip()) for found in FORMULA.findall(source)]
            for found in EXERCISE.finditer(source):
                self.exercises[found["label"]] = Exercise(chapter, found["label"], found["title"].strip())
        elif cell["cell_type"] == "code" and (shown := _output(cell, chapter)):
            self.outputs[cell["id"]] = shown
            if (name := _figure(cell).get("name")) and shown.kind == "picture":
                self.figures[name] = shown


def source_of(name: str) -> str:
    """The whole source of a function, method or class of the package, by its full name."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        try:
            for part in parts[end:]:
                thing = getattr(thing, part)
            return textwrap.dedent(inspect.getsource(inspect.unwrap(thing))).rstrip()
        except (AttributeError, TypeError):
            break
    raise UserError(f"no source of {name!r} in the package")


def _output(cell: dict[str, Any], chapter: str) -> Found | None:
    """What a code cell shows: a picture before a table before what it prints; None for nothing."""
    bundles = [output.get("data", {}) for output in cell["outputs"]]
    figure, alt = _figure(cell), cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
    for bundle in bundles:
        for kind in PICTURES:
            if kind in bundle:
                html, ratio = _picture(kind, "".join(bundle[kind]), alt)
                return Found(chapter, "picture", html, figure.get("caption", ""), ratio)
        if "<svg" in (drawing := "".join(bundle.get("text/html", ""))):
            html, ratio = _drawing(drawing)
            return Found(chapter, "picture", html, figure.get("caption", ""), ratio)
    tables = ["".join(bundle["text/markdown"]) for bundle in bundles if "text/markdown" in bundle]
    if any(table.startswith("|") for table in tables):
        return Found(chapter, "table", "\n\n".join(tables))
    printed = "".join("".join(output.get("text", "")) for output in cell["outputs"]).rstrip()
    return Found(chapter, "text", printed) if printed else None


def _figure(cell: dict[str, Any]) -> dict[str, str]:
    figure: dict[str, str] = cell["metadata"].get("mystnb", {}).get("figure", {})
    return figure


def _picture(kind: str, data: str, alt: str) -> tuple[str, float]:
    """An image that brings its pixels along, and its width over its height."""
    data = "".join(data.split())
    width, height = Image.open(io.BytesIO(base64.b64decode(data))).size
    return f'<img alt="{escape(alt)}" src="data:{kind};base64,{data}">', width / height


def _drawing(html: str) -> tuple[str, float]:
    """A drawing of a page as one element that fills its place; pictures in it are data already."""
    svg = html[html.index("<svg") : html.rindex("</svg>") + len("</svg>")]
    found = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', svg)
    if not found:
        raise UserError("a drawing of a chapter has no viewBox")
    head, rest = svg.split(">", 1)
    font = re.search(r"font:[^;\"]+", head)  # its size and place are the slide's affair
    head = re.sub(r'\sstyle="[^"]*"', f' style="{font[0]}"' if font else "", head)
    return f"{head}>{rest}", float(found[1]) / float(found[2])


def _title(source: str) -> str:
    """Title of a page: "# 6 Word attention" is "Chapter 6, Word attention"; without a number it stays."""
    head = source.removeprefix("# ").splitlines()[0]
    found = re.match(r"(\d+) (.+)", head)
    return f"Chapter {found[1]}, {found[2]}" if found else head


def _named(things: dict[str, Thing], name: str, kind: str) -> Thing:
    if name not in things:
        raise UserError(f"no {kind} is called {name!r}{_nearest(name, things)}")
    return things[name]


def _nearest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f"; the nearest name is {near[0]!r}" if near else ""
