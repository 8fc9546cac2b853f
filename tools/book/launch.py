"""Sphinx extension: what needs a public address, taken from the environment; without it, nothing of it is shown.

``BOOK_REPOSITORY`` or ``GITHUB_REPOSITORY`` ("owner/name", GitHub's workflows set it) gives each chapter buttons that
open it in Colab and Binder. ``BOOK_URL`` (otherwise GitHub's pages of that repository) gives each page the picture and
the title with which it is shown where somebody shares it.
"""

import html
import os
import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

CARD = "_static/card.png"
"""From the book's folder; drawn by `tools.book.card`."""
BUTTONS = {
    "colab_url": "https://colab.research.google.com",
    "binderhub_url": "https://mybinder.org",
    "notebook_interface": "jupyterlab",
}


def repository() -> str:
    """The repository as "owner/name"; empty where it is not known."""
    return os.environ.get("BOOK_REPOSITORY") or os.environ.get("GITHUB_REPOSITORY") or ""


def address() -> str:
    """Where the book is published, with a slash at the end; empty where that is not known."""
    owner, _, name = repository().partition("/")
    published = os.environ.get("BOOK_URL") or (f"https://{owner}.github.io/{name}" if name else "")
    return published.rstrip("/") + "/" if published else ""


def _buttons(app: Sphinx, config: Config) -> None:
    if repository():
        config.html_theme_options |= {
            "repository_url": f"https://github.com/{repository()}",
            "repository_branch": os.environ.get("GITHUB_REF_NAME", "main"),
            "launch_buttons": BUTTONS,
        }
    if address():
        config.html_baseurl = address()


def _card(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if address():
        title = html.unescape(re.sub("<[^>]+>", "", context.get("title", "")))
        told = {"title": f"{title} | {app.config.html_title}", "type": "article"}
        told |= {"url": f"{address()}{page}.html", "image": address() + CARD}
        tags = [f'<meta property="og:{name}" content="{html.escape(text)}" />' for name, text in told.items()]
        tags.append('<meta name="twitter:card" content="summary_large_image" />')
        context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the configuration and to the writing of pages."""
    app.connect("config-inited", _buttons)
    app.connect("html-page-context", _card)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
