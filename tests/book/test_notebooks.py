"""Every chapter keeps the promises of the book: runnable, checked, described, and built on the package."""

import ast
import json
import re
from functools import cache

import pytest

from tests.book.package_names import public_names
from tools.book.pages import ROOT, pages, source

NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
MAXIMUM_CELL_LINES = 24
every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@cache
def cells(notebook):
    return json.loads(notebook.read_text("utf-8"))["cells"]


def code_cells(notebook):
    return [cell for cell in cells(notebook) if cell["cell_type"] == "code"]


def text(cell):
    return "".join(cell["source"])


def prose(notebook):
    return "\n\n".join(text(cell) for cell in cells(notebook) if cell["cell_type"] == "markdown")


def tags(cell):
    return cell["metadata"].get("tags", [])


def test_every_page_of_the_table_of_contents_has_one_file_and_every_chapter_is_in_it():
    files = [source(page) for page in pages()]
    assert None not in files and len(files) == len(set(files))
    assert {*NOTEBOOKS, *(ROOT / "book").glob("*.md")} <= set(files)


@every_notebook
def test_cells_are_short_and_were_run_without_an_error_and_some_are_compared(notebook):
    checked = [cell for cell in code_cells(notebook) if "nbval-check-output" in tags(cell)]
    assert checked
    for cell in code_cells(notebook):
        assert text(cell).count("\n") + 1 <= MAXIMUM_CELL_LINES, text(cell)
        assert cell["execution_count"] is not None or "skip-execution" in tags(cell), text(cell)
        assert "error" not in {output["output_type"] for output in cell["outputs"]}, text(cell)
    for cell in checked:
        assert cell["outputs"], f"a compared cell prints nothing: {text(cell)}"
        assert "remove-stderr" not in tags(cell), f"a progress bar cannot be compared: {text(cell)}"


@every_notebook
def test_every_picture_has_a_description(notebook):
    for cell in code_cells(notebook):
        if any({"image/png", "image/jpeg"} & set(output.get("data", {})) for output in cell["outputs"]):
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
def test_a_chapter_begins_with_its_title_uses_the_package_and_ends_with_exercises_and_solutions(notebook):
    first, written = cells(notebook)[0], prose(notebook)
    assert first["cell_type"] == "markdown" and text(first).startswith("# ")
    assert "lfes_core" in written and any("lfes_core" in text(cell) for cell in code_cells(notebook))
    _, heading, exercises = written.rpartition("# Exercise")
    assert heading and len(re.findall(r"[Ss]olution", exercises)) >= 2


@every_notebook
def test_exercises_say_their_kind_and_are_of_all_four(notebook):
    begin = re.findall(
        r":::\{exercise\}[^\n]*\n:label: [\w-]+\n+\*\*(Derive|Predict|Write|Investigate)\b", prose(notebook)
    )
    assert len(begin) == prose(notebook).count("{exercise}") and len(set(begin)) == 4


@every_notebook
def test_links_between_pages_and_inside_a_page_lead_somewhere(notebook):
    written = prose(notebook)
    for target in re.findall(r"\]\(([^)#\s]+\.(?:ipynb|md))", written):
        assert (notebook.parent / target).is_file(), f"{notebook.name} links to {target}"
    targets = set(re.findall(r"^\(([\w-]+)\)=$", written, flags=re.MULTILINE))
    assert set(re.findall(r"\]\(#([\w-]+)\)", written)) <= targets


@every_notebook
def test_nothing_of_the_writers_machine_is_left(notebook):
    assert not re.search(r"/(home|Users|tmp|root)/\w+", notebook.read_text("utf-8"))
