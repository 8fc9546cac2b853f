"""Check in a real browser that everything fits on its slide, and that letters are large enough for a lecture.

``python -m tools.book.check_slides`` writes the slides of all weeks and looks at them. It needs Chromium on this
machine, and modules that `make book` fetched. Returns 1 where something is wrong.
"""

import sys
import tempfile
from pathlib import Path

from tools.book.browser import visited, what_is_missing
from tools.book.pages import ROOT
from tools.book.slide_page import Page
from tools.book.slide_sources import Chapters
from tools.book.slides import read_weeks

BOOK = ROOT / "book"
SCRIPT = Path(__file__).with_suffix(".js")


def main() -> int:
    """Print what is wrong on which slide; returns 1 when something is, and 2 when something is missing."""
    if missing := what_is_missing():
        print(f"error: {missing}", file=sys.stderr)
        return 2
    weeks, found, count = read_weeks(BOOK), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        page = Page(Chapters(BOOK), BOOK / "slides")
        for week in weeks:
            Path(folder, f"week_{week.number}.html").write_text(page.html(week), "utf-8")
        script = SCRIPT.read_text("utf-8")
        wanted = [{"page": f"week_{week.number}.html", "looks": ["light"], "script": script} for week in weeks]
        for asked, seen in visited(wanted, Path(folder)):
            notes = seen["notes"].get("light", {})
            wrong = [*seen["wrong"], *notes.get("wrong", ())]
            for line in wrong:
                print(f"wrong: {asked['page']}: {line}", flush=True)
            found, count = found + len(wrong), count + notes.get("slides", 0)
    print(f"{len(weeks)} weeks, {count} slides, {found} faults")
    return int(bool(found or count != sum(len(week.slides) for week in weeks)))


if __name__ == "__main__":
    sys.exit(main())
