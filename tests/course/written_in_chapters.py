"""The empty functions and the solutions of a chapter's exercises, as its notebook has them."""

import ast
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from lfes_core import losses
from lfes_core.networks import Verdict

BOOK = Path(__file__).resolve().parents[2] / "book"


@cache
def cells(chapter: int) -> list[dict[str, Any]]:
    (path,) = BOOK.glob(f"{chapter:02}_*.ipynb")
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return found


def tags(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def function(chapter: int, name: str, tag: str) -> Callable[..., Any]:
    """The function of this name in the cell that has the tag, `blank` or `solution`."""
    known: dict[str, Any] = {"torch": torch, "F": F, "softplus": F.softplus, "losses": losses, "Verdict": Verdict}
    for cell in cells(chapter):
        if cell["cell_type"] == "code" and tag in tags(cell):
            source = "".join(cell["source"])
            if any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.parse(source).body):
                exec(source, known)
                found: Callable[..., Any] = known[name]
                return found
    raise LookupError(f"chapter {chapter} has no {tag} cell with {name}")


def checked(chapter: int) -> dict[str, str]:
    """Exercise -> function, as the check cells name them."""
    found = {}
    for cell in cells(chapter):
        if "check" in tags(cell):
            (call,) = [n for n in ast.walk(ast.parse("".join(cell["source"]))) if isinstance(n, ast.Call)]
            exercise, answer = call.args
            assert isinstance(exercise, ast.Constant) and isinstance(answer, ast.Name)
            found[str(exercise.value)] = answer.id
    return found
