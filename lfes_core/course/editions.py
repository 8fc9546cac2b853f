"""One source, three editions: of the book's notebooks, those of the student and of the teacher.

The *student edition* has neither solutions nor notes to the teacher; its blanks stay, and its check cells show nothing.
The *teacher's edition* has everything: solutions open, notes shown. Cells are told apart by their tags.
"""

import importlib.util
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lfes_core
from lfes_core.errors import UserError, shortened
from lfes_core.files import folder_written_whole, parse_json
from lfes_core.provenance import version

_LEFT = (
    "__pycache__",
    "__init__.py",
    "node_modules",
    "_build",
    "ruff.toml",
    "*.ipynb",
    ".*",
    "breaks.js",
    "enlarge.js",
    "handlers.js",
    "slides",
    "teaching_*.md",
    "grading.md",
    "status.md",
)
"""What is no part of an edition; notebooks are written, not copied."""
_SOLUTION = re.compile(r"^(:{3,})\{solution.*?^\1[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_FOLDED = re.compile(r"^:class: dropdown[ \t]*\n", re.MULTILINE)
_READ_ME = """# Faces from sentences: the {edition} edition

Version {version}. Install the package with what its notebooks need, `pip install "lfes[notebooks]"`, then open the
first chapter from this folder: `jupyter lab {first}`. The notebooks need the other files of this folder beside them.
{more}
"""
_MORE = {
    "student": "\nWhere a function has `...` as its body, write it. The cell with `check(...)` tells what is off.",
    "teacher": "\nSolutions are open and notes to the teacher are shown. Please do not publish this folder.",
}


def book_folder(given: Path | None = None) -> Path:
    """The folder of the book's notebooks: the given one, that of an installed package, or that of the repository.

    UserError: there is none, or it holds no notebook.
    """
    spec = importlib.util.find_spec("lfes_book")
    installed = list(spec.submodule_search_locations or ()) if spec else []
    beside = Path(lfes_core.__file__).resolve().parents[1] / "book"
    folder = given or Path(installed[0] if installed else beside)
    if not any(folder.glob("*.ipynb")):
        advice = "has no notebooks" if given else "the book did not come with this installation; get the repository and"
        raise UserError(f"{shortened(str(folder))}: {advice}; name its folder with --book")
    return folder


def write_edition(edition: str, out: Path, book: Path) -> list[Path]:
    """Writes an edition to a new folder, all of it or nothing: notebooks, pages, modules and data that they need.

    Returns the notebooks. UserError: the folder exists and is not empty, or a notebook of the book cannot be read.
    """
    with folder_written_whole(out) as folder:
        copy_what_notebooks_need(book, folder)
        names = sorted(path.name for path in book.glob("[!.]*.ipynb"))
        for name in names:
            with chapter(book / name) as notebook:
                text = json.dumps(notebook_of(edition, notebook, Path(name).stem), indent=1, ensure_ascii=False) + "\n"
            (folder / name).write_text(text, encoding="utf-8")
        of = version() or "of this repository"
        said = _READ_ME.format(edition=edition, version=of, first=names[0], more=_MORE[edition])
        (folder / "README.md").write_text(said, encoding="utf-8")
    return [out / name for name in names]


@contextmanager
def chapter(path: Path) -> Iterator[dict[str, Any]]:
    """Gives a notebook of the book to what is done with it. UserError: it is none, or a cell is not as cells are."""
    notebook = parse_json(path.read_bytes(), path)
    try:
        yield notebook
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise UserError(f"{path}: is no notebook of the book ({type(error).__name__}); put it back") from error


def copy_what_notebooks_need(book: Path, folder: Path) -> None:
    """Copies modules, data, pictures and pages of the book to a folder that exists, without the notebooks."""
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns(*_LEFT), dirs_exist_ok=True)


def notebook_of(edition: str, notebook: dict[str, Any], stem: str) -> dict[str, Any]:
    """A notebook of the book as one of an edition; its metadata says which chapter it is, for the grader."""
    cells = student_cells(notebook["cells"]) if edition == "student" else teacher_cells(notebook["cells"])
    metadata = notebook.get("metadata", {}) | {"lfes": {"edition": edition, "chapter": stem}}
    return notebook | {"cells": list(cells), "metadata": metadata}


def student_cells(cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Without solutions and notes to the teacher; checks have not been run."""
    for cell in cells:
        tags = set(_tags(cell))
        if tags & {"solution", "teacher"}:
            continue
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            kept = _SOLUTION.sub("", text)
            if kept.strip():
                yield cell if kept == text else cell | {"source": kept.rstrip().splitlines(keepends=True)}
        elif tags & {"check", "blank"}:
            yield cell | {"outputs": [], "execution_count": None}
        else:
            yield cell


def teacher_cells(cells: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All of them, solutions unfolded and notes to the teacher shown."""
    for cell in cells:
        tags = set(_tags(cell))
        hidden = {"hide-input", "hide-cell", "hide-output"} if "solution" in tags else set()
        hidden |= {"remove-cell"} if "teacher" in tags else set()
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = _SOLUTION.sub(lambda found: _FOLDED.sub("", found[0]), text)
        kept = [tag for tag in _tags(cell) if tag not in hidden]
        metadata = cell.get("metadata", {}) | ({"tags": kept} if "tags" in cell.get("metadata", {}) else {})
        yield cell | {"source": text.splitlines(keepends=True), "metadata": metadata}


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))
