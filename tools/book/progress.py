"""Sphinx extension: one line for every page as it is read, with number, title and seconds.

A page is executed while it is read, so the seconds are those that its cells took. Where a chapter says *measured when
the book is built*, in italics and in these words, the built page has the time instead.
"""

import sys
import time
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PLACEHOLDER = "measured when the book is built"

_started: dict[str, float] = {}
_done: set[str] = set()


def _begin(app: Sphinx, docname: str, content: list[str]) -> None:
    _started.setdefault(docname, time.monotonic())


def _end(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    _done.add(docname)
    total = len(app.env.external_site_map)
    title = next((node.astext() for node in doctree.findall(nodes.title)), docname)
    seconds = time.monotonic() - _started.pop(docname, time.monotonic())
    for node in list(doctree.findall(nodes.emphasis)):
        if node.astext() == PLACEHOLDER:
            node.replace_self(nodes.Text(said(seconds)))
    # Sphinx may have been told to be quiet: this line is meant to be seen all the same.
    print(f"[{len(_done):2d}/{total}] {title}  {seconds:.1f} s", file=sys.__stdout__, flush=True)


def said(seconds: float) -> str:
    """A time as a reader would say it."""
    if seconds < 90:
        return f"about {max(5, 5 * round(seconds / 5))} seconds"
    return f"about {round(seconds / 60)} minutes"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the reading of pages."""
    app.connect("source-read", _begin)
    app.connect("doctree-read", _end)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
