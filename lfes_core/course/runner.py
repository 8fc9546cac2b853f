"""Starts a process for a notebook, watches its time and memory, and starts it again without what ended it."""

import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lfes_core
from lfes_core.course.sandbox import WAIT
from lfes_core.files import remove_folder

STARTS = 4
"""A notebook is started again without the cell or the function that ended its process, at most so often."""
MOST = 1000
"""Troubles that are kept of a notebook."""
CHECK_SECONDS, START_SECONDS, GRACE_SECONDS = 20.0, 300.0, 5.0
_START = "from lfes_core.course.sandbox import main; main()"
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Limits:
    """Of one notebook: seconds of a processor for its cells, gigabytes of memory, threads that it computes with."""

    seconds: float = 300.0
    gigabytes: float = 4.0
    threads: int = 1


@dataclass
class Found:
    """What one notebook brought.

    Attributes:
        chapter: which it is; None while that is not known.
        ran: whether its exercises were checked.
        troubles: what went wrong, a line each: cells that failed, the process that ended.
        changed: functions of the package that the notebook had exchanged.
        answers: by exercise: result (right, wrong, not written, missing), says, note.
        seconds: it took.
    """

    chapter: int | str | None = None
    ran: bool = False
    troubles: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As `Found(**...)` takes it."""
        return asdict(self)


class Stopped(Exception):
    """The grader is to end."""


def run_notebook(
    notebook: Path, template: Path, limits: Limits, exercises: Path | None, hidden: list[Path], stop: threading.Event
) -> Found:
    """Runs and checks a notebook, whatever it does.

    Args:
        notebook: the file.
        template: a folder with what chapters need; each process gets a copy.
        limits: of time and memory.
        exercises: a teacher's file with more of them.
        hidden: folders that the notebook may not read.
        stop: ends it early. Stopped: it did.
    """
    begun = time.monotonic()
    found, skip = Found(), dict[str, str]()
    job: dict[str, Any] = {
        "notebook": str(notebook.absolute()),  # the process has a folder of its own
        "exercises": None if exercises is None else str(exercises.resolve()),
        "time_limit": limits.seconds * limits.threads,
        "cell_limit": limits.seconds * limits.threads / 4,  # an endless one leaves time to the others
        "check_limit": CHECK_SECONDS,
        "memory": int(limits.gigabytes * 2**30),
        "hidden": [str(folder.absolute()) for folder in hidden],
    }
    for _ in range(STARTS):
        found = Found(found.chapter, answers=found.answers)
        step, why = _run_once(job | {"skip": skip}, template, limits.threads, found, stop)
        if found.ran or step is None:
            break
        skip[step] = why
    else:
        found.troubles.append(f"it was started {STARTS} times, and its process ended each time")
    found.seconds = round(time.monotonic() - begun, 1)
    return found


def _run_once(
    job: dict[str, Any], template: Path, threads: int, found: Found, stop: threading.Event
) -> tuple[str | None, str]:
    """One process. Returns the step that ended it and how; None for the step if there is none to leave out."""
    token = secrets.token_hex(16)
    step = None
    ended = "ended the process"
    with _process(template, threads, token) as process:
        lines = _lines(process, json.dumps(job | {"token": token}))
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                line = ""
            if stop.is_set():
                raise Stopped
            if line is None:
                break
            event = _event(line, token)
            if "begin" in event:
                step = str(event["begin"])
                limit = job["check_limit"] if step.startswith("check") else job["cell_limit"]
                deadline = time.monotonic() + WAIT * limit + GRACE_SECONDS
            elif "unreadable" in event:
                found.troubles.append(str(event["unreadable"]))
                return None, ""
            elif "done" in event:
                found.ran = True
                return None, ""
            else:
                _note(event, found)
            if time.monotonic() > deadline:
                ended = "took too long and was stopped"
                break
            if _memory(process.pid) > job["memory"]:
                ended = f"took more than {job['memory'] / 2**30:g} GB of memory"
                break
        if step is None:
            found.troubles.append(f"it {ended} before the first cell")
        return step, ended


def _note(event: dict[str, Any], found: Found) -> None:
    if "chapter" in event:
        found.chapter = event["chapter"]
    elif "trouble" in event and len(found.troubles) < MOST:
        found.troubles.append(str(event["trouble"]))
    elif "changed" in event and len(found.changed) < MOST:
        found.changed.append(str(event["changed"]))
    elif "exercise" in event and len(found.answers) < MOST:
        told = {key: str(event.get(key, "")) for key in ("result", "says", "note")}
        found.answers[str(event["exercise"])] = told


def _event(line: str, token: str) -> dict[str, Any]:
    """What the process tells; nothing of what anybody else writes there."""
    with suppress(ValueError, RecursionError):
        event = json.loads(line)
        if isinstance(event, dict) and event.get("token") == token:
            return event if all(isinstance(value, str | int) for value in event.values()) else {}
    return {}


def _lines(process: "subprocess.Popen[str]", job: str) -> "queue.Queue[str | None]":
    """Gives the process its job; its lines come as they are written, and None when its output is closed."""
    lines: queue.Queue[str | None] = queue.Queue(100)

    def read(stream: Any) -> None:
        with suppress(ValueError, OSError):
            while line := stream.readline(100_000):
                lines.put(line)
        lines.put(None)

    assert process.stdin is not None and process.stdout is not None
    with suppress(OSError):
        process.stdin.write(job)
        process.stdin.close()
    threading.Thread(target=read, args=(process.stdout,), daemon=True).start()
    return lines


@contextmanager
def _process(template: Path, threads: int, token: str) -> Iterator["subprocess.Popen[str]"]:
    """The process in a copy of the template, which is its home; in the end neither it nor a child of it is left."""
    scratch = Path(tempfile.mkdtemp(prefix="lfes_"))
    try:
        shutil.copytree(template, scratch, dirs_exist_ok=True)
        (scratch / ".temporary").mkdir(exist_ok=True)
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | environment_of(scratch)
        mark = token[:8]  # a part: the whole is the process's secret
        environment |= {"OMP_NUM_THREADS": str(threads), "LFES_SANDBOX": mark}
        process = subprocess.Popen(
            [sys.executable, "-c", _START],
            cwd=scratch,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process, mark)
    finally:
        remove_folder(scratch)


def environment_of(home: Path) -> dict[str, str]:
    """What a process of a notebook finds in its environment, beside the paths of programs."""
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home / ".temporary"),
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "MPLBACKEND": "Agg",
        "IPYTHONDIR": str(home / ".ipython"),
        "PYTHONPATH": str(Path(lfes_core.__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "CUDA_VISIBLE_DEVICES": "",
    }


def _end(process: "subprocess.Popen[str]", mark: str) -> None:
    """Ends the process, its group, and on Linux those of its children that left the group."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if f"LFES_SANDBOX={mark}".encode() in (folder / "environ").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)


def _memory(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where the system does not tell (there the process limits itself)."""
    with suppress(OSError, ValueError, IndexError):
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0
