"""What only a browser can try is tried, and a machine without one says so in a line."""

import sys

import pytest

from tools.book import browser, try_browser


@pytest.mark.parametrize(("optional", "code"), [([], 1), (["--optional"], 0)])
def test_a_machine_without_a_browser_says_what_to_install(monkeypatch, capsys, optional, code):
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    monkeypatch.setattr("sys.argv", ["try_browser", *optional])
    assert try_browser.main() == code
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "apt-get install chromium" in told


def test_one_check_that_fails_is_named_and_the_others_run(monkeypatch, capsys):
    monkeypatch.setattr(try_browser, "what_is_missing", lambda _: "")
    fails, works = ([sys.executable, "-c", f"raise SystemExit({code})"] for code in (1, 0))
    monkeypatch.setattr(try_browser, "CHECKS", {"engine": fails, "pages": works})
    monkeypatch.setattr("sys.argv", ["try_browser"])
    assert try_browser.main() == 1
    told = capsys.readouterr()
    assert "these fail: engine\n" in told.err and "== pages" in told.out


def test_a_book_that_was_not_built_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "find_browser", lambda: "chromium")
    monkeypatch.setattr(browser, "PARTS", tmp_path)
    assert "make book" in browser.what_is_missing()
    (tmp_path / "node_modules" / "playwright-core").mkdir(parents=True)
    assert not browser.what_is_missing()
    assert browser.what_is_missing(["index.html"], tmp_path) == "index.html is missing: run `make book`"
