"""Tests that need what Windows lacks are skipped there, by what their source says."""

import ast
import re
from functools import cache
from pathlib import Path

LACKING = re.compile(
    r"\b(mkfifo|symlink_to|os\.fork|killpg|preexec_fn|sysconf|setrlimit|getrusage|SIGKILL|SIGALRM|chmod|getuid|geteuid"
    r"|lfes_core\.course\.(grade|runner|sandbox)|import (grade|runner)|paint_on_a_full_disk)\b|/(dev|proc|etc)/"
)
"""Pipes, links (which need a right there), groups of processes, limits and rights of POSIX; the grader needs them."""


def needed_of_posix(file: Path, test: str) -> str | None:
    """What a test uses that Windows lacks: itself, or in a top-level name of its module that it mentions."""
    parts = _parts(file)
    own = parts.get(test, "")
    mentioned = [text for name, text in parts.items() if re.search(rf"\b{re.escape(name)}\b", own)]
    found = [match for text in mentioned if (match := LACKING.search(text))]
    return found[0][0] if found else None


@cache
def _parts(file: Path) -> dict[str, str]:
    """The source of what a module defines at its top level, by name."""
    source = file.read_text("utf-8")
    parts = dict[str, str]()
    for node in ast.parse(source).body:
        names = [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]
        names += [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        names += [alias.asname or alias.name for alias in getattr(node, "names", ())]
        text = "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
        parts |= dict.fromkeys(names, text)
    return parts
