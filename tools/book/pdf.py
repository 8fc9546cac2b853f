"""The whole book as one PDF that a printer takes: every page of the built book on A4, contents, page numbers.

``python -m tools.book.pdf`` writes ``_build/lfes.pdf``. Chromium prints each page, so formulas, tables and figures are
those of the book, fonts are embedded, and an interactive panel stands there as it is before anybody has touched it.
"""

import html
import json
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

from tools.book.browser import visited, what_is_missing
from tools.book.pages import BUILD, HTML, WHOLE, pages

PDF = BUILD / "lfes.pdf"
STYLE = Path(__file__).with_name("pdf.css")
TITLE, AUTHOR = "Faces from sentences", "the lfes authors"
SCRIPT = Path(__file__).with_suffix(".js")


class Heading(NamedTuple):
    """A heading of the book: how deep (0 for a chapter), its text, the number of its page, from one."""

    depth: int
    text: str
    page: int


class Part(NamedTuple):
    """A chapter on paper: the page of the book, its file, its headings, the number of its first page."""

    page: str
    file: Path
    headings: list[Heading]
    first: int


def main() -> int:
    """Print the built book; returns 2 where there is no browser or no book."""
    if missing := what_is_missing([*(f"{page}.html" for page in pages()), WHOLE]):
        print(f"error: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder, parts, first = Path(name), list[Part](), 1
        for page in pages():
            made = _chapter(page, folder, first)
            parts.append(made)
            first += len(PdfReader(made.file).pages)
            print(f"[{len(parts):2d}/{len(pages())}] {made.headings[0].text}, page {made.first}", flush=True)
        front = _front(parts, folder)
        count = join(front, parts, PDF)
    print(f"{PDF}: {count} pages, {PDF.stat().st_size / 1e6:.0f} MB")
    return 0


def headings(reader: PdfReader, said: list[str], first: int) -> list[Heading]:
    """Chapter and sections of a printed page of the book: where the browser noted them, and what they say."""
    found: list[tuple[int, int]] = []

    def walk(entries: list[Any], depth: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, depth + 1)
            else:
                found.append((depth, reader.get_destination_page_number(entry) or 0))

    walk(reader.outline, 0)
    return [Heading(depth, text, first + at) for (depth, at), text in zip(found, said, strict=True)]


def contents(parts: list[Part], deepest: int = 1) -> str:
    """The title page and the table of contents, as HTML."""
    lines = [
        f'<li class="depth{each.depth}"><span>{html.escape(each.text)}</span><i></i><span>{each.page}</span></li>'
        for part in parts
        for each in part.headings
        if each.depth <= deepest
    ]
    told = f"{AUTHOR}<br>Version {version('lfes')}, {date.today():%B %Y}"
    style = STYLE.read_text("utf-8") + "@page { @bottom-center { content: counter(page, lower-roman) } }"
    header = f'<header><h1>{TITLE}</h1><img src="_static/landing.png" alt=""><p>{told}</p></header>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><style>{style}</style></head>'
        f'<body class="front">{header}<h2>Contents</h2><ul>{"".join(lines)}</ul></body></html>'
    )


def join(front: Path, parts: list[Part], out: Path) -> int:
    """Put all files into one, with bookmarks and with links that lead to pages of it; returns the number of pages."""
    writer = PdfWriter()
    writer.append(front, import_outline=False)
    before = len(writer.pages)
    for part in parts:
        writer.append(part.file, import_outline=False)
        above: list[Any] = []
        for each in part.headings:
            parent = above[min(each.depth, len(above)) - 1] if each.depth and above else None
            made = writer.add_outline_item(title=each.text, page_number=before + each.page - 1, parent=parent)
            above[each.depth :] = [made]
    _lead_inside(writer, {part.page: before + part.first - 1 for part in parts})
    writer.add_metadata({"/Title": TITLE, "/Author": AUTHOR})
    writer.root_object[NameObject("/PageMode")] = NameObject("/UseOutlines")
    writer.compress_identical_objects()
    writer.write(out)
    return len(writer.pages)


def _lead_inside(writer: PdfWriter, starts: dict[str, int]) -> None:
    """Links to other pages of the book lead to their chapters in the file; links to other files of the book go."""
    for page in writer.pages:
        kept = ArrayObject()
        for reference in page.get("/Annots") or ():
            action = reference.get_object().get("/A", {})
            address = urlparse(str(action.get("/URI", "")))
            if address.hostname == "127.0.0.1":
                at = starts.get(unquote(address.path).removeprefix("/").removesuffix(".html"))
                if at is None:
                    continue
                link = reference.get_object()
                del link["/A"]
                link[NameObject("/Dest")] = ArrayObject([writer.pages[at].indirect_reference, NameObject("/Fit")])
            kept.append(reference)
        if kept:
            page[NameObject("/Annots")] = kept
        elif "/Annots" in page:
            del page["/Annots"]


def _chapter(page: str, folder: Path, first: int) -> Part:
    numbers = f"html {{ counter-set: page {first - 1} }} @page {{ @bottom-center {{ content: counter(page) }} }}"
    out = folder / f"{first:04d}.pdf"
    said = _printed(f"{page}.html", out, STYLE.read_text("utf-8") + numbers)
    return Part(page, out, headings(PdfReader(out), said, first), first)


def _front(parts: list[Part], folder: Path) -> Path:
    out = folder / "front.pdf"
    with tempfile.NamedTemporaryFile("w", dir=HTML, suffix=".html", encoding="utf-8") as page:
        page.write(contents(parts))
        page.flush()
        _printed(Path(page.name).name, out)
    return out


def _printed(page: str, out: Path, style: str = "") -> list[str]:
    """Print a page of the built book; returns what its headings say."""
    script = SCRIPT.read_text("utf-8").strip().removesuffix(";")
    asked = {"page": page, "looks": ["light"], "script": f"() => ({script})({json.dumps(style)})", "pdf": str(out)}
    ((_, seen),) = visited([asked], HTML)
    if "light" not in seen["notes"] or not out.is_file():
        raise RuntimeError(f"{page}: {seen['wrong']}")
    return list(seen["notes"]["light"]["headings"])


if __name__ == "__main__":
    sys.exit(main())
