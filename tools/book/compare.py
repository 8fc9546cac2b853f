"""What a cell prints, compared with what it printed before: the cells that are tagged for it."""

import configparser
import re
from collections import defaultdict
from difflib import unified_diff
from pathlib import Path
from typing import Any

TAG = "nbval-check-output"
MAY_DIFFER = Path(__file__).with_name("may_differ.cfg")
NOT_COMPARED = ("application/vnd.jupyter.widget-view+json", "text/latex")


def differences(cells: list[dict[str, Any]], outputs: list[list[dict[str, Any]]]) -> tuple[int, list[str]]:
    """How many cells of a notebook are compared, and for each that differs: its number and the lines in question."""
    compared, found, new = 0, [], iter(outputs)
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        before, after = said(cell["outputs"]), said(next(new, []))
        if TAG not in cell["metadata"].get("tags", []):
            continue
        compared += 1
        for kind in sorted({*before, *after}):
            lines = unified_diff(
                before.get(kind, "").splitlines(), after.get(kind, "").splitlines(), "before", "now", lineterm=""
            )
            if told := "\n".join(lines):
                found.append(f"cell {number} ({kind}):\n{told}")
    return compared, found


def said(outputs: list[dict[str, Any]]) -> dict[str, str]:
    """The text of outputs by its kind (a stream's name or a MIME type), with what may differ replaced."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for output in outputs:
        if output["output_type"] == "stream":
            kinds[output["name"]].append("".join(output["text"]))
        for kind, value in output.get("data", {}).items():
            if kind not in NOT_COMPARED and not kind.startswith("image/"):
                kinds[kind].append("".join(value) if isinstance(value, list | str) else repr(value))
    return {kind: _same("".join(texts)) for kind, texts in kinds.items()}


def _same(text: str) -> str:
    rules = configparser.RawConfigParser()
    rules.read(MAY_DIFFER, "utf-8")
    for name in rules.sections():
        text = re.sub(rules[name]["regex"], rules[name]["replace"], text)
    return text
