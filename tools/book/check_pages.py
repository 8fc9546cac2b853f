"""Check in a real browser that every page of the book is whole and can be read, with the network cut.

``python -m tools.book.check_pages [PAGE ...]`` needs Chromium on this machine and a built book (`make book`). Each page
is opened and looked at on a desk, in the dark and as wide as a phone. It asks no other host, nothing that it asks for
fails, no error is written to the console, axe-core finds no serious fault, and every link inside the book leads
somewhere. A page does not scroll sideways, its pictures are described, no formula is cut off, letters have ten pixels
and text a contrast of 4.5 to its ground. Returns 1 where something is wrong, 2 where something is missing.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.book.browser import LOOKS, visited, what_is_missing
from tools.book.pages import HTML, pages

SCRIPT = Path(__file__).with_suffix(".js")
OTHERS = ("genindex", "search")
"""Pages that Sphinx adds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is wrong on which page; returns 1 when something is, and 2 when something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", nargs="*", default=[*pages(), *OTHERS], help="as in _toc.yml; default: all of them")
    parser.add_argument("--book", type=Path, default=HTML, help="folder of the pages")
    parser.add_argument("--look", nargs="+", choices=LOOKS, default=["light", "dark", "phone"])
    options = parser.parse_args(arguments)
    names = [f"{page}.html" for page in options.page]
    if missing := what_is_missing(names, options.book):
        print(f"error: {missing}", file=sys.stderr)
        return 2
    script = SCRIPT.read_text("utf-8")
    wanted = [{"page": name, "looks": options.look, "script": script, "axe": True} for name in names]
    found, links = 0, set[str]()
    for asked, seen in visited(wanted, options.book):
        wrong = list(seen["wrong"])
        for look, notes in seen["notes"].items():
            wrong += [f"{look}: {line}" for line in notes["wrong"]]
            links |= set(notes["links"])
        for line in wrong:
            print(f"wrong: {asked['page']}: {line}", flush=True)
        found += len(wrong)
    dead = sorted(link for link in links if not (options.book / link).is_file())
    for link in dead:
        print(f"wrong: a link leads to {link}, which is not there")
    print(f"{len(wanted)} pages, {len(links)} links, {found + len(dead)} faults")
    return int(bool(found or dead))


if __name__ == "__main__":
    sys.exit(main())
