"""Every chapter keeps the promises of the book: runnable, checked, described, and built on the package."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.book.package_names import public_names
from tools.book.pages import ROOT, pages, source

NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
MAXIMUM_CELL_LINES = 24
every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@cache
def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    return found


def code_cells(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in cells(notebook) if cell["cell_type"] == "code"]


def text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def prose(notebook: Path) -> str:
    return "\n\n".join(text(cell) for cell in cells(notebook) if cell["cell_type"] == "markdown")


def tags(cell: dict[str, Any]) -> list[str]:
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def test_every_page_of_the_table_of_contents_has_one_file():
    listed = pages()
    assert len(listed) == len(set(listed))
    assert [page for page in listed if source(page) is None] == []


def test_every_chapter_is_in_the_table_of_contents():
    listed = {source(page) for page in pages()}
    chapters = [*NOTEBOOKS, *(ROOT / "book").glob("*.md")]
    assert [path.name for path in chapters if path not in listed] == []


@every_notebook
def test_cells_are_short(notebook):
    long = {index: text(cell).count("\n") + 1 for index, cell in enumerate(code_cells(notebook))}
    assert {index: lines for index, lines in long.items() if lines > MAXIMUM_CELL_LINES} == {}


@every_notebook
def test_notebook_was_run_and_no_cell_failed(notebook):
    for cell in code_cells(notebook):
        assert cell["execution_count"] is not None or "skip-execution" in tags(cell), text(cell)
        assert [output for output in cell["outputs"] if output["output_type"] == "error"] == []


@every_notebook
def test_some_printed_numbers_are_compared(notebook):
    checked = [cell for cell in code_cells(notebook) if "nbval-check-output" in tags(cell)]
    assert checked
    for cell in checked:
        assert cell["outputs"], f"a compared cell prints nothing: {text(cell)}"
        assert "remove-stderr" not in tags(cell), f"a progress bar cannot be compared: {text(cell)}"


@every_notebook
def test_every_picture_has_a_description(notebook):
    for cell in code_cells(notebook):
        if any("image/png" in output.get("data", {}) for output in cell["outputs"]):
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) >= 15, f"no description for the picture of: {text(cell)}"
    for alt in re.findall(r"!\[(.*?)\]\(", prose(notebook)):
        assert alt.strip(), "a picture in the text has no description"


@every_notebook
def test_no_cell_redefines_the_package(notebook):
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for cell in code_cells(notebook):
        plain = "\n".join(line for line in text(cell).split("\n") if not line.lstrip().startswith(("%", "!")))
        defined = {node.name for node in ast.walk(ast.parse(plain)) if isinstance(node, definitions)}
        package = {name for name, module in public_names().items() if ".command_line" not in module}
        assert defined & package == set()


@every_notebook
def test_chapter_uses_the_package(notebook):
    assert any("lfes_core" in text(cell) for cell in code_cells(notebook))


@every_notebook
def test_every_exercise_has_a_solution(notebook):
    written = prose(notebook)
    _, heading, exercises = written.rpartition("# Exercise")
    assert heading, "no section of exercises"
    assert len(re.findall(r"[Ss]olution", exercises)) >= 2


@every_notebook
def test_chapter_begins_with_its_title_and_links_to_the_code(notebook):
    first = cells(notebook)[0]
    assert first["cell_type"] == "markdown"
    assert text(first).startswith("# ")
    assert "lfes_core" in prose(notebook)


@every_notebook
def test_links_between_pages_lead_somewhere(notebook):
    for target in re.findall(r"\]\(([^)#\s]+\.(?:ipynb|md))", prose(notebook)):
        assert (notebook.parent / target).is_file(), f"{notebook.name} links to {target}"


@every_notebook
def test_links_inside_a_page_have_a_target(notebook):
    written = prose(notebook)
    targets = set(re.findall(r"^\(([\w-]+)\)=$", written, flags=re.MULTILINE))
    assert set(re.findall(r"\]\(#([\w-]+)\)", written)) <= targets


@every_notebook
def test_nothing_of_the_writers_machine_is_left(notebook):
    assert not re.search(r"/(home|Users|tmp|root)/\w+", notebook.read_text("utf-8"))
