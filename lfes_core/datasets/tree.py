"""A folder or a zip archive, seen as one read-only tree of named files.

Names are relative and written with ``/`` ("Images/SN001/A1_AU1_TrailNo_1/000.jpg"), whatever the machine.
Nothing outside the root can be named: ``..``, absolute paths and symbolic links that lead out are refused,
because a dataset is a stranger's folder. Only plain files are ever opened.
"""

import os
import stat
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lfes_core.errors import Unreadable, UserError

MAX_FILE_BYTES = 64 * 2**20
"""A larger file in a tree of face pictures and labels is a mistake or a bomb."""

MAX_TEXT_BYTES = 2**20
"""The same for a file of labels."""

_OUTSIDE = "it leads out of the dataset"
_LINKED = "a link to a folder is not followed: copy the folder, or give its place as the root"
_NO_FILE = "neither a file nor a folder (a pipe, a device): it is not opened"


def check_name(name: str) -> str:
    """Return `name` if it stays inside the tree, else raise `UserError`."""
    posix = PurePosixPath(name)
    outside = posix.is_absolute() or PureWindowsPath(name).drive or "\\" in name or "\0" in name
    if outside or ".." in posix.parts or not posix.parts:
        raise UserError(f"{name!r} leads out of the dataset: only relative paths below its root are read")
    return posix.as_posix()


def is_hidden(name: str) -> bool:
    """Tell whether `name` is litter of a desktop (``.DS_Store``, ``._000.jpg``, ``__MACOSX``) and no data."""
    parts = name.split("/")
    return any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in parts)


class Tree(ABC):
    """A read-only tree of files. Opening reads the list of names once; files are read on demand.

    Attributes:
        root: the folder or archive.
        left_out: what lies in the tree but is not read, and why: (name, reason).
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._names: tuple[str, ...] = ()
        self.left_out: tuple[tuple[str, str], ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, without hidden ones and without folders."""
        return self._names

    @abstractmethod
    def read_bytes(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of one file, or its first `limit` bytes.

        Raises:
            UserError: the name leads out of the tree, there is no such file, or it cannot be read.
        """

    def read_text(self, name: str) -> str:
        """Return one file as text; bytes that are no UTF-8 become the replacement character."""
        content = self.read_bytes(name, MAX_TEXT_BYTES + 1)
        if len(content) > MAX_TEXT_BYTES:
            raise self._unreadable(name, "is larger than {} MB", MAX_TEXT_BYTES // 2**20)
        return content.decode("utf-8-sig", errors="replace")

    def _unreadable(self, name: str, why: str, *details: object) -> Unreadable:
        return Unreadable(why, *details, file=f"{name!r} in {self.root}")


class FolderTree(Tree):
    """A folder. Links to files are followed where they stay inside it, links to folders never."""

    def __init__(self, root: Path) -> None:
        super().__init__(root.resolve())
        found: list[str] = []
        left_out: list[tuple[str, str]] = []
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                entries = list(os.scandir(self.root / folder))
            except OSError as error:
                left_out.append((folder or ".", f"the folder cannot be read: {error.strerror}"))
                continue
            for entry in entries:
                name = f"{folder}/{entry.name}".lstrip("/")
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif not is_hidden(name):
                    why = None if entry.is_file(follow_symlinks=False) else self._why_not(self.root / name)
                    found += [name] if why is None else []
                    left_out += [] if why is None else [(name, why)]
        self._names = tuple(sorted(found))
        self.left_out = tuple(sorted(left_out))

    def _why_not(self, path: Path) -> str | None:
        """Say why something that is no plain file is left out; None for a link to one that lies inside."""
        try:
            kind = path.stat().st_mode
        except OSError as error:  # a link to itself, or to what has gone
            return f"it cannot be read: {error.strerror}"
        if stat.S_ISDIR(kind):
            return _LINKED
        if not stat.S_ISREG(kind):
            return _NO_FILE
        return None if path.resolve().is_relative_to(self.root) else _OUTSIDE

    def read_bytes(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of one file, or its first `limit` bytes (see `Tree.read_bytes`)."""
        path = self.root / check_name(name)
        try:
            file = path.stat()
            if not path.resolve().is_relative_to(self.root):
                raise UserError(
                    f"{name!r} is a link that leads out of {self.root}: copy the file into the folder"
                )
            if not stat.S_ISREG(file.st_mode):
                raise self._unreadable(name, "is no file that can be read")
            if file.st_size > MAX_FILE_BYTES:
                raise self._unreadable(name, "is larger than {} MB", MAX_FILE_BYTES // 2**20)
            with path.open("rb") as opened:
                return opened.read(-1 if limit is None else limit)
        except OSError as error:
            raise self._unreadable(name, "cannot be read: {}", error.strerror or error) from error


class ZipTree(Tree):
    """A zip archive. It may be handed to worker processes: each opens the archive for itself."""

    def __init__(self, root: Path) -> None:
        super().__init__(root.resolve())
        self._archive: zipfile.ZipFile | None = None
        self._process = -1
        found: Counter[str] = Counter()
        left_out: list[tuple[str, str]] = []
        for info in self._open().infolist():
            if info.filename.endswith("/") or is_hidden(info.filename):
                continue
            try:
                safe = check_name(info.filename) == info.filename
            except UserError:
                safe = False
            if safe and not stat.S_ISLNK(info.external_attr >> 16):
                found[info.filename] += 1
            else:
                left_out.append((info.filename, _OUTSIDE))
        left_out += [
            (name, "it is twice in the archive: the later one is read") for name in found if found[name] > 1
        ]
        self._names = tuple(sorted(found))
        self._known = frozenset(found)
        self.left_out = tuple(sorted(left_out))

    def _open(self) -> zipfile.ZipFile:
        # A file position is shared across fork(): processes sharing a handle would get each other's bytes.
        if self._archive is None or self._process != os.getpid():
            try:
                self._archive = zipfile.ZipFile(self.root)
            except Exception as error:  # zipfile answers a damaged list with a dozen kinds of exceptions
                reason = str(error)[:80]
                raise UserError(f"{self.root} is not a zip archive that can be read: {reason}") from error
            self._process = os.getpid()
        return self._archive

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_archive": None}

    def read_bytes(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of one file, or its first `limit` bytes (see `Tree.read_bytes`)."""
        if name not in self._known:
            check_name(name)
            raise UserError(f"there is no file {name!r} in {self.root}")
        archive = self._open()
        if archive.getinfo(name).file_size > MAX_FILE_BYTES:
            raise self._unreadable(name, "is larger than {} MB", MAX_FILE_BYTES // 2**20)
        try:
            with archive.open(name) as file:
                return file.read(-1 if limit is None else limit)
        except Exception as error:  # and so it does with damaged content
            raise self._unreadable(
                name, "cannot be read: {}", str(error)[:80] or type(error).__name__
            ) from error


def open_tree(root: str | Path) -> Tree:
    """Open a folder or a zip archive as a read-only tree.

    Raises:
        UserError: nothing is there, or it is neither a folder nor a zip archive.
    """
    path = Path(root)
    if os.path.isdir(path):
        return FolderTree(path)
    if os.path.isfile(path):
        return ZipTree(path)
    if os.path.exists(path):
        raise UserError(f"{path} is {_NO_FILE.partition(':')[0]}: give a folder or a zip archive")
    home = " (~ is a word of the shell: write the whole path)" if str(path).startswith("~") else ""
    raise UserError(f"there is no folder or zip archive at {path}{home}")
