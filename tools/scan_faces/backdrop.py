"""What is behind a person: paper rolls, two tones and rooms far out of focus, the same in all pictures."""

import numpy as np

from tools.scan_faces.noise import soft_step
from tools.scan_faces.person import Person

KINDS = ("roll", "roll", "roll", "two tones", "room", "room")


def paint_backdrop(person: Person, size: int) -> np.ndarray:
    """Return the backdrop [size size 3] float32 in linear light: smooth, and brighter on the key light's side."""
    r = person.generator("backdrop")
    kind = str(r.choice(KINDS))
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    side = np.sign(person.light[0])
    base = person.backdrop * (1 + r.normal(0, 0.022, 3))
    image = np.broadcast_to(base, (size, size, 3)).astype(np.float32)
    if kind == "two tones":
        # A wall above a darker one below, or a lit wall beside a shaded one.
        tilt, place, blur = r.uniform(-0.4, 0.4), r.uniform(0.35, 0.7), r.uniform(0.06, 0.16)
        line = (y if r.random() < 0.5 else x) + tilt * ((x if r.random() < 0.5 else y) - 0.5)
        mix = soft_step(place - blur, place + blur, line)[..., None]
        image = image * (1 - mix) + image * r.uniform(0.6, 0.82) * (1 + r.normal(0, 0.03, 3)) * mix
    elif kind == "room":
        for _ in range(int(r.integers(3, 6))):
            center, width = r.uniform([-0.1, -0.1], [1.1, 0.9]), r.uniform([0.12, 0.18], [0.35, 0.5])
            warm = r.normal(0, 0.07)
            tint = np.array([1 + warm, 1.0, 1 - warm]) * (1 + r.uniform(-0.4, 0.65))
            spot = np.exp(-(np.abs((x - center[0]) / width[0]) ** 3) - np.abs((y - center[1]) / width[1]) ** 3)
            image = image * (1 + (0.7 * spot)[..., None] * (tint - 1))
    pool = np.exp(-(((x - 0.5 - 0.25 * side) / 0.75) ** 2 + ((y - 0.4) / 0.8) ** 2))
    return (image * (0.5 + 0.6 * pool)[..., None]).astype(np.float32)
