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
        return _three_digits(figure["value"])
    value, low, high = (_three_digits(figure[name]) for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def plain_number(value: float | None) -> str:
    """A count with commas, a share with three digits, or a dash."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else _three_digits(value)


def _three_digits(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}"  # adding zero takes the sign off -0.0
