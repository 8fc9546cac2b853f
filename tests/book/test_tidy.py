"""Pages carry no script that asks another host, and names that screen readers can trust."""

from types import SimpleNamespace

import pytest

from tools.book import tidy


@pytest.mark.parametrize(
    ("file", "attributes", "used"),
    [
        ("_static/enlarge.js", {}, True),
        ("_static/sphinx-thebe.js", {"async": "async"}, False),
        (None, {"body": 'const THEBE_JS_URL = "https://example.org";'}, False),
        (None, {"type": "application/vnd.jupyter.widget-state+json", "body": "{}"}, False),
        (None, {"body": "let toggleHintShow = 'Click to show';"}, True),
    ],
)
def test_what_a_page_does_not_need_is_left_out(file, attributes, used):
    assert tidy.is_used(SimpleNamespace(filename=file, attributes=attributes)) is used


def test_a_button_is_called_what_stands_on_it():
    page = (
        '<summary aria-label="Toggle hidden content"><p>Show code</p></summary><div role="list" class="citation-list">'
    )
    assert tidy.mended(page) == '<summary><p>Show code</p></summary><div class="citation-list">'
    theme = '<button aria-label="Color mode"><i class="theme-switch fa-sun" data-mode="light" title="Light"></i>'
    assert 'title="Light"' not in tidy.mended(theme) and 'aria-label="Color mode"' in tidy.mended(theme)


def test_the_search_shows_what_stands_in_the_article(tmp_path):
    script = tmp_path / "_static" / "searchtools.js"
    script.parent.mkdir()
    script.write_text('querySelector(\'[role="main"]\'); querySelector(`[role="main"] ${anchor}`)')
    tidy._mend(SimpleNamespace(outdir=tmp_path), None)
    assert script.read_text() == "querySelector('article.bd-article'); querySelector(`article.bd-article ${anchor}`)"
