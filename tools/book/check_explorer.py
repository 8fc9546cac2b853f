"""Checks in a real browser that the published attention explorer switches.

    python tools/book/check_explorer.py [PAGE] [--pictures FOLDER]

Needs Chromium on this machine, and no network. PAGE is any HTML file that holds the explorer, by default the
built chapter on word attention. The script beside this file is added to a copy of the page; it chooses, clicks and
presses keys, and notes what changed. With ``--pictures`` the page is also photographed in the light and in the dark
theme and at the width of a phone.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

BUILT = Path("_build/html/book/07_word_attention.html")

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

NOTES = Path(__file__).with_suffix(".js")

# Hides everything but the explorer and what it stands in: a photograph shows the top of a page only.
ALONE = """<script>
for (let here = document.getElementById("attention-explorer"); here !== document.body; here = here.parentElement)
  for (const other of here.parentElement.children) if (other !== here) other.style.display = "none";
</script>"""


def main() -> int:
    """Runs the check and prints what it saw; exit status 1 when something does not switch."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", type=Path, default=BUILT)
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="also write light.png, dark.png, phone.png"
    )
    arguments = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("error: no Chromium found on this machine", file=sys.stderr)
        return 2
    if not arguments.page.is_file():
        print(f"error: {arguments.page} does not exist; build the book first", file=sys.stderr)
        return 2
    # The copy lies beside the page, so that its relative links to styles and scripts hold.
    copy = arguments.page.with_name(f".{arguments.page.stem}.check.html")
    text = arguments.page.read_text(encoding="utf-8")
    try:
        notes = _notes(browser, copy, text)
        if arguments.pictures is not None:
            _photograph(browser, copy, text, arguments.pictures)
    finally:
        copy.unlink(missing_ok=True)
    print(json.dumps(notes, indent=2, ensure_ascii=False))
    wrong = _wrong(notes)
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _notes(browser: str, copy: Path, text: str) -> dict[str, object]:
    script = f"<script>\n{NOTES.read_text(encoding='utf-8')}</script>"
    copy.write_text(text + script, encoding="utf-8")
    found = re.search(
        r'<pre id="explorer-notes"[^>]*>(.*?)</pre>', _run(browser, "--dump-dom", copy), re.DOTALL
    )
    return json.loads(unescape(found[1])) if found else {"error": "the page never became ready"}


def _photograph(browser: str, copy: Path, text: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, theme, width in (("light", "light", 1000), ("dark", "dark", 1000), ("phone", "light", 375)):
        page = re.sub(r'data-theme="[a-z]*"', f'data-theme="{theme}"', text, count=1)
        # The theme's own script reads the mode from storage, so it is set before that script runs.
        start = f"<script>localStorage.mode = localStorage.theme = '{theme}';</script>"
        copy.write_text(re.sub(r"(<head[^>]*>)", rf"\1{start}", page, count=1) + ALONE, encoding="utf-8")
        # No window can be as narrow as a phone, a frame can.
        frame = copy.with_name(f"{copy.stem}.frame.html")
        frame.write_text(
            f'<body style="margin:0"><iframe src="{copy.name}" width="{width}" height="1300" style="border:0">',
            encoding="utf-8",
        )
        picture = (folder / f"{name}.png").resolve()
        try:
            _run(browser, f"--screenshot={picture}", frame, f"--window-size={max(width, 500)},1300")
        finally:
            frame.unlink()


def _run(browser: str, task: str, page: Path, *more: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *more, task, page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def _wrong(notes: dict[str, object]) -> list[str]:
    if "error" in notes:
        return [str(notes["error"])]
    wrong = [f"{name} does not work" for name in ("back", "click", "keyboard", "scale") if not notes[name]]
    for choice in notes["choices"]:  # type: ignore[attr-defined]
        # What the attention follows is the map; everything else changes the picture too.
        if not choice["map"] or not (choice["picture"] or choice["label"].startswith("Attention")):
            wrong.append(f"choosing another {choice['label']} changes nothing")
    if not all(notes["labels"]):  # type: ignore[arg-type]
        wrong.append("a picture has no description")
    if int(notes["bytes"]) > 3_000_000:  # type: ignore[call-overload]
        wrong.append("the explorer is larger than 3 MB")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
