"""Runs the chapters, several at a time, and compares what they print with what they printed before.

``python -m tools.book.chapters``. What a chapter's cells gave, with the seconds and the memory that they took, is kept
in ``_build/chapters``, and the book is written from it. A chapter runs again when its cells, the package, the book's
modules and data, Python or an installed package are not what they were; otherwise tests and book share one run.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable
from importlib.metadata import distributions
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.book.compare import differences
from tools.book.pages import BUILD, ROOT, pages, source

RUNS = BUILD / "chapters"
KERNELS = "kernels.log"
LONGEST = ("11_full_gpu_training", "09_expression", "08_face", "07_the_game", "04_reading")
"""Chapters that are begun first, so that none is left alone at the end."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
TIMEOUT = 1200
"""Seconds that one cell may take: a machine may be busy."""


class Run(NamedTuple):
    """What one run of a chapter gave: outputs of its code cells, seconds, peak memory in bytes, or why it stopped."""

    chapter: str
    outputs: list[list[dict[str, Any]]]
    seconds: float
    memory: int | None
    stopped: str = ""


def notebooks() -> list[Path]:
    """The notebooks of the table of contents, in reading order."""
    files = [source(page) for page in pages()]
    return [file for file in files if file is not None and file.suffix == ".ipynb"]


def surroundings() -> str:
    """Digest of all that chapters share: the package, the book's modules and data, Python and what is installed."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update("\n".join(sorted(f"{one.name}=={one.version}" for one in distributions())).encode())
    for path in sorted(path for folder in ("lfes_core", "book") for path in (ROOT / folder).rglob("*")):
        hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
        if path.is_file() and not hidden and path.suffix not in (".ipynb", ".md", ".bib"):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def kept(notebook: Path, around: str) -> Run | None:
    """The run of a chapter whose cells and surroundings are these; None where there is none."""
    file = RUNS / f"{notebook.stem}.json"
    if not file.is_file():
        return None
    saved = json.loads(file.read_text("utf-8"))
    return Run(**saved["run"]) if saved["state"] == _state(notebook, around) else None


def run(notebook: Path, around: str) -> Run:
    """Run a chapter from its first cell to its last, on one thread, and keep what it gave unless it stopped."""
    node = nbformat.read(notebook, as_version=4)
    at, memory = 0, None

    def begin(cell: Any, cell_index: int) -> None:
        nonlocal at
        at = cell_index

    def measure(cell: Any, cell_index: int, execute_reply: Any) -> None:
        nonlocal memory
        memory = peak_memory(client.km.provisioner.pid) or memory

    client = NotebookClient(node, timeout=TIMEOUT, on_cell_start=begin, on_cell_executed=measure, coalesce_streams=True)
    start, stopped = time.monotonic(), ""
    with (RUNS / KERNELS).open("a", encoding="utf-8") as said:
        try:
            one_thread = dict.fromkeys(THREADS, "1")
            client.execute(cwd=str(notebook.parent), env=os.environ | one_thread, stdout=said, stderr=said)
        except Exception as error:  # also a kernel that died, or a cell that took too long
            told = error.traceback if isinstance(error, CellExecutionError) else f"{type(error).__name__}: {error}"
            stopped = f"{notebook.relative_to(ROOT)}, cell {at + 1}:\n{node.cells[at].source}\n\n{told}"
    outputs = [cell.outputs for cell in node.cells if cell.cell_type == "code"]
    done = Run(notebook.stem, outputs, time.monotonic() - start, memory, stopped)
    if not stopped:
        text = json.dumps({"state": _state(notebook, around), "run": done._asdict()})
        (RUNS / f"{notebook.stem}.json").write_text(text, "utf-8")
    return done


def run_all(jobs: int, chapters: Iterable[Path] | None = None) -> list[Run]:
    """Every chapter's run, kept or new, `jobs` new ones at a time; a line is printed for each new one."""
    RUNS.mkdir(parents=True, exist_ok=True)
    (RUNS / KERNELS).unlink(missing_ok=True)
    around = surroundings()
    every = list(chapters or notebooks())
    runs = {notebook.stem: kept(notebook, around) for notebook in every}
    left = sorted((path for path in every if runs[path.stem] is None), key=_turn)
    print(f"Running {len(left)} of {len(runs)} chapters, {jobs} at a time.", flush=True)
    with ThreadPool(jobs) as pool:
        for count, done in enumerate(pool.imap_unordered(lambda path: run(path, around), left), 1):
            runs[done.chapter] = done
            how = "stopped" if done.stopped else f"{done.seconds:.0f} s, {gigabytes(done.memory)}"
            print(f"[{count:2d}/{len(left)}] {done.chapter}  {how}", flush=True)
    return [done for done in runs.values() if done is not None]


def peak_memory(process: int | None) -> int | None:
    """The most memory that a process has held, in bytes, where the system tells (Linux)."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text("utf-8").splitlines() if status.is_file() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def gigabytes(memory: int | None) -> str:
    """Memory as a reader would say it."""
    return "memory not known" if memory is None else f"{memory / 1e9:.1f} GB"


def at_a_time() -> int:
    """How many chapters run side by side: one a core, at most eight."""
    return min(os.cpu_count() or 1, 8)


def main(arguments: list[str] | None = None) -> int:
    """Run and compare; returns 0 when every chapter ran and every compared cell gave what it gave before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", type=Path, help="notebooks of the book; otherwise all")
    parser.add_argument("--jobs", type=int, default=at_a_time(), help="chapters that run side by side")
    options = parser.parse_args(arguments)
    every = {path.stem: path for path in ([path.resolve() for path in options.chapters] or notebooks())}
    compared = wrong = 0
    for done in run_all(options.jobs, every.values()):
        cells = json.loads(every[done.chapter].read_text("utf-8"))["cells"]
        number, found = differences(cells, done.outputs)
        said = [done.stopped] if done.stopped else [f"book/{done.chapter}.ipynb, {one}" for one in found]
        compared, wrong = compared + number, wrong + len(said)
        print("".join(f"error: {one}\n\n" for one in said), end="", file=sys.stderr)
    print(f"{len(every)} chapters, {compared} cells compared: {'all well' if not wrong else f'{wrong} went wrong'}.")
    return int(wrong > 0)


def _turn(notebook: Path) -> int:
    return next((place for place, name in enumerate(LONGEST) if notebook.stem.startswith(name)), len(LONGEST))


def _state(notebook: Path, around: str) -> str:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [(cell["source"], cell["metadata"].get("tags")) for cell in cells if cell["cell_type"] == "code"]
    return hashlib.sha256((around + json.dumps(code)).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
