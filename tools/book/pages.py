"""The pages of the book: what the table of contents lists and where each page is built."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build"
HTML = BUILD / "html"
WHOLE = ".whole"
"""File in it that is there when all has been written."""
EXPLORER = BUILD / "explorer" / "site"
"""What lies in the book's folder ``explorer``, beside its pages."""
LOAD = ROOT / "book" / "runs" / "load.csv"
"""What `tools.load` has measured; the page of the status shows it."""


def pages(toc: Path = ROOT / "_toc.yml") -> list[str]:
    """Every page that the table of contents lists, in reading order: paths from the root, no suffix."""
    return list(_pages(yaml.safe_load(toc.read_text("utf-8"))))


def source(page: str, root: Path = ROOT) -> Path | None:
    """The notebook or Markdown file of a page; None where it is missing."""
    for suffix in (".ipynb", ".md"):
        path = root / f"{page}{suffix}"
        if path.is_file():
            return path
    return None


def missing_pages(html: Path = HTML, toc: Path = ROOT / "_toc.yml") -> list[str]:
    """Pages of the table of contents that were not built."""
    return [page for page in pages(toc) if not (html / f"{page}.html").is_file()]


def _pages(entry: Any) -> Iterator[str]:
    if isinstance(entry, list):
        for item in entry:
            yield from _pages(item)
    elif isinstance(entry, dict):
        for key in ("root", "file"):
            if key in entry:
                yield str(entry[key])
        for key in ("parts", "chapters", "sections"):
            yield from _pages(entry.get(key, []))
