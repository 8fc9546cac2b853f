"""In a real browser a page that cannot be read is told from one that can."""

import base64

import pytest

from tools.book import check_pages
from tools.book.browser import what_is_missing
from tools.book.policy import secured

GOOD = '<img src="a.png" alt="A face"><p>Words</p><svg viewBox="0 0 100 20" width="100"><text y="15">drawn</text></svg>'
BAD = {
    "sideways": '<div style="width: 400px">wide</div>',
    "no description": '<img src="a.png">',
    "cut off": '<div class="math" style="display: flex; flex-direction: row-reverse; overflow: auto; width: 99px">'
    '<mjx-math style="min-width: 300px">x</mjx-math></div>',
    "small": '<svg viewBox="0 0 200 20" width="100"><text y="15" font-size="12">drawn</text></svg>',
    "pale": '<p style="color: #aaa">faint</p>',
    "asks http://other.example/": '<img src="http://other.example/a.png" alt="Elsewhere">',
    "answers 404": '<img src="b.png" alt="Nowhere">',
    "error: broken": "<script>throw new Error('broken')</script>",
    "serious: link-name": '<a href="page.html"></a>',
    "a link leads to gone.html": '<a href="gone.html">gone</a>',
}
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="

missing = what_is_missing()
pytestmark = pytest.mark.skipif(bool(missing), reason=missing)


def faults(folder, capsys, body, *looks):
    """Whether the check fails on a page with such a body, and what it finds."""
    style = "<style>html[data-theme=dark] body { background: #111; color: #eee; }</style>"
    head = f"<head><title>A page</title><link rel=icon href=data:,>{style}</head>"
    (folder / "a.png").write_bytes(base64.b64decode(DOT))
    page = f'<html lang="en" data-theme="light">{head}<body><main><h1>A page</h1>{body}</main></body></html>'
    (folder / "page.html").write_text(page, "utf-8")
    failed = check_pages.main(["page", "--book", str(folder), "--look", *looks])
    return failed, [line for line in capsys.readouterr().out.splitlines() if line.startswith("wrong: ")]


@pytest.mark.parametrize("look", ["light", "dark-phone"])
def test_nothing_is_wrong_with_a_plain_page(tmp_path, capsys, look):
    assert faults(tmp_path, capsys, GOOD, look) == (0, [])


def test_what_is_wrong_is_named(tmp_path, capsys):
    failed, wrong = faults(tmp_path, capsys, GOOD + "".join(BAD.values()), "phone")
    assert failed == 1
    assert {name for name in BAD if not any(name in line for line in wrong)} == set()


def test_every_look_is_looked_at(tmp_path, capsys):
    faint = "<style>html[data-theme=dark] p { color: #333; } @media (width < 400px) { p { width: 500px; } }</style>"
    _, wrong = faults(tmp_path, capsys, faint + GOOD, "light", "dark", "phone")
    assert len(wrong) == 2 and "dark: 1.5:1 is pale: Words" in wrong[0] and "phone: it scrolls sideways" in wrong[1]


@pytest.mark.fault(
    "Privacy and security",
    "a script that the build has not seen is slipped into a page",
    "the browser does not run it, and the check of the pages names it",
)
def test_what_a_page_s_policy_forbids_does_not_run_and_is_named(tmp_path, capsys):
    page = f"<html lang=en><head><title>A page</title><link rel=icon href=data:,></head><body><main><h1>A</h1>{GOOD}"
    (tmp_path / "page.html").write_text(
        secured(page + "<script>document.title = 'known'</script>").replace("known", "strange"), "utf-8"
    )
    (tmp_path / "a.png").write_bytes(base64.b64decode(DOT))
    assert check_pages.main(["page", "--book", str(tmp_path), "--look", "light"]) == 1
    assert "Content Security Policy directive 'script-src" in capsys.readouterr().out
