"""Grading a class whose notebooks are not run: what is graded, what is kept, and what is written."""

import csv
import json
import os
import re
import shlex
import shutil
import sys
import threading
from collections.abc import Iterator
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest

from lfes_core.command_line import command_line_parser, main
from lfes_core.course import check, exercises, runner
from lfes_core.course import grade as grader
from lfes_core.course.grade import Submission, submissions
from lfes_core.course.report import Row, Student, report
from lfes_core.course.runner import Found, Limits
from lfes_core.errors import UserError
from lfes_core.files import write_all, write_text
from tests.course.classroom import EXERCISES, KL, TWICE, call, rows, small_book, words, write
from tools.book.samples import CHAPTER, CHECKED

BOOK = Path(__file__).parents[2] / "book"


exercises()  # imported once, and not in every fork of the mutation tests


def pretended(file: Path, *_: object) -> Found:
    """What a notebook would bring, by the look of it."""
    text = file.read_text("utf-8")
    if not text:
        return Found(troubles=["the file is no notebook"])
    says = {"twice": "Two numbers, doubled", "kl": "The package's divergence on four random means"}
    answers = {
        name: {"result": "right" if json.dumps(own)[1:-1] in text else "missing", "says": says[name], "note": ""}
        for name, own in (("twice", TWICE), ("kl", KL))
    }
    if "1 / 0" in text:
        answers["kl"] |= {"result": "wrong", "says": "2 times"}
    return Found(99, True, [], ["lfes_core.losses.kl_divergence"] if "= print" in text else [], answers)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Notebooks, and around them what must not stop the grader."""
    folder = tmp_path_factory.mktemp("graded")
    small_book(folder / "book")
    made = folder / "class"
    write(made / "right" / "99_numbers.ipynb", TWICE, KL, "from numbers_of_chapter import TWO")
    forgotten = "def my_kl(mean, log_variance):\n    return (mean**2 + log_variance.exp() - 1 - log_variance).mean()"
    write(made / "wrong" / "deep" / "99_numbers.ipynb", "1 / 0", "", forgotten)
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grader, "run_notebook", pretended)
        patch.setattr(grader.subprocess, "run", lambda command, **_: None)  # fonts
        assert main(call(folder)) == 0
    return folder


def test_a_right_submission_gets_all_points_and_a_wrong_one_none(graded):
    table = rows(graded / "grades")
    right = [table["right", name] for name in ("twice", "kl")]
    assert [(row["chapter"], row["result"], row["points"], row["of"], row["message"]) for row in right] == [
        ("99", "right", "2", "2", "Two numbers, doubled"),
        ("99", "right", "1", "1", "The package's divergence on four random means"),
    ]
    assert [table["wrong", name]["points"] for name in ("twice", "kl")] == ["0", "0"]
    assert table["link", "kl"]["message"] == "it is a link to elsewhere, or no file; hand in the notebook itself"


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
        *("right", "wrong", "<b>&bold", "'=1+1", "empty", "two", "link", "nothing"),
        *("pipe", "folder.ipynb", "deep", "no\N{REPLACEMENT CHARACTER}text"),
    }
    assert len((graded / "grades" / "grades.csv").read_text().splitlines()) == 1 + 2 * 13


def test_points_are_a_row_for_each_student(graded):
    with (graded / "grades" / "points.csv").open() as file:
        points = {row["student"]: (row["chapter 99"], row["points"], row["of"]) for row in csv.DictReader(file)}
    assert points["right"] == points["two"] == ("3", "3", "3") and points["wrong"] == ("0", "0", "3")


def test_every_student_has_a_page_that_needs_no_other_file(graded):
    out = graded / "grades"
    linked = re.findall(r'href="([^"]+\.html)"', (out / "index.html").read_text())
    pages = {path.name for path in out.glob("*.html")} - {"index.html"}
    assert set(linked) == pages and len(pages) == 13
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


def test_a_page_shows_notebooks_in_their_order_whichever_was_done_first(monkeypatch, tmp_path):
    small_book(tmp_path / "book")
    for name in ("99_first", "99_second"):
        write(tmp_path / "class" / "a" / f"{name}.ipynb", TWICE)
    second_is_kept = threading.Event()

    def run(file: Path, *more: object) -> Found:
        assert "second" in file.name or second_is_kept.wait(60)
        return Found(99, True)

    def kept(path: Path, text: str) -> None:
        write_text(path, text)
        second_is_kept.set()

    monkeypatch.setattr(grader, "run_notebook", run)
    monkeypatch.setattr(grader, "write_text", kept)
    assert main(call(tmp_path)) == 0
    [page] = (tmp_path / "grades").glob("a_*.html")
    assert words(page).index("99_first") < words(page).index("99_second")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--out", "{0}/class/grades"], "lies among what was handed in"),
        (["--out", "{0}/book"], "is no folder of grades"),
        (["--out", "{0}/none/grades"], "No such file or directory"),
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


def test_grades_never_lie_among_what_was_handed_in_whatever_the_way_there(tmp_path, monkeypatch):
    write(tmp_path / "class" / "ada.ipynb")
    (tmp_path / "linked").symlink_to(tmp_path / "class")
    monkeypatch.chdir(tmp_path)
    for folder, out in ((tmp_path / "class", Path("class/grades")), (Path("linked"), tmp_path / "class" / "grades")):
        with pytest.raises(UserError, match="lies among what was handed in"):
            grader.grade(folder, out, tmp_path, Limits())


def test_a_folder_without_students_is_refused(tmp_path, capsys):
    small_book(tmp_path / "book")
    assert main(call(tmp_path)) == 2 and "there is no such folder" in capsys.readouterr().err
    (tmp_path / "class").mkdir()
    assert main(call(tmp_path)) == 2 and "neither folders of students nor notebooks" in capsys.readouterr().err


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
    assert grader.LARGEST == 300 * 1024**2 and grader.DEEPEST == 50
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


def grade_them(folder: Path, monkeypatch: pytest.MonkeyPatch, brings: Any, **more: Any) -> str:
    """Grades notebooks that are not run, on a machine of six cores; `grade` wants killpg."""
    if not (folder / "book").exists():
        small_book(folder / "book")
    monkeypatch.setattr(grader, "run_notebook", brings)
    monkeypatch.setattr(grader.subprocess, "run", lambda command, **_: None)
    monkeypatch.setattr(grader, "cores", lambda: 6)
    given = {"limits": Limits(300.0, 4.0), "jobs": 2, "exercises": EXERCISES} | more
    return grader.grade(folder / "class", folder / "grades", folder / "book", **given)


def told(result: str, says: str = "", note: str = "") -> dict[str, str]:
    return {"result": result, "says": says, "note": note}


def test_the_best_answer_of_a_student_counts_and_says_what_was_odd(tmp_path, monkeypatch):
    found = {
        "a/99_one": Found(99, True, [], [], {"twice": told("missing"), "kl": told("right", "It holds")}),
        "a/99_two": Found(99, True, ["x"], ["f", "g", "h", "i"], {"twice": told("wrong", "2 times", "names f")}),
        "a/99_three": Found(99, True, [], [], {"twice": told("not written"), "kl": told("grand")}),
        "b/99_four": Found(None, False, ["first", "last"]),
        "b/other": Found(None, False),
        "c/98_five": Found(98, True),
        "d/99_six": Found(99, True, [], [], {name: told("not written") for name in ("twice", "kl")}),
        "d/99_seven": Found(99, True, [], [], {"twice": told("missing")}),
    }
    for name in found:
        write(tmp_path / "class" / f"{name}.ipynb")
    (tmp_path / "class" / "notes").touch()
    said = grade_them(
        tmp_path, monkeypatch, lambda file, *_: found[file.relative_to(tmp_path / "class").with_suffix("").as_posix()]
    )
    assert said == (
        f"{tmp_path / 'grades' / 'index.html'}: 4 students, 8 notebooks, 1 of 8 right; "
        "left out: notes: neither a notebook nor a folder (unpack archives, copy links)"
    )
    table = {key: (row["result"], row["message"], row["note"]) for key, row in rows(tmp_path / "grades").items()}
    assert table == {
        ("a", "twice"): ("wrong", "2 times", "the notebook changed f, g, h; names f"),
        ("a", "kl"): ("right", "It holds", ""),
        ("b", "twice"): ("notebook did not run", "last", ""),
        ("b", "kl"): ("notebook did not run", "last", ""),
        ("c", "twice"): ("missing", "no notebook of chapter 99 was handed in", ""),
        ("c", "kl"): ("missing", "no notebook of chapter 99 was handed in", ""),
        ("d", "twice"): ("not written", "", ""),
        ("d", "kl"): ("not written", "", ""),
    }


def test_a_notebook_that_ended_without_a_word_is_told(tmp_path, monkeypatch):
    write(tmp_path / "class" / "ada" / "99_x.ipynb")
    grade_them(tmp_path, monkeypatch, lambda *_: Found())
    assert {row["message"] for row in rows(tmp_path / "grades").values()} == {"its process ended"}


@pytest.mark.parametrize(("jobs", "threads"), [(None, 1), (2, 3), (9, 1)])
def test_each_notebook_gets_its_share_of_the_machine_and_a_folder_with_what_chapters_need(
    tmp_path, monkeypatch, jobs, threads
):
    write(tmp_path / "class" / "ada.ipynb", lfes={"chapter": "99_x"})
    given, bars = list[Any](), list[dict[str, Any]]()
    monkeypatch.setattr(grader, "tqdm", lambda running, **shown: bars.append(shown) or running)

    def brings(*more: Any) -> Found:
        template = more[1]
        given.extend(more)
        given.append((template / "numbers_of_chapter.py").is_file() and (template / ".temporary").is_dir())
        return Found(98)

    said = grade_them(tmp_path, monkeypatch, brings, jobs=jobs, exercises=None)
    file, template, limits, teacher, hidden, stop, whole = given
    assert said.endswith("1 students, 1 notebooks, 0 of 0 right")
    assert limits == Limits(300.0, 4.0, threads) and teacher is None and not stop.is_set()
    assert bars == [{"desc": "grading", "unit": "notebook", "total": 1, "disable": None}]
    assert file == tmp_path / "class" / "ada.ipynb" and hidden == [tmp_path / "class", tmp_path / "grades"]
    assert whole and not template.exists() and template.name.startswith("lfes_")


def test_fonts_are_listed_once_for_all_notebooks(tmp_path, monkeypatch):
    calls = list[tuple[list[str], dict[str, Any]]]()
    monkeypatch.setattr(grader.subprocess, "run", lambda command, **more: calls.append((command, more)))
    monkeypatch.setenv("PATH", "here")
    with grader._template(small_book(tmp_path / "book")) as template:
        [(command, more)] = calls
    assert command == [sys.executable, "-c", "import matplotlib.font_manager"]
    assert more["cwd"] == template and more["capture_output"] and not more["check"]
    assert more["env"]["MPLCONFIGDIR"] == str(template / ".matplotlib") and more["env"]["PATH"] == "here"


def test_pages_of_students_who_have_left_are_removed(tmp_path, monkeypatch):
    for name in ("ada", "bob"):
        write(tmp_path / "class" / f"{name}.ipynb")
    grade_them(tmp_path, monkeypatch, lambda *_: Found(99, True))
    (tmp_path / "class" / "bob.ipynb").unlink()
    grade_them(tmp_path, monkeypatch, lambda *_: Found(99, True))
    assert {path.stem.partition("_")[0] for path in (tmp_path / "grades").glob("*.html")} == {"index", "ada"}


def test_what_interrupts_one_stops_all_and_keeps_what_is_done(tmp_path, monkeypatch):
    for name in "abcd":
        write(tmp_path / "class" / f"{name}.ipynb", name)
    done, stopped = threading.Event(), list[bool]()

    def brings(file: Path, *more: Any) -> Found:
        stop = more[-1]
        if file.stem == "a":
            return Found(99, True)
        if file.stem == "b":
            for _ in range(2000):
                if not list((tmp_path / "grades").rglob("*.json")):
                    done.wait(0.01)
            raise KeyboardInterrupt
        stopped.append(stop.wait(20))
        return Found(99, True)

    with pytest.raises(KeyboardInterrupt):
        grade_them(tmp_path, monkeypatch, brings)
    assert all(stopped) and len(stopped) <= 2
    assert len(list((tmp_path / "grades" / "graded").iterdir())) == 1 and not list(tmp_path.rglob("*.html"))


def test_a_grade_is_kept_as_long_as_nothing_that_counts_has_changed(tmp_path, monkeypatch):
    own = shutil.copytree(Path(grader.__file__).parent, tmp_path / "course")
    monkeypatch.setattr(grader, "__file__", str(own / "grade.py"))
    teacher = tmp_path / "teacher.py"
    teacher.write_text("one")
    limits = Limits(300.0, 4.0, 1)
    version = grader._fingerprint(limits, teacher)
    assert grader._fingerprint(Limits(300.0, 4.0, 2), teacher) == version
    others = {grader._fingerprint(other, teacher) for other in (Limits(301.0, 4.0), Limits(300.0, 5.0))}
    others.add(grader._fingerprint(limits, None))
    for file in (teacher, own / "exercises" / "attention.py"):
        file.write_text("two")
        others.add(grader._fingerprint(limits, teacher))
    assert len(others - {version}) == 5


def test_a_file_that_is_no_good_is_not_run_and_its_page_says_why(tmp_path, monkeypatch):
    one = Submission("ada", tmp_path / "x.ipynb", "x.ipynb")
    assert grader._state(one, "v") == ("it is a link to elsewhere, or no file; hand in the notebook itself", "")
    one.file.write_bytes(b"x" * 2**20)
    state = grader._state(one, "v")
    assert state[0] == "" and state[1].endswith(" v") and len(state[1]) == 66
    monkeypatch.setattr(grader, "LARGEST", 2**20)
    assert grader._state(one, "v") == state
    one.file.write_bytes(b"x" * (2**20 + 1))
    assert grader._state(one, "v") == ("it is larger than 1 MB; clear its outputs and hand it in again", "")
    monkeypatch.undo()
    assert grader._state(one, "v")[1] not in ("", state[1])

    def refuses(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuses)
    assert grader._state(one, "v") == ("it cannot be read (Permission denied)", "")


def test_a_result_is_used_again_only_as_it_was_written(tmp_path):
    kept, found = tmp_path / "x.json", Found(99, True, ["x"], ["y"], {"twice": told("right")}, 1.5)
    kept.write_text(json.dumps({"state": "v", "found": found.to_json()}))
    assert grader._earlier(kept, "v") == found
    assert grader._earlier(kept, "w") is None and grader._earlier(tmp_path / "y", "v") is None
    for text in ("[", "[]", "{}", '{"state": "v", "found": {"x": 1}}', '{"state": "v", "found": 3}'):
        kept.write_text(text)
        assert grader._earlier(kept, "v") is None


def test_notebooks_are_found_in_order_and_as_deep_as_is_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(grader, "DEEPEST", 2)
    names = ["b.ipynb", "a.ipynb", "c/d/e.IPYNB", "c/d/.f.ipynb", ".g/h.ipynb", "__MACOSX/i.ipynb", "c/x.txt"]
    for name in [f"ada/{name}" for name in names] + [".bob/x.ipynb", "__MACOSX/x.ipynb", ".x.ipynb", "eve.ipynb"]:
        write(tmp_path / name)
    students, found, left_out = submissions(tmp_path)
    assert (students, left_out) == (["ada", "eve"], [])
    assert [(one.student, one.name) for one in found] == [
        *(("ada", name) for name in ("a.ipynb", "b.ipynb", "c/d/e.IPYNB")),
        ("eve", "eve.ipynb"),
    ]
    assert all(one.file.is_file() for one in found)
    write(tmp_path / "ada" / "c" / "d" / "e" / "f.ipynb")
    assert submissions(tmp_path)[1:] == (found, ["ada: more than 2 folders in one another"])

    def walk(folder: Path, onerror: Any) -> Iterator[Any]:
        onerror(PermissionError(13, "Permission denied"))
        return iter(())

    monkeypatch.setattr(os, "walk", walk)
    assert submissions(tmp_path)[2] == ["ada: a folder cannot be read (Permission denied)"]
