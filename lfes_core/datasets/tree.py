"""A folder or a zip archive, seen as one read-only tree of named files.

Names are relative and written with ``/`` ("Images/SN001/A1_AU1_TrailNo_1/000.jpg"), whatever the machine.
Nothing outside the root can be named: ``..``, absolute paths and symbolic links that lead out are refused,
because a dataset is a stranger's folder.
"""

import os
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lfes_core.errors import UserError

MAX_FILE_BYTES = 64 * 2**20
"""A larger file in a tree of face pictures and labels is a mistake or a bomb."""

_OUTSIDE = "it leads out of the dataset"
_LINKED = "a link to a folder is not followed: copy the folder, or give its place as the root"


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
    """A read-only tree of files. Opening reads the list of names once; files are read on demand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.left_out: tuple[tuple[str, str], ...] = ()
        """What lies in the tree but is not read, and why: (name, reason)."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, without hidden ones and without folders."""

    @abstractmethod
    def read_bytes(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of one file, or its first `limit` bytes.

        Raises:
            UserError: the name leads out of the tree, there is no such file, or it cannot be read.
        """

    def read_text(self, name: str) -> str:
        """Return one file as text; bytes that are no UTF-8 become the replacement character."""
        return self.read_bytes(name).decode("utf-8-sig", errors="replace")


class FolderTree(Tree):
    """A folder. Links to files are followed where they stay inside it, links to folders never."""

    def __init__(self, root: Path) -> None:
        super().__init__(root.resolve())
        found: list[str] = []
        left_out: list[tuple[str, str]] = []

        def closed(error: OSError) -> None:
            left_out.append(
                (self._name(Path(error.filename)), f"the folder cannot be read: {error.strerror}")
            )

        for folder, folders, files in os.walk(self.root, onerror=closed):
            here = Path(folder)
            # os.walk does not enter linked folders; they are named so that nobody searches for the pictures.
            left_out += [(self._name(here / name), _LINKED) for name in folders if (here / name).is_symlink()]
            for name in (self._name(here / file) for file in files):
                if is_hidden(name):
                    continue
                if self._is_inside(self.root / name):
                    found.append(name)
                else:
                    left_out.append((name, _OUTSIDE))
        self._names = tuple(sorted(found))
        self.left_out = tuple(sorted(left_out))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _is_inside(self, path: Path) -> bool:
        return not path.is_symlink() or path.resolve().is_relative_to(self.root)

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, without hidden ones and without folders."""
        return self._names

    def read_bytes(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of one file, or its first `limit` bytes (see `Tree.read_bytes`)."""
        path = self.root / check_name(name)
        if not path.resolve().is_relative_to(self.root):
            raise UserError(
                f"{name!r} is a link that leads out of {self.root}: copy the file into the folder"
            )
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise UserError(f"{name!r} in {self.root} is larger than {MAX_FILE_BYTES // 2**20} MB")
            with path.open("rb") as file:
                return file.read(-1 if limit is None else limit)
        except OSError as error:
            raise UserError(f"{name!r} in {self.root} cannot be read: {error.strerror or error}") from error


class ZipTree(Tree):
    """A zip archive. It may be handed to worker processes: each opens the archive for itself."""

    def __init__(self, root: Path) -> None:
        super().__init__(root.resolve())
        self._archive: zipfile.ZipFile | None = None
        self._process = -1
        found: list[str] = []
        left_out: list[tuple[str, str]] = []
        for info in self._open().infolist():
            if info.is_dir() or is_hidden(info.filename):
                continue
            try:
                safe = check_name(info.filename) == info.filename and not stat.S_ISLNK(
                    info.external_attr >> 16
                )
            except UserError:
                safe = False
            if safe:
                found.append(info.filename)
            else:
                left_out.append((info.filename, _OUTSIDE))
        self._names = tuple(sorted(set(found)))
        self._known = frozenset(self._names)
        self.left_out = tuple(sorted(left_out))

    def _open(self) -> zipfile.ZipFile:
        # A file position is shared across fork(): processes sharing a handle would get each other's bytes.
        if self._archive is None or self._process != os.getpid():
            try:
                self._archive = zipfile.ZipFile(self.root)
            except (OSError, zipfile.BadZipFile) as error:
                raise UserError(f"{self.root} is not a zip archive that can be read: {error}") from error
            self._process = os.getpid()
        return self._archive

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_archive": None}

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, without hidden ones and without folders."""
        return self._names

    def read_bytes(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of one file, or its first `limit` bytes (see `Tree.read_bytes`)."""
        if name not in self._known:
            check_name(name)
            raise UserError(f"there is no file {name!r} in {self.root}")
        archive = self._open()
        try:
            if archive.getinfo(name).file_size > MAX_FILE_BYTES:
                raise UserError(f"{name!r} in {self.root} is larger than {MAX_FILE_BYTES // 2**20} MB")
            with archive.open(name) as file:
                return file.read(-1 if limit is None else limit)
        except (
            OSError,
            zipfile.BadZipFile,
            RuntimeError,
            NotImplementedError,
            EOFError,
            zlib.error,
        ) as error:
            raise UserError(f"{name!r} in {self.root} cannot be read: {error}") from error


def open_tree(root: str | Path) -> Tree:
    """Open a folder or a zip archive as a read-only tree.

    Raises:
        UserError: nothing is there, or it is neither a folder nor a zip archive.
    """
    path = Path(root).expanduser()
    if path.is_dir():
        return FolderTree(path)
    if not path.exists():
        raise UserError(f"there is no folder or zip archive at {path}")
    return ZipTree(path)
