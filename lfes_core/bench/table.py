"""A record of the bench as Markdown: medians, with quartiles in brackets. Imports no PyTorch."""

from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]


def tables(record: Mapping[str, Any]) -> Iterator[str]:
    """The lines of all tables: training, our measures one at a time, the rest."""
    machine, rows = record["machine"], record["rows"]
    told = (f"{name} in {facts['precision']}" for name, facts in machine["schedules"].items())
    tools = machine["versions"]
    yield f"{machine['hardware']}, {machine['threads']} threads, PyTorch {tools['torch']}, preset `{record['preset']}`:"
    yield f"{', '.join(told)}; {max(row['n'] for row in rows if row['whose'] == 'ratio')} steps of each kind."
    yield from ("", "| training | ours | reference | ratio |", "|---|--:|--:|--:|")
    found = {(row["what"], row["whose"]): row for row in rows}
    for (what, whose), row in found.items():
        if whose == "reference":
            ours = found[what, "ours"]
            ratio = f"{ours['median'] / row['median']:.2f}" if row["median"] else ""
            yield f"| {what} | {_number(ours)} | {_number(row)} | {ratio} |"
    for (what, whose), row in found.items():
        if whose == "ratio" and not what.startswith("without "):
            yield f"| {what} | 1 | {_number(row)} | |"
    if record["measures"]:
        yield from ("", "| what we do | what the recipe does | a step without it | by processor time |")
        yield "|---|---|--:|--:|"
    for name, (does, recipe) in record["measures"].items():
        each = (_number(found[f"without {name}: {clock}", "ratio"]) for clock in CLOCKS)
        yield f"| {does} | {recipe} | {' | '.join(f'{one} times' for one in each)} |"
    yield from ("", "| loader, synthesis | | |", "|---|---|--:|")
    for (what, whose), row in found.items():
        if what.startswith(("loader", "synthesis")):
            yield f"| {what} | {whose} | {_number(row)} |"


CLOCKS = ("times as long", "times the processor time")
"""How a ratio is measured: by the clock on the wall, and by that of the processor."""


def _number(row: Row) -> str:
    if row["n"] == 1:
        return f"{row['median']:.3g}"
    return f"{_short(row['median'])} ({_short(row['low'])} to {_short(row['high'])})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
