"""A browser without a window: photographs pages, and runs a script in a copy of a page.

``python -m tools.book.browser FOLDER [PAGE ...]`` photographs pages of the built book in the light and the dark theme
and at the width of a phone. Needs Chromium on this machine, and no network.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from tools.book.pages import HTML, pages

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
    "--virtual-time-budget=60000",
)

LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 375), "dark-phone": ("dark", 375)}
"""How a page is looked at -> the theme, and the width of the page in pixels."""

CARRY_OUT = """const waiting = setInterval(() => {
  const notes = frames[0].document.getElementById("ELEMENT");
  if (notes) { document.body.append(document.importNode(notes, true)); clearInterval(waiting); }
}, 100);"""


def main() -> int:
    """Photograph pages; returns 1 when there is no browser or no book."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("page", nargs="*", help="as in _toc.yml; default: all of them")
    parser.add_argument("--height", type=int, default=6000, help="pixels of the page to show")
    options = parser.parse_args()
    browser = find_browser()
    if browser is None or not (HTML / "index.html").is_file():
        print("error: Chromium and a built book are needed (`make book`)", file=sys.stderr)
        return 1
    for page in options.page or pages():
        photograph(browser, HTML / f"{page}.html", options.folder, options.height)
    return 0


def find_browser() -> str | None:
    """Return the path of Chromium or Chrome; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def notes_of(browser: str, page: Path, script: Path, element: str, look: str = "light") -> dict[str, Any]:
    """Run a script in a copy of the page; returns what it wrote as JSON into the element."""
    carry_out = f"<script>{CARRY_OUT.replace('ELEMENT', element)}</script>"
    with _framed(page, look, 900, f"<script>\n{script.read_text('utf-8')}</script>", carry_out) as frame:
        seen = _run(browser, frame, "--dump-dom")
    found = re.search(rf'<pre id="{element}"[^>]*>(.*?)</pre>', seen, re.DOTALL)
    notes: dict[str, Any] = json.loads(unescape(found[1])) if found else {"error": "the page never became ready"}
    return notes


def photograph(browser: str, page: Path, folder: Path, height: int) -> None:
    """Write PAGE-light.png, PAGE-dark.png and so on into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for look, (_, width) in LOOKS.items():
        picture = (folder / f"{page.stem}-{look}.png").resolve()
        print(picture, flush=True)
        with _framed(page, look, height) as frame:
            _run(browser, frame, f"--screenshot={picture}", f"--window-size={max(width, 500)},{height}")


@contextmanager
def _framed(page: Path, look: str, height: int, inside: str = "", around: str = "") -> Iterator[Path]:
    """A page that shows a copy of a page as it is looked at; what is put inside and around is HTML."""
    theme, width = LOOKS[look]
    text = re.sub(r'data-theme="[a-z]*"', f'data-theme="{theme}"', page.read_text("utf-8"), count=1)
    # The theme's own script reads the mode from storage, so it is set before that script runs.
    start = f"<script>localStorage.mode = localStorage.theme = '{theme}';</script>"
    text = re.sub(r"(<head[^>]*>)", rf"\1{start}", text, count=1) + inside
    style = f"border: 0; width: {width}px; height: {height}px"
    # No window can be as narrow as a phone, a frame can.
    with (
        beside(page, text) as copy,
        beside(page, f'<body style="margin: 0"><iframe src="{copy.name}" style="{style}"></iframe>{around}') as frame,
    ):
        yield frame


@contextmanager
def beside(page: Path, text: str) -> Iterator[Path]:
    """Another page beside a page, so that its relative links to styles and scripts hold; then it is gone."""
    with tempfile.NamedTemporaryFile("w", dir=page.parent, suffix=".html", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield Path(file.name)


def _run(browser: str, page: Path, *task: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *task, page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


if __name__ == "__main__":
    sys.exit(main())
