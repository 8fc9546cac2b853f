"""The table of how much of the true change some runs make."""

import csv
import sys
from pathlib import Path

import pytest

from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.questions import single_units
from tools.book import change_made


def test_a_table_has_a_row_for_each_run_and_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [q for q in single_units(ScanFaces(), quick=True) if q.named in ({9: 5}, {12: 5})][:2]
    monkeypatch.setattr(change_made, "single_units", lambda _: two)
    table = tmp_path / "made.csv"
    monkeypatch.setattr(sys, "argv", ["change_made", str(table), "mine=tiny_skips", "theirs=tiny"])
    assert change_made.main() == 0
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["unit"], row["n"]) for row in rows] == [
        (run, unit, "1") for run in ("mine", "theirs") for unit in ("9", "12")
    ]
    assert all(0.3 < float(row["share"]) < 1.5 for row in rows if row["run"] == "mine")
