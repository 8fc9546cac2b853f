"""Checks in a real browser that every page of the book can be read: at a desk and on a phone, light and dark.

    python -m tools.book.check_pages [PAGE ...]

Needs Chromium on this machine, and no network. PAGE is any HTML file, by default all pages of the built book. A page
must not scroll sideways, its pictures are described, no formula is cut off, letters have ten pixels and text a contrast
of 4.5 to its ground.
"""

import argparse
import sys
from pathlib import Path

from tools.book.browser import LOOKS, find_browser, notes_of
from tools.book.pages import HTML, pages

SCRIPT = Path(__file__).with_name("check_pages.js")


def main() -> int:
    """Print what is wrong on which page; exit status 1 when something is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    built = [HTML / f"{page}.html" for page in pages()]
    parser.add_argument("page", nargs="*", type=Path, default=built)
    parser.add_argument("--look", nargs="+", choices=LOOKS, default=list(LOOKS))
    options = parser.parse_args()
    browser = find_browser()
    absent = [page for page in options.page if not page.is_file()]
    if browser is None or absent:
        needed = f"{absent[0]} does not exist; build the book first" if browser else "no Chromium found here"
        print(f"error: {needed}", file=sys.stderr)
        return 2
    found = False
    for page in options.page:
        for look in options.look:
            for line in wrong_on(browser, page, look):
                found = True
                print(f"wrong: {page.stem}, {look}: {line}", flush=True)
    return int(found)


def wrong_on(browser: str, page: Path, look: str) -> list[str]:
    """What a reader could not see or reach on a page."""
    notes = notes_of(browser, page, SCRIPT, "page-notes", look)
    wrong: list[str] = notes.get("wrong", [notes.get("error")])
    return wrong


if __name__ == "__main__":
    sys.exit(main())
