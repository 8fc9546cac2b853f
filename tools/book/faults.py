"""The page of faults: what the tests did to the package, and what came of it."""

import json
from dataclasses import dataclass
from pathlib import Path

PAGE = "book/faults"
PLACEHOLDER = "*Written when the tests have run.*"
RECORD = Path(__file__).resolve().parents[2] / "_build" / "faults.json"

GROUPS = (
    "Training",
    "Files and folders",
    "Weights and checkpoints",
    "Command line",
    "Sentences",
    "Pictures",
    "Data sets",
    "Course",
    "Reproducibility",
    "Loaded and small machines",
    "Privacy and security",
    "The book and its page",
)
"""The parts of the page, in their order."""


@dataclass(frozen=True)
class Row:
    """A fault: its group, what is done, what must come of it; how many tests do it, and how many of them passed."""

    group: str
    done: str
    outcome: str
    tests: int
    passed: int

    def in_words(self) -> str:
        """The row of a Markdown table."""
        ended = (
            "✓\N{NO-BREAK SPACE}held"
            if self.passed == self.tests
            else f"✗ {self.tests - self.passed} of {self.tests} failed"
        )
        return f"| {self.done} | {self.outcome} | {self.tests} | {ended} |"


def filled(page: str, record: Path = RECORD) -> str:
    """The page's Markdown with a table for each group, as the tests of this machine ended (`make unit`)."""
    return page.replace(PLACEHOLDER, "\n".join(_tables(record)))


def _tables(record: Path) -> list[str]:
    try:
        rows = [Row(**row) for row in json.loads(record.read_text("utf-8"))]
    except (FileNotFoundError, TypeError, ValueError):  # none, or of another version
        return ["The tests have not been run on the machine that built this page: `make test` runs them."]
    held = sum(row.passed == row.tests for row in rows)
    lines = [f"**{len(rows)} faults, {sum(row.tests for row in rows):,} tests of them; {held} faults held.**", ""]
    for group in GROUPS:
        if table := sorted((row for row in rows if row.group == group), key=lambda row: row.done):
            lines += [f"## {group}", "", "| what was done | what must happen | tests | |", "|---|---|--:|---|"]
            lines += [*(row.in_words() for row in table), ""]
    return lines
