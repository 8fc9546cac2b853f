"""Runs the chapters with nbval, several at a time: tests compare what they print, the book shows what they gave.

``python -m tools.book.chapters``. What a chapter's cells gave, with the seconds and the memory that they took, is kept
in ``_build/chapters``, and the book is written from it. A chapter runs again when its code, the package, the book's
modules and data, Python or an installed package are not what they were; otherwise tests and book share one run.
This module is also the pytest plugin that keeps what nbval saw.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lfes_core.files import alone_in, write_text
from tools.book.pages import BUILD, ROOT, pages, source
from tools.exit_code import exit_code

RUNS = BUILD / "chapters"
TAG = "nbval-check-output"
"""Of cells whose output is compared."""
RECORDS = ("bench.json", "coverage.json", "load.csv", "mutation.csv", "mutation_harmless.csv")
"""Files in book/runs that pages show, and no chapter reads."""
LONGEST = ("11_full_gpu_training", "09_expression", "08_face", "07_the_game", "04_reading")
"""Chapters that are begun first, so that none is left alone at the end."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-sanitize-with", "tests/book/sanitize.cfg", "-p", "no:randomly")
TIMEOUT = 1200
"""Seconds that one cell may take: a machine may be busy."""
MEMORY = 2_200_000_000
"""Bytes for one chapter and the process that runs it, with room: chapter 11 holds 2.5 GB, one beside it 1.4 GB."""


class Run(NamedTuple):
    """What one run of a chapter gave: outputs of its code cells, seconds, peak memory in bytes."""

    outputs: list[list[dict[str, Any]]]
    seconds: float
    memory: int | None
    same: bool
    """Whether the cells that are compared gave what the notebook says."""


def notebooks() -> list[Path]:
    """The notebooks of the table of contents, in reading order."""
    files = [source(page) for page in pages()]
    return [file for file in files if file is not None and file.suffix == ".ipynb"]


@cache
def surroundings() -> str:
    """Digest of all that chapters share: the package, the book's modules and data, Python and what is installed."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update("\n".join(sorted(f"{one.name}=={one.version}" for one in distributions())).encode())
    for path in sorted(path for folder in ("lfes_core", "book") for path in (ROOT / folder).rglob("*")):
        hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
        if path.is_file() and not hidden and path.suffix not in (".ipynb", ".md", ".bib") and path.name not in RECORDS:
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def kept(notebook: Path) -> Run | None:
    """The run of a chapter whose code and surroundings are as they are now; None where there is none.

    What an older version of this module kept, or somebody has damaged, is none.
    """
    try:
        saved = json.loads((RUNS / f"{notebook.stem}.json").read_text("utf-8"))
        return Run(**saved["run"]) if saved["state"] == _state(notebook) else None
    except (FileNotFoundError, LookupError, TypeError, ValueError):
        return None


def run_all(chapters: list[Path], jobs: int) -> int:
    """Runs the chapters that have no kept run, `jobs` at a time; returns pytest's exit status, 0 where all is well.

    UserError: another process runs chapters.
    """
    RUNS.mkdir(parents=True, exist_ok=True)
    with alone_in(RUNS):
        left = sorted((path for path in chapters if kept(path) is None), key=_turn)
        print(f"Running {len(left)} of {len(chapters)} chapters, {jobs} at a time.", flush=True)
        return _run(left, jobs) if left else 0


def _run(chapters: list[Path], jobs: int) -> int:
    # Types of the package are not checked here, and could not be: this module, a plugin, has imported it.
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "tools.book.chapters", "-o", "addopts=", *NBVAL]
    command += ["--nbval-cell-timeout", str(TIMEOUT), "--numprocesses", str(jobs)]
    command += ["--dist", "loadscope", "--no-loadscope-reorder", *map(str, chapters)]
    return subprocess.run(command, cwd=ROOT, env=os.environ | ONE_THREAD).returncode


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A chapter's clock starts with its first cell."""
    file: Any = item.parent
    if not hasattr(file, "begun"):
        file.begun, file.state, file.gave, file.failed = time.monotonic(), _state(item.path), [], []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Each cell's outputs are gathered; those of a chapter that ran to its end are kept."""
    report = yield
    cell, file = item, item.parent  # nbval's own, of which pytest knows no more
    if call.when == "call":
        file.gave.append(cell.test_outputs)
        file.failed.append(report.failed)
        file.memory = peak_memory(file.kernel.km.provisioner.pid) or getattr(file, "memory", None)
        if len(file.gave) == sum(one.cell_type == "code" for one in file.nb.cells):
            _keep(file)
    return report


def peak_memory(process: int | None) -> int | None:
    """The most memory that a process has held, in bytes, where the system tells (Linux)."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text("utf-8").splitlines() if status.is_file() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def gigabytes(memory: int | None) -> str:
    """Memory as a reader would say it."""
    return "memory not known" if memory is None else f"{memory / 1e9:.1f} GB"


def at_a_time() -> int:
    """How many chapters run side by side: as ``JOBS`` says, or one a core, where each has memory, at most eight."""
    if (given := os.environ.get("JOBS", "")).isdecimal():
        return max(1, int(given))
    from lfes_core.threads import available_memory, cores  # not above: pytest, whose plugin this is, checks its types

    free = available_memory()
    return max(1, min(cores(), 8, 8 if free is None else free // MEMORY))


def main(arguments: list[str] | None = None) -> int:
    """Run and compare; returns 0 when every chapter ran and every compared cell gave what it gave before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", type=Path, help="notebooks of the book; otherwise all")
    parser.add_argument("--jobs", type=int, default=at_a_time(), help="chapters that run side by side")
    options = parser.parse_args(arguments)
    every = [path.resolve() for path in options.chapters] or notebooks()
    for path in every:
        if (run := kept(path)) and not run.same:
            (RUNS / f"{path.stem}.json").unlink()  # only a book may be written from it
    return exit_code(lambda: run_all(every, options.jobs))


def _keep(file: Any) -> None:
    if any(outputs is None or any(one.output_type == "error" for one in outputs) for outputs in file.gave):
        return
    run = Run(file.gave, time.monotonic() - file.begun, file.memory, same=not any(file.failed))
    RUNS.mkdir(parents=True, exist_ok=True)
    write_text(RUNS / f"{file.path.stem}.json", json.dumps({"state": file.state, "run": run._asdict()}))


def _turn(notebook: Path) -> int:
    return next((place for place, name in enumerate(LONGEST) if notebook.stem.startswith(name)), len(LONGEST))


def _state(notebook: Path) -> str:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    compared = [cell["outputs"] for cell in cells if TAG in cell["metadata"].get("tags", [])]
    return hashlib.sha256((surroundings() + json.dumps([code, compared])).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
