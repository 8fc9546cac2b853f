"""Stand-ins for the renderer that worker processes can import."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.scan_faces.plan import Subject, Trial

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def person(number: int, pictures: int = 3) -> Subject:
    trial = Trial("A1_Single_TrailNo_1", tuple({12: 1 + i % 5} if i else {} for i in range(pictures)))
    return Subject(f"SN{number:03d}", number, "man" if number % 2 else "woman", False, (trial,))


def paint(subject: Subject, drawn: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    """Bytes that depend on the person alone."""
    for i in range(subject.pictures):
        drawn()
        yield f"{subject.name}/{i}.jpg", f"{subject.seed} {i}".encode()


def paint_and_note(folder: Path, subject: Subject, drawn: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    """The same, and leave a note who was drawn by a process with which settings."""
    threads = " ".join(os.environ.get(name, "") for name in THREADS)
    (folder / f"{subject.name} {os.getpid()}").write_text(threads)
    yield from paint(subject, drawn)


def paint_until(name: str, subject: Subject, drawn: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    """Run out of paint in the middle of one person."""
    for i, file in enumerate(paint(subject, drawn)):
        if subject.name == name and i:
            raise OSError("no more paint")
        yield file


def paint_and_die(subject: Subject, drawn: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    """End the process, as the system does with one that takes too much memory."""
    os._exit(9)
    yield from paint(subject, drawn)
