"""What ``make`` does, on any system: ``python -m tools.make TARGET ...``; the Makefile calls nothing else.

Needs no package: it makes the environment that all other targets run in. With ``--here`` they run in the Python that
runs this, into which the package has been installed by hand (by conda, or with other versions than the pinned ones).
"""

from __future__ import annotations  # so that an old Python, too, comes as far as saying that it is too old

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / ".installed"
OLDEST, NEWEST = (3, 11), (3, 13)
"""Versions of Python."""

TARGETS = {
    "help": ("says this", ()),
    "environment": ("makes .venv with the pinned versions", ()),
    "book": ("runs every chapter, writes the HTML book", ("tools.book.build",)),
    "test": ("style, types, unit tests, every notebook", ()),
    "lint": ("style", ("ruff check .", "ruff format --check .")),
    "types": ("types of the package", ("mypy --strict lfes_core",)),
    "unit": (
        "unit tests, several at a time",
        ("pytest --quiet --numprocesses {jobs} --dist loadscope --faults _build/faults.json tests",),
    ),
    # nbval runs each chapter and compares the cells tagged for it. `book` writes what this run gave.
    "notebooks": ("runs every chapter, compares what it prints", ("tools.book.chapters",)),
    "pdf": ("prints the built book into _build/lfes.pdf; Chromium must be there", ("tools.book.pdf",)),
    "serve": ("opens the built book in a browser", ("tools.book.serve",)),
    "test-browser": (
        "tries the built book, its model and its widgets in Chromium; with --optional only where there is one",
        ("tools.book.try_browser {optional}",),
    ),
    "clean": ("removes the built book and caches", ()),
    "distclean": ("... and the environment", ()),
}
"""Each target: what it does, and the modules that it runs, with their arguments."""

PARTS_OF_TEST = ("lint", "types", "unit", "notebooks")
THREADS = {
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # Threads sleep while they wait for each other, also where PyTorch is loaded before lfes_core says so.
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "600",
}
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
"""For tests that run side by side, one process a core."""


def main(arguments: list[str] | None = None) -> int:
    """Make the targets, one after the other; returns the exit status of the first that fails, 0 where none does."""
    parser = argparse.ArgumentParser(prog="python -m tools.make", description="What make does, without make.")
    parser.add_argument("targets", nargs="*", default=["help"], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--here", action="store_true", help="in this Python as it is, not in .venv")
    parser.add_argument("--optional", action="store_true", help="test-browser: it is no failure when there is none")
    options = parser.parse_args(arguments)
    for target in options.targets:
        if target not in TARGETS:
            return _fail(f"there is no target {target[:80]!r}; there are {', '.join(TARGETS)}")
    try:
        return next((code for target in options.targets if (code := _make(target, options))), 0)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
        return 130


def _make(target: str, options: argparse.Namespace) -> int:
    if target == "help":
        print("make TARGET, or without make: python -m tools.make TARGET\n")
        print("\n".join(f"{name:13} {about}" for name, (about, _) in TARGETS.items()))
        return 0
    if target in ("clean", "distclean"):
        return _clean(environment=target == "distclean")
    if not options.here and (code := _environment()):
        return code
    if target == "test":
        code = next((code for part in PARTS_OF_TEST if (code := _make(part, options))), 0)
        print("All tests passed." if not code else f"error: {target} failed", flush=True)
        return code
    if target in PARTS_OF_TEST:
        print(f"== {TARGETS[target][0]}", flush=True)
    python = sys.executable if options.here else str(python_of(VENV))
    for command in TARGETS[target][1]:
        words = command.format(jobs=jobs(), optional="--optional" if options.optional else "").split()
        environment = {**os.environ, **THREADS, **(ONE_THREAD if target == "unit" else {})}
        code = subprocess.run([python, "-m", *words], cwd=ROOT, env=environment).returncode
        if code:
            return code if code > 0 else 1
    return 0


def jobs() -> int:
    """Tests side by side: JOBS where the user has set it, else one a core that the container gives, at most eight."""
    from lfes_core.threads import cores  # which an old Python could not read

    return int(os.environ.get("JOBS") or min(cores(), 8))


def python_of(environment: Path) -> Path:
    """The interpreter of an environment, where this system puts it."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _environment() -> int:
    """Makes the environment where it is missing or older than what it is made of."""
    sources = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    if STAMP.is_file() and STAMP.stat().st_mtime >= max(path.stat().st_mtime for path in sources):
        return 0
    begun, inside = VENV / ".installing", Path(sys.prefix).resolve() == VENV
    if begun.exists() and not inside:
        shutil.rmtree(VENV)  # an interrupt has left half of it
    version = ".".join(map(str, sys.version_info[:3]))
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        needed = f"Python {'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))} is needed"
        return _fail(f"{needed}, but {sys.executable} is {version}; name another: make PYTHON=python3.12")
    print(f"Environment: .venv with Python {version} (a few minutes, once)", flush=True)
    pip = [str(python_of(VENV)), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pip += ["--constraint", "constraints.txt"]
    steps = [
        [sys.executable, "-m", "venv", str(VENV)],
        [*pip, "setuptools"],
        [*pip, "--no-build-isolation", "--editable", ".[book,test,tools]"],
    ]
    if inside:  # it is there, and cannot be made by itself
        del steps[0]
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return _fail(f"{sys.executable} cannot make environments; install its venv module (Debian: python3-venv)")
    VENV.mkdir(exist_ok=True)
    begun.touch()
    STAMP.unlink(missing_ok=True)
    if any(subprocess.run(step, cwd=ROOT).returncode for step in steps):
        return _fail("the environment was not made; what pip said stands above")
    begun.rename(STAMP)
    return 0


def _clean(*, environment: bool) -> int:
    names = ["_build", ".mypy_cache", ".ruff_cache", "book/.ruff_cache", ".pytest_cache", ".hypothesis"]
    found = [ROOT / name for name in names] + [*ROOT.glob("*.egg-info")] + ([VENV] if environment else [])
    found += [path for path in ROOT.rglob("__pycache__") if VENV not in path.parents]
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
    return 0


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
