"""What stands behind the columns, as small tables for ``report.md``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.markdown_tables import cell, plain_number, section, table

Details = Mapping[str, Mapping[str, Any]]

WORDS = {
    "phrase_removed": "a phrase crossed out: its AU is weaker",
    "phrase_removed_change": "... and by how many levels, mean",
    "phrase_removed_others": "... change of all other AUs, mean levels",
    "phrase_added": "a phrase added: its AU is stronger",
    "phrase_added_change": "... and by how many levels, mean",
    "phrase_added_others": "... change of all other AUs, mean levels",
    "leakage_largest": "leakage, the unnamed AU that changes most",
    "paraphrase": "other words and order: distance in levels",
    "several_icc": "ICC, sentences of several AUs",
    "unseen_icc": "ICC, combinations never trained on",
    "locality": "share of the change inside the region",
}
"""Details with one figure for each row, and how a reader calls them."""


def detail_sections(details: Details) -> Iterator[str]:
    """All small tables for which there is something to say."""
    yield from _words(details)
    yield from _by_unit(
        details,
        "ICC(3,1) between named and measured intensity",
        "by_unit",
        lambda found: plain_number(found["icc"]),
    )
    yield from _by_unit(
        details,
        "MAE between named and measured intensity, in levels, where the AU is named",
        "by_unit",
        lambda found: plain_number(found["mae"]),
        _count_named,
    )
    yield from _by_unit(
        details,
        "Share of the true change of colors that is made, by AU",
        "change_made",
        lambda found: plain_number(found["value"]),
    )
    yield from _by_unit(details, "Direction of change right, by AU", "direction_table", _right)
    yield from _directions(details)
    yield from _by_unit(
        details,
        "Leakage by named AU",
        "leakage_by_unit",
        lambda found: plain_number(found["value"]),
    )
    yield from _by_unit(
        details,
        "Share of the change inside the AU's region (and the region's share of the picture)",
        "locality_by_unit",
        lambda found: f"{plain_number(found['share'])} ({found['area']:.3f})",
    )
    yield from _attention(details)
    yield from _identity(details)


def _words(details: Details) -> Iterator[str]:
    rows = {row: found for row, found in details.items() if "by_unit" in found}
    if not rows:
        return
    lines = []
    for name, title in WORDS.items():
        figures = [found.get(name) for found in rows.values()]
        counts = {figure["n"] for figure in figures if figure is not None}
        if counts:
            lines.append([title, *(cell(figure) for figure in figures), ", ".join(map(str, sorted(counts)))])
    yield from section("Word control, phrase by phrase")
    yield from table(["", *rows, "n"], lines)
    yield ""
    area = next(iter(rows.values())).get("locality_by_chance")
    yield (
        "Crossing out and adding have no true pictures, so the row `truth` is empty there; without an answer to "
        f"change, copy scores 0. A change spread evenly would have {area:.3f} of it inside the region."
    )


def _by_unit(
    details: Details,
    title: str,
    name: str,
    shown: Callable[[Any], str],
    count: Callable[[Any], int] | None = None,
) -> Iterator[str]:
    """A table of Action Unit by row."""
    rows = {row: found[name] for row, found in details.items() if found.get(name)}
    if not rows:
        return
    first = next(iter(rows.values()))
    counts = {unit: str((count or _count)(found)) for unit, found in first.items()}
    yield from section(title)
    yield from table(
        ["AU", *rows, "n"],
        [
            [
                f"{unit} {ACTION_UNITS[int(unit)].name}",
                *(shown(units[unit]) for units in rows.values()),
                counts[unit],
            ]
            for unit in first
        ],
    )


def _count(found: Mapping[str, Any]) -> int:
    """How many measurements of one Action Unit: its n, or the sum over its pairs of levels."""
    n: int = found["n"] if "n" in found else sum(one["n"] for one in found.values())
    return n


def _count_named(found: Mapping[str, Any]) -> int:
    """How many pictures name the Action Unit."""
    n: int = found["n_named"]
    return n


def _right(pairs: Mapping[str, Mapping[str, Any]]) -> str:
    """The share of right directions over all pairs of levels."""
    return plain_number(sum(one["right"] * one["n"] for one in pairs.values()) / _count(pairs))


def _directions(details: Details) -> Iterator[str]:
    rows = {row: found["direction_by_pair"] for row, found in details.items() if "direction_by_pair" in found}
    if rows:
        first = next(iter(rows.values()))
        yield from section("Direction of change right, by pair of levels")
        yield from table(
            ["levels", *rows, "n"],
            [
                [pair, *(cell(found[pair]) for found in rows.values()), str(first[pair]["n"])]
                for pair in first
            ],
        )


def _attention(details: Details) -> Iterator[str]:
    rows = {row: found["attention"] for row, found in details.items() if "attention" in found}
    if not rows:
        return
    yield from section("Attention in the region of the AU")
    lines = []
    for row, levels in rows.items():
        for level, roles in levels.items():
            for role, found in roles.items():
                if isinstance(found, Mapping) and found["lift"] is not None:
                    word = "AU noun" if role == "noun" else f'"{role}"'
                    figures = [cell(found.get(name)) for name in ("mass", "lift", "pointing")]
                    chance = plain_number(roles["pointing_by_chance"])
                    lines.append(
                        [row, level.removeprefix("level_"), word, *figures, chance, str(found["lift"]["n"])]
                    )
    yield from table(
        ["row", "level", "word", "mass inside", "times chance", "pointing game", "chance of both", "n"], lines
    )
    for row, found in details.items():
        if found.get("attention_by_unit"):
            yield from _attention_by_unit(row, found["attention_by_unit"])


def _attention_by_unit(row: str, levels: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The nouns of one row, both levels side by side."""
    measures = {"mass": "mass inside", "lift": "times chance", "pointing": "pointing game"}
    head = [f"{level.removeprefix('level_')}: {title}" for level in levels for title in measures.values()]
    first = next(iter(levels.values()))
    yield ""
    yield f"`{row}`, the noun of each AU, at levels 1 and 2:"
    yield ""
    yield from table(
        ["AU", *head, "chance", "n"],
        [
            [
                f"{unit} {ACTION_UNITS[int(unit)].name}",
                *(plain_number(units[unit][name]) for units in levels.values() for name in measures),
                plain_number(one["chance"]),
                str(one["n"]),
            ]
            for unit, one in first.items()
        ],
    )


def _identity(details: Details) -> Iterator[str]:
    rows = {row: found["identity"] for row, found in details.items() if found.get("identity")}
    known = {row: found for row, found in rows.items() if found["among_all"] is not None}
    if known:
        first = next(iter(known.values()))
        yield from section("Identity among everybody")
        yield (
            f"The column `identity_right` asks among {first['people']} held-out people. Nearest to the right "
            f"person among all {first['all_people']} people of the dataset: "
            + ", ".join(f"`{row}` {cell(found['among_all'])}" for row, found in known.items())
            + f"; n = {first['among_all']['n']}."
        )
