"""The answers that the notebooks give to their exercises, and the same with a slip in them."""

import ast
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from tools.book.first_cell import ID as FIRST

BOOK = Path(__file__).parents[2] / "book"
NOTHING: Mapping[str, str] = {}


@cache
def cells(chapter: int | str) -> list[dict[str, Any]]:
    """The code cells of a chapter."""
    (notebook,) = BOOK.glob(f"{chapter:02}_*.ipynb" if isinstance(chapter, int) else f"{chapter}.ipynb")
    every = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in every if cell["cell_type"] == "code" and cell["id"] != FIRST]
    return [cell | {"tags": cell["metadata"].get("tags", [])} for cell in code]


def checked(chapter: int | str) -> dict[str, str]:
    """The functions that are checked in a chapter, by exercise, as its check cells name them."""
    calls = [node for text in _texts(chapter, "check") for node in ast.walk(ast.parse(text))]
    given = [node.args for node in calls if isinstance(node, ast.Call) and ast.unparse(node.func) == "check"]
    return {ast.literal_eval(name): ast.unparse(function) for name, function in given}


def blank(chapter: int | str, function: str) -> Callable[..., Any]:
    """The empty function of an exercise."""
    return _run(chapter, function, "blank")


def answer(chapter: int | str, function: str, exchanged: Mapping[str, str] = NOTHING) -> Callable[..., Any]:
    """The function of the solution; with pieces of its text exchanged, which must stand there."""
    return _run(chapter, function, "solution", exchanged)


def _run(chapter: int | str, function: str, tag: str, exchanged: Mapping[str, str] = NOTHING) -> Callable[..., Any]:
    """Runs the imports and functions of a chapter, and at last the cell that defines the function."""
    namespace: dict[str, Any] = {}
    for node in _surroundings(chapter):
        with suppress(NameError):  # a default that is a value of the chapter
            exec(compile(ast.Module([node], []), "chapter", "exec"), namespace)
    (cell,) = [text for text in _texts(chapter, tag) if any(_name(node) == function for node in ast.parse(text).body)]
    for old, new in exchanged.items():
        assert old in cell, f"{old!r} does not stand in {function}"
        cell = cell.replace(old, new)
    exec(compile(cell, function, "exec"), namespace)
    found: Callable[..., Any] = namespace[function]
    return found


@cache
def _surroundings(chapter: int | str) -> list[ast.stmt]:
    """All functions of a chapter and its imports, but for those of the modules beside the notebooks."""
    beside = {module.stem for module in BOOK.glob("*.py")}
    kept: list[ast.stmt] = []
    for text in _texts(chapter):
        for node in ast.parse(text).body:
            roots = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            roots += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if _name(node) or (roots and not beside & {root.split(".")[0] for root in roots}):
                kept.append(node)
    return kept


def _texts(chapter: int | str, tag: str | None = None) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(chapter) if tag is None or tag in cell["tags"]]


def _name(node: ast.stmt) -> str | None:
    return node.name if isinstance(node, ast.FunctionDef) and not node.decorator_list else None
