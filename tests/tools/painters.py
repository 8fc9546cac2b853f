"""Stand-ins for the renderer that worker processes can import."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from tools.scan_faces.drawing import ONE_THREAD
from tools.scan_faces.plan import Subject, Trial

Files = Iterator[tuple[str, bytes]]


def person(number: int, pictures: int = 3) -> Subject:
    trial = Trial("A1_Single_TrailNo_1", tuple({12: 1 + i % 5} if i else {} for i in range(pictures)))
    return Subject(f"SN{number:03d}", number, "man" if number % 2 else "woman", False, (trial,))


def paint(subject: Subject) -> Files:
    """Bytes that depend on the person alone."""
    for i in range(subject.pictures):
        yield f"{subject.name}/{i}.jpg", f"{subject.seed} {i}".encode()


def paint_and_note(folder: Path, subject: Subject) -> Files:
    """The same, and leave a note who was drawn by a process with which settings."""
    threads = " ".join(os.environ.get(name, "") for name in ONE_THREAD)
    (folder / f"{subject.name} {os.getpid()}").write_text(threads)
    yield from paint(subject)


def paint_until(name: str, subject: Subject) -> Files:
    """Run out of paint in the middle of one person."""
    for i, file in enumerate(paint(subject)):
        if subject.name == name and i:
            raise OSError("no more paint")
        yield file


def paint_on_a_full_disk(name: str, subject: Subject) -> Files:
    """From one person on nothing more can be written."""
    if subject.name == name:
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
    yield from paint(subject)


def paint_and_die(subject: Subject) -> Files:
    """End the process, as the system does with one that takes too much memory."""
    os._exit(9)
    yield from paint(subject)


def paint_for_ever(started: Path, subject: Subject) -> Files:
    """Draw the first two people; then say so and never come to an end."""
    while subject.seed > 2:
        started.touch()
        time.sleep(0.01)
        yield "more.jpg", b""
    yield from paint(subject)
