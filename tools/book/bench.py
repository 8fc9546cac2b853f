"""The page of speed: the record that `python -m lfes_core bench --out` has written, as tables."""

import json
from pathlib import Path

from lfes_core.bench.table import tables

PAGE = "book/bench"
PLACEHOLDER = "*Filled from the record when the book is built.*"
RECORD = Path(__file__).resolve().parents[2] / "book" / "runs" / "bench.json"


def filled(page: str, record: Path = RECORD) -> str:
    """The page's Markdown with the tables of a record."""
    return page.replace(PLACEHOLDER, "\n".join(tables(json.loads(record.read_text("utf-8")))))
