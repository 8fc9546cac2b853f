"""Counts of the three datasets: those that were published, and those of ScanFaces, counted.

Pictures of CK+ and DISFA+ cannot come with the book; what was counted in them can.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS
from lfes_core.datasets import ScanFaces, split
from lfes_core.sentences import Description

CK_PLUS_PEOPLE, CK_PLUS_PEAKS, CK_PLUS_EMOTIONS = 123, 593, 327
"""People, peak frames (one a sequence), and those of them with an emotion (Lucey et al. 2010)."""

# fmt: off
CK_PLUS_COUNTS: Mapping[int, int] = {
    1: 173, 2: 116, 4: 191, 5: 102, 6: 122, 7: 119, 9: 74, 10: 21, 11: 33, 12: 111, 14: 29, 15: 89,
    16: 24, 17: 196, 18: 9, 20: 77, 23: 59, 24: 57, 25: 287, 26: 48, 27: 81, 38: 29, 39: 16, 43: 9,
}
# fmt: on
"""Peak frames of CK+ in which each Action Unit was coded (Lucey et al. 2010, Table 1)."""

CK_PLUS_PAIRS: Mapping[tuple[int, int], tuple[int, int]] = {
    (1, 2): (99, 39),
    (2, 27): (71, 22),
    (6, 12): (67, 23),
    (15, 17): (30, 12),
    (23, 24): (25, 6),
    (25, 27): (72, 40),
}
"""Pairs that stand out in the peak frames of CK+ with an emotion: seen, and expected by chance.

Counted in the captions that were published with Hong et al. (2020, "Face Tells Detailed Expression"), one
description for each of the 327 frames; tools/published_captions.py says where they are and how they are read.
"""

CK_PLUS_NEVER = ((2, 6), (2, 7), (1, 9), (12, 15), (17, 27), (24, 25), (26, 27))
"""Pairs that none of those 327 frames shows."""

DISFA_PLUS_PEOPLE, DISFA_PLUS_PICTURES = 9, 1940
"""People (Mavadati et al. 2016), and pictures that the paper used (Hong et al. 2020, Sec. 3.1)."""


def occurrences(descriptions: Iterable[Description]) -> Counter[int]:
    """In how many descriptions each Action Unit is."""
    return Counter(number for face in descriptions for number in face.action_units)


def meetings(descriptions: Iterable[Description]) -> Counter[tuple[int, int]]:
    """In how many descriptions two Action Units are together, by (smaller number, larger number)."""
    return Counter(
        pair for face in descriptions for pair in combinations(face.action_units, 2)
    )


def expressions(faces: ScanFaces, part: str) -> list[Description]:
    """What the pictures of one part show: all but the one at rest that each person has."""
    return [frame.description for frame in split(faces, part) if not frame.is_neutral]


def table_of_counts(faces: ScanFaces) -> str:
    """One Markdown table for all datasets; the last row says where a column comes from."""
    coded = sum(CK_PLUS_COUNTS.values()) / CK_PLUS_PEAKS
    columns = [
        ["CK+", CK_PLUS_PEOPLE, CK_PLUS_PEAKS, CK_PLUS_EMOTIONS, len(CK_PLUS_COUNTS)],
        ["DISFA+", DISFA_PLUS_PEOPLE, DISFA_PLUS_PICTURES, "–"],
    ]
    columns[0] += [f"{coded:.1f}", "A to E, or not coded", "12 people", "published"]
    columns[1] += [len(DISFA_PLUS_ACTION_UNITS), "–", "A to E", "1 person", "published"]
    for part, name in (
        ("train", "training"),
        ("validation", "validation"),
        ("test", "test"),
    ):
        shown = expressions(faces, part)
        seen, people = occurrences(shown), {f.subject for f in split(faces, part)}
        emotions = sum(description.emotion is not None for description in shown)
        mean = f"{seen.total() / len(shown):.1f}"
        column = [f"ScanFaces, {name}", len(people), len(shown), emotions, len(seen)]
        columns.append([*column, mean, "A to E", "–", "counted here"])
    head = ["", "people", "pictures with an expression", "of them with an emotion"]
    head += ["Action Units with words", "of them in one picture, on average"]
    head += ["intensities", "the paper tests on", "where the numbers come from"]
    rows = list(zip(head, *columns, strict=True))
    cells = [[f"{x:,}" if isinstance(x, int) else x for x in row] for row in rows]
    cells.insert(1, ["---", *["--:"] * len(columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
