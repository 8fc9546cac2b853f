"""The pieces of ``report.md``: a heading, a table, a number."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def section(title: str) -> Iterator[str]:
    """A heading with empty lines around it."""
    yield ""
    yield f"## {title}"
    yield ""


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in body:
        yield "| " + " | ".join(line) + " |"


def cell(figure: Mapping[str, Any] | None) -> str:
    """A figure with its interval, or a dash."""
    if figure is None:
        return "-"
    if figure.get("low") is None or figure.get("high") is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def plain_number(value: float | None) -> str:
    """A count with commas, a share with three digits, or a dash."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
