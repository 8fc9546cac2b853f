"""Try everything that only a browser can try, against the built book: `make test-browser`.

``python -m tools.book.try_browser [--optional]`` runs the checks of this folder one after the other and says what each
has taken. It needs Chromium and what `make book` made; where something is missing it says what, and returns 1, with
``--optional`` 0: a machine without a browser can test all the rest.
"""

import argparse
import subprocess
import sys
import time

from tools.book.browser import what_is_missing
from tools.book.explorer_files import PARTS, SOURCE
from tools.book.pages import ROOT, pages

TYPES = [str(PARTS / "node_modules" / ".bin" / "tsc"), "--project", str(SOURCE / "tsconfig.json")]
THEIR_TESTS = ("tests/book/test_check_pages.py", "tests/book/test_pdf.py")
CHECKS = {
    "types of the JavaScript": TYPES,
    "the checks notice what is wrong": [sys.executable, "-m", "pytest", "-q", *THEIR_TESTS],
    "engine": [sys.executable, "-m", "tools.book.check_engine"],
    "photographs": [sys.executable, "-m", "tools.book.check_photograph"],
    "front end": [sys.executable, "-m", "tools.book.check_front_end", "--real"],
    "widgets in their pages": [sys.executable, "-m", "tools.book.check_widgets"],
    "slides": [sys.executable, "-m", "tools.book.check_slides"],
    "pages": [sys.executable, "-m", "tools.book.check_pages"],
}


def main() -> int:
    """Run all checks; returns 1 when one of them fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--optional", action="store_true", help="it is no failure when there is no browser")
    optional = parser.parse_args().optional
    if missing := what_is_missing(f"{page}.html" for page in pages()):
        print(f"Nothing was tried in a browser: {missing}", file=sys.stderr)
        return 0 if optional else 1
    failed, took = [], {}
    for name, command in CHECKS.items():
        print(f"== {name}", flush=True)
        start = time.monotonic()
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(name)
        took[name] = time.monotonic() - start
    times = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
    print(f"In a browser: {times}; together {sum(took.values()):.0f} s")
    if failed:
        print(f"error: in a browser these fail: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
