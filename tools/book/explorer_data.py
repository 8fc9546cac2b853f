"""Write what the published explorer loads besides models: words, people, and a first view for the page itself.

``python -m tools.book.explorer_data FOLDER`` writes ``FOLDER/data.json``, ``FOLDER/people/`` and ``FOLDER/first.html``:
the explorer of the book's first page, which shows one face, one sentence and its attention before any script has run
(``book/first_view.py``).
"""

import argparse
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from lfes_core.datasets import ScanFaces
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from tools.book.pages import ROOT


def _beside_the_chapters(name: str) -> ModuleType:
    """A module that lies beside the chapters and in no package."""
    sys.path.insert(0, str(ROOT / "book"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "book"))


tables = _beside_the_chapters("explorer_tables")
first = _beside_the_chapters("first_view")
as_json = _beside_the_chapters("embedded").as_json


def main(arguments: list[str] | None = None) -> int:
    """Writes all files; returns 1 when the first view is too large for a page."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.book.explorer_data", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    data, files = tables.everything(ScanFaces())
    write(folder, data, files)
    start = data["start"]
    who = next(person for person in data["people"] if person["id"] == start["person"])
    word = Vocabulary().words(start["sentence"]).index("lips")
    view = first.first_view(Synthesizer.load(first.DESIGN), who, files, {**start, "word": word})
    if len(view.encode()) > first.LIMIT:
        print(f"error: the first view has {len(view.encode()):,} bytes", file=sys.stderr)
        return 1
    (folder / "first.html").write_text(first.on_a_page(view, ()), "utf-8")
    size = sum(map(len, files.values()))
    print(f"{folder}: {len(files)} files of people, {size / 1e6:.1f} MB; first view {len(view) / 1e3:.0f} kB")
    return 0


def write(folder: Path, data: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Writes the data and the files below a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "data.json").write_text(as_json(data), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
