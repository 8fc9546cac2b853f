"""Grades a class: every notebook is run and checked, a table and a page for each student are written."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

from tqdm import tqdm

from lfes_core.course.check import Exercise
from lfes_core.course.editions import copy_what_notebooks_need
from lfes_core.course.report import Row, Student, report
from lfes_core.course.runner import Found, Limits, environment_of, run_notebook
from lfes_core.course.sandbox import chapter_named, load_exercises
from lfes_core.errors import UserError, shortened
from lfes_core.files import alone_in, write_all, write_text
from lfes_core.threads import cores

LARGEST = 300 * 2**20
"""Bytes of a notebook that is read."""
DEEPEST = 50
"""Folders in one another in which notebooks are looked for."""
_GRADED = "graded"
_ORDER = ("right", "wrong", "not written", "missing", "notebook did not run")
"""Results from the best on: of two notebooks of a student the better one counts."""


@dataclass(frozen=True)
class Submission:
    """A notebook that was handed in: whose it is, the file, and its name for messages."""

    student: str
    file: Path
    name: str


def submissions(folder: Path) -> tuple[list[str], list[Submission], list[str]]:
    """Students and their notebooks, a folder for each student or a notebook for each; and what is neither, with why.

    UserError: the folder is not there or holds neither.
    """
    if not folder.is_dir():
        raise UserError(f"{shortened(str(folder))}: there is no such folder")
    students, found, left_out = list[str](), list[Submission](), list[str]()
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "__MACOSX")):
            continue
        if entry.is_dir() and not entry.is_symlink():
            students.append(entry.name)
            files = list(_notebooks(entry, left_out))
            found += [Submission(entry.name, file, file.relative_to(entry).as_posix()) for file in files]
        elif _is_notebook(entry.name):
            students.append(entry.stem)
            found.append(Submission(entry.stem, entry, entry.name))
        else:
            left_out.append(f"{shortened(entry.name)}: neither a notebook nor a folder (unpack archives, copy links)")
    if not students:
        raise UserError(f"{shortened(str(folder))}: holds neither folders of students nor notebooks")
    return sorted(set(students)), found, left_out


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb") and name[0] != "."


def _notebooks(folder: Path, left_out: list[str]) -> Iterator[Path]:
    """All below a folder; links to other folders are not followed."""
    failed: list[OSError] = []
    for path, folders, files in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        yield from (Path(path, name) for name in sorted(files) if _is_notebook(name))
        if folders and len(Path(path).parts) - len(folder.parts) >= DEEPEST:
            left_out.append(f"{shortened(folder.name)}: more than {DEEPEST} folders in one another")
            folders.clear()
    left_out += [f"{shortened(folder.name)}: a folder cannot be read ({error.strerror})" for error in failed]


def grade(
    folder: Path, out: Path, book: Path, limits: Limits, jobs: int | None = None, exercises: Path | None = None
) -> str:
    """Grades what is in a folder and writes the report; see `lfes_core.command_line.course`.

    Returns a line of summary. What was graded before, by the same exercises with the same limits, is not run again.
    UserError: a folder is not what it should be, or the exercises of the teacher cannot be imported.
    """
    if not hasattr(os, "killpg"):
        raise UserError("notebooks are graded on Linux or macOS: this system cannot hold a process to its limits")
    students, handed_in, left_out = submissions(folder)
    if out.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{shortened(str(out))}: lies among what was handed in; choose another folder")
    known = load_exercises(None if exercises is None else str(exercises))
    jobs = jobs or cores()
    limits = Limits(limits.seconds, limits.gigabytes, max(1, cores() // jobs))
    if out.is_dir() and any(out.iterdir()) and not (out / _GRADED).is_dir():
        raise UserError(f"{shortened(str(out))}: is no folder of grades; name an empty or a new folder")
    out.mkdir(exist_ok=True)
    with alone_in(out):
        (out / _GRADED).mkdir(exist_ok=True)
        version = _fingerprint(limits, exercises)
        found = _grade_all(handed_in, out, book, limits, jobs, exercises, [folder, out], version)
        result = _students(students, found, known)
        chapters = {chapter for one in result for chapter in one.chapters}
        rows = [row for one in result for row in _rows(one, chapters, known)]
        files = report(result, rows, left_out)
        earlier = {path for path in out.rglob("*.html") if path.name not in files}
        write_all({out / name: methodcaller("write", text.encode()) for name, text in files.items()})
        for path in earlier:
            path.unlink()
    right = sum(row.result == "right" for row in rows)
    counted = f"{len(students)} students, {len(handed_in)} notebooks, {right} of {len(rows)} right"
    return f"{out / 'index.html'}: {counted}" + (f"; left out: {shortened('; '.join(left_out))}" if left_out else "")


def _fingerprint(limits: Limits, exercises: Path | None) -> str:
    """Changes when a grade could: with the code that checks, a teacher's exercises, and the limits."""
    digest = hashlib.sha256(json.dumps([limits.seconds, limits.gigabytes]).encode())
    files = sorted(Path(__file__).parent.rglob("*.py")) + ([exercises] if exercises is not None else [])
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _grade_all(
    handed_in: list[Submission],
    out: Path,
    book: Path,
    limits: Limits,
    jobs: int,
    exercises: Path | None,
    hidden: list[Path],
    version: str,
) -> dict[Submission, Found]:
    """Runs what has not been graded yet, several at a time; each result is written when it is there."""
    found, open_ones = dict[Submission, Found](), list[tuple[Submission, Path, str]]()
    for one in handed_in:
        kept = out / _GRADED / f"{hashlib.sha256(os.fsencode(f'{one.student}/{one.name}')).hexdigest()}.json"
        refused, state = _state(one, version)
        earlier = _earlier(kept, state)
        if refused:
            found[one] = Found(troubles=[refused])
        elif earlier is not None:
            found[one] = earlier
        else:
            open_ones.append((one, kept, state))
    if not open_ones:
        return found
    stop = threading.Event()
    with _template(book) as template, ThreadPoolExecutor(jobs) as pool:
        running = {
            pool.submit(run_notebook, one.file, template, limits, exercises, hidden, stop): (one, kept, state)
            for one, kept, state in open_ones
        }
        try:
            for future in tqdm(
                as_completed(running), desc="grading", unit="notebook", total=len(running), disable=None
            ):
                one, kept, state = running[future]
                found[one] = future.result()
                write_text(kept, json.dumps({"state": state, "found": found[one].to_json()}))
        except BaseException:
            stop.set()
            for future in running:
                future.cancel()
            raise
    return {one: found[one] for one in handed_in}  # whichever was done first


def _state(one: Submission, version: str) -> tuple[str, str]:
    """Why a file is not run, if it is not; and a digest that changes with the file and with what checks it."""
    if one.file.is_symlink() or not one.file.is_file():
        return "it is a link to elsewhere, or no file; hand in the notebook itself", ""
    try:
        if one.file.stat().st_size > LARGEST:
            return f"it is larger than {LARGEST // 2**20} MB; clear its outputs and hand it in again", ""
        with one.file.open("rb") as file:
            return "", f"{hashlib.file_digest(file, 'sha256').hexdigest()} {version}"
    except OSError as error:
        return f"it cannot be read ({error.strerror})", ""


def _earlier(kept: Path, state: str) -> Found | None:
    try:
        told = json.loads(kept.read_text("utf-8"))
        return Found(**told["found"]) if told["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _template(book: Path) -> Iterator[Path]:
    """A folder with what chapters need, and with the list of fonts that Matplotlib would otherwise make every time."""
    template = Path(tempfile.mkdtemp(prefix="lfes_"))
    try:
        copy_what_notebooks_need(book, template)
        (template / ".temporary").mkdir()
        environment = dict(os.environ) | environment_of(template)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env=environment, cwd=template, capture_output=True, check=False)
        yield template
    finally:
        shutil.rmtree(template, ignore_errors=True)


def _students(names: list[str], found: dict[Submission, Found], known: dict[str, Exercise]) -> list[Student]:
    students = {name: Student(name, []) for name in names}
    for one, result in found.items():
        if result.chapter is None:
            result.chapter = chapter_named(Path(one.name).stem, known)
        students[one.student].notebooks.append((one.name, result))
    return list(students.values())


def _rows(student: Student, chapters: set[int | str], known: dict[str, Exercise]) -> Iterator[Row]:
    """Of every exercise in the chapters that the class has handed in."""
    for name, one in known.items():
        if one.chapter not in chapters:
            continue
        notebooks = [(file, result) for file, result in student.notebooks if result.chapter == one.chapter]
        answers = [_answer(name, result) for _, result in notebooks]
        answers = answers or [("missing", f"no notebook of chapter {one.chapter} was handed in", "")]
        result, says, note = min(answers, key=lambda answer: _ORDER.index(answer[0]))
        yield Row(student.name, one.chapter, name, result, one.points * (result == "right"), one.points, says, note)


def _answer(name: str, found: Found) -> tuple[str, str, str]:
    told = found.answers.get(name)
    if told is None or told["result"] not in _ORDER:
        why = found.troubles[-1] if found.troubles else "its process ended"
        return "notebook did not run", why, ""
    changed = f"the notebook changed {', '.join(found.changed[:3])}" if found.changed else ""
    return told["result"], told["says"], "; ".join(filter(None, (changed, told["note"])))
