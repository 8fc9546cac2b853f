"""Draw the planned pictures and pack them in the layout of DISFA+."""

import io
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

from tools.scan_faces.atlas import Atlas, build_atlas
from tools.scan_faces.expression import DISFA_PLUS
from tools.scan_faces.model import FaceModel, load_model
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import Subject, Trial
from tools.scan_faces.studio import Studio

JPEG_QUALITY = 85
FRAME_SECONDS = 1.0
"""Step of the made-up clock in TimeStamp.txt: the pictures are stills."""
EPOCH = (2020, 1, 1, 0, 0, 0)
"""Every file in the archive has this date, so that the same plan gives the same bytes."""

_shared: tuple[FaceModel, Atlas] | None = None


def write_archive(
    folder: Path, archive: Path, subjects: tuple[Subject, ...], workers: int, about: str
) -> int:
    """Draw all subjects and write the archive; nothing is left behind when it fails.

    Args:
        folder: the public face model.
        archive: where the zip goes.
        subjects: of `plan`.
        workers: processes that draw.
        about: the README of the archive.

    Returns:
        How many pictures the archive holds.
    """
    count = sum(len(trial.expressions) for subject in subjects for trial in subject.trials)
    temporary = archive.with_name(archive.name + ".partial")
    try:
        with (
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out,
            tqdm(total=count, unit="picture", smoothing=0.02) as bar,
        ):
            for name, content in (("README.txt", about.encode()), ("LICENSE.txt", _license().encode())):
                _add(out, name, content)
            for subject, pictures in zip(subjects, _drawn(folder, subjects, workers), strict=True):
                for name, content in subject_files(subject, pictures):
                    _add(out, name, content)
                bar.update(len(pictures))
        os.replace(temporary, archive)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def draw_subject(folder: Path, subject: Subject) -> list[bytes]:
    """Return the JPEG files of all pictures of a subject, in the order of its trials."""
    global _shared
    if _shared is None:
        model = load_model(folder)
        _shared = (model, build_atlas(model))
    studio = Studio(*_shared, draw_person(subject.seed, subject.gender))
    pictures = []
    for trial in subject.trials:
        for expression in trial.expressions:
            buffer = io.BytesIO()
            studio.picture(expression).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
            pictures.append(buffer.getvalue())
    return pictures


def subject_files(subject: Subject, pictures: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file of a subject in the layout of DISFA+."""
    remaining = iter(pictures)
    yield f"Labels/{subject.name}/gender.txt", b"1\n" if subject.gender == "woman" else b"0\n"
    for trial in subject.trials:
        for i in range(len(trial.expressions)):
            yield f"Images/{subject.name}/{trial.name}/{i:03d}.jpg", next(remaining)
        yield f"Images/{subject.name}/{trial.name}/TimeStamp.txt", _time_stamps(trial).encode()
        for unit in DISFA_PLUS:
            yield f"Labels/{subject.name}/{trial.name}/AU{unit}.txt", label_file(trial, unit).encode()


def label_file(trial: Trial, unit: int) -> str:
    """Return the text of one label file: two header lines, then a picture and its intensity on each line."""
    lines = [f"# AU{unit}", "# intensity 0-5"]
    lines += [f"{i:03d}.jpg     {expression.get(unit, 0)}" for i, expression in enumerate(trial.expressions)]
    return "\n".join(lines) + "\n"


def _drawn(folder: Path, subjects: tuple[Subject, ...], workers: int) -> Iterator[list[bytes]]:
    if workers <= 1:
        for subject in subjects:
            yield draw_subject(folder, subject)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(draw_subject, [folder] * len(subjects), subjects)


def _time_stamps(trial: Trial) -> str:
    return "".join(f"{i:03d}.jpg {i * FRAME_SECONDS:.1f}\n" for i in range(len(trial.expressions)))


def _add(out: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    # A JPEG file does not shrink any further.
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
    out.writestr(entry, content)


def _license() -> str:
    return (Path(__file__).parent / "LICENSE.txt").read_text()
