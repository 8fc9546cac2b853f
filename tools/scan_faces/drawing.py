"""Draw many people side by side: each finished person is kept, so that an interrupted drawing goes on."""

import json
import multiprocessing
import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

from tqdm import tqdm

from tools.scan_faces.errors import ScanFacesError
from tools.scan_faces.packing import read_zip, write_zip
from tools.scan_faces.plan import Subject

Painter = Callable[[Subject, Callable[[], None]], Iterable[tuple[str, bytes]]]
"""Gives the files about a person and calls its second argument after every picture. Must be picklable."""
SETTINGS_FILE = "settings.json"
# Each worker computes on one thread: as many workers as cores then fill the machine without getting in each
# other's way, and sums are taken in the same order whatever the machine does besides.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


class _StoppedError(Exception):
    """Raised inside a worker when the drawing is to end early."""


def _parts_folder(archive: Path) -> Path:
    return archive.with_name(archive.name + ".parts")


def finished_people(archive: Path) -> list[str]:
    """Return the names of the people who are kept for an archive that is not finished."""
    return sorted(path.stem for path in _parts_folder(archive).glob("SN*.zip"))


class Parts:
    """The folder beside an archive that keeps the people who are finished.

    Args:
        archive: the archive that is being made.
        settings: everything that decides what the pictures look like; JSON values.

    Raises:
        ScanFacesError: the folder keeps people who were drawn with other settings.
    """

    def __init__(self, archive: Path, settings: Mapping[str, object]) -> None:
        self.folder = _parts_folder(archive)
        kept = self._kept_settings()
        if kept is not None and kept != settings:
            keys = sorted(key for key in {*kept, *settings} if kept.get(key) != settings.get(key))
            raise ScanFacesError(
                f"{self.folder} keeps people drawn with other settings ({', '.join(keys)}): "
                "give those of before, name another archive, or delete that folder"
            )
        self.folder.mkdir(exist_ok=True)
        if kept is None:
            unfinished = self.folder / (SETTINGS_FILE + ".partial")
            unfinished.write_text(json.dumps(settings, indent=1))
            os.replace(unfinished, self.folder / SETTINGS_FILE)

    def _kept_settings(self) -> dict[str, object] | None:
        file = self.folder / SETTINGS_FILE
        if not file.exists():
            if self.folder.exists() and any(self.folder.iterdir()):
                raise ScanFacesError(f"{self.folder} was not made by this tool: name another archive")
            return None
        try:
            settings = json.loads(file.read_text())
        except ValueError:
            settings = None
        if not isinstance(settings, dict):
            raise ScanFacesError(f"{file} is damaged: delete the folder {self.folder} and start again")
        return settings

    def path(self, subject: Subject) -> Path:
        """Return where the files of a person are kept."""
        return self.folder / f"{subject.name}.zip"

    def has(self, subject: Subject) -> bool:
        """Return whether a person is finished."""
        return self.path(subject).exists()

    def files(self, subjects: Iterable[Subject]) -> Iterator[tuple[str, bytes]]:
        """Yield the names and contents of the files about these people, in their order."""
        for subject in subjects:
            try:
                yield from read_zip(self.path(subject))
            except zipfile.BadZipFile as error:
                raise ScanFacesError(
                    f"{self.path(subject)} is damaged: delete it and run the command again"
                ) from error

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder)


def write_archive(
    archive: Path,
    painter: Painter,
    subjects: Sequence[Subject],
    workers: int,
    settings: Mapping[str, object],
    front: Iterable[tuple[str, bytes]],
) -> None:
    """Draw all subjects, in several sittings if need be, and write the archive; it appears when it is complete.

    Args:
        archive: where the zip goes.
        painter: draws one person.
        subjects: of `plan`.
        workers: processes that draw; they do not change a byte of the archive.
        settings: see `Parts`.
        front: further files, written first.
    """
    parts = Parts(archive, settings)
    draw_people(painter, subjects, parts, workers)
    write_zip(archive, chain(front, parts.files(subjects)))
    parts.remove()


def draw_people(painter: Painter, subjects: Sequence[Subject], parts: Parts, workers: int) -> None:
    """Draw everybody who is not finished yet, in `workers` processes, with a progress bar.

    When it is interrupted or fails, the workers stop after the picture that they are drawing; who is finished
    by then is kept in `parts`.
    """
    missing = [subject for subject in subjects if not parts.has(subject)]
    pictures, left = sum(s.pictures for s in subjects), sum(s.pictures for s in missing)
    if not missing:
        return
    # Fresh processes, not copies of this one: they see the thread settings before they load any library.
    context = multiprocessing.get_context("spawn")
    count, stop = context.Value("q", 0), context.Event()
    workers = min(workers, len(missing))
    with (
        tqdm(total=pictures, initial=pictures - left, unit="picture", smoothing=0.02) as bar,
        environment(ONE_THREAD),
        ProcessPoolExecutor(workers, context, _begin, (painter, count, stop)) as pool,
    ):
        try:
            with _children_deaf_to_interrupts():
                waiting = {pool.submit(_draw, subject, parts.path(subject)) for subject in missing}
            while waiting:
                finished, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                bar.update(pictures - left + count.value - bar.n)
                _raise_first(finished)
        except BrokenProcessPool as error:
            raise ScanFacesError(
                "a drawing process was killed (out of memory?): the same command with fewer --workers goes on"
            ) from error
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _raise_first(finished: Iterable[Future[None]]) -> None:
    for future in finished:
        future.result()


_painter: Painter
_count: Synchronized
_stop: Event


def _begin(painter: Painter, count: Synchronized, stop: Event) -> None:
    """Prepare a worker process."""
    global _painter, _count, _stop
    _painter, _count, _stop = painter, count, stop


def _draw(subject: Subject, path: Path) -> None:
    if _stop.is_set():
        raise _StoppedError

    def drawn() -> None:
        with _count.get_lock():
            _count.value += 1
        if _stop.is_set():
            raise _StoppedError

    write_zip(path, _painter(subject, drawn))


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the processes that are started in here."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _children_deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C goes to every process of a terminal; processes started in here leave it to the first one."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
