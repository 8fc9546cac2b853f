"""Movement viewer: choose an Action Unit and an intensity, see one person make it and where the skin moves.

All pictures lie in the page, so it needs neither a kernel nor a network.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from embedded import Embedded, attention_colors, data_uri, part, still
from figures import map_colors
from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import ScanFaces
from sentence_builder import sentence_for

import numpy as np
from PIL import Image

#: What is shown of the 256x256 pictures: left, top, right, bottom. Hair and shoulders do not move.
PART = (28, 36, 228, 236)

#: Side of the maps in pixels; they are smooth.
MAP_SIDE = 100

#: What each of the intensities means, from A to E.
MEANINGS = ("a trace", "slight", "marked", "severe", "the maximum")


def alone(number: int, intensity: int) -> dict[int, int]:
    """An Action Unit with nothing else; a jaw that drops (26, 27) parts the lips (25), too."""
    units = {number: intensity}
    return {25: intensity, **units} if number in (26, 27) else units


def viewer(
    faces: ScanFaces, subject: str, numbers: Sequence[int], start: int = 12
) -> Embedded:
    """Writes the page for one person.

    Args:
        faces: has a frame for every Action Unit and intensity of the person, and their region maps.
        subject: the person, one of `faces.validation_subjects`.
        numbers: Action Units to choose from.
        start: the one shown first, at intensity E.
    """
    neutral = faces.neutral(subject)
    units = [_unit(faces, subject, number) for number in numbers]
    data = {
        "who": f"{subject}, a {neutral.gender}",
        "neutral": _picture(faces.face(neutral)),
        "rest": sentence_for(neutral.gender, []),
        "letters": INTENSITY_LETTERS,
        "meanings": MEANINGS,
        "colors": attention_colors()[::9],
        "units": units,
        "start": list(numbers).index(start),
    }
    first = units[data["start"]]
    description = f"{data['who']}, with AU {first['code']}E: {first['sentences'][-1]}"
    fallback = "<p>Choosing needs JavaScript. One of the pictures:</p>"
    fallback += still(first["pictures"][-1], description)
    summary = f"movement viewer: {len(numbers)} Action Units of {subject}"
    return part("movements", "Movement viewer", data, fallback, summary)


def _unit(faces: ScanFaces, subject: str, number: int) -> Mapping[str, Any]:
    unit = ACTION_UNITS[number]
    gender = faces.neutral(subject).gender
    moved = faces.region_map(subject, number)
    expressions = [alone(number, level) for level in range(1, 6)]
    return {
        "number": number,
        "code": " + ".join(str(part) for part in expressions[0]),
        "name": unit.name,
        "muscle": unit.muscle,
        "seen": unit.appearance,
        "region": unit.region,
        "pictures": [_picture(_face(faces, subject, made)) for made in expressions],
        "sentences": [sentence_for(gender, list(made.items())) for made in expressions],
        "map": _map(moved),
        "most": round(float(moved.max()), 1),
    }


def _face(faces: ScanFaces, subject: str, units: Mapping[int, int]) -> Any:
    frame = faces.truth(subject, units)
    if frame is None:
        raise ValueError(f"{subject} has no frame with just the Action Units {units}")
    return faces.face(frame)


def _picture(face: Any) -> str:
    return data_uri(Image.fromarray(face).crop(PART), 74)


def _map(moved: Any) -> str:
    small = Image.fromarray(np.asarray(moved, np.float32)).crop(PART)
    small = small.resize((MAP_SIDE, MAP_SIDE), Image.Resampling.BOX)
    colors = map_colors(np.asarray(small), 0, float(moved.max()))
    return data_uri(Image.fromarray(colors), 70)
