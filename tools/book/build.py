"""Build the book: make the explorer's files, run the chapters, write the HTML, and check that every page is there.

``python -m tools.book.build``; everything that Jupyter Book says goes to ``_build/build.log``.
"""

import re
import shutil
import subprocess
import sys
import time

from tools.book.chapters import at_a_time, kept, notebooks, run_all
from tools.book.pages import BUILD, EXPLORER, HTML, ROOT, WHOLE, missing_pages, pages, source
from tools.book.policy import secure
from tools.exit_code import exit_code

LOG = BUILD / "build.log"
COLOR = re.compile(r"\x1b\[[\d;]*m")


def main() -> int:
    """Build; returns 0 when every page of the table of contents was built."""
    return exit_code(_build, lambda: "interrupted: the same command goes on; chapters that have run are kept")


def _build() -> int:
    absent = [page for page in pages() if source(page) is None]
    if absent:
        return _fail("_toc.yml lists pages that have no file: " + ", ".join(absent))
    start = time.monotonic()
    print("Making the explorer's files.", flush=True)
    # In a process of its own: a network's memory is free again while chapters run.
    if subprocess.run([sys.executable, "-m", "tools.book.explorer_files"], cwd=ROOT).returncode:
        return _fail("the explorer's files were not made")
    run_all(notebooks(), at_a_time())  # outputs that differ from the notebook's are for `make test` to refuse
    if stopped := [path.name for path in notebooks() if kept(path) is None]:
        return _fail("a cell failed in " + ", ".join(stopped))
    print(f"Writing {len(pages())} pages.", flush=True)
    shutil.rmtree(HTML, ignore_errors=True)  # of an older book, or of one whose writing was interrupted
    if not _write():
        said = COLOR.sub("", LOG.read_text("utf-8"))
        print(what_went_wrong(said), file=sys.stderr)
        return _fail(f"the book was not built; all messages are in {LOG.relative_to(ROOT)}")
    shutil.copytree(EXPLORER, HTML / "explorer")
    try:
        secure(HTML)
    except ValueError as error:
        return _fail(str(error))
    absent = missing_pages()
    if absent:
        return _fail("these pages of _toc.yml are missing in the book: " + ", ".join(absent))
    (HTML / WHOLE).touch()
    print(f"The book is at {HTML / 'index.html'} ({time.monotonic() - start:.0f} s); `make serve` opens it.")
    return 0


def what_went_wrong(said: str) -> str:
    """The lines that matter in what Jupyter Book said: warnings of pages, or its last words."""
    kept = [line for line in said.splitlines() if re.search(r"\.(ipynb|md)(:\d+)?: (WARNING|ERROR|CRITICAL)", line)]
    return "\n".join(kept or said.splitlines()[-20:])


def _write() -> bool:
    """Call Jupyter Book; what it says is kept in the log."""
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(ROOT)]
    command += ["--all", "--quiet", "--warningiserror", "--keep-going"]
    BUILD.mkdir(exist_ok=True)
    with LOG.open("w", encoding="utf-8") as log:
        return subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT).returncode == 0


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
