"""Small notebooks as students hand them in, a book of one chapter, and how both are graded."""

import csv
import html
import json
import re
from pathlib import Path
from typing import Any

EXERCISES = Path(__file__).with_name("own_exercises.py")

TWICE = "import torch\n\ndef my_twice(number):\n    return 2 * number"
KL = "def my_kl(mean, log_variance):\n    return (mean**2 + log_variance.exp() - 1 - log_variance).mean() / 2"


def cell(source: str, *tags: str, kind: str = "code") -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": f"c{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}
    if tags:
        made["metadata"]["tags"] = list(tags)
    return made | ({"execution_count": 1, "outputs": []} if kind == "code" else {})


def notebook(*cells: str | dict[str, Any], **metadata: Any) -> dict[str, Any]:
    made = [cell(one) if isinstance(one, str) else one for one in cells]
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, *cells: str | dict[str, Any], **metadata: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(*cells, **metadata)), "utf-8")
    return path


def small_book(folder: Path) -> Path:
    """A book of one chapter with a module, data, a page, and what no edition holds."""
    source = [
        cell("# 99 Numbers", kind="markdown"),
        cell("from lfes_core.course import check\nfrom numbers_of_chapter import TWO"),
        cell(":::{exercise} Twice (*, 2 minutes)\n:label: numbers-twice\nWrite it.\n:::", kind="markdown"),
        cell('def my_twice(number):\n    """Twice."""\n    ...', "blank"),
        cell(":::{solution} numbers-twice\n:class: dropdown\nAdd it to itself.\n:::", "solution", kind="markdown"),
        cell("def my_twice(number):\n    return TWO * number", "solution", "hide-input"),
        cell('print("checked")', "check", "nbval-check-output")
        | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "checked\n"}]},
        cell("**For the teacher.** They forget it.", "teacher", "remove-cell", kind="markdown"),
        cell("By hand: 4.\n\n:::{solution} numbers-hand\n:class: dropdown\nIt is four.\n:::\n", kind="markdown"),
        cell("folded = 1", "hide-input"),
    ]
    write(folder / "99_numbers.ipynb", *source, kernelspec={"name": "python3"})
    (folder / "numbers_of_chapter.py").write_text("TWO = 2\n")
    (folder / "notation.md").write_text("# Notation\n")
    for name in ("runs/kept.csv", "_static/face.png", "lfes.mplstyle", "__pycache__/x.pyc", ".hidden", "ruff.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    return folder


def rows(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Of grades.csv, by student and exercise."""
    with (out / "grades.csv").open() as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


def words(page: Path) -> str:
    """What a page shows."""
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", page.read_text("utf-8")).split()))


def call(folder: Path, *more: str) -> list[str]:
    """Words of the command line that grades the class in a folder."""
    words = ["grade", str(folder / "class"), "--out", str(folder / "grades"), "--book", str(folder / "book")]
    return [*words, "--exercises", str(EXERCISES), "--time-limit", "20s", "--jobs", "2", *more]
