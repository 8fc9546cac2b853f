"""Three sample submissions of one chapter, so that a teacher can try the grader before a class does.

``python -m tools.book.samples OUT`` writes them: right, wrong and broken; then grade them, as the page "Grading a
class" says.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lfes_core.course.editions import chapter as chapter_of_the_book
from lfes_core.course.editions import notebook_of
from lfes_core.errors import UserError, shortened
from lfes_core.files import folder_written_whole
from tools.book.pages import ROOT
from tools.exit_code import exit_code

CHAPTER = "08_face_verification_discriminator"
STUDENTS = ("right", "wrong", "broken")
CHECKED = re.compile(r'^check\("\w+", (\w+)\)$', re.MULTILINE)
"""The last line of a cell that checks an answer."""
_TURNED = '''right_{name} = {name}


def {name}(*given, **named):
    """The answer with its sign turned."""
    return -right_{name}(*given, **named)'''
_BROKEN = "def {name}(everything:\n    it does not end", "while True: pass"
"""What stands in the place of answers: words that are no Python, and a cell that never ends."""


def main(argv: list[str] | None = None) -> int:
    """Write the samples; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="a new or an empty folder")
    parser.add_argument("--book", metavar="FOLDER", type=Path, default=ROOT / "book", help="of the chapters")
    options = parser.parse_args(argv)
    return exit_code(lambda: print(*write_samples(options.out, options.book), sep="\n"))


def write_samples(out: Path, book: Path, chapter: str = CHAPTER) -> list[Path]:
    """Writes a new folder with a submission of each of `STUDENTS`; returns the notebooks.

    Right has the book's solutions, wrong the same with their signs turned, broken a cell that is no Python, one that
    never ends, and no other answers. UserError: the folder is not empty, or the chapter is not in the book.
    """
    source = book / f"{chapter}.ipynb"
    if not source.is_file():
        raise UserError(f"{shortened(str(source))}: there is no such chapter")
    with folder_written_whole(out) as folder, chapter_of_the_book(source) as read:
        notebook = notebook_of("teacher", read, chapter)
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for student in STUDENTS:
            (folder / student).mkdir()
            text = json.dumps(notebook | {"cells": list(_handed_in(student, code))}, indent=1, ensure_ascii=False)
            (folder / student / source.name).write_text(text + "\n", encoding="utf-8")
    return [out / student / source.name for student in STUDENTS]


def _handed_in(student: str, code: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The code cells of a chapter as this student hands them in."""
    instead = iter(_BROKEN)
    for cell in code:
        tags, text = cell["metadata"].get("tags", []), "".join(cell["source"])
        checked = CHECKED.search(text) if "check" in tags else None
        if student == "broken":
            if "solution" in tags or "blank" in tags:
                continue
            if checked:
                cell = cell | {"source": next(instead, "1 / 0").format(name=checked[1])}
        elif student == "wrong" and checked:
            cell = cell | {"source": f"{_TURNED.format(name=checked[1])}\n\n\n{text}"}
        yield cell | {"outputs": [], "execution_count": None}


if __name__ == "__main__":
    sys.exit(main())
