"""A notebook's cells and functions in a fork of the tests, or none at all: nothing confines them, and all is seen.

What needs a process of its own is in `test_sandbox`.
"""

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lfes_core.course import check, exercises, runner, sandbox
from lfes_core.course.check import Exercise
from lfes_core.course.originals import Originals
from lfes_core.course.sandbox import TimeUp
from lfes_core.errors import UserError
from tests.course.classroom import EXERCISES, KL, TWICE, cell, write

resource = pytest.importorskip("resource")  # Windows has none, and its grader refuses
KNOWN = exercises()
importlib.import_module("IPython.core.interactiveshell")  # once, and not in every fork
PROGRAMS = "subprocess.Popen os.system os.fork os.forkpty os.exec os.posix_spawn os.spawn os.startfile pty.spawn"
NETWORK = "connect bind sendto sendmsg getaddrinfo gethostbyname gethostbyaddr getnameinfo"
CHANGES = "os.remove os.rmdir os.mkdir os.truncate os.chmod os.chown os.utime shutil.rmtree sqlite3.connect"
MOVES = "os.rename os.link os.symlink shutil.move"


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A class, in it the folder of a notebook that runs, another beside it; that is where the tests are."""
    monkeypatch.chdir(tmp_path)
    for name in ("class/scratch", "class/scratch2", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    posix = importlib.import_module("_posixsubprocess")
    monkeypatch.setattr(posix, "fork_exec", posix.fork_exec)  # the guard takes it
    return sandbox._guard(str(tmp_path / "class" / "scratch"), [str(tmp_path / "class")])


OUTSIDE = "no files outside of the chapter's folder"
UNREAD = "this folder is not to be read"
REFUSED = [
    *((event, (), "no other programs") for event in PROGRAMS.split()),
    *((f"socket.{event}", (), "no network") for event in NETWORK.split()),
    *((event, (), "no other processes") for event in ("os.killpg", "resource.prlimit")),
    ("os.kill", (os.getppid(), 9), "no other processes"),
    *((event, ("elsewhere/x", None), OUTSIDE) for event in CHANGES.split()),
    *((event, (b"class/scratch/x", Path("elsewhere/x")), OUTSIDE) for event in MOVES.split()),
    ("os.mkdir", ("class/scratch2",), OUTSIDE),
    *(("open", ("elsewhere/x", mode, 0), OUTSIDE) for mode in ("w", "a", "xb", "r+")),
    *(
        ("open", ("elsewhere/x", None, getattr(os, f"O_{flag}")), OUTSIDE)
        for flag in ("WRONLY", "RDWR", "CREAT", "TRUNC")
    ),
    *((event, ("class/x", "r", 0), UNREAD) for event in ("open", "os.listdir", "os.scandir", "os.chdir")),
    ("os.listdir", ("class",), UNREAD),
]
ALLOWED = [
    ("os.kill", (0, 9)),
    *((event, ("class/scratch/x", None)) for event in CHANGES.split()),
    *((event, ("class/scratch/x", "class/scratch/y", "elsewhere")) for event in MOVES.split()),
    ("os.chmod", ("class/scratch", 0)),
    ("os.truncate", (3, 0)),
    ("open", ("elsewhere/x", "rb", 0)),
    ("open", ("elsewhere/x", None, os.O_RDONLY)),
    ("open", ("class/scratch/x", "w", 0)),
    ("open", (os.devnull, "w", 0)),
    ("open", (3, "w", 0)),
    ("os.listdir", ("elsewhere",)),
    ("os.listdir", (None,)),
    ("os.chdir", ("class/scratch/x",)),
    ("import", ("class/x",)),
]


@pytest.mark.parametrize(("event", "details", "told"), REFUSED)
def test_an_event_that_reaches_out_of_the_folder_is_refused(folders, event, details, told):
    with pytest.raises(PermissionError, match=f"^{told} .*while notebooks are graded$|^{told} while"):
        folders(event, details)


@pytest.mark.parametrize(("event", "details"), ALLOWED)
def test_an_event_that_stays_in_the_folder_is_not(folders, event, details):
    folders(event, details)
    folders("os.kill", (os.getpid(), 9))


def test_programs_that_no_event_tells_of_are_refused_as_well(folders):
    with pytest.raises(PermissionError, match="no other programs while"):
        importlib.import_module("_posixsubprocess").fork_exec()


@pytest.fixture
def handlers():
    kept = {number: signal.getsignal(number) for number in (signal.SIGPROF, signal.SIGALRM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def works() -> None:
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass


@pytest.mark.parametrize(("wait", "seconds"), [(works, 0.02), (works, 0.0), (lambda: time.sleep(20), 0.01)])
def test_one_that_works_and_one_that_sleeps_are_stopped_and_no_alarm_is_left(handlers, wait, seconds):
    with pytest.raises(TimeUp), sandbox._alarm(seconds):
        wait()
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_sleeper_has_four_times_as_long(handlers):
    with sandbox._alarm(100.0):
        working, sleeping = (signal.getitimer(timer)[0] for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL))
    assert 99 < working < 101 and 380 < sleeping < 401


class Shell:
    """Runs cells as IPython does, on clocks that only they turn on."""

    def __init__(self) -> None:
        self.processor, self.clock, self.limits = 100.0, 200.0, list[float]()
        self.user_ns: dict[str, Any] = {"spend": self.spend, "TimeUp": TimeUp}

    def spend(self, processor: float, clock: float) -> None:
        self.processor += processor
        self.clock += clock

    @contextmanager
    def alarm(self, seconds: float) -> Iterator[None]:
        self.limits.append(seconds)
        yield

    def run_cell(self, text: str, store_history: bool) -> "Shell":
        assert not store_history
        self.error_before_exec = self.error_in_exec = None
        if text == "escape":
            raise KeyboardInterrupt
        try:
            code = compile(text, "cell", "exec")
        except SyntaxError as error:
            self.error_before_exec = error
            return self
        try:
            exec(code, self.user_ns)
        except BaseException as error:
            self.error_in_exec = error
        return self


@pytest.fixture
def shell(monkeypatch):
    made = Shell()
    clocks = SimpleNamespace(process_time=lambda: made.processor, monotonic=lambda: made.clock)
    monkeypatch.setattr(sandbox, "time", clocks)
    monkeypatch.setattr(sandbox, "_alarm", made.alarm)
    return made


def run_cells(shell: Shell, *cells: object, **job: object) -> list[dict[str, Any]]:
    told = list[dict[str, Any]]()
    made = [cell(one) if isinstance(one, str) else one for one in cells]
    job = {"time_limit": 100, "cell_limit": 25, "skip": {}} | job
    sandbox._run_cells(made, shell, job, lambda **event: told.append(event))
    return told


RUDE = "class Rude(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise Rude"


def test_every_cell_runs_and_what_stops_one_is_told(shell):
    cells = [
        ("wrong: no code", None),
        ("", None),
        (" \n", None),
        (["one = 1\n", "two = one + 1"], ""),
        ([1], "holds something else than text, and did not run"),
        (5, "holds something else than text, and did not run"),
        ("skipped = 1", "ended the process"),
        ("1 / 0", "stopped with ZeroDivisionError: division by zero"),
        ("def broken(:", "stopped with SyntaxError: invalid syntax (line 1)"),
        (f"two\n{'x' * 100} y", "stopped with SyntaxError: invalid syntax (line 2)"),
        ("escape", "stopped with KeyboardInterrupt"),
        ("raise TimeUp", "took too long and was stopped"),
        ("raise ValueError('one\\n  two' + 'x' * 100)", f"stopped with ValueError: one two{'x' * 70}..."),
        (RUDE, "stopped with Rude"),
        ("three = two + 1", ""),
    ]
    made: list[dict[str, Any]] = [{"cell_type": "code", "source": source} for source, _ in cells]
    made[0]["cell_type"] = "markdown"
    told = run_cells(shell, *made, {"cell_type": "code"}, skip={"cell 7": "ended the process"})
    expected = list[dict[str, str]]()
    for number, (_, trouble) in enumerate(cells, 1):
        if trouble is not None and number not in (5, 6, 7):
            expected.append({"begin": f"cell {number}"})
        if trouble:
            expected.append({"trouble": f"cell {number} {trouble}"})
    assert told == expected
    assert shell.user_ns["three"] == 3 and "skipped" not in shell.user_ns


def test_cells_have_what_is_left_of_the_time_and_then_none_runs(shell):
    turns = ["spend(1, 1)", "spend(80, 80)", "spend(9, 300)", "spend(0, 17)", "spend(0, 2)", "never = 1", "never = 2"]
    told = run_cells(shell, *turns)
    assert shell.limits == [25, 25, 19, 4.75, 0.5]
    assert told[-1] == {"trouble": "the cells took longer than 100 s: from cell 6 on they did not run"}
    assert len(told) == 6 and "never" not in shell.user_ns


def test_figures_of_a_cell_are_closed(shell, monkeypatch):
    closed = list[str]()

    def close(which: str) -> None:
        closed.append(which)
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", SimpleNamespace(close=close))
    assert len(run_cells(shell, "1", "2")) == 2 and closed == ["all", "all"]
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    assert len(run_cells(shell, "1")) == 1


def test_each_function_is_checked_and_what_stops_one_is_told(shell, monkeypatch):
    def tests(answer: Any) -> None:
        answer()

    asked = {name: Exercise(name, 99, f"my_{name}", 1, "What holds", tests) for name in "abcdefghij"}
    monkeypatch.setattr(sys.modules["lfes_core.course.check"], "_REGISTERED", dict(KNOWN))
    changes = iter([["at first", "and then"], [], ["wrong.f"], ["right.f"], *[[]] * 9])
    package = Originals()
    monkeypatch.setattr(package, "put_back", lambda: next(changes))

    def right() -> int:
        return len(KNOWN)

    def uses() -> Any:
        return check

    def stops(error: type[BaseException]) -> Any:
        def stopped() -> None:
            raise error

        return stopped

    def takes_all() -> None:
        sys.modules["lfes_core.course.check"]._REGISTERED.clear()
        raise KeyboardInterrupt

    names = {"my_c": right, "my_d": stops(ValueError), "my_e": right, "my_f": uses, "my_g": lambda: None}
    names |= {"my_b": right, "my_h": stops(TimeUp), "my_i": takes_all, "my_j": right}
    told = list[dict[str, Any]]()
    job = {"check_limit": 20, "skip": {"check b": "ended the process"}}
    sandbox._check_all(asked, names, package, job, lambda **event: told.append(event))
    assert told[:2] == [{"changed": "at first"}, {"changed": "and then"}]
    assert [event["begin"] for event in told if "begin" in event] == [f"check {name}" for name in "cdefghij"]
    answers = [[event["exercise"], *list(event.values())[1:]] for event in told if "exercise" in event]
    assert answers == [
        ["a", "missing", "there is no function named my_a"],
        ["b", "wrong", "my_b ended the process"],
        ["c", "right", "What holds", ""],
        ["d", "wrong", answers[3][2], ""],
        ["e", "wrong", "my_e changed right.f while it was checked", ""],
        ["f", "right", "What holds", "names from the package: check"],
        ["g", "not written", "my_g is still empty", ""],
        ["h", "wrong", "my_h took too long and was stopped", ""],
        ["i", "wrong", "my_i could not be checked", ""],
        ["j", "right", "What holds", ""],
    ]
    assert answers[3][2].startswith("my_d stopped with ValueError (line ") and shell.limits == [20] * 8


def test_resources_have_limits_and_a_system_that_has_none_is_no_trouble(monkeypatch):
    limits = dict[int, tuple[int, int]]()
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    sandbox._limit_resources({"memory": 5, "time_limit": 70.9})
    gigabyte = 1024**3
    assert limits == {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (gigabyte, gigabyte),
        resource.RLIMIT_DATA: (5, 5),
        resource.RLIMIT_CPU: (741, 741),
    }
    for error in (ValueError, OSError):
        monkeypatch.setattr(resource, "setrlimit", lambda *_, stop=error: (_ for _ in ()).throw(stop))
        sandbox._limit_resources({"memory": 5, "time_limit": 70.9})


def test_exercises_of_a_teacher_are_known_and_a_file_that_holds_none_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["lfes_core.course.check"], "_REGISTERED", dict(KNOWN))
    assert {*sandbox.load_exercises(None)} >= {*KNOWN}
    assert {*sandbox.load_exercises(str(EXERCISES))} >= {*KNOWN, "twice", "kl"}
    for name, text, told in (
        ("x.txt", "", "ImportError: it is no Python file"),
        ("x.py", "1 / 0", "ZeroDivisionError: "),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(UserError, match=f"{name}: {told}"):
            sandbox.load_exercises(str(tmp_path / name))


def test_a_computer_without_ipython_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython.core.interactiveshell", None)
    with pytest.raises(UserError, match=r"^grading needs what the notebooks need: pip install \"lfes\[notebooks\]\"$"):
        sandbox._shell()


class Told:
    """What the process of a notebook tells, where it is a fork of the tests and nothing holds it."""

    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self.scratch = folder / "class" / "scratch"
        self.scratch.mkdir(parents=True)
        (folder / "job").write_text(json.dumps(job))
        child = os.fork()
        if not child:
            with suppress(BaseException):
                self._become(folder)
            os._exit(3)
        self.status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.events = [json.loads(line) for line in (folder / "told").read_text("utf-8").splitlines()]
        assert {event.pop("token") for event in self.events} == {"secret"}
        self.troubles = [event["trouble"] for event in self.events if "trouble" in event]
        self.answers = {event["exercise"]: event for event in self.events if "exercise" in event}
        self.results = {name: event["result"] for name, event in self.answers.items()}
        self.changed = [event["changed"] for event in self.events if "changed" in event]

    def _become(self, folder: Path) -> None:
        os.dup2(os.open(folder / "job", os.O_RDONLY), 0)
        os.dup2(os.open(folder / "told", os.O_WRONLY | os.O_CREAT), 1)
        sys.stdin = open(0, encoding="utf-8", closefd=False)
        os.chdir(self.scratch)
        os.environ.update(runner.environment_of(self.scratch))
        sys.addaudithook = self._hook
        sandbox.confine = lambda place: bool(Path("confined").write_text(place))
        sandbox._limit_resources = lambda job: Path("limited").write_text(str(job["memory"]))
        sandbox.main()

    def _hook(self, hook: Any) -> None:
        tried = {"inside": "x", "outside": "../../elsewhere", "hidden": "../x"}
        refused = list[str]()
        for name, path in tried.items():
            for mode in "rw":
                try:
                    hook("open", (path, mode, 0))
                except PermissionError:
                    refused.append(f"{name} {mode}")
        Path("refused").write_text(", ".join(refused))


NOTHING: Mapping[str, str] = {}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["lfes_core.course.check"], "_REGISTERED", dict(KNOWN))

    def run_cells(*cells: object, name: str = "99_numbers", skip: Mapping[str, str] = NOTHING) -> Told:
        path = write(tmp_path / "class" / f"{name}.ipynb", *cells)
        job = {"notebook": str(path), "exercises": str(EXERCISES), "token": "secret", "hidden": [str(path.parent)]}
        limits = {"time_limit": 100.0, "cell_limit": 50.0, "check_limit": 20.0, "memory": 12, "skip": dict(skip)}
        return Told(tmp_path, job | limits)

    return run_cells


RIGHT = {"twice": "right", "kl": "right"}
LOOK = """
import json, os, sys
shell = get_ipython()
found = {
    "nothing": [os.path.samestat(os.fstat(number), os.stat(os.devnull)) for number in range(3)],
    "shown": shell.display_formatter.active_types,
    "kept": shell.cache_size,
    "gui": shell.enable_gui("qt"),
}
json.dump(found, open("found", "w"))
"""


def test_a_notebook_runs_in_a_bare_shell_and_is_checked_however_it_ends(run):
    sleeps = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"
    told = run(
        "1 / 0", LOOK, "!ls", "shell.getoutput('ls')", "print('{}')", sleeps, TWICE, KL, skip={"cell 1": "was tried"}
    )
    assert told.events[0] == {"chapter": 99} and told.events[-1] == {"done": True} and told.status == 0
    refused = "stopped with PermissionError: no other programs while notebooks are graded"
    assert told.troubles == ["cell 1 was tried", f"cell 3 {refused}", f"cell 4 {refused}"]
    assert told.results == RIGHT
    found = json.loads((told.scratch / "found").read_text())
    assert found == {"nothing": [True] * 3, "shown": ["text/plain"], "kept": 0, "gui": None}
    held = {name: (told.scratch / name).read_text() for name in ("limited", "confined", "refused")}
    assert held == {"limited": "12", "confined": ".", "refused": "outside w, hidden r, hidden w"}
    assert not [*told.scratch.rglob("*.sqlite")]


def test_a_notebook_of_no_chapter_is_told_and_does_not_run(run):
    told = run("open('ran', 'w')", TWICE, name="ada")
    assert [{*event} for event in told.events] == [{"unreadable"}] and not (told.scratch / "ran").exists()
    assert "which chapter" in told.events[0]["unreadable"]


def test_blanks_are_not_written_and_deleted_cells_are_missing(run):
    found = run("def my_twice(number):\n    ...")
    assert found.results == {"twice": "not written", "kl": "missing"}
    assert found.answers["kl"]["says"] == "there is no function named my_kl"


@pytest.mark.fault("Course", "a notebook exchanges functions of the package or the checker", "put back and told")
def test_a_function_that_changes_the_package_while_it_is_checked_is_not_right(run):
    cheat = (
        "def my_twice(number):\n"
        "    import sys\n"
        "    sys.modules['lfes_core.course.same']._numbers = lambda *given: None\n"
        "    return number"
    )
    found = run(cheat, KL)
    assert found.results == {"twice": "wrong", "kl": "right"}
    assert "changed lfes_core.course.same._numbers while it was checked" in found.answers["twice"]["says"]


def test_a_function_that_only_hands_on_the_packages_answer_is_noted(run):
    found = run("from lfes_core.losses import kl_divergence\ndef my_kl(*given): return kl_divergence(*given)", TWICE)
    assert found.results == RIGHT
    assert found.answers["kl"]["note"] == "names from the package: kl_divergence"
    assert found.answers["twice"]["note"] == ""


@pytest.mark.fault("Course", "a notebook with a hundred megabytes of output", "graded")
def test_a_notebook_of_a_hundred_megabytes_is_graded(run):
    picture = {"output_type": "stream", "name": "stdout", "text": "x" * 100_000_000}
    assert run(cell(TWICE) | {"outputs": [picture]}, KL).results == RIGHT
