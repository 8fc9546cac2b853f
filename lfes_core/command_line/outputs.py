"""Files that appear whole or not at all: written beside their place under another name, then moved there."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from lfes_core.errors import UserError


def check_output(path: Path, suffixes: tuple[str, ...], inputs: tuple[Path, ...] = ()) -> None:
    """Looks at a wished output file before any work is done.

    Raises:
        UserError: the name has another ending than ``suffixes``, its folder is missing, it is a folder
            itself, or it is one of the inputs.
    """
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{path}: cannot write this kind of file; end the name in {' or '.join(suffixes)}")
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UserError(f"{path}: its folder does not exist; make {path.parent} first")
    if any(path.exists() and other.exists() and path.samefile(other) for other in inputs):
        raise UserError(f"{path}: is also the input and would be lost; write to another file")


def write_files(writers: Mapping[Path, Callable[[BinaryIO], object]]) -> None:
    """Writes all files or none; a file that was there before stays until the new one is complete.

    Args:
        writers: for each file what writes its bytes into an open binary file.

    Raises:
        UserError: a file cannot be written (no permission, no space).
    """
    unfinished: dict[Path, Path] = {}
    path = Path()
    try:
        for path, write in writers.items():
            unfinished[path] = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
            with open(unfinished[path], "wb") as file:
                write(file)
        for path, temporary in unfinished.items():
            temporary.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        for temporary in unfinished.values():
            temporary.unlink(missing_ok=True)
