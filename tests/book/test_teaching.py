"""The teacher's pages keep their promises: minutes add up, exercises exist, numbers are those that chapters print."""

import json
import math
import re
from itertools import pairwise

import numpy as np
import pytest

from lfes_core import parse
from lfes_core.evaluation.figures import icc_3_1
from tools.book.pages import ROOT
from tools.book.slide_sources import Chapters
from tools.book.slides import read_weeks

BOOK = ROOT / "book"
PLAN, PROJECTS, EXAM = ((BOOK / f"teaching_{name}.md").read_text("utf-8") for name in ("plan", "projects", "exam"))
LINK = re.compile(r"\{ref\}`([\w-]+) <\1>`")
"""To an exercise, by its label, which is what is read."""
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
WEEKS = {week.number: week for week in read_weeks(BOOK)}


def tables(page):
    """Tables of a page: the heading above, the heading over that, and rows without the heads of columns."""
    found, above = [], ["", "", "", ""]
    for line in page.splitlines():
        if heading := re.match(r"(#+) (.+)", line):
            depth = len(heading[1])
            above[depth - 1 :] = [heading[2]] + [""] * (4 - depth)
        if line.startswith("|"):
            if not found or found[-1][2][-1] is None:
                found.append((above[1], above[2], []))
            found[-1][2].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found and found[-1][2][-1] is not None:
            found[-1][2].append(None)
    return [(part, section, [row for row in rows[2:] if row]) for part, section, rows in found]


def timed(part):
    """Tables of the plan with minutes: section, and rows of (minutes, what, with)."""
    return [
        (section, [row[-3:] for row in rows])
        for above, section, rows in tables(PLAN)
        if above.startswith(part) and rows
    ]


def minutes_of(cell):
    return int(cell.strip("*"))


TIMED = [(part, section, [row[-3:] for row in rows]) for part, section, rows in tables(PLAN)]
EVERY_TABLE = [pytest.param(section, rows, id=f"{part} {section}") for part, section, rows in TIMED]


@pytest.fixture(scope="module")
def chapters():
    return Chapters(BOOK)


def named_slides(text, week=None):
    """Numbers of slides that a cell names, by week: "week 3, slides 2 to 5" or "slides 9, 12 and 20"."""
    found = re.search(r"(?:week (\d), )?slides? ([\d, and to]+)", text)
    if not found:
        return None, set()
    numbers = [int(number) for number in re.findall(r"\d+", found[2])]
    if " to " in found[2]:
        numbers = list(range(numbers[0], numbers[1] + 1))
    return int(found[1]) if found[1] else week, set(numbers)


def test_the_plan_has_five_weeks_of_two_lessons_a_day_and_a_lecture():
    parts = [(part, section) for part, section, _ in TIMED]
    for week in range(1, 6):
        (title,) = {part for part, _ in parts if part.startswith(f"Week {week}: ")}
        lessons = [f"Lesson {2 * week - 1}", f"Lesson {2 * week}", "At home"]
        assert [section for part, section in parts if part == title] == lessons
        assert title.removeprefix(f"Week {week}: ") == WEEKS[week].title[0].lower() + WEEKS[week].title[1:]
        written = PLAN[PLAN.index(f"## {title}") :].split("\n## ")[0] if week == 1 else PLAN.split(f"## {title}")[1]
        for promise in ("**Goals.**", "**Before.**", "**What students get wrong.**"):
            assert promise in written
    assert [part for part, section in parts if not section] == ["A workshop of one day", "One lecture of 90 minutes"]


@pytest.mark.parametrize(("section", "rows"), EVERY_TABLE)
def test_minutes_add_up_to_what_is_said(section, rows):
    *parts, total = [minutes_of(row[0]) for row in rows]
    assert sum(parts) == total and rows[-1][0].startswith("**")
    if section.startswith("Lesson"):
        assert total == 90


def test_the_lecture_has_90_minutes_and_the_day_runs_from_nine_to_five_without_a_gap():
    day, lecture = ([row for row in rows if row] for part, _, rows in tables(PLAN) if part[:5] in ("A wor", "One l"))
    assert minutes_of(lecture[-1][0]) == 90
    starts = [60 * int(row[0].partition(":")[0]) + int(row[0].partition(":")[2]) for row in day]
    for (start, after), row in zip(pairwise(starts), day, strict=False):
        assert after - start == minutes_of(row[1]), row
    assert (starts[0], starts[-1], minutes_of(day[-1][1])) == (540, 1020, 480)


@pytest.mark.parametrize(("section", "rows"), EVERY_TABLE)
def test_an_exercise_of_the_plan_exists_and_takes_the_minutes_of_its_title(chapters, section, rows):
    for minutes, what, where in rows:
        labels = LINK.findall(where)
        assert bool(labels) == what.startswith("Exercise"), what
        if labels:
            assert sum(chapters.exercise(label).minutes for label in labels) == minutes_of(minutes), labels


def test_reading_at_home_takes_as_long_as_the_chapters_say():
    for _, section, rows in TIMED:
        if section == "At home":
            minutes, _, where = next(row for row in rows if row[1] == "Read")
            told = []
            for name in re.findall(r"\]\(([^)]+)\)", where):
                told.append(int(re.search(r"\*\*Time\*\* (\d+) minutes", (BOOK / name).read_text("utf-8"))[1]))
            assert sum(told) == minutes_of(minutes)


@pytest.mark.parametrize("week", WEEKS)
def test_lessons_use_every_slide_of_their_week_once_and_in_order(week):
    used = []
    for part, section, rows in TIMED:
        if part.startswith(f"Week {week}") and section.startswith("Lesson"):
            for _, what, where in rows:
                used += sorted(named_slides(f"{where} {what if 'slide' in what else ''}", week)[1])
    assert used == list(range(1, len(WEEKS[week].slides) + 1))


@pytest.mark.parametrize("week", WEEKS)
def test_exercises_of_the_slides_are_those_of_the_week(week):
    planned = {
        label for part, _, rows in TIMED if part.startswith(f"Week {week}") for *_, where in rows
        for label in LINK.findall(where)
    }  # fmt: skip
    assert {label for slide in WEEKS[week].slides for label in slide.exercises} <= planned


def test_slides_of_the_day_and_of_the_lecture_exist():
    for part, section, rows in TIMED:
        for *_, where in rows if not section else []:
            week, numbers = named_slides(where)
            assert not numbers or max(numbers) <= len(WEEKS[week].slides), (part, where)


def test_there_are_six_projects_with_milestones_and_a_baseline_that_needs_no_network():
    parts = [part for part, *_ in tables(PROJECTS)]
    for number in range(1, 7):
        milestones, baselines = (rows for part, _, rows in tables(PROJECTS) if part.startswith(f"{number} "))
        assert len(milestones) >= 4
        assert {"copy", "guessing"} & {row[0] for row in baselines}
    assert len(set(parts)) == 7
    for said in ("**Expect**", "**A good result**"):
        assert PROJECTS.count(said) == 6


def lines_of(notebook):
    """Everything that a notebook prints, a line each."""
    for cell in json.loads((BOOK / notebook).read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            said = "".join(output.get("text", data.get("text/markdown", "")))
            yield from said.replace("\N{NO-BREAK SPACE}", " ").splitlines()


BASELINES = [
    pytest.param(*row, id=f"{part[0]} {row[0]}, {row[1]}")
    for part, _, rows in tables(PROJECTS)
    for row in rows
    if len(row) == 4
]


@pytest.mark.parametrize(("who", "measure", "value", "where"), BASELINES)
def test_a_number_to_beat_is_printed_by_its_chapter(who, measure, value, where):
    notebook = re.search(r"\((\w+\.ipynb)\)", where)[1]
    assert any(who in line and value in line for line in lines_of(notebook)), f"{who}: {value} in {notebook}"


@pytest.mark.parametrize("page", [PLAN, PROJECTS], ids=["plan", "projects"])
def test_every_exercise_that_is_named_is_linked_and_exists(chapters, page):
    labels = LINK.findall(page)
    assert labels and all(chapters.exercise(label) for label in labels)
    named = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", page))
    assert not named & set(chapters.exercises)


def test_the_rubric_has_a_hundred_points_and_four_levels():
    (rows,) = (rows for part, _, rows in tables(PROJECTS) if part == "The rubric")
    points = [minutes_of(row[0]) for row in rows]
    assert sum(points[:-1]) == points[-1] == 100
    assert all(len([cell for cell in row[2:] if cell]) == 4 for row in rows[:-1])


QUESTION = re.compile(
    r"^\*\*(?P<number>\d+)\. (?P<name>.+?)\*\* \((?P<kind>[\w ]+), (?P<points>\d) points, (?P<chapters>.+?)\)\. "
    r"(?P<text>.+?)"
    r":::\{dropdown\} Answer\n(?P<answer>.+?)\n:::",
    re.MULTILINE | re.DOTALL,
)
QUESTIONS = [found.groupdict() for found in QUESTION.finditer(EXAM)]


def test_the_exam_asks_about_every_chapter_in_four_ways_and_is_worth_a_hundred_points():
    assert [int(each["number"]) for each in QUESTIONS] == list(range(1, 25))
    asked = {name for each in QUESTIONS for name in re.findall(r"\(([\w]+\.ipynb)\)?", each["chapters"] + ")")}
    assert {path.name for path in NOTEBOOKS if path.stem[:2].isdigit() or path.stem == "related_work"} <= asked
    assert {each["kind"] for each in QUESTIONS} == {"short answer", "derivation", "figure", "code"}
    assert sum(int(each["points"]) for each in QUESTIONS) == 100


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each["name"])
def test_points_of_an_answer_are_those_of_its_question(chapters, question):
    given = re.findall(r"(?<!\\left) \((\d(?:\.5)?)\)", question["answer"])
    assert sum(map(float, given)) == int(question["points"])
    for name in re.findall(r"\{numref\}`([\w-]+)`", question["text"]):
        assert chapters.figure(name)
    assert (question["kind"] == "figure") == ("{numref}" in question["text"])
    assert (question["kind"] == "code") == ("```python" in question["text"])


def test_numbers_of_the_exam_are_right():
    answers = {int(each["number"]): each["answer"] for each in QUESTIONS}
    assert parse("A woman with a fairly raised inner brow and parted lips.").action_units == {1: 3, 25: None}
    half, group = 0.5**0.1, (12 * math.log(12) + 4 * math.log(4)) / 16
    heard, deaf = math.exp(2) / (math.exp(2) + 1), math.exp(2) / (math.exp(2) + 2)
    true, false = math.log(1 + math.e), math.log(1 + 1 / math.e)
    named = np.arange(6.0)
    shrunk, doubled, shifted = (icc_3_1(np.stack((named, one), 1)) for one in (named / 2, 2 * named, named + 1))
    for number, wanted in {
        3: [f"0.32/0.08 = {0.32 / 0.08:.0f}", f"1/0.08 = {1 / 0.08:.1f}"],
        4: [f"= {half:.3f}", f"= {math.log(half / (1 - half)):.2f}"],
        6: [f"= {group:.3f}", f"= {math.exp(group):.2f}"],
        10: [f"({heard:.3f}, {1 - heard:.3f})", f"({2 * heard:.3f}, ", f"({deaf:.3f}, ", f"({2 * deaf:.3f}, "],
        14: [f"= {true:.4f}", f"= {false:.4f}", f"{true + false:.4f}", f"{2 * math.log(2):.4f}"],
        22: [f"= {shrunk:.1f}", f"= {doubled:.1f}", f"high: {shifted:.0f}"],
    }.items():
        for text in wanted:
            assert text in answers[number], (number, text)


@pytest.mark.parametrize("page", [PLAN, PROJECTS, EXAM], ids=["plan", "projects", "exam"])
def test_links_of_the_teachers_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+\.(?:ipynb|md))\)", page)
    assert targets and all((BOOK / target).is_file() for target in targets)
    assert "!" not in re.sub(r"```.*?```|`[^`]+`|\$[^$]+\$", "", page, flags=re.DOTALL)
