"""A browser without a window: runs a script in a copy of a page, and photographs one part of it.

Needs Chromium on this machine, and no network.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

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

LOOKS = (("light", "light", 1000), ("dark", "dark", 1000), ("phone", "light", 375))
"""Name of a photograph, the theme, and the width of the page in pixels."""

# Hides everything but one element and what it stands in: a photograph shows the top of a page only.
ALONE = """<script>
for (let here = document.getElementById("ELEMENT"); here !== document.body; here = here.parentElement)
  for (const other of here.parentElement.children) if (other !== here) other.style.display = "none";
</script>"""


def find_browser() -> str | None:
    """Return the path of Chromium or Chrome; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def notes_of(browser: str, page: Path, script: Path, element: str) -> dict[str, Any]:
    """Run a script in a copy of the page; returns what it wrote as JSON into the element."""
    text = page.read_text(encoding="utf-8") + f"<script>\n{script.read_text(encoding='utf-8')}</script>"
    with _copy(page, text) as copy:
        found = re.search(
            rf'<pre id="{element}"[^>]*>(.*?)</pre>', _run(browser, "--dump-dom", copy), re.DOTALL
        )
    notes: dict[str, Any] = (
        json.loads(unescape(found[1])) if found else {"error": "the page never became ready"}
    )
    return notes


def photograph(browser: str, page: Path, element: str, folder: Path, height: int = 1300) -> None:
    """Write light.png, dark.png and phone.png of one element of the page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, theme, width in LOOKS:
        text = page.read_text(encoding="utf-8")
        text = re.sub(r'data-theme="[a-z]*"', f'data-theme="{theme}"', text, count=1)
        # The theme's own script reads the mode from storage, so it is set before that script runs.
        start = f"<script>localStorage.mode = localStorage.theme = '{theme}';</script>"
        text = re.sub(r"(<head[^>]*>)", rf"\1{start}", text, count=1) + ALONE.replace("ELEMENT", element)
        with _copy(page, text) as copy:
            # No window can be as narrow as a phone, a frame can.
            frame = (
                f'<body style="margin:0"><iframe src="{copy.name}" width="{width}" height="{height}" '
                'style="border:0">'
            )
            with _copy(copy, frame) as framed:
                picture = (folder / f"{name}.png").resolve()
                _run(browser, f"--screenshot={picture}", framed, f"--window-size={max(width, 500)},{height}")


@contextmanager
def _copy(page: Path, text: str) -> Iterator[Path]:
    """A changed copy beside the page, so that its relative links to styles and scripts hold; then it is gone."""
    copy = page.with_name(f".{page.stem.lstrip('.')}.copy.html")
    if copy == page:
        copy = page.with_name(f".{page.stem.lstrip('.')}.frame.html")
    copy.write_text(text, encoding="utf-8")
    try:
        yield copy
    finally:
        copy.unlink()


def _run(browser: str, task: str, page: Path, *more: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *more, task, page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
