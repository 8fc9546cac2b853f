"""In a real browser a page that cannot be read is told from one that can."""

import pytest

from tools.book import check_pages
from tools.book.browser import find_browser

GOOD = '<img src="a.png" alt="A face"><p>Words</p><svg viewBox="0 0 100 20" width="100"><text y="15">drawn</text></svg>'
BAD = {
    "sideways": '<div style="width: 400px">wide</div>',
    "no description": '<img src="a.png">',
    "cut off": '<div class="math" style="display: flex; flex-direction: row-reverse; overflow: auto; width: 99px">'
    '<mjx-math style="min-width: 300px">x</mjx-math></div>',
    "small": '<svg viewBox="0 0 200 20" width="100"><text y="15" font-size="12">drawn</text></svg>',
    "pale": '<p style="color: #aaa">faint</p>',
}

browser = find_browser()
pytestmark = pytest.mark.skipif(browser is None, reason="no Chromium on this machine")


def page_with(folder, body):
    path = folder / "page.html"
    style = "html[data-theme=dark] body { background: #111; color: #eee; }"
    path.write_text(f'<html data-theme="light"><head><style>{style}</style></head><body>{body}</body></html>', "utf-8")
    return path


@pytest.mark.parametrize("look", ["light", "dark-phone"])
def test_nothing_is_wrong_with_a_plain_page(tmp_path, look):
    assert check_pages.wrong_on(browser, page_with(tmp_path, GOOD), look) == []


def test_what_cannot_be_read_is_named(tmp_path):
    wrong = check_pages.wrong_on(browser, page_with(tmp_path, GOOD + "".join(BAD.values())), "phone")
    assert len(wrong) == len(BAD)
    assert all(sum(name in line for line in wrong) == 1 for name in BAD)


def test_the_check_fails_where_something_is_wrong(tmp_path, monkeypatch, capsys):
    page = page_with(tmp_path, BAD["pale"])
    monkeypatch.setattr("sys.argv", ["check_pages", str(page), "--look", "light"])
    assert check_pages.main() == 1
    assert "page, light: 2.3:1 is pale: faint" in capsys.readouterr().out
