"""Draw many people side by side: each finished person is kept, so that an interrupted drawing goes on."""

import json
import multiprocessing
import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread

from tqdm import tqdm

from lfes_core.errors import UserError
from lfes_core.files import alone_in, parse_json, write_text, written_whole
from tools.scan_faces.plan import Subject

File = tuple[str, bytes]
"""Name and content."""
Painter = Callable[[Subject], Iterable[File]]
"""Gives the files about a person, one picture after the other. Must be picklable."""
SETTINGS_FILE = "settings.json"
EPOCH = (2020, 1, 1, 0, 0, 0)
"""Every file in an archive has this date."""
READY = (".jpg", ".png")
"""Files that do not shrink any further."""
# Each worker computes on one thread: as many workers as cores then fill the machine without getting in each
# other's way, and sums are taken in the same order whatever the machine does besides.
ONE_THREAD = {f"{name}_THREADS": "1" for name in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM")}


class _StoppedError(Exception):
    """Raised inside a worker when the drawing is to end early."""


def write_archive(
    archive: Path,
    painter: Painter,
    subjects: Sequence[Subject],
    workers: int,
    settings: Mapping[str, object],
    front: Iterable[File],
) -> None:
    """Draw all subjects, in several sittings if need be, and write the archive; it appears when it is complete.

    Until then a folder beside it keeps the people who are finished.

    Args:
        archive: where the zip goes.
        painter: draws one person.
        subjects: of `plan`.
        workers: processes that draw; they do not change a byte of the archive.
        settings: everything that decides what the pictures look like; JSON values.
        front: further files, written first.

    Raises:
        UserError: another process draws this archive; the folder beside it keeps people who were drawn with other
            settings, or is damaged, or was not made here; a file cannot be written; a worker was killed.
    """
    folder = _folder(archive)
    if folder.is_dir() and not (folder / SETTINGS_FILE).exists():
        if any(not path.name.startswith(".") for path in folder.iterdir()):
            raise UserError(f"{folder} was not made by this tool: name another archive")
    folder.mkdir(exist_ok=True)
    with alone_in(folder):
        _compare(folder / SETTINGS_FILE, settings)
        draw_people(painter, subjects, folder, workers)
        whole = folder / "whole.zip"
        write_zip(whole, chain(front, *(_drawn(_kept(folder, subject)) for subject in subjects)))
        os.replace(whole, archive)
        for part in folder.glob("SN*.zip"):  # before what says that the folder is ours
            part.unlink()
        shutil.rmtree(folder)


def finished_people(archive: Path) -> list[str]:
    """Return the names of the people who are kept for an archive that is not finished."""
    return sorted(path.stem for path in _folder(archive).glob("SN*.zip"))


def write_zip(path: Path, files: Iterable[File]) -> None:
    """Write named files into a zip archive whose bytes depend on nothing else; it appears when it is complete."""
    with written_whole(path) as unfinished, zipfile.ZipFile(unfinished, "w", compresslevel=9) as out:
        for name, content in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(READY) else zipfile.ZIP_DEFLATED
            out.writestr(entry, content)


def draw_people(painter: Painter, subjects: Sequence[Subject], folder: Path, workers: int) -> None:
    """Draw everybody who is not finished yet, in `workers` processes, with a progress bar.

    When it is interrupted or fails, the workers stop after the picture that they are drawing; who is finished
    by then is kept in the folder.
    """
    missing = [subject for subject in subjects if not _kept(folder, subject).exists()]
    if not missing:
        return
    # Fresh processes, not copies of this one: they see the thread settings before they load any library.
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    done = len(subjects) - len(missing)
    with (
        tqdm(total=len(subjects), initial=done, unit="person") as bar,
        environment(ONE_THREAD),
        ProcessPoolExecutor(min(workers, len(missing)), context, _begin, (painter, stop)) as pool,
    ):
        try:
            with _children_deaf_to_interrupts():
                drawings = [pool.submit(_draw, subject, _kept(folder, subject)) for subject in missing]
            for drawing in as_completed(drawings):
                drawing.result()
                bar.update()
        except BrokenProcessPool as error:
            raise UserError(
                "a drawing process was killed (out of memory?): the same command with fewer --workers goes on"
            ) from error
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _folder(archive: Path) -> Path:
    return archive.with_name(archive.name + ".parts")


def _kept(folder: Path, subject: Subject) -> Path:
    return folder / f"{subject.name}.zip"


def _drawn(part: Path) -> Iterator[File]:
    """Yield the files about a person who is finished, in their order."""
    try:
        with zipfile.ZipFile(part) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    except Exception as error:  # of many kinds, for whatever a broken disk leaves of a zip
        raise UserError(f"{part} is damaged: delete it and run the command again") from error


def _compare(file: Path, settings: Mapping[str, object]) -> None:
    """Keep the settings of a drawing, or see whether they are those of the people who are kept."""
    if not any(file.parent.glob("SN*.zip")):
        write_text(file, json.dumps(settings, indent=1))
        return
    kept = parse_json(file.read_bytes(), file)
    if not isinstance(kept, dict):
        raise UserError(f"{file} is damaged: delete the folder {file.parent} and start again")
    different = sorted(key for key in {*kept, *settings} if kept.get(key) != settings.get(key))
    if different:
        raise UserError(
            f"{file.parent} keeps people drawn with other settings ({', '.join(different)}): "
            "give those of before, name another archive, or delete that folder"
        )


_painter: Painter
_stop: Event


def _begin(painter: Painter, stop: Event) -> None:
    """Prepare a worker process."""
    global _painter, _stop
    _painter, _stop = painter, stop
    Thread(target=_end_with_the_first_process, daemon=True).start()


def _end_with_the_first_process() -> None:
    """A worker whose first process was killed would wait for work for ever."""
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _draw(subject: Subject, path: Path) -> None:
    files = []
    for file in _painter(subject):
        if _stop.is_set():
            raise _StoppedError
        files.append(file)
    write_zip(path, files)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the processes that are started in here."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _children_deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C goes to every process of a terminal; processes started in here leave it to the first one."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
