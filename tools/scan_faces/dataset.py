"""The files of the data set in the layout of DISFA+."""

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image

from tools.scan_faces.atlas import Atlas, build_atlas
from tools.scan_faces.expression import ACTION_UNITS, DISFA_PLUS
from tools.scan_faces.flow import flow_field, flow_file
from tools.scan_faces.model import FaceModel, load_model
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import Subject, Trial
from tools.scan_faces.regions import region_file
from tools.scan_faces.studio import Studio

JPEG_QUALITY = 80
FRAME_SECONDS = 1.0
"""Step of the made-up clock in TimeStamp.txt: the pictures are stills."""


@lru_cache(maxsize=1)
def load(folder: Path) -> tuple[FaceModel, Atlas]:
    """Return the face model in `folder` and its skin atlas; a process loads them once."""
    model = load_model(folder)
    return model, build_atlas(model)


def draw_subject(folder: Path, quality: int, flows: bool, subject: Subject) -> Iterator[tuple[str, bytes]]:
    """Draw one person and yield the name and content of every file about it, in the layout of DISFA+.

    Args:
        folder: the public face model.
        quality: of the JPEG files.
        flows: give the flow field of each expression of a training person as well.
        subject: of `plan`.
    """
    studio = Studio(*load(folder), draw_person(subject.seed, subject.gender))
    flow = flow_field(studio) if flows and subject.part == "train" else None
    yield f"Labels/{subject.name}/gender.txt", b"1\n" if subject.gender == "woman" else b"0\n"
    for trial in subject.trials:
        for i, expression in enumerate(trial.expressions):
            name = f"Images/{subject.name}/{trial.name}/{i:03d}.jpg"
            yield name, jpeg_file(studio.picture(expression), quality)
            if flow is not None and expression:
                yield f"Flows/{subject.name}/{trial.name}/{i:03d}.npy", flow_file(flow(expression))
        yield from trial_files(subject.name, trial)
    if subject.part != "train":  # of test people those that are asked about alone
        for unit in ACTION_UNITS if subject.part == "validation" else DISFA_PLUS:
            yield f"Regions/{subject.name}/AU{unit}.png", region_file(studio, unit)


def jpeg_file(picture: Image.Image, quality: int) -> bytes:
    """Return a picture as a JPEG file, with color at half the resolution as photographs have it."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:0", optimize=True, progressive=True)
    return buffer.getvalue()


def trial_files(subject: str, trial: Trial) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of the text files of a trial: times, and a label file for each Action Unit.

    The twelve of DISFA+ always have one; the others only where they occur, so that no file means absent.
    """
    times = "".join(f"{i:03d}.jpg {i * FRAME_SECONDS:.1f}\n" for i in range(len(trial.expressions)))
    yield f"Images/{subject}/{trial.name}/TimeStamp.txt", times.encode()
    for unit in sorted(trial.action_units.union(DISFA_PLUS)):
        yield f"Labels/{subject}/{trial.name}/AU{unit}.txt", label_file(trial, unit).encode()


def label_file(trial: Trial, unit: int) -> str:
    """Return the text of one label file: two header lines, then a picture and its intensity on each line."""
    lines = [f"# AU{unit}", "# intensity 0-5"]
    lines += [f"{i:03d}.jpg     {expression.get(unit, 0)}" for i, expression in enumerate(trial.expressions)]
    return "\n".join(lines) + "\n"


def license_text() -> bytes:
    """Return the license of the face model, with the words about what the pictures are."""
    return (Path(__file__).parent / "LICENSE.txt").read_bytes()
