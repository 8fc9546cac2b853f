"""One student's notebook in a process of its own: its cells run in order, then the exercises are checked.

`lfes_core.course.grade` starts `main` in a throwaway folder, sends a job on standard input, and reads events, each a
line of JSON, from standard output. Python's audit hook keeps the code of a student from the network, from other
programs and from files outside of the folder, and says so in the cell; where Linux can (see `confined`), it keeps
native code from writing, from programs and from TCP, too. What is left is on the page `book/grading`.
"""

import importlib
import importlib.util
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lfes_core.course.check import Exercise, check, exercises, reinstate
from lfes_core.course.confined import confine
from lfes_core.course.originals import Originals, uses_package
from lfes_core.errors import UserError, shortened

_PROGRAMS = "subprocess.Popen os.system os.fork os.forkpty os.exec os.posix_spawn os.spawn os.startfile pty.spawn"
_NETWORK = "connect bind sendto sendmsg getaddrinfo gethostbyname gethostbyaddr getnameinfo"
REFUSED = {
    **dict.fromkeys(_PROGRAMS.split(), "no other programs"),
    **{f"socket.{event}": "no network" for event in _NETWORK.split()},
    **dict.fromkeys(("os.killpg", "resource.prlimit"), "no other processes"),
}
"""Events of Python's audit hook that a notebook may not cause, and what it is told."""
_CHANGES = {"remove", "rename", "rmdir", "mkdir", "truncate", "link", "symlink", "chmod", "chown", "utime"}
CHANGING = {f"os.{event}" for event in _CHANGES} | {"shutil.rmtree", "shutil.move", "sqlite3.connect"}
"""Events whose first two arguments are files that are changed."""
READING = {"open", "os.listdir", "os.scandir", "os.chdir"}
WAIT = 4
"""Seconds on the clock that a second of the processor may take: for a machine with other work, and for sleepers."""


class TimeUp(BaseException):
    """A cell or a function takes too long. No `Exception`, so that a student's ``except Exception`` lets it pass."""


def main() -> None:
    """Does the job that standard input describes, and ends the process: threads of the notebook do not keep it."""
    job = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as events:

        def tell(**event: Any) -> None:
            events.write(json.dumps(event | {"token": job["token"]}) + "\n")
            events.flush()

        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        try:
            known = load_exercises(job["exercises"])
            _limit_resources(job)
            notebook = read_notebook(Path(job["notebook"]))
            chapter = chapter_of(notebook, Path(job["notebook"]).stem, known)
            shell = _shell()
        except UserError as error:
            tell(unreadable=str(error))
            return
        asked = {name: one for name, one in known.items() if one.chapter == chapter}
        package = Originals()
        tell(chapter=chapter)
        os.dup2(nothing, 2)
        confine(".")
        sys.addaudithook(_guard(os.path.realpath("."), [os.path.realpath(folder) for folder in job["hidden"]]))
        _run_cells(notebook["cells"], shell, job, tell)
        _check_all(asked, shell.user_ns, package, job, tell)
        tell(done=True)
        os._exit(0)


def load_exercises(file: str | None) -> dict[str, Exercise]:
    """All exercises of the book, and those of a teacher's file. UserError: the file cannot be imported."""
    if file is not None:
        spec = importlib.util.spec_from_file_location("exercises_of_the_teacher", file)
        try:
            if spec is None or spec.loader is None:
                raise ImportError("it is no Python file")
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        except Exception as error:
            raise UserError(f"{file}: {type(error).__name__}: {shortened(str(error))}") from error
    return exercises()


def read_notebook(path: Path) -> dict[str, Any]:
    """The notebook in a file. UserError: it is none, or too large for the memory."""
    try:
        notebook = json.loads(path.read_bytes())
        cells = notebook.get("cells") if isinstance(notebook, dict) else None
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise ValueError
    except (ValueError, MemoryError, RecursionError, OSError) as error:
        raise UserError(f"the file is no notebook ({type(error).__name__} when it was read)") from error
    return dict(notebook)


def chapter_of(notebook: dict[str, Any], stem: str, known: dict[str, Exercise]) -> int | str:
    """Which chapter a notebook is, by its metadata, else its name. UserError: none of the book."""
    metadata = notebook.get("metadata")
    written = metadata.get("lfes") if isinstance(metadata, dict) else None
    for name in (written.get("chapter") if isinstance(written, dict) else None, stem):
        chapter = chapter_named(name, known) if isinstance(name, str) else None
        if chapter is not None:
            return chapter
    raise UserError("it is not clear which chapter this is; begin the file's name as the chapter's, as in 08_")


def chapter_named(name: str, known: dict[str, Exercise]) -> int | str | None:
    """Of ``08_face_verification_discriminator`` or ``related_work (1)``; None: it is no chapter with an exercise."""
    number = re.match(r"(\d\d?)_", name)
    if number:
        return int(number[1])
    chapters = {one.chapter for one in known.values() if isinstance(one.chapter, str)}
    return next((chapter for chapter in sorted(chapters) if name.startswith(chapter)), None)


def _shell() -> Any:
    """IPython without a terminal, a history or a kernel. UserError: it is not installed."""
    try:
        interactive: Any = importlib.import_module("IPython.core.interactiveshell")
        configuration: Any = importlib.import_module("traitlets.config").Config()
    except ImportError as error:
        raise UserError('grading needs what the notebooks need: pip install "lfes[notebooks]"') from error
    configuration.HistoryManager.enabled = False
    configuration.InteractiveShell.cache_size = 0
    shell = interactive.InteractiveShell.instance(config=configuration)
    shell.enable_gui = lambda *_: None  # %matplotlib asks for it
    shell.system = shell.getoutput = _no_program  # for !ls
    shell.display_formatter.active_types = ["text/plain"]
    return shell


def _no_program(*_: object) -> None:
    raise PermissionError("no other programs while notebooks are graded")


def _limit_resources(job: dict[str, Any]) -> None:
    """Of the system; that of the processor ends what a grader that was killed has left."""
    import resource  # Windows has none

    with suppress(ValueError, OSError):  # the grader watches the memory, too
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**30, 2**30))
        resource.setrlimit(resource.RLIMIT_DATA, (job["memory"], job["memory"]))
        seconds = int(2 * job["time_limit"]) + 600
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _guard(scratch: str, hidden: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """The audit hook: what the notebook may not do raises PermissionError in the cell that does it."""

    def inside(path: Any, folders: list[str]) -> bool:
        real = os.path.realpath(os.fsdecode(path))
        return any(real == folder or real.startswith(folder + os.sep) for folder in folders)

    def changes(mode: Any, flags: Any) -> bool:
        if isinstance(mode, str):
            return bool(set(mode) & set("wax+"))
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))

    if "_posixsubprocess" in sys.modules:  # multiprocessing starts programs with it, and no event tells
        vars(sys.modules["_posixsubprocess"])["fork_exec"] = _no_program

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event in REFUSED:
            raise PermissionError(f"{REFUSED[event]} while notebooks are graded")
        if event == "os.kill" and details[0] not in (0, os.getpid()):
            raise PermissionError("no other processes while notebooks are graded")
        named = details and isinstance(details[0], str | bytes | os.PathLike)
        if named and event in READING and inside(details[0], hidden) and not inside(details[0], [scratch]):
            raise PermissionError("this folder is not to be read while notebooks are graded")
        if named and event == "open":
            if changes(*details[1:3]) and not inside(details[0], [scratch, os.devnull]):
                raise PermissionError("no files outside of the chapter's folder while notebooks are graded")
        if event in CHANGING:
            for path in details[:2]:
                if isinstance(path, str | bytes | os.PathLike) and not inside(path, [scratch]):
                    raise PermissionError("no files outside of the chapter's folder while notebooks are graded")

    return hook


def _time_is_up(*_: object) -> None:
    raise TimeUp


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raises `TimeUp` in the block after so many seconds of the processor, or `WAIT` times as many on the clock.

    So a busy machine gives no other grades.
    """
    timers = ((signal.SIGPROF, signal.ITIMER_PROF, 1), (signal.SIGALRM, signal.ITIMER_REAL, WAIT))
    for number, timer, factor in timers:
        signal.signal(number, _time_is_up)
        signal.setitimer(timer, factor * max(seconds, 0.01))
    try:
        yield
    finally:
        for _, timer, _ in timers:
            signal.setitimer(timer, 0)


def _run_cells(cells: list[Any], shell: Any, job: dict[str, Any], tell: Callable[..., None]) -> None:
    """Every code cell in order; one that fails is told and does not stop the others."""
    limit = job["time_limit"]
    processor, clock = time.process_time(), time.monotonic()
    for number, cell in enumerate(cells, 1):
        step, source = f"cell {number}", cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if cell.get("cell_type") != "code":
            continue
        if not all(isinstance(line, str) for line in lines):
            tell(trouble=f"{step} holds something else than text, and did not run")
            continue
        text = "".join(lines)
        if not text.strip():
            continue
        if step in job["skip"]:
            tell(trouble=f"{step} {job['skip'][step]}")
            continue
        left = min(limit - (time.process_time() - processor), limit - (time.monotonic() - clock) / WAIT)
        if left <= 0:
            tell(trouble=f"the cells took longer than {limit:g} s: from {step} on they did not run")
            return
        tell(begin=step)
        error = None
        try:
            with _alarm(min(job["cell_limit"], left)):
                done = shell.run_cell(text, store_history=False)
            error = done.error_before_exec or done.error_in_exec
        except BaseException as escaped:  # what IPython lets through: an interrupt between two of its steps
            error = escaped
        if isinstance(error, TimeUp):
            tell(trouble=f"{step} took too long and was stopped")
        elif error is not None:
            tell(trouble=f"{step} stopped with {_in_short(error)}")
        if "matplotlib.pyplot" in sys.modules:
            with suppress(BaseException):
                sys.modules["matplotlib.pyplot"].close("all")


def _in_short(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        return f"{name}: {shortened(str(error.msg))} (line {error.lineno})"
    try:
        says = shortened(" ".join(str(error).split()))
    except BaseException:  # an exception of the student's own may do anything in __str__
        says = ""
    return f"{name}: {says}" if says else name


def _check_all(
    asked: dict[str, Exercise],
    names: dict[str, Any],
    package: Originals,
    job: dict[str, Any],
    tell: Callable[..., None],
) -> None:
    """Each exercise of the chapter with its own limit; what the notebook changed in the package is put back before."""
    for change in package.put_back():
        tell(changed=change)
    for name, exercise in asked.items():
        step = f"check {name}"
        if exercise.function not in names:
            tell(exercise=name, result="missing", says=f"there is no function named {exercise.function}")
            continue
        if step in job["skip"]:
            tell(exercise=name, result="wrong", says=f"{exercise.function} {job['skip'][step]}")
            continue
        answer = names[exercise.function]
        tell(begin=step)
        reinstate(asked)
        try:
            with _alarm(job["check_limit"]):
                checked = check(name, answer)
                note = uses_package(answer)
            result = "right" if checked.right else "wrong" if checked.written else "not written"
            says = checked.says
        except BaseException as error:
            late = isinstance(error, TimeUp)
            result, note = "wrong", ""
            says = f"{exercise.function} " + ("took too long and was stopped" if late else "could not be checked")
        changed = package.put_back()
        if changed and result == "right":
            result, says = "wrong", f"{exercise.function} changed {changed[0]} while it was checked"
        tell(exercise=name, result=result, says=says, note=note)
