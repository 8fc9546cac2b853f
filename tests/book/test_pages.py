"""A page that is missing in the built book, or has no file, is noticed and named."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from tools.book import build, numbers, serve
from tools.book.chapters import Run
from tools.book.pages import missing_pages, pages, source

TOC = """
format: jb-book
root: book/index
parts:
  - caption: One
    chapters:
      - file: book/01_first
        sections:
          - file: book/01_first_more
  - chapters:
      - file: book/02_second
"""


@pytest.fixture
def toc(tmp_path):
    path = tmp_path / "_toc.yml"
    path.write_text(TOC, "utf-8")
    return path


def test_pages_are_listed_in_reading_order_and_one_that_was_not_built_is_named(toc, tmp_path):
    assert pages(toc) == ["book/index", "book/01_first", "book/01_first_more", "book/02_second"]
    (tmp_path / "html" / "book").mkdir(parents=True)
    for page in ("index", "01_first", "02_second"):
        (tmp_path / "html" / "book" / f"{page}.html").touch()
    assert missing_pages(tmp_path / "html", toc) == ["book/01_first_more"]


def test_a_page_is_a_notebook_or_a_markdown_file(tmp_path):
    files = [tmp_path / "first.ipynb", tmp_path / "second.md"]
    for file in files:
        file.touch()
    assert [source(name, tmp_path) for name in ("first", "second", "third")] == [*files, None]


def test_the_build_stops_at_a_page_without_a_file(monkeypatch, capsys):
    monkeypatch.setattr(build, "pages", lambda: ["book/index", "book/15_not_written"])
    assert build.main() == 1
    assert "book/15_not_written" in capsys.readouterr().err


def test_serving_needs_a_book(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(serve, "HTML", tmp_path)
    assert serve.main() == 1
    assert capsys.readouterr().err == "error: no book has been built yet; run `make book` first\n"


def test_of_all_that_is_said_the_warnings_of_pages_are_shown():
    said = """reading sources
/somewhere/book/03_third.ipynb:20: WARNING: cross-reference target not found
looking for now-outdated files
"""
    assert build.what_went_wrong(said) == "/somewhere/book/03_third.ipynb:20: WARNING: cross-reference target not found"
    assert build.what_went_wrong("first\nlast\n") == "first\nlast"


@pytest.mark.fault(
    "The book and its page",
    "a chapter fails while the book is built",
    "it is named, and no book is written",
)
def test_the_build_stops_at_a_chapter_that_fails_and_names_it(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(build, "pages", lambda: ["book/index"])
    monkeypatch.setattr(build, "notebooks", lambda: [Path("01_first.ipynb"), Path("02_second.ipynb")])
    monkeypatch.setattr(build, "kept", lambda path: None if path.stem == "02_second" else Run([], 1.0, None, False))
    monkeypatch.setattr(build.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    monkeypatch.setattr(build, "run_all", lambda chapters, jobs: 1)
    assert build.main() == 1
    assert capsys.readouterr().err == "error: a cell failed in 02_second.ipynb\n"


def test_each_chapter_counts_its_own_figures_and_exercises():
    counted = {
        "book/04_faces": {"figure": {"b": (9,), "a": (8,)}, "exercise": {"x": (18,), "y": (19,)}},
        "book/index": {"figure": {"landing": (1,)}},
    }
    numbers.number_in_chapters(counted)
    assert counted["book/04_faces"] == {"figure": {"a": (4, 1), "b": (4, 2)}, "exercise": {"x": (1,), "y": (2,)}}
    assert counted["book/index"]["figure"] == {"landing": (1,)}


def test_the_title_of_an_exercise_has_no_brackets_of_its_own():
    page = new_document("page")
    title = nodes.title("", "", nodes.Text(" ("), nodes.Text("Alpha by hand (*, 5 minutes)"), nodes.Text(")"))
    page += nodes.admonition("", title, classes=["exercise"])
    numbers.TitlesWithoutBrackets(page).run()
    assert title.astext() == "· Alpha by hand (*, 5 minutes)"
