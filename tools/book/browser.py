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

LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 390)}
"""Name of a photograph -> the theme, and the width of the page in pixels."""


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


def notes_of(browser: str, page: Path, script: Path, element: str) -> dict[str, Any]:
    """Run a script in a copy of the page; returns what it wrote as JSON into the element."""
    text = page.read_text("utf-8") + f"<script>\n{script.read_text('utf-8')}</script>"
    with _beside(page, text) as copy:
        seen = _run(browser, copy, "--dump-dom")
    found = re.search(rf'<pre id="{element}"[^>]*>(.*?)</pre>', seen, re.DOTALL)
    notes: dict[str, Any] = json.loads(unescape(found[1])) if found else {"error": "the page never became ready"}
    return notes


def photograph(browser: str, page: Path, folder: Path, height: int) -> None:
    """Write PAGE-light.png, PAGE-dark.png and PAGE-phone.png into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for look, (theme, width) in LOOKS.items():
        text = re.sub(r'data-theme="[a-z]*"', f'data-theme="{theme}"', page.read_text("utf-8"), count=1)
        # The theme's own script reads the mode from storage, so it is set before that script runs.
        start = f"<script>localStorage.mode = localStorage.theme = '{theme}';</script>"
        text = re.sub(r"(<head[^>]*>)", rf"\1{start}", text, count=1)
        style = f"border: 0; width: {width}px; height: {height}px"
        picture = (folder / f"{page.stem}-{look}.png").resolve()
        print(picture, flush=True)
        # No window can be as narrow as a phone, a frame can.
        with (
            _beside(page, text) as copy,
            _beside(page, f'<body style="margin: 0"><iframe src="{copy.name}" style="{style}">') as frame,
        ):
            _run(browser, frame, f"--screenshot={picture}", f"--window-size={max(width, 500)},{height}")


@contextmanager
def _beside(page: Path, text: str) -> Iterator[Path]:
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
