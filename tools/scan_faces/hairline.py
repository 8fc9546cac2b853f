"""Where hair and beards grow, in coordinates of the generic neutral face."""

import numpy as np

from tools.scan_faces.noise import bump, noise, soft_step
from tools.scan_faces.person import Person

PULLED_BACK = ("tied", "bun")


def scalp_mask(person: Person, place: np.ndarray) -> np.ndarray:
    """Return 0-1 how densely hair grows at places [n 3]: it thins out towards the hairline, over about 1 cm."""
    x, y, z = place.T
    ax = np.abs(x)
    rough = 0.25 * noise(place + person.offset, 1.1) + 0.2 * noise(place + person.offset, 3.0)
    r = person.generator("hairline")
    peak, round_off, lean = r.uniform(-0.35, 0.75), r.uniform(0.015, 0.05), r.normal(0, 0.025)
    line = person.hairline + person.temple * bump(ax - 4.3, 1.7) - round_off * ax**2 - peak * bump(x, 1.1)
    line = line + lean * x + rough
    front = soft_step(-0.55, 1.15, y - line) * (ax < 6.6)
    # Sideburn line: behind it and above the ear hair grows, in front of it is the cheek.
    edge = 3.6 - 0.35 * np.clip(y - 4.5, 0, 5) + rough
    side = (
        soft_step(0.6, -0.9, z - edge - 2.2 * soft_step(5.5, 8.8, y))
        * soft_step(5.2, 6.0, ax)
        * soft_step(1.0, 2.8, y + rough)
    )
    above = soft_step(7.6, 8.8, y + rough) * soft_step(5.6, 4.0, z)
    back = soft_step(-0.5, -2.0, z) * soft_step(-7.0, -5.2, y)
    ear = bump(y - 1.6, 2.6) * bump(z + 0.6, 2.4) * soft_step(7.4, 8.0, ax)
    mask = np.maximum.reduce([front, side, above, back]) - 1.6 * ear
    if person.hairstyle in PULLED_BACK:
        # Nothing short is left to stand off behind the ears.
        mask = mask - 2 * soft_step(7.2, 7.8, ax) * soft_step(4.6, 3.4, y)
    if person.hairstyle == "horseshoe":
        crown = 6.4 + 0.9 * rough + 0.12 * np.clip(-z, 0, 9)
        mask = np.minimum(mask, soft_step(1.4, -0.8, y - crown)) - soft_step(6.2, 5.2, ax) * (z > 0)
    return np.clip(mask, 0, 1)


def beard_mask(atlas_lips: np.ndarray, place: np.ndarray, person: Person) -> np.ndarray:
    """Return 0-1 how densely a beard grows at places [n 3]; `atlas_lips` [n] is the distance to the lips."""
    x, y, z = place.T
    ax = np.abs(x)
    r = person.generator("beard line")
    cheek_height, full = r.uniform(-0.6, 0.4), r.uniform(0.3, 1.0)
    rough = 0.3 * noise(place + person.offset, 1.3) + 0.15 * noise(place + person.offset, 3.5)
    upper = cheek_height - 1.9 - 0.9 * bump(ax - 3.0, 2.2) + 0.75 * np.clip(ax - 4.8, 0, 4) ** 1.35 + rough
    neck = y + 0.12 * ax + 0.5 * rough
    cheek = soft_step(0.9, -1.1, y - upper) * soft_step(-9.8, -7.6, neck)
    # Cheeks are thinner than chin and jaw.
    cheek = cheek * (1 - (1 - full) * 0.6 * bump(ax - 3.9, 1.5) * soft_step(-6.5, -4.0, y))
    mustache = soft_step(0.5, -0.1, np.abs(y + 2.0) - 0.42) * soft_step(3.1, 1.9, ax) * soft_step(-0.1, 0.35, ax)
    bare = 1 - soft_step(0.35, 0.1, np.abs(y + 5.2)) * bump(ax - 1.5, 0.6)
    mask = np.maximum(cheek * bare, mustache) * soft_step(0.02, 0.35, atlas_lips)
    return mask * soft_step(0.6, 2.4, z + 0.3 * rough)
