"""A Content-Security-Policy in every built page: it runs its own scripts and asks its own host, nobody else.

The book is published by servers that send no headers of ours, so that the policy stands in the page. Scripts inside a
page, the theme's and the widgets', are allowed by the hash of each; handlers in attributes are not: the two that there
are become marks for ``_static/handlers.js``. Styles inside a page are allowed, formulas and figures need them. (That no
other page may frame this one can only be said by a server.)
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

DIRECTIVES = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",  # the runtime of the networks is WebAssembly
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
"""What a page may load and from where, before the hashes of its scripts."""

HANDLERS = {
    'onclick="window.print()"': "data-prints",
    'onerror="this.previousElementSibling.hidden = false"': "data-or-tell",
}
"""Handlers that are known, and what stands in their place."""

_META = '<meta http-equiv="Content-Security-Policy" content="{}">'
_EARLY = re.compile(r"<head[^>]*>(\s*<meta charset=[^>]*>)?", re.IGNORECASE)
_NO_SCRIPT = ("application/json", "text/x-thebe-config")
"""Types of data that stand in a script's element and never run."""


def policy(scripts: Iterable[str] = ()) -> str:
    """The policy of a page that holds these scripts."""
    hashes = dict.fromkeys(hash_of(script) for script in scripts)
    more = {"script-src": " ".join([DIRECTIVES["script-src"], *hashes])}
    return "; ".join(f"{name} {sources}" for name, sources in (DIRECTIVES | more).items())


def secured(page: str) -> str:
    """A page with its policy, before everything that it could load.

    ValueError: it holds a handler or an address that a policy would have to allow blindly, or a policy already.
    """
    for handler, mark in HANDLERS.items():
        page = page.replace(handler, mark)
    found = _Found(page)
    if found.forbidden:
        raise ValueError(f"{found.forbidden[0]}: no script may stand in an attribute; put it into a file of _static")
    meta = _META.format(policy(found.scripts))
    head = _EARLY.search(page)
    return f"{page[: head.end()]}\n{meta}{page[head.end() :]}" if head else meta + page


def secure(folder: Path) -> int:
    """Writes its policy into every page of a folder; returns how many there are. ValueError as `secured`, and where."""
    pages = sorted(folder.rglob("*.html"))
    for path in pages:
        try:
            page = secured(path.read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.relative_to(folder)}: {error}") from error
        path.write_text(page, "utf-8", newline="\n")
    return len(pages)


class _Found(HTMLParser):
    """The scripts inside a page, and what no policy should allow."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts, self.forbidden = list[str](), list[str]()
        self._inside: list[str] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.forbidden += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        addresses = [given.get(name) or "" for name in ("href", "src", "action", "formaction")]
        self.forbidden += [f"<{tag}> javascript:" for each in addresses if each.strip().startswith("javascript:")]
        if tag == "meta" and (given.get("http-equiv") or "").lower() == "content-security-policy":
            self.forbidden.append("<meta> Content-Security-Policy")
        if tag == "script" and "src" not in given and given.get("type") not in _NO_SCRIPT:
            self._inside = []

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._inside is not None:
            self.scripts.append("".join(self._inside))
            self._inside = None


def hash_of(script: str) -> str:
    """A script's hash as a policy names it; browsers take every end of a line for a line feed."""
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
