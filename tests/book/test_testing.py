"""The page of faults says of the tests themselves what was tried and counted."""

import json

from tools.book import testing


def test_the_page_tells_how_many_changes_were_found_out_and_how_many_branches_were_taken(tmp_path):
    (tmp_path / "mutation.csv").write_text("module,mutants,killed,harmless,share\na.py,30,27,1,0.9\nb.py,10,10,0,1\n")
    (tmp_path / "harmless.csv").write_text('module,before,after,why\na.py,a | b,"f(a, b)",both are sets\n')
    totals = {"covered_branches": 960, "num_branches": 1000, "covered_lines": 49, "num_statements": 50}
    (tmp_path / "coverage.json").write_text(json.dumps({"totals": totals}))
    files = (tmp_path / name for name in ("mutation.csv", "harmless.csv", "coverage.json"))
    page = testing.filled(f"{testing.CHANGES} {testing.BRANCHES}", *files)
    assert "**40 changes, 37 found out (92.5%).** 1 more" in page
    assert "| `a.py` | 30 | 27 | 90% | 1 |" in page
    assert "| `a.py` | ``a \\| b`` | ``f(a, b)`` | both are sets |" in page
    assert "took 960 of 1,000 branches (96.0%) and ran 49 of 50 statements (98.0%)" in page


def test_where_nobody_counted_the_branches_the_page_says_so(tmp_path):
    assert "not been counted" in testing.filled(testing.BRANCHES, coverage=tmp_path / "coverage.json")


def test_what_was_tried_on_every_module_is_on_the_page():
    page = testing.filled((testing.ROOT / "book" / "faults.md").read_text("utf-8"))
    assert testing.CHANGES not in page and testing.BRANCHES not in page
