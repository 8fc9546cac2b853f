"""Sphinx extension: mends what the theme and its extensions write into pages.

Two scripts are left out: Thebe, which would fetch code from another host and declares its constants twice, and the
state of widgets that had a kernel while the book was built (a page shows the HTML of such a cell). And names are set
right for screen readers: a label that is not what stands on its button goes.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

UNUSED = ("sphinx-thebe", "THEBE_JS_URL", "application/vnd.jupyter.widget-state+json")
LAST = 900
"""After the extensions that add scripts."""

NAMES = {
    r'(<summary[^>]*) aria-label="Toggle hidden content"': r"\1",
    r'(<button class="btn search-button-field[^>]*) aria-label="Search"': r"\1",
    r'(<i class="theme-switch[^>]*) title="[^"]*"': r'\1 aria-hidden="true"',
    r'<div role="list" class="citation-list">': '<div class="citation-list">',
}
"""What is replaced in every page. Entries of a bibliography have a role of their own and make no list."""


def is_used(script: Any) -> bool:
    """Whether a page needs a script, by its file, its text and its type."""
    attributes = getattr(script, "attributes", {})
    told = (str(getattr(script, "filename", script)), attributes.get("body") or "", attributes.get("type") or "")
    return not any(name in text for name in UNUSED for text in told)


def mended(page: str) -> str:
    """A page with its names set right."""
    for old, new in NAMES.items():
        page = re.sub(old, new, page)
    return page


def _leave_out(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    context["script_files"] = [script for script in context.get("script_files", []) if is_used(script)]


def _mend(app: Sphinx, error: Exception | None) -> None:
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text("utf-8")
        if (new := mended(text)) != text:
            path.write_text(new, "utf-8")
    search = Path(app.outdir) / "_static" / "searchtools.js"
    if search.is_file():
        search.write_text(search.read_text("utf-8").replace('[role="main"]', "article.bd-article"), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the writing of pages."""
    app.connect("html-page-context", _leave_out, priority=LAST)
    app.connect("build-finished", _mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
