"""What the page of faults says about the tests themselves: changes they find out, branches they take."""

import json
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
MUTATION = ROOT / "book" / "runs" / "mutation.csv"
"""One row for each module that `tools.mutation` tried."""
HARMLESS = ROOT / "book" / "runs" / "mutation_harmless.csv"
"""Changes that no test can find out, and why: module, line before, line after, reason."""
COVERAGE = ROOT / "book" / "runs" / "coverage.json"
"""The totals of what ``coverage json`` wrote, when the branches were last counted."""
CHANGES, BRANCHES = "*Written when the changes were tried.*", "*Written when the branches were counted.*"


def filled(page: str, mutation: Path = MUTATION, harmless: Path = HARMLESS, coverage: Path = COVERAGE) -> str:
    """The page's Markdown with the changes that were tried and the branches that this machine's tests took."""
    return page.replace(CHANGES, "\n".join(_changes(mutation, harmless))).replace(BRANCHES, _branches(coverage))


def _changes(mutation: Path, harmless: Path) -> list[str]:
    tried, reasons = pd.read_csv(mutation), pd.read_csv(harmless, keep_default_na=False)
    mutants, killed = int(tried["mutants"].sum()), int(tried["killed"].sum())
    return [
        f"**{mutants:,} changes, {killed:,} found out ({killed / mutants:.1%}).** {len(reasons)} more can do no harm:",
        "no test could see them.",
        "",
        "| module of `lfes_core` | changes | found out | share | can do no harm |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| `{row.module}` | {row.mutants} | {row.killed} | {row.share:.0%} | {row.harmless} |"
            for row in tried.itertuples()
        ),
        "",
        ":::{dropdown} What can do no harm, and why",
        "| module | line | changed to | why |",
        "|---|---|---|---|",
        *(
            f"| `{row.module}` | {_code(row.before)} | {_code(row.after)} | {row.why} |"
            for row in reasons.sort_values("module").itertuples()
        ),
        ":::",
    ]


def _code(line: str) -> str:
    return "``" + line.replace("|", "\\|") + "``"


def _branches(coverage: Path) -> str:
    if not coverage.is_file():
        return "They have not been counted."
    total = json.loads(coverage.read_text("utf-8"))["totals"]
    taken, run = (
        f"{total[found]:,} of {total[all_]:,} {name} ({total[found] / total[all_]:.1%})"
        for name, found, all_ in (
            ("branches", "covered_branches", "num_branches"),
            ("statements", "covered_lines", "num_statements"),
        )
    )
    return (
        f"When they were last counted, the tests took {taken} and ran {run}. What they miss is what this machine does "
        "not have, as a GPU, and what runs in a graded notebook's process, which may write nothing, not even counts."
    )
