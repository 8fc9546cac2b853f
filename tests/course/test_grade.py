"""Grading a class whose notebooks are run, each in its process; see `test_class` for the others."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lfes_core.command_line import main
from tests.course.classroom import KL, TWICE, call, cell, rows, small_book, words, write
from tools.book.samples import write_samples


@pytest.mark.fault("Course", "a notebook of words that are no Python, without an end", "graded; its page says why")
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
    no_text = Path(os.fsdecode(b"no\xfftext"))
    write(tmp_path / "class" / no_text / "99_NUMBERS.IPYNB", KL)
    assert main(call(Path())) == 0
    results = {key: row["result"] for key, row in rows(tmp_path / "grades").items()}
    expected = {"right": "right", "wrong": "wrong", "broken": "missing"}
    wanted = {(student, name): told for student, told in expected.items() for name in ("twice", "kl")}
    other = "no\N{REPLACEMENT CHARACTER}text"
    assert results == wanted | {(other, "twice"): "missing", (other, "kl"): "right"}
    [page] = (tmp_path / "grades").glob("broken_*.html")
    assert "SyntaxError" in words(page) and "took too long" in words(page)


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
