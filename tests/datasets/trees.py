"""Small datasets in the exact layouts of DISFA+ and CK+, but for the size of pictures, written where a test says."""

import io
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS

Trial = Mapping[str, Mapping[int, int]]  # file name -> Action Unit -> intensity; one that is not named stands as 0
SMILE: Trial = {"000.jpg": {12: 2}, "001.jpg": {}, "002.jpg": {6: 3, 12: 4}, "003.jpg": {12: 5}}


def picture(value, size=(24, 32), mode="RGB", kind="JPEG"):
    """A smooth picture of its own for each value, (height, width) pixels, as the bytes of a file."""
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([rows * 3 + value, columns * 3 + value, rows + columns], axis=-1) % 256
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).convert(mode).save(buffer, kind, quality=95)
    return buffer.getvalue()


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def label_file(labels):
    return "# AU intensity\n# frame  value\n" + "".join(f"{name}     {value}\n" for name, value in labels.items())


def write_trial(root, subject, trial, frames, seed=0):
    """Write one DISFA+ trial."""
    below = f"{subject}/{trial}"
    for number, name in enumerate(frames):
        write(root / "Images" / below / name, picture(seed + 40 * number))
    write(root / "Images" / below / "TimeStamp.txt", "000.jpg 12:00:00.000\n")
    for unit in DISFA_PLUS_ACTION_UNITS:
        labels = {name: units.get(unit, 0) for name, units in frames.items()}
        write(root / "Labels" / below / f"AU{unit}.txt", label_file(labels))


def disfa_plus(root, subjects=("SN001", "SN003", "SN027")):
    """Write a DISFA+ tree: each subject has two trials, one named with the release's own spelling."""
    for number, subject in enumerate(subjects):
        write_trial(root, subject, "A1_AU1_TrailNo_1", {"000.jpg": {}, "001.jpg": {1: 3}}, seed=7 * number)
        write_trial(root, subject, "Z_SupriseText_TrailNo_2", SMILE, seed=7 * number + 3)
    return root


def face_points(left_eye=(24, 20), right_eye=(40, 20), mouth=(32, 37)):
    """The 68 points of a face in pixels [68 2]: eyes and mouth are rings around their middles."""
    points = np.tile(np.mean([left_eye, right_eye, mouth], axis=0), (68, 1))
    for start, end, middle in ((36, 42, left_eye), (42, 48, right_eye), (48, 68, mouth)):
        turn = np.linspace(0, 2 * np.pi, end - start, endpoint=False)
        points[start:end] = np.array(middle) + np.stack([3 * np.cos(turn), np.sin(turn)], axis=-1)
    return points


def landmark_file(points):
    """As the release writes it: x and y of one point a line, in scientific notation."""
    return "".join(f"   {x:.7e}   {y:.7e}\n" for x, y in points)


def write_sequence(
    root, subject, sequence, facs, emotion=None, frames=3, mode="L", seed=0, landmarks=None, size=(49, 64)
):
    """Write one CK+ sequence; `landmarks` [68 2] go beside every picture."""
    for number in range(1, frames + 1):
        name = f"{subject}/{sequence}/{subject}_{sequence}_{number:08d}"
        write(root / f"cohn-kanade-images/{name}.png", picture(seed + 20 * number, size, mode, "PNG"))
        if landmarks is not None:
            write(root / f"Landmarks/{name}_landmarks.txt", landmark_file(landmarks))
    write(root / f"FACS/{name}_facs.txt", facs)
    if emotion is not None:
        write(root / f"Emotion/{name}_emotion.txt", emotion)


def facs_lines(units):
    """As the release writes it: two numbers a line in scientific notation."""
    return "".join(f"   {unit:.7e}   {intensity:.7e}\n" for unit, intensity in units.items())


def ck_plus(root, subjects=("S005", "S026", "S037")):
    """Write a CK+ tree: each subject has a surprise with intensities and a smile without."""
    surprise, smile = facs_lines({1: 3, 2: 4, 5: 2, 25: 5, 27: 4}), facs_lines({6: 0, 12: 0})
    for number, subject in enumerate(subjects):
        more = {"seed": 5 * number, "landmarks": face_points()}
        write_sequence(root, subject, "001", surprise, "   7.0000000e+00\n", **more)
        write_sequence(root, subject, "002", smile, **more | {"seed": 5 * number + 2})
    return root


def whys(dataset):
    """What was noted, by the file that it is about."""
    return {entry.path: entry.why for entry in dataset.skipped}


def labelled(dataset):
    """What every frame shows, whatever its file is called."""
    return [(f.subject, f.trial, f.action_units, f.emotion) for f in dataset.frames]


def zipped(root):
    """Pack a folder into a zip archive beside it."""
    return Path(shutil.make_archive(str(root), "zip", root))
