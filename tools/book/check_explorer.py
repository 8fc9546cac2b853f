"""Checks in a real browser that the widgets of the book work: explorer, viewer, builder, replay.

    python -m tools.book.check_explorer [PAGE ...] [--pictures FOLDER]

Needs Chromium on this machine, and no network. PAGE is any HTML file that holds one of them, by default the built
chapters on Action Units, sentences, word attention and training. A script beside this file is added to a copy of the
page; it chooses, types, clicks and presses keys, and notes what changed. With ``--pictures`` each widget is also
photographed in the light and in the dark theme and at the width of a phone.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lfes_core.sentences import parse
from tools.book.browser import find_browser, notes_of, photograph
from tools.book.pages import HTML

CHAPTERS = (
    "02_faces_and_action_units",
    "03_dataset_sentence_construction",
    "07_word_attention",
    "11_full_gpu_training",
)
BUILT = tuple(HTML / f"book/{chapter}.html" for chapter in CHAPTERS)

HERE = Path(__file__).parent


def main() -> int:
    """Runs the checks and prints what they saw; exit status 1 when something does not work."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("page", nargs="*", type=Path, default=BUILT)
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="also write FOLDER/WIDGET/light.png, dark.png, phone.png",
    )
    arguments = parser.parse_args()
    browser = find_browser()
    if browser is None:
        print("error: no Chromium found on this machine", file=sys.stderr)
        return 2
    wrong = []
    for page in arguments.page:
        if not page.is_file():
            print(f"error: {page} does not exist; build the book first", file=sys.stderr)
            return 2
        text = page.read_text(encoding="utf-8")
        widgets = [name for name in CHECKS if f'id="{name}"' in text]
        if not widgets:
            wrong.append(f"{page} holds none of {', '.join(CHECKS)}")
        for name in widgets:
            script, judge = CHECKS[name]
            notes = notes_of(browser, page, HERE / script, "widget-notes")
            print(json.dumps({name: notes}, indent=2, ensure_ascii=False))
            wrong += [f"{name}: {line}" for line in judge(notes)]
            if arguments.pictures is not None:
                photograph(browser, page, name, arguments.pictures / name)
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _wrong_explorer(notes: dict[str, Any]) -> list[str]:
    if "error" in notes:
        return [str(notes["error"])]
    wrong = [f"{name} does not work" for name in ("back", "click", "keyboard", "scale") if not notes[name]]
    for choice in notes["choices"]:
        # What the attention follows is the map; everything else changes the picture too.
        if not choice["map"] or not (choice["picture"] or choice["label"].startswith("Attention")):
            wrong.append(f"choosing another {choice['label']} changes nothing")
    return wrong + _too_much_or_nameless(notes, 3_000_000)


def _wrong_viewer(notes: dict[str, Any]) -> list[str]:
    if "error" in notes:
        return [str(notes["error"])]
    wrong = [
        f"{name} does not work"
        for name in ("unit", "levels", "keys", "map", "rest", "play")
        if not notes[name]
    ]
    return wrong + _too_much_or_nameless(notes, 1_000_000)


def _wrong_replay(notes: dict[str, Any]) -> list[str]:
    if "error" in notes:
        return [str(notes["error"])]
    wrong = [f"{name} does not work" for name in ("slider", "person", "keys", "play") if not notes[name]]
    return wrong + _too_much_or_nameless(notes, 1_500_000)


def _wrong_builder(notes: dict[str, Any]) -> list[str]:
    if "error" in notes:
        return [str(notes["error"])]
    wrong = [f"the sentence is not what was chosen: {row}" for row in notes["choices"] if not _is_said(row)]
    wrong += [
        f"{name} does not work"
        for name in ("typing", "refusal", "boxesAfterRefusal", "otherWords", "seedRepeats", "stillFace")
        if not notes[name]
    ]
    wrong += [f"the keyboard does not reach {name}" for name in notes["unreachable"]]
    return wrong + _too_much_or_nameless(notes, 1_000_000)


def _is_said(row: dict[str, Any]) -> bool:
    """Whether the package reads from the page's sentence what the boxes of the page show."""
    units = {int(number): int(level) or None for number, level in row["units"].items()}
    said = parse(row["sentence"])
    same = said.subject == row["subject"] and said.emotion == (row["emotion"] or None)
    return same and said.action_units == units


def _too_much_or_nameless(notes: dict[str, Any], most: int) -> list[str]:
    wrong = [] if all(notes["labels"]) else ["a picture or a control has no description"]
    if notes["bytes"] > most:
        wrong.append(f"it is larger than {most / 1e6:.0f} MB")
    if notes["wide"] > 0:
        wrong.append("it makes the page scroll sideways")
    return wrong


CHECKS = {
    "attention-explorer": ("check_explorer.js", _wrong_explorer),
    "sentence-builder": ("check_builder.js", _wrong_builder),
    "movement-viewer": ("check_viewer.js", _wrong_viewer),
    "training-replay": ("check_replay.js", _wrong_replay),
}
"""Widget -> the script that uses it as a reader does, and what judges the script's notes."""


if __name__ == "__main__":
    sys.exit(main())
