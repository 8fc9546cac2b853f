"""A notebook in its own process: whatever it does, its other cells and functions are checked, and nothing is left."""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.course import runner
from lfes_core.course.originals import Originals, uses_package
from lfes_core.course.runner import Found, Limits, run_notebook
from tests.course.classroom import EXERCISES, KL, TWICE, write

RIGHT = {"twice": "right", "kl": "right"}
LANDLOCK = sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) >= 4
IN_LINUX = {
    "import torch; torch.save({{}}, {0!r})": "RuntimeError",
    "import safetensors.torch; safetensors.torch.save_file({{'a': torch.ones(1)}}, {0!r})": "Permission denied",
    "import ctypes; assert ctypes.CDLL(None).execl(b'/bin/ls', b'ls', None) == 0": "AssertionError",
    "assert ctypes.CDLL(None).kill(os.getppid(), 0) == 0": "AssertionError",
}
"""What native code tries, and what comes of it where the system can see to that."""


@pytest.fixture
def template(tmp_path):
    folder = tmp_path / "template"
    folder.mkdir()
    (folder / "numbers_of_chapter.py").write_text("TWO = 2\n")
    return folder


@pytest.fixture
def run(tmp_path, template):
    def run_cells(*cells: object, seconds: float = 60.0, gigabytes: float = 4.0, **metadata: object) -> Found:
        path = write(tmp_path / "class" / "ada" / "99_numbers.ipynb", *cells, **metadata)
        limits = Limits(seconds, gigabytes)
        return run_notebook(path, template, limits, EXERCISES, [tmp_path / "class"], threading.Event())

    return run_cells


def results(found: Found) -> dict[str, str]:
    return {name: told["result"] for name, told in found.answers.items()}


@pytest.mark.fault(
    "Course",
    "a notebook opens sockets, starts programs, writes elsewhere, reads its neighbours, waits for an answer",
    "the cell that does it fails and is told, the other cells run",
)
def test_what_a_notebook_may_not_do_fails_in_its_cell_and_the_other_cells_go_on(run, tmp_path, monkeypatch):
    """No network, no other program, no file outside, no question that waits; and the teacher's processes live on."""
    monkeypatch.setenv("SECRET_OF_THE_TEACHER", "1")
    outside = tmp_path / "outside.txt"
    forbidden = {
        "import socket; socket.create_connection(('127.0.0.1', 9))": "PermissionError: no network",
        "import urllib.request; urllib.request.urlopen('http://localhost:9')": "no network",
        "import subprocess; subprocess.run(['ls'])": "PermissionError: no other programs",
        "!ls": "no other programs",
        "import os; os.fork()": "no other programs",
        "os.kill(os.getppid(), 9)": "PermissionError: no other processes",
        f"open({str(outside)!r}, 'w')": "PermissionError: no files outside",
        f"from pathlib import Path; Path({str(outside)!r}).write_text('x')": "no files outside",
        f"import shutil; shutil.rmtree({str(tmp_path / 'class')!r})": "no files outside",
        f"os.listdir('.'); open({str(tmp_path / 'class' / 'ada' / '99_numbers.ipynb')!r})": "not to be read",
        f"os.listdir({str(tmp_path / 'class')!r})": "not to be read",
        f"os.scandir({str(tmp_path / 'class' / 'ada')!r})": "not to be read",
        f"import sqlite3; sqlite3.connect({str(outside)!r})": "no files outside",
        "import multiprocessing as m; m.get_context('spawn').Process(target=print).start()": "no other programs",
        "raise KeyboardInterrupt": "KeyboardInterrupt",
        "input('name? ')": "EOFError",
        "import getpass; getpass.getpass()": "EOFError",
        "import sys; sys.exit('right')": "SystemExit: right",
        "def broken(:": "SyntaxError: invalid syntax (line 1)",
        "1 / 0": "ZeroDivisionError: division by zero",
        "raise ValueError('x' * 1000)": "ValueError: xxx",
        "class Rude(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise Rude": "Rude",
        "os.environ['SECRET_OF_THE_TEACHER']": "KeyError",
    }
    forbidden |= {source.format(str(outside)): told for source, told in IN_LINUX.items() if LANDLOCK}
    fine = [
        "import threading, time\nfor _ in range(3): threading.Thread(target=time.sleep, args=(1000,)).start()",
        "print('x' * 3_000_000)",
        "from numbers_of_chapter import TWO",
        "import os; os.mkdir('sub'); open('sub/x', 'w').write('x'); os.rename('sub/x', 'y'); os.listdir()",
        "open('mine.txt', 'w').write('x'); Path.home().joinpath('y').write_text('z')",
        "import tempfile; tempfile.TemporaryFile().write(b'x')",
        "%matplotlib inline",
        "await __import__('asyncio').sleep(0)",
        "import asyncio\ndisplay(TWO)",
    ]
    found = run(*forbidden, *fine, TWICE, KL)
    assert found.ran and results(found) == RIGHT
    said = dict(line.removeprefix("cell ").split(" stopped with ", 1) for line in found.troubles)
    for number, (source, wanted) in enumerate(forbidden.items(), 1):
        assert wanted in said.get(str(number), "it went on"), source
    assert said.keys() == {str(number) for number in range(1, len(forbidden) + 1)}, found.troubles[len(forbidden) :]
    assert "x" * 81 not in str(found.troubles)
    assert not outside.exists()


@pytest.mark.fault(
    "Course",
    "a cell or a function ends the process, never ends, prints without end, or catches what should stop it",
    "it is named and left out, all others are run and checked",
)
def test_what_ends_the_process_or_never_ends_is_left_out_when_it_starts_again(run, monkeypatch):
    """Cells and functions: each is named, and costs none of the others."""
    monkeypatch.setattr(runner, "CHECK_SECONDS", 2.0)
    found = run(
        TWICE,
        "import os\nos._exit(0)",
        "while True: print('x' * 1000)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "def my_kl(mean, log_variance):\n    while True: pass",
        seconds=8.0,
    )
    assert found.ran and results(found) == {"twice": "right", "kl": "wrong"}
    assert found.answers["kl"]["says"] == "my_kl took too long and was stopped"
    assert found.troubles[:2] == ["cell 2 ended the process", "cell 3 took too long and was stopped"]


LEAVES_A_PROCESS = """
system = ctypes.CDLL(None)
if not (child := system.fork()):
    system.setsid()
    system.sleep(1000)
raise ValueError(child)
"""
LEAVES_FOLDERS = """
for _ in range(1100):
    os.mkdir("d")
    os.chdir("d")
os.chmod(".", 0)
os.chdir(os.environ["HOME"])
os.mkdir("locked"); open("locked/x", "w").close(); os.chmod("locked", 0)
"""
WRITES_EVERYWHERE = """
for number in range(3, 64):
    try:
        for _ in range(20): os.write(number, b'{"token": 1}' + b"x" * 5000 + b"\\n")
    except OSError: pass
"""
ODD_ANSWERS = """
class Any:
    def __getattr__(self, name): raise RuntimeError
    def __call__(self, number): return 2 * number
my_twice = Any()
def my_kl(*given): raise KeyboardInterrupt
"""
HOSTILE = [
    "import ctypes, os, signal, sys, threading",
    LEAVES_A_PROCESS,
    LEAVES_FOLDERS,
    WRITES_EVERYWHERE,
    "for name in ('SIGTERM', 'SIGINT', 'SIGALRM', 'SIGPROF'): signal.signal(getattr(signal, name), signal.SIG_IGN)",
    "sys.exit = os._exit = print\nimport atexit; atexit.register(threading.Event().wait)",
    "check = lambda *_: True\nimport builtins; builtins.open = None",
    ODD_ANSWERS,
    {"cell_type": "code", "source": [1, [[]]]},
    {"cell_type": "code", "source": "\ud800 = 1"},
    {"cell_type": 5, "source": None},
]


@pytest.mark.fault(
    "Course",
    "a notebook leaves a process behind, locked folders and a thousand in one another, and changes whatever it can",
    "nothing of it is left, its functions are checked",
)
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")
def test_nothing_is_left_of_a_hostile_notebook(run, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    found = run(*HOSTILE)
    assert found.ran and results(found) == {"twice": "wrong", "kl": "wrong"}
    said = dict(line.removeprefix("cell ").split(" ", 1) for line in found.troubles)
    assert said.keys() == {"2", "9", "10"} and said["9"] == "holds something else than text, and did not run"
    child = Path("/proc", said["2"].rpartition(" ")[2])
    assert not marked(child, "") and list((tmp_path / "temporary").iterdir()) == []


def test_a_function_that_ends_the_process_costs_no_other(run):
    found = run("def my_twice(number):\n    __import__('os')._exit(0)", KL)
    assert results(found) == {"twice": "wrong", "kl": "right"}
    assert found.answers["twice"]["says"] == "my_twice ended the process"


def test_a_notebook_that_always_ends_its_process_did_not_run(run, monkeypatch):
    monkeypatch.setattr(runner, "STARTS", 2)
    found = run(*["import os; os._exit(0)"] * 3, TWICE)
    assert not found.ran and found.troubles[-1] == "it was started 2 times, and its process ended each time"


@pytest.mark.fault("Course", "a notebook takes all memory", "the cell is stopped and told, all others run")
def test_memory_has_a_limit(run):
    found = run("taken = [0] * 10**9", TWICE, KL, gigabytes=3.0)
    assert results(found) == RIGHT and found.troubles == ["cell 1 stopped with MemoryError"]


@pytest.mark.fault("Course", "a notebook takes all memory", "the cell is stopped and told, all others run")
def test_memory_that_the_system_does_not_limit_is_watched(run):
    code = "import mmap\nshared = mmap.mmap(-1, 3 * 2**30)\nfor page in range(0, len(shared), 4096): shared[page] = 1"
    found = run(code + "\nimport time; time.sleep(20)", TWICE, KL, gigabytes=2.0)
    assert results(found) == RIGHT and found.troubles == ["cell 1 took more than 2 GB of memory"]


@pytest.mark.fault("Course", "a notebook exchanges functions of the package or the checker", "put back and told")
def test_a_package_that_the_notebook_changes_is_put_back_and_told(run):
    """Neither an exchanged function, nor its code, nor the checker itself, nor printing makes an answer right."""
    cheat = (
        "import lfes_core.losses, lfes_core.course, sys\n"
        "wrong = lambda *given: given[0].sum()\n"
        "lfes_core.losses.kl_divergence.__code__ = (lambda mean, log_variance: mean.sum()).__code__\n"
        "lfes_core.losses.verification_loss = wrong\n"
        "sys.modules['lfes_core.course.same'].same = lambda *given, **named: None\n"
        "sys.modules['lfes_core.course.check']._REGISTERED.clear()\n"
        "import torch; torch.Tensor.sum = lambda *given, **named: 0\n"
        "print('twice: right'); print('kl: right')\n"
    )
    found = run(cheat, "def my_kl(mean, log_variance): return mean.sum()", "def my_twice(number): return number")
    assert results(found) == {"twice": "wrong", "kl": "wrong"}
    package = ["kl_divergence", "verification_loss", "same", "sum"]
    assert {name.rpartition(".")[2] for name in found.changed} == set(package)


def test_names_from_the_package_are_found_below_modules_too():
    space = {}
    exec("import lfes_core.losses as l\ndef f(x):\n    return [l.kl_divergence(y, y) for y in x]", space)
    assert uses_package(space["f"]) == "names from the package: l"
    assert uses_package(3) == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.fault("Course", "a notebook tells the grader what it likes", "the grader goes on, and keeps little of it")
@settings(max_examples=100)
@given(
    st.lists(st.dictionaries(st.sampled_from("begin chapter trouble changed exercise says token".split()), json_values))
)
def test_whatever_a_process_tells_the_grader_goes_on(told):
    found = Found()
    for event in told:
        taken = runner._event(json.dumps(event | {"token": "secret"}), "secret")
        assert taken == {} or {*taken} == {*event, "token"}
        runner._note(taken, found)
        assert runner._event(json.dumps(event | {"token": "other"}), "secret") == {}
    assert all(isinstance(line, str) for line in (*found.troubles, *found.changed, *found.answers))
    hash(found.chapter)
    assert runner._event("[" * 100_000, "secret") == {}


def test_a_flood_of_troubles_is_cut():
    found = Found()
    for number in range(5 * runner.MOST):
        for kind in ("trouble", "changed", "exercise"):
            runner._note({kind: f"{number}"}, found)
    assert len(found.troubles) == len(found.changed) == len(found.answers) == runner.MOST


@pytest.mark.fault("Course", "a small notebook that needs gigabytes to be read", "told, before it takes them")
def test_a_notebook_that_needs_more_memory_than_it_may_is_told(run, tmp_path, template):
    path = tmp_path / "99_numbers.ipynb"
    path.write_text('{"cells": [], "x": [' + "[]," * 12_000_000 + "[]]}")
    found = run_notebook(path, template, Limits(60.0, 1.0), EXERCISES, [], threading.Event())
    assert not found.ran and len(found.troubles) == 1 and "emory" in found.troubles[0]


@pytest.mark.fault("Course", "the grader is interrupted while notebooks run", "no process is left")
def test_the_grader_stops_a_notebook_when_it_is_to_end(tmp_path, template):
    path = write(tmp_path / "99_numbers.ipynb", "while True: pass")
    stop = threading.Event()
    threading.Timer(2, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(runner.Stopped):
        run_notebook(path, template, Limits(100.0), EXERCISES, [], stop)
    assert time.monotonic() - begun < 30


@pytest.mark.fault("Course", "a process that a notebook started hides in a group of its own", "it is ended")
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")
def test_a_child_that_left_the_group_is_ended(tmp_path):
    code = "import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True); print('there', flush=True)"
    mark = f"mark{os.getpid()}"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"LFES_SANDBOX": mark},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "there\n"
    runner._end(process, mark)
    end = time.monotonic() + 20  # a process that was ended needs a moment to go
    while (
        left := [folder for folder in Path("/proc").glob("[0-9]*") if marked(folder, mark)]
    ) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def marked(folder: Path, mark: str) -> bool:
    try:
        alive = "Z" not in (folder / "stat").read_text().rpartition(")")[2].split()[0]
        return alive and f"LFES_SANDBOX={mark}".encode() in (folder / "environ").read_bytes()
    except OSError:
        return False


def test_originals_notice_methods_and_defaults():
    from lfes_core.config import Config
    from lfes_core.losses import kl_divergence

    kept, flat = Originals(), Config.flat
    Config.flat = lambda self: {}
    kl_divergence.__kwdefaults__ = {"mean": 1}
    changed = kept.put_back()
    assert sorted(changed) == ["lfes_core.config.Config.flat", "lfes_core.losses.kl_divergence"]
    assert Config.flat.__code__ is flat.__code__ and not kl_divergence.__kwdefaults__ and kept.put_back() == []
