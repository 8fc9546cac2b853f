"""What a process does to files, one change after the other, and a kill or a full disk at each of them.

Python tells of every file that is opened to be written, moved or removed before it happens (an audit hook). What
happens between two such moments is the writing of files that are open; there a kill leaves them torn.
"""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.mkdir": ((0, 2),)}
_CHANGES |= dict.fromkeys(("os.rename", "os.link"), ((0, 2), (1, 3)))
"""Where among the arguments of an event a path stands, and the open folder from which it is counted."""
_GROWING = ("metrics.csv", "log.txt")
_NEEDS_SPACE = ("open", "os.mkdir", "os.rename")

Listener = Callable[[str, list[Path]], None]
_listeners: list[Listener] = []
_listening = True


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    global _listening
    if not (_listeners and _listening):
        return
    if event == "open":
        name, mode, flags = arguments
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITES)
        named = [(name, -1)] if writes else []
    else:
        named = [(arguments[path], arguments[folder]) for path, folder in _CHANGES.get(event, ())]
    paths = [_place(*one) for one in named if isinstance(one[0], str | bytes | os.PathLike)]
    _listening = False  # to what a listener does itself
    try:
        for listener in _listeners if paths else ():
            listener(event, paths)
    finally:
        _listening = True


def _place(name: str | bytes | os.PathLike[str], folder: int) -> Path:
    return Path(os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else Path.cwd(), os.fsdecode(name))


sys.addaudithook(_heard)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Calls ``listener`` before each change of a file by this process, with its kind and the files."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def changes(folder: Path, at: Callable[[int, Path], None]) -> Iterator[None]:
    """Calls ``at`` with 1, 2, ... and the file before each change below a folder."""
    count = 0

    def listen(event: str, paths: list[Path]) -> None:
        nonlocal count
        if any(path.is_relative_to(folder) for path in paths):
            count += 1
            at(count, paths[0])

    with heard(listen):
        yield


def killed_at_each_moment(folder: Path, work: Callable[[], object], most: int = 120) -> Iterator[int]:
    """A copy of this process works and is killed before change 1 below ``folder``, then another before 2, and so on.

    Yields the number after each kill; whoever asks puts the folder back. Ends when one has come to its end.
    """
    for number in range(1, most):
        process = os.fork()
        if not process:
            _be_killed(folder, work, number)
        _, status = os.waitpid(process, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"without a kill it ended with {os.WEXITSTATUS(status)}"
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield number
    raise AssertionError("it does not end")


def _be_killed(folder: Path, work: Callable[[], object], number: int) -> None:
    code = 1
    try:
        with changes(folder, lambda now, _: os.kill(os.getpid(), signal.SIGKILL) if now == number else None):
            work()
        code = 0
    finally:
        os._exit(code)  # nothing of pytest may run on in the copy


@contextmanager
def full_disk(folder: Path, at: int, tell: Callable[[int, Path], object] = lambda *_: None) -> Iterator[None]:
    """From the moment ``at`` on nothing can be written below a folder; what is there can still be removed.

    ``tell`` is called with the number of each moment and the file, where one is moved its new place.
    """
    count = 0

    def listen(event: str, paths: list[Path]) -> None:
        nonlocal count
        if event in _NEEDS_SPACE and any(path.is_relative_to(folder) for path in paths):
            count += 1
            tell(count, paths[-1])
            if count >= at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with heard(listen):
        yield


def photograph(folder: Path, copy: Path, written: Path) -> None:
    """A folder as a kill at this moment would leave it; files that are being written are torn, ``written``, too.

    Files that are only ever replaced as a whole are linked, not copied.
    """
    shutil.copytree(folder, copy, copy_function=_taken)
    for unfinished in copy.rglob(".*.unfinished/*"):
        content = unfinished.read_bytes()
        unfinished.unlink()  # it is a link
        unfinished.write_bytes(content[: len(content) // 2])
    if written.name in _GROWING and written.exists():
        (copy / written.name).write_bytes(written.read_bytes()[:-7])


def _taken(source: str, target: str) -> None:
    name = Path(source).name
    if name in _GROWING:
        shutil.copyfile(source, target)
    elif name != ".lock":
        os.link(source, target)
