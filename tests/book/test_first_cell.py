"""A chapter that lies alone runs: its first cell installs the package, which brings what the chapter imports."""

import importlib.util
import json
import os
import subprocess
import sys
import tomllib

import pytest

from tools.book.chapters import notebooks
from tools.book.first_cell import ID, SOURCE, TAGS, insert, write
from tools.book.pages import ROOT

SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_every_chapter_has_the_cell_right_after_its_title(notebook):
    title, first, *others = json.loads(notebook.read_text("utf-8"))["cells"]
    assert title["cell_type"] == "markdown"
    assert (first["cell_type"], "".join(first["source"])) == ("code", SOURCE), "run python -m tools.book.first_cell"
    assert first["metadata"]["tags"] == TAGS and first["outputs"] == []
    assert all(cell.get("id") != ID and "".join(cell["source"]) != SOURCE for cell in others)


def test_the_cell_is_put_in_once_and_an_older_one_is_replaced(tmp_path):
    title, other = {"cell_type": "markdown", "source": "# One"}, {"cell_type": "code", "source": "1", "id": "other"}
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": [title, {"id": ID, "source": "old"}, other]}))
    write(path)
    once = json.loads(path.read_text("utf-8"))
    assert [cell["source"] for cell in once["cells"]] == ["# One", SOURCE.splitlines(keepends=True), "1"]
    assert insert(once) == once


@pytest.mark.parametrize(("folder", "installs"), [(ROOT / "book", False), (ROOT, True)])
def test_only_outside_of_the_books_folder_something_is_installed(folder, installs):
    told = SOURCE.replace("%pip install", "sys.exit(3)  #")
    done = subprocess.run([sys.executable, "-c", f"import sys\n{told}"], cwd=folder, check=False)
    assert done.returncode == (3 if installs else 0)


def test_a_notebook_alone_finds_modules_data_and_pictures(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("lfes_book", ROOT / "book" / "__init__.py")
    lfes_book = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lfes_book)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for _ in range(2):  # a kernel is begun again in the same folder
        lfes_book.open_here()
    assert sys.path.count(str(ROOT / "book")) == 1
    for name in lfes_book.DATA:
        assert sorted(os.listdir(name)) == sorted(os.listdir(ROOT / "book" / name))


def test_what_the_reader_has_there_is_left_as_it_is(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("lfes_book", ROOT / "book" / "__init__.py")
    lfes_book = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lfes_book)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "runs").mkdir()
    lfes_book.open_here()
    assert not (tmp_path / "runs").is_symlink()


def test_every_package_is_installed():
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "lfes_core").rglob("__init__.py")}
    assert sorted(SETUPTOOLS["packages"]) == sorted(there | {"lfes_book"})
    assert SETUPTOOLS["package-dir"]["lfes_book"] == "book"


def test_all_that_lies_beside_the_chapters_is_installed_but_slides_which_a_clone_makes():
    book = ROOT / "book"
    patterns = ["*.py", *SETUPTOOLS["package-data"]["lfes_book"]]
    installed = {path for pattern in patterns for path in book.glob(pattern)}
    pages = {".ipynb", ".md", ".bib"}
    others = {
        path for path in book.rglob("*") if path.is_file() and path.suffix not in pages and path.name != "ruff.toml"
    }
    hidden = {
        path for path in others if any(part.startswith((".", "__")) for part in path.relative_to(book).parts[:-1])
    }
    assert others - hidden - installed == set((book / "slides").iterdir())
