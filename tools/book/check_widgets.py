"""Check in a real browser that the widgets of the book work in its pages: viewer, builder, replay, explorers.

``python -m tools.book.check_widgets [PAGE ...]`` needs Chromium on this machine and a built book (`make book`). In each
page that holds one of them a script beside this file chooses, types, clicks and presses keys, at a desk and on a phone,
and notes what changed. (All that an explorer can do is tried by `tools.book.check_front_end`.)
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lfes_core.sentences import parse
from tools.book.browser import visited, what_is_missing
from tools.book.pages import HTML, pages

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Check:
    """What is asked of a widget.

    `mark` stands in a page that holds it. `script` uses it as a reader does; all that the names in `works` stand for
    must have worked. `most` is how many bytes it may have, `more` finds what else is wrong in the script's notes.
    `looks`: how the page is looked at.
    """

    mark: str
    script: str
    works: tuple[str, ...]
    most: int
    more: Callable[[dict[str, Any]], list[str]] = lambda notes: []
    looks: tuple[str, ...] = ("light", "phone")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks and print what they saw; returns 1 when something does not work, 2 when something is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", nargs="*", help="as in _toc.yml; default: all of them")
    chosen = parser.parse_args(arguments).page
    names = [f"{page}.html" for page in chosen or pages()]
    if missing := what_is_missing(names):
        print(f"error: {missing}", file=sys.stderr)
        return 2
    wanted = [
        {"page": page, "looks": [look], "widget": name, "script": (HERE / check.script).read_text("utf-8")}
        for page in names
        for name, check in CHECKS.items()
        if check.mark in (HTML / page).read_text("utf-8")
        for look in check.looks
    ]
    held = {asked["widget"] for asked in wanted}
    wrong = [] if chosen else [f"no page holds: {name}" for name in CHECKS if name not in held]
    for asked, seen in visited(wanted):
        [look] = asked["looks"]
        name, notes = f"{asked['page']}, {asked['widget']}, {look}", seen["notes"].get(look, {})
        told = {key: note for key, note in notes.items() if key not in ("choices", "labels")}
        print(f"{name}: {json.dumps(told, ensure_ascii=False)}")
        wrong += [f"{name}: {line}" for line in seen["wrong"] or wrong_in(notes, CHECKS[asked["widget"]])]
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return int(bool(wrong))


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
    "sentence builder": Check(
        'data-lfes="sentence_builder"',
        "check_builder.js",
        ("typing", "everyday", "refusal", "boxesAfterRefusal", "otherWords", "seedRepeats", "stillFace"),
        1_000_000,
        _said_otherwise,
    ),
    "movement viewer": Check(
        'data-lfes="movements"',
        "check_viewer.js",
        ("bare", "unit", "levels", "keys", "map", "rest", "play"),
        1_000_000,
    ),
    "replay": Check(
        'data-lfes="replay"', "check_replay.js", ("one", "slider", "curves", "person", "keys", "play"), 1_500_000
    ),
    "explorer": Check(
        "data-lfes-explorer",
        "check_explorer.js",
        ("first", "sentence", "tools", "shared"),
        500_000,
        looks=("phone",),  # what a page cannot change is tried at other widths by check_front_end
    ),
}


if __name__ == "__main__":
    sys.exit(main())
