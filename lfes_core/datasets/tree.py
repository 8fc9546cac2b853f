"""A folder or a zip archive, seen as one read-only tree of named files.

Names are relative and written with ``/`` ("Images/SN001/A1_AU1_TrailNo_1/000.jpg"), whatever the machine.
A dataset is a stranger's folder: only plain files that lie inside it are listed, and only listed files are read.
"""

import os
import re
import stat
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from lfes_core.errors import Unreadable, UserError, shortened
from lfes_core.files import user_path

MAX_FILE_BYTES, MAX_TEXT_BYTES = 64 * 2**20, 2**20  # a larger picture or file of labels is a mistake or a bomb
BOMB_BYTES, BOMB_RATIO = 2**30, 100  # pictures are packed already: an archive of more that is so dense is a bomb
LONGEST_NAME, DEEPEST = 1000, 50  # letters of a name, and folders in one another

_OUTSIDE = "it leads out of the dataset"
_LINKED = "a link to a folder is not followed: copy the folder, or give its place as the root"
_NO_FILE = "neither a file nor a folder (a pipe, a device): it is not opened"
_TOO_LONG = f"its name is longer than {LONGEST_NAME} letters"
_TOO_DEEP = f"what lies below it is not read: more than {DEEPEST} folders are in one another"
_LOCKED = "it is locked with a password: unpack the archive, and give the folder"
_AWAY = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|\Z)", re.DOTALL)  # from the root, a drive, or upwards
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # others unpack a few bytes to hundreds of megabytes at once


def is_hidden(name: str) -> bool:
    """Tell whether `name` is litter of a desktop (``.DS_Store``, ``._000.jpg``, ``__MACOSX``) and no data."""
    return any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in name.split("/"))


class Tree(ABC):
    """A read-only tree of files. Opening reads the list of names once; files are read on demand.

    `root` is the folder or archive; `left_out` is what lies in it but is not read, and why: (name, reason).
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        found = [(name, _TOO_LONG if len(name) > LONGEST_NAME else why) for name, why in self._listed()]
        found = [(name, why) for name, why in found if not is_hidden(name)]
        self._names = dict.fromkeys(sorted(name for name, why in found if why is None))
        self.left_out = tuple(sorted((name, why) for name, why in found if why is not None))

    @abstractmethod
    def _listed(self) -> Iterator[tuple[str, str | None]]:
        """Yield the name of everything that lies in the tree, with None or why it is not read."""

    @abstractmethod
    def _opened(self, name: str) -> tuple[int, Any]:
        """Return the size of a listed file in bytes, and the file, open (a reader of `zipfile` is no ``IO[bytes]``)."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, without hidden ones and without folders."""
        return tuple(self._names)

    def read_bytes(self, name: str, limit: int | None = None, most: int = MAX_FILE_BYTES) -> bytes:
        """Return a file, or its first `limit` bytes; `UserError`: it is not there, larger than `most`, or damaged."""
        if name not in self._names:
            raise UserError(f"there is no file {shortened(name)!r} that can be read in {self.root}")
        place = f"{shortened(name)!r} in {self.root}"
        try:
            size, file = self._opened(name)
            with file:
                if size > most:
                    raise Unreadable("is larger than {} MB", most // 2**20, file=place)
                # No more than its size: a packed file may hold more than it says.
                return bytes(file.read(size if limit is None else min(size, limit)))
        except Unreadable:
            raise
        except Exception as error:  # zipfile answers damage with a dozen kinds of exceptions
            reason = getattr(error, "strerror", None) or shortened(str(error)) or type(error).__name__
            raise Unreadable("cannot be read: {}", reason, file=place) from error

    def read_text(self, name: str) -> str:
        """Return one file as text; bytes that are no UTF-8 become the replacement character."""
        return self.read_bytes(name, most=MAX_TEXT_BYTES).decode("utf-8-sig", errors="replace")


class FolderTree(Tree):
    """A folder. Links to files are followed where they stay inside it, links to folders never."""

    def _listed(self) -> Iterator[tuple[str, str | None]]:
        failed: list[OSError] = []
        for folder, folders, files in os.walk(self.root, onerror=failed.append):
            if folders and len(Path(folder).parts) - len(self.root.parts) >= DEEPEST:
                yield Path(folder).relative_to(self.root).as_posix(), _TOO_DEEP
                folders.clear()
            for path in (Path(folder, name) for name in (*folders, *files)):
                if path.is_symlink() or not path.is_dir():
                    yield path.relative_to(self.root).as_posix(), self._why_not(path)
        for error in failed:
            name = os.path.relpath(error.filename, self.root)
            yield "the root" if name == "." else name, f"the folder cannot be read: {error.strerror}"

    def _why_not(self, path: Path) -> str | None:
        try:
            kind = path.stat().st_mode
        except OSError as error:  # a link to itself, or to what has gone
            return f"it cannot be read: {error.strerror}"
        if not stat.S_ISREG(kind):
            return _LINKED if stat.S_ISDIR(kind) else _NO_FILE
        return _OUTSIDE if path.is_symlink() and not path.resolve().is_relative_to(self.root) else None

    def _opened(self, name: str) -> tuple[int, Any]:
        path = self.root / name
        return path.stat().st_size, path.open("rb")


class ZipTree(Tree):
    """A zip archive. It may be handed to worker processes: each opens the archive for itself."""

    def __init__(self, root: Path) -> None:
        self._opened_by = -1
        super().__init__(root)

    def _listed(self) -> Iterator[tuple[str, str | None]]:
        files = [info for info in self._archive().infolist() if not info.filename.endswith("/")]
        unpacked = sum(info.file_size for info in files)
        if unpacked > max(BOMB_BYTES, BOMB_RATIO * self.root.stat().st_size):
            raise UserError(f"{self.root} is a bomb: it would unpack to {unpacked // 2**20} MB, and is not read")
        for info in files:
            if _AWAY.match(info.filename) or stat.S_ISLNK(info.external_attr >> 16):
                yield info.filename, _OUTSIDE
            elif info.flag_bits & 1:
                yield info.filename, _LOCKED
            elif info.compress_type not in _METHODS:
                yield info.filename, f"it is packed by method {info.compress_type}: pack it again by Deflate"
            else:
                yield info.filename, None
        for name, count in Counter(info.filename for info in files).items():
            if count > 1:
                yield name, "it is twice in the archive: the later one is read"

    def _opened(self, name: str) -> tuple[int, Any]:
        return self._archive().getinfo(name).file_size, self._archive().open(name)

    def _archive(self) -> zipfile.ZipFile:
        # A file position is shared across fork(): processes sharing a handle would get each other's bytes.
        if self._opened_by != os.getpid():
            try:
                self._zip, self._opened_by = zipfile.ZipFile(self.root), os.getpid()
            except Exception as error:  # as in `read_bytes`
                why = f"{self.root} is not a zip archive that can be read: {shortened(str(error))}"
                raise UserError(why) from error
        return self._zip

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_zip": None, "_opened_by": -1}


Root: TypeAlias = str | Path | Tree


def open_tree(root: Root) -> Tree:
    """Open a folder or a zip archive as a read-only tree, an open one as it is; raise `UserError` for anything else."""
    if isinstance(root, Tree):
        return root
    root = user_path(root)
    if os.path.isdir(root):
        return FolderTree(root)
    if os.path.isfile(root):
        return ZipTree(root)
    if os.path.exists(root):
        raise UserError(f"{root} is {_NO_FILE.partition(':')[0]}: give a folder or a zip archive")
    raise UserError(f"there is no folder or zip archive at {shortened(str(root))}")
