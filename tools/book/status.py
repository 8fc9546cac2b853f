"""The page that says how the book was built: each chapter's cells, time and memory, what a load does, all versions."""

import csv
import json
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tools.book.chapters import TAG, Run, gigabytes, notebooks
from tools.book.pages import LOAD

PAGE = "book/status"
PLACEHOLDER = "*Written when the book is built.*"
NAMED = ("lfes", "torch", "torchvision", "lightning-fabric", "numpy", "jupyter-book", "Sphinx")


def filled(page: str, run_of: Callable[[str], Run | None]) -> str:
    """The page's Markdown with its tables where it leaves room for them; `run_of` gives the run of a chapter's page."""
    return page.replace(PLACEHOLDER, "\n".join([*_chapters(run_of), "", *measured_load(), "", *_versions()]))


def measured_load(record: Path = LOAD) -> list[str]:
    """The table of `tools.load` as lines of Markdown, with the machine in its head; none where nothing was measured."""
    if not record.is_file():
        return []
    rows = list(csv.DictReader(record.read_text("utf-8").splitlines()))
    machine = next(row["what"] for row in rows if row["unit"] == "machine")
    lines = [f"| on two cores of {machine} | median | least to most | rounds |", "|---|--:|--:|--:|"]
    for row in rows:
        if row["unit"] != "machine":
            spread = f"{row['least']} to {row['most']}" if row["rounds"] != "1" else ""
            lines.append(f"| {row['what']} | {row['median']} {row['unit']} | {spread} | {row['rounds']} |")
    return lines


def _chapters(run_of: Callable[[str], Run | None]) -> list[str]:
    lines = ["| chapter | code cells | compared | time | peak memory |", "|---|--:|--:|--:|--:|"]
    seconds, cells, compared = 0.0, 0, 0
    for path in notebooks():
        notebook = json.loads(path.read_text("utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        tagged = sum(TAG in cell["metadata"].get("tags", []) for cell in code)
        run = run_of(f"book/{path.stem}")
        told = f"{run.seconds:.0f} s | {gigabytes(run.memory)}" if run else "not run |"
        lines.append(f"| [{_title(notebook)}]({path.name}) | {len(code)} | {tagged} | {told} |")
        seconds, cells, compared = seconds + (run.seconds if run else 0), cells + len(code), compared + tagged
    return [*lines, f"| **all** | **{cells}** | **{compared}** | **{seconds / 60:.0f} min** | |"]


def _versions() -> list[str]:
    lines = ["| built with | |", "|---|---|", f"| date | {datetime.now(UTC):%Y-%m-%d %H:%M} UTC |"]
    lines.append(f"| Python | {platform.python_version()} on {platform.system()}, {platform.machine()} |")
    return [*lines, *(f"| {name} | {version(name)} |" for name in NAMED)]


def _title(notebook: dict[str, list[dict[str, str]]]) -> str:
    first: str | list[str] = notebook["cells"][0]["source"]
    return "".join(first).splitlines()[0].removeprefix("# ").strip()
