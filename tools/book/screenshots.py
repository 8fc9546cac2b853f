"""Photograph pages of the built book in the light and the dark theme and at the width of a phone.

Needs Chromium on this machine, and no network: ``python -m tools.book.screenshots FOLDER [PAGE ...]``.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.book.browser import FLAGS, find_browser
from tools.book.pages import HTML, pages

LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 390)}


def main() -> int:
    """Write FOLDER/PAGE-LOOK.png for each page and look; returns 1 when there is no browser or no book."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("page", nargs="*", help="as in _toc.yml; default: all of them")
    parser.add_argument("--height", type=int, default=6000, help="pixels of the page to show")
    options = parser.parse_args()
    browser = find_browser()
    if browser is None or not (HTML / "index.html").is_file():
        print("error: Chromium and a built book are needed (`make book`)", file=sys.stderr)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    for page in options.page or pages():
        for look, (theme, width) in LOOKS.items():
            picture = options.folder / f"{Path(page).name}-{look}.png"
            photograph(browser, HTML / f"{page}.html", picture, theme, width, options.height)
            print(picture, flush=True)
    return 0


def photograph(browser: str, page: Path, picture: Path, theme: str, width: int, height: int) -> None:
    """One picture of a page. A window cannot be as narrow as a phone, so the page is shown in a frame."""
    copy = page.with_name(f"photograph-{page.name}")
    frame = page.with_name("photograph-frame.html")
    script = f"<script>localStorage.mode = localStorage.theme = '{theme}';</script>"
    text = re.sub(r'data-theme="[a-z]*"', f'data-theme="{theme}"', page.read_text("utf-8"), count=1)
    copy.write_text(re.sub(r"(<head[^>]*>)", rf"\1{script}", text, count=1), "utf-8")
    style = f"border: 0; width: {width}px; height: {height}px"
    frame.write_text(f'<body style="margin: 0"><iframe src="{copy.name}" style="{style}"></iframe>', "utf-8")
    try:
        with tempfile.TemporaryDirectory() as profile:
            command = [browser, *FLAGS, f"--user-data-dir={profile}"]
            command += [f"--window-size={max(width, 500)},{height}", f"--screenshot={picture.resolve()}"]
            command.append(frame.resolve().as_uri())
            subprocess.run(command, check=True, capture_output=True, timeout=300)
    finally:
        copy.unlink()
        frame.unlink()


if __name__ == "__main__":
    sys.exit(main())
