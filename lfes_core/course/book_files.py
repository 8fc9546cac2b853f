"""Where the book's notebooks are, and what they need beside them."""

import importlib.util
import shutil
from pathlib import Path

import lfes_core
from lfes_core.errors import UserError, shortened

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
"""What no notebook needs."""


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


def copy_what_notebooks_need(book: Path, folder: Path) -> None:
    """Copies modules, data, pictures and pages of the book to a folder that exists, without the notebooks."""
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns(*_LEFT), dirs_exist_ok=True)
