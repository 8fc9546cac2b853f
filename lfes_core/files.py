"""Files that appear whole or not at all, folders that one process has for itself, and JSON from strangers."""

import itertools
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from lfes_core.errors import UserError, shortened

_numbers = itertools.count()
_LOCK, _UNFINISHED = ".lock", re.compile(r"\.\d+\.\d+\.unfinished")


def user_path(path: str | os.PathLike[str]) -> Path:
    """A path as a user gives it; a first part ``~`` is the home folder, also where no shell has said so."""
    return Path(os.path.expanduser(path) if Path(path).parts[:1] == ("~",) else path)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a name beside ``path`` to write to; the file is moved to ``path`` when the block ends without an error.

    What was at ``path`` before stays until then. After an error nothing is left. UserError: the file cannot be written
    (no permission, no space).
    """
    with _unfinished(path) as folder:  # of its own: safetensors writes to a further name beside the one it is given
        unfinished = folder / "file"
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole, in UTF-8; errors as `written_whole`."""
    with written_whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Gives a new folder to fill, which becomes ``path`` when the block ends without an error; else nothing is left.

    UserError: ``path`` is there and is no empty folder, or cannot be written.
    """
    if path.is_symlink() or path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise UserError(f"{path}: is there already and is no empty folder; name a new one")
    with _unfinished(path) as folder:
        yield folder
        if path.is_dir():
            path.rmdir()
        folder.rename(path)


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A hidden folder beside ``path``, gone at the end; after a kill `alone_in` or a later process there removes it."""
    folder = path.with_name(f".{os.getpid()}.{next(_numbers)}.unfinished")  # short: names have a limit
    try:
        _remove_killed(path.parent)
        folder.mkdir()
        yield folder
    except OSError as error:  # that of many files at once has no reason, and is long
        raise UserError(f"{path}: cannot be written: {shortened(error.strerror or str(error))}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache  # once in a process: there may be many files
def _remove_killed(folder: Path) -> None:
    """Removes what processes that are gone left in a folder a minute ago or longer; younger ones may run elsewhere."""
    for left in folder.glob(".*.unfinished") if os.name == "posix" else ():
        with suppress(OSError):  # it has just gone, or its process is somebody else's
            if _UNFINISHED.fullmatch(left.name) and time.time() - left.lstat().st_mtime > 60:
                try:
                    os.kill(int(left.name.split(".")[1]), 0)
                except (ProcessLookupError, OverflowError):
                    shutil.rmtree(left)


def remove_folder(folder: Path) -> None:
    """Removes a folder, whatever a stranger made in it: locked folders, and folders in one another without an end."""
    with suppress(OSError):
        while entries := list(os.scandir(folder)):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry)
                    continue
                os.chmod(entry, 0o700)
                for below in list(os.scandir(entry)):
                    if below.is_dir(follow_symlinks=False):
                        os.chmod(below, 0o700)
                        os.rename(below, folder / f".{secrets.token_hex(8)}")  # no path gets long
                    else:
                        os.unlink(below)
                os.rmdir(entry)
        folder.rmdir()


def write_all(
    writers: Mapping[Path, Callable[[BinaryIO], object]], written: Callable[[], object] = lambda: None
) -> None:
    """Writes several files, each with what fills an open binary file: all or none; errors as `written_whole`.

    When all are ``written`` they come to their places, one after the other in their order.
    """
    with ExitStack() as stack:
        for path, write in reversed(list(writers.items())):
            with stack.enter_context(written_whole(path)).open("wb") as file:
                write(file)
        written()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps every other process out of a folder that exists, and removes what killed ones left unfinished below it.

    UserError: another process is at work there, or the folder cannot be written.
    """
    lock = FileLock(folder / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        advice = "wait until it ends or choose another folder"
        raise UserError(f"{folder}: another process is at work there; {advice}") from error
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        _remove_unfinished(folder)
        yield
    finally:
        lock.release()


def _remove_unfinished(folder: Path) -> None:
    """Not from folders below that have a lock of their own: another process may be at work there."""
    for here, folders, files in os.walk(folder):
        for leftover in filter(_UNFINISHED.fullmatch, (*folders, *files)):
            shutil.rmtree(Path(here, leftover), ignore_errors=True)
            Path(here, leftover).unlink(missing_ok=True)
        folders[:] = [name for name in folders if not Path(here, name, _LOCK).exists()]


def parse_json(text: str | bytes, where: object) -> Any:
    """What a JSON text says, from a file (``where``) that anybody may have changed. UserError: it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: not the JSON that was written there ({error}); put it back") from error
