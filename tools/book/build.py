"""Build the book: run every chapter, write the HTML, and check that every page is there.

python -m tools.book.build
"""

import re
import subprocess
import sys
import time

from tools.book.pages import HTML, ROOT, missing_pages, pages, source


def main() -> int:
    """Build; returns 0 when every page of the table of contents was built."""
    absent = [page for page in pages() if source(page) is None]
    if absent:
        return _fail("_toc.yml lists pages that have no file: " + ", ".join(absent))
    print(f"Running {len(pages())} pages (the training chapter takes a few minutes).", flush=True)
    start = time.monotonic()
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(ROOT)]
    command += ["--all", "--quiet", "--warningiserror", "--keep-going"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    rest = []
    for line in process.stdout:
        if re.match(r"\[ *\d+/\d+\]", line):
            print(line, end="", flush=True)
        else:
            rest.append(line)
    if process.wait() != 0:
        print("".join(rest), file=sys.stderr)
        return _fail("the book was not built; the messages above name the page")
    absent = missing_pages()
    if absent:
        return _fail("these pages of _toc.yml are missing in the book: " + ", ".join(absent))
    print(f"The book is at {HTML / 'index.html'} ({time.monotonic() - start:.0f} s); `make serve` opens it.")
    return 0


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
