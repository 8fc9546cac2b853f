"""Zip archives whose bytes depend on nothing but the files in them."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

EPOCH = (2020, 1, 1, 0, 0, 0)
"""Every file in an archive has this date."""
READY = (".jpg", ".png")
"""Files that do not shrink any further."""


def write_zip(path: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write named files into a zip archive whose bytes depend on nothing else; it appears when it is complete."""
    unfinished = path.with_name(path.name + ".partial")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
            for name, content in files:
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                entry.compress_type = zipfile.ZIP_STORED if name.endswith(READY) else zipfile.ZIP_DEFLATED
                out.writestr(entry, content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the files in a zip archive, in its order."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)
