"""A record of the bench as Markdown: medians, with quartiles in brackets. Imports no PyTorch."""

from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]


def tables(record: Mapping[str, Any]) -> Iterator[str]:
    """The lines of all tables: training of each preset, our measures one at a time, the rest."""
    machine = record["machine"]
    yield f"{machine['hardware']}, {machine['threads']} threads, PyTorch {machine['versions']['torch']}."
    for name, trained in record["presets"].items():
        yield from _training(name, trained["schedules"], {(row["what"], row["whose"]): row for row in trained["rows"]})
    if record["measures"]:
        first, trained = next(iter(record["presets"].items()))
        ratios = {row["what"]: row for row in trained["rows"] if row["whose"] == "ratio"}
        yield from ("", f"| what we do | what the recipe does | a step of `{first}` without it | by processor time |")
        yield "|---|---|--:|--:|"
        for measure, (does, recipe) in record["measures"].items():
            each = (_number(ratios[f"without {measure}: {clock}"]) for clock in CLOCKS)
            yield f"| {does} | {recipe} | {' | '.join(f'{one} times' for one in each)} |"
    yield from ("", "| loader, synthesis | | |", "|---|---|--:|")
    for row in record["rows"]:
        yield f"| {row['what']} | {row['whose']} | {_number(row)} |"


def _training(name: str, schedules: Mapping[str, Any], rows: Mapping[tuple[str, str], Row]) -> Iterator[str]:
    """Both schedules side by side, and how many times as long the second takes."""
    formats = ", ".join(f"{whose} in {facts['precision']}" for whose, facts in schedules.items())
    steps = rows[f"adversarial: {CLOCKS[0]}", "ratio"]["n"]
    yield from ("", f"Preset `{name}`, {formats}, {steps} steps of each kind:", "")
    yield from ("| training | ours | reference | ratio |", "|---|--:|--:|--:|")
    for (what, whose), row in rows.items():
        if whose == "reference":
            ours = rows[what, "ours"]
            ratio = f"{ours['median'] / row['median']:.2f}" if row["median"] else ""
            yield f"| {what} | {_number(ours)} | {_number(row)} | {ratio} |"
    for (what, whose), row in rows.items():
        if whose == "ratio" and not what.startswith("without "):
            yield f"| {what} | 1 | {_number(row)} | |"


CLOCKS = ("times as long", "times the processor time")
"""How a ratio is measured: by the clock on the wall, and by that of the processor."""


def _number(row: Row) -> str:
    if row["n"] == 1:
        return _short(row["median"])
    return f"{_short(row['median'])} ({_short(row['low'])} to {_short(row['high'])})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
