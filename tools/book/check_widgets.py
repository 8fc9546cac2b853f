"""Checks in a real browser that the smaller widgets of the book work: viewer, builder, replay.

    python -m tools.book.check_widgets [PAGE ...]

Needs Chromium on this machine, and no network. PAGE is any HTML file that holds one of them, by default the built
chapters on words for faces and on training. (The explorer has `tools.book.check_front_end`.) A script beside this file
is added to a copy of the page, light, dark and as wide as a phone's; it chooses, types, clicks and presses keys, and
notes what changed.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lfes_core.sentences import parse
from tools.book.browser import find_browser, notes_of
from tools.book.pages import HTML

HERE = Path(__file__).parent
CHAPTERS = ("02_words_for_faces", "11_full_gpu_training")


@dataclass(frozen=True)
class Check:
    """What is asked of a widget.

    `script` uses it as a reader does; all that the names in `works` stand for must have worked. `most` is how many
    bytes it may have, `more` finds what else is wrong in the script's notes.
    """

    script: str
    works: tuple[str, ...]
    most: int
    more: Callable[[dict[str, Any]], list[str]] = lambda notes: []


def main() -> int:
    """Runs the checks and prints what they saw; exit status 1 when something does not work."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    built = [HTML / f"book/{chapter}.html" for chapter in CHAPTERS]
    parser.add_argument("page", nargs="*", type=Path, default=built)
    arguments = parser.parse_args()
    browser = find_browser()
    absent = [page for page in arguments.page if not page.is_file()]
    if browser is None or absent:
        needed = f"{absent[0]} does not exist; build the book first" if browser else "no Chromium found here"
        print(f"error: {needed}", file=sys.stderr)
        return 2
    wrong = []
    for page in arguments.page:
        text = page.read_text(encoding="utf-8")
        widgets = [name for name in CHECKS if f'data-lfes="{name}"' in text]
        if not widgets:
            wrong.append(f"{page} holds none of {', '.join(CHECKS)}")
        for name, look in itertools.product(widgets, ("light", "dark", "phone")):
            notes = notes_of(browser, page, HERE / CHECKS[name].script, "widget-notes", look)
            print(json.dumps({f"{name}, {look}": notes}, indent=2, ensure_ascii=False))
            wrong += [f"{name}, {look}: {line}" for line in wrong_in(notes, CHECKS[name])]
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


def wrong_in(notes: dict[str, Any], check: Check) -> list[str]:
    """What the notes of a check's script say that does not work."""
    if "error" in notes:
        return [str(notes["error"])]
    wrong = [f"{name} does not work" for name in check.works if not notes[name]] + check.more(notes)
    if not all(notes["labels"]):
        wrong.append("a picture or a control has no description")
    if notes["bytes"] > check.most:
        wrong.append(f"it is larger than {check.most / 1e6:g} MB")
    if notes["wide"] > 0:
        wrong.append("it makes the page scroll sideways")
    return wrong


def _said_otherwise(notes: dict[str, Any]) -> list[str]:
    wrong = [f"the sentence is not what was chosen: {row}" for row in notes["choices"] if not _is_said(row)]
    return wrong + [f"the keyboard does not reach {name}" for name in notes["unreachable"]]


def _is_said(row: dict[str, Any]) -> bool:
    """Whether the package reads from the page's sentence what the boxes of the page show."""
    units = {int(number): int(level) or None for number, level in row["units"].items()}
    said = parse(row["sentence"])
    return (said.subject, said.emotion, said.action_units) == (row["subject"], row["emotion"] or None, units)


CHECKS = {
    "sentence_builder": Check(
        "check_builder.js",
        ("typing", "everyday", "refusal", "boxesAfterRefusal", "otherWords", "seedRepeats", "stillFace"),
        1_000_000,
        _said_otherwise,
    ),
    "movements": Check("check_viewer.js", ("bare", "unit", "levels", "keys", "map", "rest", "play"), 1_000_000),
    "replay": Check("check_replay.js", ("one", "slider", "curves", "person", "keys", "play"), 1_500_000),
}
"""By the module that draws the widget."""


if __name__ == "__main__":
    sys.exit(main())
