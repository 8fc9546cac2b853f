"""The first cell of every chapter: a notebook that lies alone (Colab, a download) fetches the package, with all else.

``python -m tools.book.first_cell`` puts it into the chapters that do not have it, right after their titles.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tools.book.chapters import notebooks

ID = "first-cell"
TAGS = ["remove-cell"]
SOURCE = """\
from importlib.util import find_spec

if not find_spec("figures"):  # alone, without the book's folder: the package brings it
    %pip install --quiet "lfes[notebooks]"
    from lfes_book import open_here

    open_here()"""


def insert(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook with the cell after its title; one that was there before is replaced."""
    others = [cell for cell in notebook["cells"] if cell.get("id") != ID]
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": ID,
        "metadata": {"tags": TAGS},
        "outputs": [],
        "source": SOURCE.splitlines(keepends=True),
    }
    return notebook | {"cells": [others[0], cell, *others[1:]]}


def write(path: Path) -> None:
    """Put the cell into a notebook's file."""
    notebook = insert(json.loads(path.read_text("utf-8")))
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or notebooks():
        write(Path(name))
