"""A built page says what it may load: its own scripts by their hashes, no handler in an attribute, no other host."""

import base64
import hashlib
import re
from types import SimpleNamespace

import pytest

from tools.book import build, policy
from tools.book.pages import ROOT

PAGE = """<!DOCTYPE html>
<html><head>
<meta charset="utf-8" />
<script>let one = 1 && "</b>";</script>
<script src="file.js"></script></head>
<body><script type="module">
import "./two.js"; // ä
</script><script>let one = 1 && "</b>";</script><script type="application/json">{"three": 3}</script></body></html>
"""


def directives(page: str) -> dict[str, list[str]]:
    """What a page's policy allows, by directive."""
    (content,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    return {name: sources for name, *sources in (each.split() for each in content.split("; "))}


def test_scripts_inside_a_page_are_allowed_by_their_hashes_and_data_is_not():
    written = ('let one = 1 && "</b>";', '\nimport "./two.js"; // ä\n')
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in written]
    assert directives(policy.secured(PAGE))["script-src"] == ["'self'", "'wasm-unsafe-eval'", *hashes]


def test_the_policy_comes_before_all_that_a_page_loads_and_after_its_encoding():
    page = policy.secured(PAGE)
    assert page.index("charset") < page.index("Content-Security-Policy") < page.index("<script")
    assert page.replace(re.findall(r"\n<meta http-equiv[^>]*>", page)[0], "") == PAGE
    assert policy.secured('<meta http-equiv="Refresh">').startswith('<meta http-equiv="Content-Security-Policy"')


@pytest.mark.fault(
    "Privacy and security",
    "text that somebody else wrote gets into a page of the book",
    "the page's policy lets no script but its own run, and nothing be asked of another host",
)
def test_nothing_is_allowed_blindly():
    allowed = directives(policy.secured(PAGE))
    assert allowed["default-src"] == ["'self'"] and allowed["connect-src"] == ["'self'"]
    assert allowed["object-src"] == allowed["base-uri"] == allowed["frame-src"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "data:", "blob:"} & {*allowed["script-src"]}
    assert not [source for sources in allowed.values() for source in sources if "://" in source or source == "*"]


def test_the_handlers_of_theme_and_explorer_become_marks_of_our_script():
    button = '<button onclick="window.print()">'
    script = '<script src="a" onerror="this.previousElementSibling.hidden = false">'
    assert policy.secured(button + script).endswith('<button data-prints><script src="a" data-or-tell>')
    ours = (ROOT / "book" / "_static" / "handlers.js").read_text("utf-8")
    assert "[data-prints]" in ours and '"orTell" in target.dataset' in ours


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('<img src="a.png" onload="go()">', "<img onload>"),
        ('<a href="javascript:go()">go</a>', "<a> javascript:"),
        ('<meta http-equiv="content-security-policy" content="*">', "<meta> Content-Security-Policy"),
    ],
)
def test_what_could_only_be_allowed_blindly_ends_the_build_with_its_page(tmp_path, monkeypatch, capsys, body, named):
    def write() -> bool:
        (tmp_path / "html" / "book").mkdir(parents=True)
        (tmp_path / "html" / "book" / "page.html").write_text(body, "utf-8")
        return True

    (tmp_path / "explorer").mkdir()
    monkeypatch.setattr(build, "HTML", tmp_path / "html")
    monkeypatch.setattr(build, "EXPLORER", tmp_path / "explorer")
    monkeypatch.setattr(build, "pages", lambda: ["book/index"])
    monkeypatch.setattr(build, "notebooks", list)
    monkeypatch.setattr(build, "run_all", lambda *_: 0)
    monkeypatch.setattr(build, "_write", write)
    monkeypatch.setattr(build.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    assert build.main() == 1
    assert capsys.readouterr().err.startswith(f"error: book/page.html: {named}: ")
