"""The student's and the teacher's edition of the book."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lfes_core.command_line import main
from lfes_core.course.editions import book_folder, student_cells, teacher_cells, write_edition
from lfes_core.errors import UserError
from tests.course.classroom import small_book
from tools.book import samples

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture
def book(tmp_path):
    return small_book(tmp_path / "book")


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]


def cells_of(path: Path) -> dict[str, dict]:
    return {"".join(cell["source"]): cell for cell in json.loads(path.read_text("utf-8"))["cells"]}


def test_the_student_edition_has_blanks_and_checks_but_no_solution_and_no_note(book, tmp_path):
    [path] = write_edition("student", tmp_path / "out", book)
    text = "\n".join(sources(path))
    assert "..." in text and 'print("checked")' in text and "By hand: 4." in text and "{exercise} Twice" in text
    for hidden in ("solution", "itself", "TWO * number", "four", "For the teacher"):
        assert hidden not in text


def test_checks_of_the_student_edition_have_not_been_run(book, tmp_path):
    [path] = write_edition("student", tmp_path / "out", book)
    checked = cells_of(path)['print("checked")']
    assert checked["outputs"] == [] and checked["execution_count"] is None


def test_the_teachers_edition_has_every_cell_with_solutions_open_and_notes_shown(book, tmp_path):
    [path] = write_edition("teacher", tmp_path / "out", book)
    cells = cells_of(path)
    assert len(cells) == len(json.loads((book / "99_numbers.ipynb").read_text())["cells"])
    assert "dropdown" not in "\n".join(cells) and "It is four." in "\n".join(cells)
    tags = {source: cell["metadata"].get("tags", []) for source, cell in cells.items()}
    assert tags["def my_twice(number):\n    return TWO * number"] == ["solution"]
    assert tags["**For the teacher.** They forget it."] == ["teacher"]
    assert tags["folded = 1"] == ["hide-input"]  # no solution: stays as it is


def test_what_notebooks_need_goes_along_and_nothing_else(book, tmp_path):
    write_edition("student", tmp_path / "out", book)
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    needed = {"numbers_of_chapter.py", "notation.md", "runs/kept.csv", "_static/face.png", "lfes.mplstyle"}
    assert there == needed | {"99_numbers.ipynb", "README.md"}


def test_a_student_edition_runs_from_top_to_bottom(book, tmp_path):
    [path] = write_edition("student", tmp_path / "out", book)
    code = "\n".join(source for source, cell in cells_of(path).items() if cell["cell_type"] == "code")
    done = subprocess.run([sys.executable, "-c", code], cwd=path.parent, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", "checked\n")


def test_a_notebook_of_an_edition_says_which_chapter_it_is(book, tmp_path):
    [path] = write_edition("student", tmp_path / "out", book)
    metadata = json.loads(path.read_text())["metadata"]
    assert metadata == {"kernelspec": {"name": "python3"}, "lfes": {"edition": "student", "chapter": "99_numbers"}}


@pytest.mark.parametrize("edition", ["student", "teacher"])
def test_an_edition_goes_to_a_new_or_an_empty_folder(book, tmp_path, capsys, edition):
    out = tmp_path / "out"
    out.mkdir()
    assert main(["course", edition, str(out), "--book", str(book)]) == 0
    assert "begin with 99_numbers.ipynb" in capsys.readouterr().out
    before = sorted(out.rglob("*"))
    assert main(["course", edition, str(out), "--book", str(book)]) == 2
    assert "no empty folder" in capsys.readouterr().err and sorted(out.rglob("*")) == before


def test_a_broken_notebook_leaves_nothing_half_written(book, tmp_path):
    (book / "98_broken.ipynb").write_text("{")
    with pytest.raises(UserError, match="98_broken"):
        write_edition("student", tmp_path / "out", book)
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


@pytest.mark.fault("Course", "a chapter of the book is damaged", "one line names it, nothing is half-written")
@pytest.mark.parametrize("edition", ["student", "teacher", "samples"])
@pytest.mark.parametrize(
    "content",
    [
        *("[]", "{}", '{"cells": 5}', '{"cells": ["x"]}', '{"cells": [{"cell_type": "markdown", "source": 5}]}'),
        *("[" * 100_000, '{"cells": [{"cell_type": "code", "source": "x", "metadata": []}]}'),
    ],
    ids=["a list", "no cells", "a number", "words", "no text", "deep", "no metadata"],
)
def test_a_damaged_chapter_is_told_in_one_line(book, tmp_path, edition, content, capsys):
    damaged = book / f"{samples.CHAPTER}.ipynb"
    damaged.write_text(content)
    (book / "99_numbers.ipynb").unlink()
    words = [str(tmp_path / "out"), "--book", str(book)]
    assert (samples.main(words) if edition == "samples" else main(["course", edition, *words])) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and damaged.name in error and not (tmp_path / "out").exists()


def test_the_book_is_that_of_the_package_else_that_of_the_repository(book, tmp_path, monkeypatch):
    assert book_folder() == BOOK
    installed = tmp_path / "installed" / "lfes_book"
    installed.mkdir(parents=True)
    (installed / "__init__.py").touch()
    (installed / "01_x.ipynb").touch()
    monkeypatch.syspath_prepend(installed.parent)
    assert book_folder() == installed
    assert book_folder(book) == book
    with pytest.raises(UserError, match="no notebooks; name its folder with --book"):
        book_folder(tmp_path)


def chapters() -> list[Path]:
    return sorted(BOOK.glob("*.ipynb"))


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_a_chapter_keeps_its_solutions_out_of_the_student_edition(chapter):
    """Neither directive nor answer; the teacher's edition folds none."""
    source = json.loads(chapter.read_text("utf-8"))["cells"]
    student = list(student_cells(source))
    assert "{solution" not in "".join("".join(cell["source"]) for cell in student)
    solved = {"".join(cell["source"]) for cell in source if "solution" in cell["metadata"].get("tags", [])}
    assert solved.isdisjoint("".join(cell["source"]) for cell in student)
    assert len(list(teacher_cells(source))) == len(source)
