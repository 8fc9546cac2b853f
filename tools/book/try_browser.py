"""Try everything that only a browser can try, against the built book: `make test-browser`.

``python -m tools.book.try_browser [--optional]`` runs the checks of this folder, two at a time, and says what each has
taken. It needs Chromium and what `make book` made; where something is missing it says what, and returns 1, with
``--optional`` 0: a machine without a browser can test all the rest.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from tools.book.browser import what_is_missing
from tools.book.explorer_files import PARTS, SOURCE
from tools.book.pages import ROOT, WHOLE, pages

TYPES = [str(PARTS / "node_modules" / ".bin" / "tsc"), "--project", str(SOURCE / "tsconfig.json")]
THEIR_TESTS = ("tests/book/test_check_pages.py", "tests/book/test_pdf.py")
CHECKS = {
    "front end": [sys.executable, "-m", "tools.book.check_front_end", "--real"],
    "pages": [sys.executable, "-m", "tools.book.check_pages"],
    "widgets in their pages": [sys.executable, "-m", "tools.book.check_widgets"],
    "photographs": [sys.executable, "-m", "tools.book.check_photograph"],
    "slides": [sys.executable, "-m", "tools.book.check_slides"],
    "engine": [sys.executable, "-m", "tools.book.check_engine"],
    "the checks notice what is wrong": [sys.executable, "-m", "pytest", "-q", *THEIR_TESTS],
    "types of the JavaScript": TYPES,
}
"""The longest come first."""


def main() -> int:
    """Run all checks; returns 1 when one of them fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--optional", action="store_true", help="it is no failure when there is no browser")
    optional = parser.parse_args().optional
    if missing := what_is_missing([*(f"{page}.html" for page in pages()), WHOLE]):
        print(f"Nothing was tried in a browser: {missing}", file=sys.stderr)
        return 0 if optional else 1
    start, failed, times = time.monotonic(), [], []
    with ThreadPoolExecutor(max_workers=2) as pool:
        done = {pool.submit(_tried, command): name for name, command in CHECKS.items()}
        for future in as_completed(done):
            (code, told, seconds), name = future.result(), done[future]
            print(f"== {name}\n{told}", end="", flush=True)
            times.append(f"{name} {seconds:.0f} s")
            if code:
                failed.append(name)
    print(f"In a browser: {', '.join(times)}; together {time.monotonic() - start:.0f} s")
    if failed:
        print(f"error: in a browser these fail: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _tried(command: Sequence[str]) -> tuple[int, str, float]:
    """What a command returned and said, and how many seconds it has taken."""
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout, time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
