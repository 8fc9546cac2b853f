"""Grading a class: three sample submissions, and what else a class hands in."""

import csv
import html
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from operator import methodcaller
from pathlib import Path

import pytest

from lfes_core.command_line import command_line_parser, main
from lfes_core.course import check, runner
from lfes_core.course import grade as grader
from lfes_core.course.grade import submissions
from lfes_core.course.report import Row, Student, report
from lfes_core.course.runner import Found
from lfes_core.errors import UserError
from lfes_core.files import write_all
from tests.course.classroom import EXERCISES, KL, TWICE, cell, small_book, write
from tools.book.samples import CHAPTER, CHECKED, write_samples

BOOK = Path(__file__).parents[2] / "book"


def rows(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (out / "grades.csv").open() as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


def words(page: Path) -> str:
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", page.read_text("utf-8")).split()))


def call(folder: Path, *more: str) -> list[str]:
    words = ["grade", str(folder / "class"), "--out", str(folder / "grades"), "--book", str(folder / "book")]
    return [*words, "--exercises", str(EXERCISES), "--time-limit", "20s", "--jobs", "2", *more]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three sample submissions, and around them what must not stop the grader."""
    folder = tmp_path_factory.mktemp("graded")
    small_book(folder / "book")
    made = folder / "class"
    write(made / "right" / "99_numbers.ipynb", TWICE, KL, "from numbers_of_chapter import TWO")
    forgotten = "def my_kl(mean, log_variance):\n    return (mean**2 + log_variance.exp() - 1 - log_variance).mean()"
    write(made / "wrong" / "deep" / "99_numbers.ipynb", "def my_twice(number): return -2 * number", forgotten)
    write(
        made / "broken" / "99_numbers.ipynb",
        "def my_twice(number) return 2",
        "while True: pass",
        "import os; os._exit(1)",
    )
    write(made / "<b>&bold" / "99_numbers.ipynb", "import lfes_core.losses as l\nl.kl_divergence = print", KL)
    write(made / "=1+1.ipynb", TWICE, lfes={"chapter": "99_numbers"})
    (made / "empty").mkdir()
    write(made / "two" / "99_first.ipynb", TWICE)
    write(made / "two" / "99_second.ipynb", KL)
    (made / "link").mkdir()
    (made / "link" / "99_numbers.ipynb").symlink_to(made / "right" / "99_numbers.ipynb")
    (made / "linked_folder").symlink_to(made / "right")
    (made / "nothing").mkdir()
    (made / "nothing" / "99_numbers.ipynb").write_text("")
    (made / "right" / ".ipynb_checkpoints").mkdir()
    (made / "right" / ".ipynb_checkpoints" / "99_numbers.ipynb").write_text("")
    (made / "readme.txt").write_text("x")
    (made / "packed.zip").write_text("x")
    (made / "pipe").mkdir()
    os.mkfifo(made / "pipe" / "99_numbers.ipynb")
    (made / "folder.ipynb" / "99_numbers.ipynb").mkdir(parents=True)
    write(made / "deep" / "/".join("d" * 60) / "99_numbers.ipynb", TWICE)
    for name in (b"no\xfftext", b"no\xfetext"):
        write(Path(os.fsdecode(os.path.join(os.fsencode(made), name, b"99_NUMBERS.IPYNB"))), KL)
    assert main(call(folder)) == 0
    return folder


def test_a_right_submission_gets_all_points(graded):
    table = rows(graded / "grades")
    right = [table["right", name] for name in ("twice", "kl")]
    assert [row["result"] for row in right] == ["right", "right"]
    assert [(row["points"], row["of"], row["message"]) for row in right] == [
        ("2", "2", "Two numbers, doubled"),
        ("1", "1", "The package's divergence on four random means"),
    ]


def test_a_wrong_submission_is_told_what_is_off(graded):
    table = rows(graded / "grades")
    assert table["wrong", "twice"]["message"] == "the answer has its sign turned: what should grow falls"
    assert "2 times the true one: is a half lost" in table["wrong", "kl"]["message"]
    assert {table["wrong", name]["points"] for name in ("twice", "kl")} == {"0"}


@pytest.mark.fault("Course", "a notebook of words that are no Python, without an end", "graded; its page says why")
def test_a_broken_submission_is_graded_and_its_page_says_why(graded):
    table = rows(graded / "grades")
    assert [table["broken", name]["result"] for name in ("twice", "kl")] == ["missing", "missing"]
    [page] = (graded / "grades").glob("broken_*.html")
    told = words(page)
    assert "cell 1 stopped with SyntaxError: expected ':' (line 1)" in told
    assert "cell 2 took too long and was stopped" in told and "cell 3 ended the process" in told


@pytest.mark.parametrize(
    ("student", "twice", "kl"),
    [
        ("<b>&bold", "missing", "right"),
        ("'=1+1", "right", "missing"),
        ("empty", "missing", "missing"),
        ("two", "right", "right"),
        ("link", "notebook did not run", "notebook did not run"),
        ("nothing", "notebook did not run", "notebook did not run"),
        ("pipe", "notebook did not run", "notebook did not run"),
        ("folder.ipynb", "missing", "missing"),
        ("deep", "missing", "missing"),
        ("no\N{REPLACEMENT CHARACTER}text", "missing", "right"),
    ],
)
@pytest.mark.fault(
    "Course",
    "notebooks that are links, pipes, folders or empty, and names that are HTML, formulas or no UTF-8",
    "each has its rows and its page, and the others are graded",
)
def test_everything_else_that_a_class_hands_in_has_its_rows(graded, student, twice, kl):
    table = rows(graded / "grades")
    assert [table[student, name]["result"] for name in ("twice", "kl")] == [twice, kl]


def test_each_student_has_two_rows_and_nobody_else_has(graded):
    assert {student for student, _ in rows(graded / "grades")} == {
        *("right", "wrong", "broken", "<b>&bold", "'=1+1", "empty", "two", "link", "nothing"),
        *("pipe", "folder.ipynb", "deep", "no\N{REPLACEMENT CHARACTER}text"),
    }
    assert len((graded / "grades" / "grades.csv").read_text().splitlines()) == 1 + 2 * 14


def test_points_are_a_row_for_each_student(graded):
    with (graded / "grades" / "points.csv").open() as file:
        points = {row["student"]: (row["chapter 99"], row["points"], row["of"]) for row in csv.DictReader(file)}
    assert points["right"] == points["two"] == ("3", "3", "3") and points["wrong"] == ("0", "0", "3")


def test_every_student_has_a_page_that_needs_no_other_file(graded):
    out = graded / "grades"
    linked = re.findall(r'href="([^"]+\.html)"', (out / "index.html").read_text())
    pages = {path.name for path in out.glob("*.html")} - {"index.html"}
    assert set(linked) == pages and len(pages) == 14
    for page in pages:
        text = (out / page).read_text()
        assert "<script" not in text and not re.search(r'(src|href)="', text) and "<b>&" not in text


def test_the_index_shows_first_what_a_teacher_should_look_at(graded):
    told = words(graded / "grades" / "index.html").partition("To look at")[2].partition("Exercises")[0]
    assert "changed lfes_core.losses.kl_divergence, which was put back" in told
    assert "link : 99_numbers.ipynb did not run" in told and "right" not in told


@pytest.mark.fault("Course", "files that are no notebooks, links to folders, folders too deep", "named, not graded")
def test_what_is_not_graded_is_named(graded, capsys):
    told = words(graded / "grades" / "index.html")
    for name in ("readme.txt", "packed.zip", "linked_folder"):
        assert f"left out: {name}: neither a notebook nor a folder" in told
    assert "left out: deep: more than 50 folders in one another" in told
    assert main(call(graded)) == 0 and "; left out: deep: more than" in capsys.readouterr().out


def test_sample_submissions_are_right_wrong_and_broken_also_by_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [cell(f"{name}_empty = 1", "blank") for name in ("my_twice", "my_kl")]
    for name, solved in (("twice", TWICE), ("kl", KL)):
        cells += [cell(solved, "solution"), cell(f'check = print\ncheck("{name}", my_{name})', "check")]
    write(tmp_path / "book" / "99_numbers.ipynb", *cells)
    written = write_samples(tmp_path / "class", tmp_path / "book", "99_numbers")
    assert [path.relative_to(tmp_path / "class").as_posix() for path in written] == [
        f"{student}/99_numbers.ipynb" for student in ("right", "wrong", "broken")
    ]
    assert main(call(Path())) == 0
    results = {key: row["result"] for key, row in rows(tmp_path / "grades").items()}
    expected = {"right": "right", "wrong": "wrong", "broken": "missing"}
    assert results == {(student, name): told for student, told in expected.items() for name in ("twice", "kl")}
    [page] = (tmp_path / "grades").glob("broken_*.html")
    assert "SyntaxError" in words(page) and "took too long" in words(page)


def test_samples_are_made_of_a_chapter_whose_answers_are_checked():
    source = (BOOK / f"{CHAPTER}.ipynb").read_text("utf-8")
    checked = [one for one in json.loads(source)["cells"] if "check" in one["metadata"].get("tags", [])]
    assert len(checked) >= 2 and all(CHECKED.search("".join(one["source"])) for one in checked)


def test_unchanged_notebooks_are_not_run_again(graded, monkeypatch, capsys, tmp_path):
    grades = shutil.copytree(graded / "grades", tmp_path / "grades")
    own = ["--out", str(grades)]
    before = {path: path.read_bytes() for path in grades.rglob("*.*")}
    ran = []
    monkeypatch.setattr(grader, "run_notebook", lambda file, *more: ran.append(file.parent.name) or Found(99, True))
    assert main(call(graded, *own)) == 0 and ran == []
    assert {path: path.read_bytes() for path in grades.rglob("*.*")} == before
    two = graded / "class" / "two" / "99_first.ipynb"
    text = two.read_text()
    try:
        two.write_text(text + " ")
        (grades / "graded" / "x.json").write_text("{")
        assert main(call(graded, *own)) == 0 and ran == ["two"]
    finally:
        two.write_text(text)
    assert main(call(graded, *own, "--memory", "5")) == 0 and len(set(ran)) > 5  # other limits may change a grade


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--out", "{0}/class/grades"], "lies among what was handed in"),
        (["--out", "{0}/book"], "is no folder of grades"),
        (["--exercises", "{0}/nothing.py"], "there is no such file"),
        (["--exercises", "{0}/broken.py"], "ZeroDivisionError"),
        (["--book", "{0}"], "has no notebooks"),
        (["--time-limit", "soon"], "time limit"),
        (["--jobs", "0"], "whole number from 1"),
        (["--memory", "x"], "whole number from 1"),
    ],
)
def test_a_wrong_call_is_one_line_and_writes_nothing(tmp_path, capsys, change, message):
    small_book(tmp_path / "book")
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "broken.py").write_text("1 / 0")
    before = sorted(tmp_path.rglob("*"))
    assert main(call(tmp_path, *(word.format(tmp_path) for word in change))) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_students_is_refused(tmp_path, capsys):
    small_book(tmp_path / "book")
    assert main(call(tmp_path)) == 2 and "there is no such folder" in capsys.readouterr().err
    (tmp_path / "class").mkdir()
    assert main(call(tmp_path)) == 2 and "neither folders of students nor notebooks" in capsys.readouterr().err


@pytest.mark.fault("Course", "the grader is interrupted", "what is graded is kept, the next call goes on")
def test_an_interrupted_call_keeps_what_is_done_and_the_next_one_goes_on(tmp_path):
    small_book(tmp_path / "book")
    write(tmp_path / "class" / "a" / "99_numbers.ipynb", TWICE)
    write(tmp_path / "class" / "b" / "99_numbers.ipynb", "import time; time.sleep(1000)")
    command = [sys.executable, "-m", "lfes_core", *call(tmp_path), "--time-limit", "1h"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    out = tmp_path / "grades"
    end = time.monotonic() + 120
    while not list(out.glob("graded/*.json")) and time.monotonic() < end:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert "interrupted" in process.communicate()[1] and process.returncode == 130
    assert len(list(out.glob("graded/*.json"))) == 1
    assert [path.name for path in out.iterdir() if path.name not in ("graded", ".lock")] == []


@pytest.mark.fault("Privacy and security", "a link among submissions to a folder elsewhere", "it is not followed")
def test_links_to_other_folders_are_not_followed(tmp_path):
    write(tmp_path / "elsewhere" / "99_x.ipynb", TWICE)
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "class" / "ada" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "ada" / "round").symlink_to(tmp_path / "class")
    assert submissions(tmp_path / "class") == (["ada"], [], [])


@pytest.mark.fault("Privacy and security", "names and answers that a spreadsheet would run", "they are text there")
def test_a_table_is_safe_in_a_spreadsheet():
    row = Row("@cmd", 1, "x", "wrong", 0, 1, "-2+3", "a\nb")
    text = report([Student("@cmd", [])], [row])["grades.csv"]
    assert text.splitlines()[1].startswith("'@cmd,1,x,wrong,0,1,'-2+3,") and len(text.splitlines()) == 2


@pytest.mark.fault("Course", "a class of 1,200 students", "the report is written, with a few files open at a time")
def test_the_report_of_a_large_class_needs_few_open_files(tmp_path):
    students = [Student(f"student {number}", [("99_x.ipynb", Found(99, True))]) for number in range(1200)]
    rows = [Row(one.name, 99, name, "right", 1, 1, "", "") for one in students for name in ("twice", "kl")]
    files = report(students, rows)
    assert len(files) == 1203 and "2 of 2 points" in files[students[-1].page]
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 40, limits[1]))
        write_all({tmp_path / name: methodcaller("write", text.encode()) for name, text in files.items()})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert {path.name for path in tmp_path.iterdir()} == files.keys()


def test_a_page_shows_so_many_troubles_and_counts_the_others():
    found = Found(99, True, [f"cell {number} stopped" for number in range(60)])
    text = report([Student("ada", [("x", found)])], [])[Student("ada", []).page]
    assert "cell 49 stopped" in text and "cell 50 stopped" not in text and "and 10 more" in text


PAGE = (Path(__file__).parents[2] / "book" / "grading.md").read_text("utf-8")


def test_commands_of_the_page_are_understood_and_its_numbers_are_the_graders():
    for line in re.findall(r"python -m lfes_core ([^\n`]+)", PAGE):
        command_line_parser().parse_args(shlex.split(line))
    arguments = command_line_parser().parse_args(["grade", "x", "--out", "y"])
    assert (arguments.time_limit, arguments.memory) == ("5m", 4)
    assert "five minutes of a processor and 4 GB" in PAGE
    assert f"a check {runner.CHECK_SECONDS:.0f} seconds" in PAGE
    assert runner.STARTS == 4 and "at most four times" in PAGE


def test_the_exercise_of_the_page_grades(monkeypatch):
    monkeypatch.setattr(sys.modules["lfes_core.course.check"], "_REGISTERED", {})
    [block] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(block, {"__name__": "mine"})
    assert check("cosine", lambda one, other: one @ other / one.norm() / other.norm()).right
    assert not check("cosine", lambda one, other: one @ other).right


def test_a_system_that_cannot_hold_a_notebook_to_its_limits_grades_none_and_says_so(tmp_path, monkeypatch):
    monkeypatch.delattr("os.killpg")
    with pytest.raises(UserError, match="notebooks are graded on Linux or macOS: "):
        grader.grade(tmp_path, tmp_path / "out", tmp_path, runner.Limits())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault(
    "Privacy and security",
    "a student writes a script where the grader shows what was written",
    "its page shows it as text, and its policy lets nothing run or be loaded",
)
def test_a_page_of_grades_runs_and_loads_nothing():
    evil = "<script>fetch('http://other.example')</script>"
    pages = {name: text for name, text in report([Student(evil, [])], []).items() if name.endswith(".html")}
    assert len(pages) == 2
    for text in pages.values():
        assert "<script" not in text and "&lt;script&gt;" in text
        assert text.index("default-src 'none'; style-src 'unsafe-inline'") < text.index("<title>")
