"""Where the grader looks for the book."""

from pathlib import Path

import pytest

from lfes_core.course.book_files import book_folder
from lfes_core.errors import UserError
from tests.course.classroom import small_book

BOOK = Path(__file__).parents[2] / "book"


def test_the_book_is_that_of_the_package_else_that_of_the_repository(tmp_path, monkeypatch):
    book = small_book(tmp_path / "book")
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
