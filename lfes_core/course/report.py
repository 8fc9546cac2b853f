"""What the grader writes: two tables, a page for each student that needs no other file, and a page that links them."""

import csv
import hashlib
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from html import escape

from lfes_core.course.runner import Found
from lfes_core.errors import shortened

SHOWN = 50
"""Troubles of a notebook on its student's page."""
_POLICY = (  # a page shows what students have written, and runs and loads nothing
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2433; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #cfd6e4; }
td.number, th.number { text-align: right; }
.right { color: #00623f; } .wrong { color: #a02c00; }
code { overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Row:
    """A student's exercise, as it stands in grades.csv."""

    student: str
    chapter: int | str
    exercise: str
    result: str
    points: int
    of: int
    message: str
    note: str


@dataclass(frozen=True)
class Student:
    """Whose notebooks: (name of the file, what was found) for each."""

    name: str
    notebooks: list[tuple[str, Found]]

    @property
    def chapters(self) -> set[int | str]:
        """Those handed in."""
        return {found.chapter for _, found in self.notebooks if found.chapter is not None}

    @property
    def page(self) -> str:
        """The name of the student's page, the same in every report."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", self.name).strip("_")[:40]
        return f"{plain}_{hashlib.sha256(os.fsencode(self.name)).hexdigest()[:6]}.html"


def report(students: Sequence[Student], rows: Sequence[Row], left_out: Sequence[str] = ()) -> dict[str, str]:
    """The files by name: grades.csv, points.csv, index.html and the students' pages."""
    chapters = list(dict.fromkeys(row.chapter for row in rows))
    own: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        own[row.student].append(row)
    points = [_points(student, own[student.name], chapters) for student in students]
    heads = ["student", *(f"chapter {chapter}" for chapter in chapters), "points", "of"]
    files = {
        "grades.csv": _csv([[one.name for one in fields(Row)], *map(astuple, rows)]),
        "points.csv": _csv([heads, *points]),
        "index.html": _index(students, points, heads, rows, left_out),
    }
    return files | {student.page: _page(student, own[student.name]) for student in students}


def _points(student: Student, own: Sequence[Row], chapters: list[int | str]) -> list[object]:
    by_chapter = [sum(row.points for row in own if row.chapter == chapter) for chapter in chapters]
    return [student.name, *by_chapter, sum(by_chapter), sum(row.of for row in own)]


def _csv(rows: Iterable[Iterable[object]]) -> str:
    """A table that a spreadsheet reads as text: a cell that begins as a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        cells = (cell if isinstance(cell, int) else _clean(str(cell)) for cell in row)
        writer.writerow(f"'{cell}" if str(cell).startswith(("=", "+", "-", "@")) else cell for cell in cells)
    return text.getvalue()


def _clean(text: str) -> str:
    return shortened(text, 400).encode("utf-8", "replace").decode()


def _html(text: object) -> str:
    return escape(_clean(str(text)))


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{_html(one)}</th>" for one in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"


def _document(title: str, body: str) -> str:
    head = f'<meta charset="utf-8">{_POLICY}<meta name="viewport" content="width=device-width">'
    head += f"<title>{_html(title)}</title>"
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>\n<body>\n'
        f"<h1>{_html(title)}</h1>\n{body}\n</body></html>\n"
    )


def _index(
    students: Sequence[Student],
    points: Sequence[Sequence[object]],
    heads: Sequence[str],
    rows: Sequence[Row],
    left_out: Sequence[str],
) -> str:
    table = [
        [f'<a href="{student.page}">{_html(student.name)}</a>', *map(_html, line[1:])]
        for student, line in zip(students, points, strict=True)
    ]
    exercises = list(dict.fromkeys((row.chapter, row.exercise) for row in rows))
    shares = []
    for chapter, name in exercises:
        own = [row.result for row in rows if row.exercise == name]
        counts = [own.count(result) for result in ("right", "wrong", "not written")]
        shares.append([_html(chapter), f"<code>{_html(name)}</code>", *map(str, counts), str(len(own) - sum(counts))])
    to_look_at = [
        f'<li><a href="{one.page}">{_html(one.name)}</a>: {_html(said)}</li>' for one in students for said in _odd(one)
    ]
    to_look_at += [f"<li>left out: {_html(said)}</li>" for said in left_out]
    look = f"<h2>To look at</h2>\n<ul>\n{chr(10).join(to_look_at)}\n</ul>\n" if to_look_at else ""
    return _document(
        "Grades",
        f"<p>The same as tables: <a href='grades.csv'>grades.csv</a>, <a href='points.csv'>points.csv</a></p>\n"
        f"{_table(heads, table)}\n{look}<h2>Exercises</h2>\n"
        + _table(("chapter", "exercise", "right", "wrong", "not written", "no answer"), shares),
    )


def _odd(student: Student) -> list[str]:
    """What a teacher should see first: notebooks that did not run, and those that changed the package."""
    odd = [f"{shortened(file)} did not run" for file, found in student.notebooks if not found.ran]
    changed = [(file, name) for file, found in student.notebooks for name in found.changed[:1]]
    return odd + [
        f"{shortened(file)} changed {shortened(name)}, which was put back before the checks" for file, name in changed
    ]


def _page(student: Student, own: Sequence[Row]) -> str:
    parts = [f"<p>{sum(row.points for row in own)} of {sum(row.of for row in own)} points</p>"]
    for chapter in dict.fromkeys(row.chapter for row in own):
        lines = [
            (
                f"<code>{_html(row.exercise)}</code>",
                f'<span class="{row.result.split()[0]}">{_html(row.result)}</span>',
                f"{row.points} of {row.of}",
                _html(row.message) + (f"<br><small>{_html(row.note)}</small>" if row.note else ""),
            )
            for row in own
            if row.chapter == chapter
        ]
        parts.append(
            f"<h2>Chapter {_html(chapter)}</h2>\n" + _table(("exercise", "result", "points", "what was found"), lines)
        )
    for file, found in student.notebooks:
        troubles = found.troubles + [f"{name} of the package had been changed" for name in found.changed]
        more = [f"and {len(troubles) - SHOWN} more"] if len(troubles) > SHOWN else []
        said = "".join(f"<li>{_html(line)}</li>\n" for line in troubles[:SHOWN] + more) or "<li>all cells ran</li>"
        parts.append(f"<h2>{_html(shortened(file))}</h2>\n<p>{found.seconds:.0f} s</p>\n<ul>\n{said}</ul>")
    return _document(shortened(student.name), "\n".join(parts))
