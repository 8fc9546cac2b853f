"""Making the environment, testing and building are interrupted; the next call makes all, and trusts nothing half."""

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from lfes_core.files import alone_in
from tests.conftest import Faults
from tools.book import build, chapters, explorer_files, faults, serve
from tools.book.pages import WHOLE


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(chapters, "RUNS", tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    path = tmp_path / "01_first.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    return path


@pytest.mark.fault(
    "The book and its page",
    "the kept run of a chapter is half a file, or of an older version",
    "it is not used: the chapter runs again",
)
@pytest.mark.parametrize("damage", ["half", "older", "other fields", "list", "no text"])
def test_a_kept_run_that_cannot_be_trusted_is_none(notebook: Path, damage: str) -> None:
    run = chapters.Run([[]], 1.0, None, same=True)._asdict()
    whole = json.dumps({"state": chapters._state(notebook), "run": run})
    kept = chapters.RUNS / "01_first.json"
    kept.write_text(whole)
    assert chapters.kept(notebook) is not None
    damaged = {
        "half": whole[:-20],
        "older": json.dumps({"state": "of an older package", "run": run}),
        "other fields": json.dumps({"state": chapters._state(notebook), "run": run | {"mood": "good"}}),
        "list": "[]",
        "no text": "",
    }
    kept.write_text(damaged[damage])
    assert chapters.kept(notebook) is None


@pytest.mark.fault(
    "The book and its page",
    "the book is built, or its chapters are tested, twice at once",
    "the second call is refused in one line",
)
def test_chapters_run_for_one_process_at_a_time(
    notebook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "pages", lambda: [])
    monkeypatch.setattr(build, "notebooks", lambda: [notebook])
    monkeypatch.setattr(build.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    with alone_in(chapters.RUNS):
        assert chapters.main([str(notebook)]) == build.main() == 2
    said = capsys.readouterr().err
    assert said.count("another process is at work there") == said.count("\n") == 2


@pytest.mark.fault(
    "The book and its page",
    "the build is interrupted while pages are written over those of an older book",
    "what is there is not taken for a book; the same command writes all of it",
)
def test_a_book_that_is_half_written_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    html, explorer = tmp_path / "html", tmp_path / "explorer"
    for module in (build, serve):
        monkeypatch.setattr(module, "HTML", html)
    for path in (html / WHOLE, html / "of_yesterday.html", explorer / "site.js"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.setattr(build, "EXPLORER", explorer)
    monkeypatch.setattr(build, "LOG", tmp_path / "log")
    monkeypatch.setattr(build, "pages", lambda: [])
    monkeypatch.setattr(build, "missing_pages", lambda: [])
    monkeypatch.setattr(build, "notebooks", lambda: [])
    monkeypatch.setattr(build, "run_all", lambda *_: 0)
    monkeypatch.setattr(build.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))

    def interrupted() -> bool:
        html.mkdir()
        (html / "index.html").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_write", interrupted)
    assert build.main() == 130 and "Traceback" not in capsys.readouterr().err
    assert [path.name for path in html.iterdir()] == ["index.html"]
    assert serve.main() == 1
    assert "run `make book` first" in capsys.readouterr().err
    monkeypatch.setattr(build, "_write", lambda: not html.mkdir())
    assert build.main() == 0
    assert {path.name for path in html.iterdir()} == {WHOLE, "explorer"}


@pytest.mark.fault(
    "The book and its page",
    "kill -9 while JavaScript packages are fetched",
    "the next call fetches them again",
)
def test_packages_that_were_half_fetched_are_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def npm(arguments: list[str], cwd: Path, **_: object) -> SimpleNamespace:
        calls.append(sorted(path.name for path in cwd.iterdir()))
        if len(calls) == 1:
            raise KeyboardInterrupt
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(explorer_files, "npm", npm)
    with pytest.raises(KeyboardInterrupt):
        explorer_files.fetch(tmp_path)
    assert explorer_files.fetch(tmp_path) == explorer_files.fetch(tmp_path) == ""
    assert len(calls) == 2 and "package-lock.json" in calls[1]


@pytest.mark.fault(
    "The book and its page",
    "the tests are interrupted, or the record of faults is half",
    "this page says that they have not run; it never shows an older record",
)
def test_an_interrupted_test_leaves_no_record(tmp_path: Path) -> None:
    record = tmp_path / "faults.json"
    record.write_text('[{"group": "Training", "do')
    assert "have not been run" in faults.filled(faults.PLACEHOLDER, record)
    tests = Faults(record)
    assert not record.exists()
    tests.pytest_sessionfinish(pytest.ExitCode.INTERRUPTED)
    assert not record.exists()
    tests.pytest_sessionfinish(pytest.ExitCode.TESTS_FAILED)
    assert json.loads(record.read_text()) == []
