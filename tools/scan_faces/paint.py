"""Skin, lips, painted brow shadow, scalp and clothes, in coordinates of the generic neutral face."""

import numpy as np

from tools.scan_faces.atlas import Atlas
from tools.scan_faces.hairline import beard_mask, scalp_mask
from tools.scan_faces.model import FaceModel
from tools.scan_faces.noise import bump, noise, soft_step
from tools.scan_faces.person import Person

CHANNELS = ("red", "green", "blue", "gloss", "height")
"""What `paint_skin` gives for every texel; gloss is the strength of the highlight, height a fine relief."""


def paint_skin(model: FaceModel, atlas: Atlas, person: Person) -> np.ndarray:
    """Paint one person.

    Returns:
        [TILE 2*TILE 5] float32: linear color, gloss and fine relief (see `CHANNELS`).
    """
    q, w, marks = atlas.place, person.offset, model.landmarks
    x, y, z = q.T
    ax = np.abs(x)
    skin = np.repeat(person.skin[None], len(q), 0)
    # Melanin darkens in broad, soft patches and in fine grain; blood reddens on a scale in between.
    melanin = 0.05 * noise(q + w, 0.35) + 0.045 * noise(q + w, 1.1) + 0.04 * noise(q + w, 2.6)
    pores = noise(q + w, 9.0)
    skin *= (1 + melanin + 0.03 * noise(q + w, 5.5) + 0.03 * pores)[:, None]
    # Forehead and the middle of the cheeks catch more sun than what lies under the jaw.
    skin *= (1 + 0.03 * soft_step(5.5, 8.0, y) - 0.05 * soft_step(-6.0, -8.5, y))[:, None]
    blood = 0.55 * (bump(ax - 4.6, 2.2) * bump(y + 0.2, 2.0)) + 0.5 * bump(x, 1.4) * bump(y - 0.6, 1.3) * (z > 9)
    blood += 0.35 * bump(y + 5.9, 1.2) * bump(x, 2.0) + 0.8 * soft_step(7.2, 8.2, ax) * bump(y - 1.5, 3.5)
    blood += 0.35 * bump(atlas.lips, 0.5) + 0.16 * noise(q + w, 0.8) + 0.14 * noise(q + w, 2.3)
    skin *= 1 - (person.redness * blood)[:, None] * np.array([-0.015, 0.2, 0.19])
    socket = np.zeros(len(q))
    for eye in ((36, 39), (42, 45)):
        center = marks[list(eye), :2].mean(0)
        socket += bump((x - center[0]) / 1.9, 1) * bump((y - center[1] + 0.3) / 1.15, 1)
        socket += (
            (0.25 + 0.6 * person.age) * bump((x - center[0] * 0.93) / 1.5, 1) * bump((y - center[1] + 1.25) / 0.55, 1)
        )
    socket *= atlas.face
    skin *= 1 - socket[:, None] * np.array([0.14, 0.2, 0.17]) * (0.7 + 0.5 * person.age)
    skin = _paint_marks(person, q, skin)
    oil = person.generator("oil").uniform(0.2, 0.75)
    zone = bump(x, 1.3) * (z > 9) + 0.6 * bump(x, 4.0) * soft_step(6, 8, y) + 0.3 * bump(y + 5.9, 1.0) * bump(x, 1.5)
    gloss = (0.72 + 0.2 * noise(q + w, 2.0) + 0.22 * pores) * (0.8 + oil * zone)
    gloss *= 1 - 0.3 * bump(ax - 4.6, 2.0) * bump(y - 0.6, 2.0)
    height = 0.018 * pores + 0.012 * noise(q + w, 5.0)
    skin, gloss = _paint_lips(atlas, person, skin, gloss)
    height += 0.1 * soft_step(0.1, -0.15, atlas.lips) * noise(q + w, np.array([6.5, 0.8, 1.0]))
    gloss = gloss * (1 - 0.85 * scalp_mask(person, q) * (person.hairstyle != "shaved"))
    skin = _paint_hair_shadow(atlas, person, skin)
    skin, gloss = _paint_clothes(atlas, person, skin, gloss)
    return atlas.spread(np.column_stack([np.clip(skin, 0.002, 1), np.clip(gloss, 0, 2), height]))


def _paint_marks(person: Person, q: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Freckles, moles, spots of age and a little makeup."""
    w, (x, y, z) = person.offset, q.T
    ax = np.abs(x)
    if person.freckles > 0:
        where = bump(y - 0.8, 2.8) * bump(ax - 2.2, 3.6) * (z > 5)
        spots = soft_step(0.32, 0.68, noise(q + w, 3.7)) + 0.6 * soft_step(0.35, 0.7, noise(q + w + 30, 5.6))
        skin = skin * (1 - (person.freckles * spots * where)[:, None] * np.array([0.2, 0.32, 0.38]))
    if person.age > 0.55:
        spots = soft_step(0.55, 0.8, noise(q + w + 90, 1.6)) * (person.age - 0.55)
        skin = skin * (1 - spots[:, None] * np.array([0.35, 0.45, 0.5]))
    r = person.generator("moles")
    front = np.nonzero((z > 3) & (y > -7.5) & (y < 9))[0]
    for texel in r.choice(front, r.poisson(2.2)):
        distance = np.linalg.norm(q - q[texel], axis=1)
        mole = soft_step(1.2, 0.7, distance / r.uniform(0.08, 0.15)) * r.uniform(0.4, 0.85)
        skin = skin * (1 - mole[:, None] * np.array([0.55, 0.68, 0.72]))
    if person.makeup > 0:
        tint = np.array([0.3, 0.42, 0.4]) * person.generator("eye shadow").uniform(0.7, 1.2, 3)
        lid = bump((ax - 3.2) / 1.5, 1) * bump((y - 4.35) / 0.5, 1) * (z > 7)
        skin = skin * (1 - 0.65 * person.makeup * lid[:, None] * tint)
        blush = bump((ax - 4.9) / 1.6, 1) * bump((y - 0.9 - 0.25 * (ax - 4.9)) / 1.1, 1) * (z > 4)
        skin = skin * (1 - 0.6 * person.makeup * blush[:, None] * np.array([-0.02, 0.2, 0.16]))
    return skin


def _paint_lips(atlas: Atlas, person: Person, skin: np.ndarray, gloss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    q, w = atlas.place, person.offset
    edge = 0.05 * noise(q + w, 3.0)
    mask = soft_step(0.2, -0.26, atlas.lips + edge) * 0.9
    stripes = 1 + 0.07 * noise(q + w, np.array([7.0, 0.8, 1.0])) + 0.05 * noise(q + w, 1.5)
    # The upper lip faces down and is a little deeper in color; the seam between the lips is darkest.
    deep = 1 - 0.12 * soft_step(-3.6, -2.9, q[:, 1]) - 0.3 * bump(q[:, 1] + 3.4, 0.13)
    lips = person.lip * (stripes * deep)[:, None]
    return skin * (1 - mask[:, None]) + lips * mask[:, None], gloss * (1 - mask) + (1.0 + 0.5 * person.makeup) * mask


def _paint_hair_shadow(atlas: Atlas, person: Person, skin: np.ndarray) -> np.ndarray:
    """Tint the skin under hair: strands alone would let bright skin shine through."""
    q, w = atlas.place, person.offset
    distance, along = atlas.brows.T
    width = person.brow_width * (0.55 + 0.45 * soft_step(0, 0.25, along)) * soft_step(1.04, 0.45, along)
    brow = soft_step(1.3, 0.0, distance / np.maximum(width, 0.05)) * (distance < 2)
    brow *= person.brow_density * 0.42 * (0.85 + 0.3 * noise(q + w, 2.2)) * soft_step(1.0, 0.7, along)
    shadow = np.minimum(person.brow_color, person.skin * 0.5)
    skin = skin * (1 - brow[:, None]) + shadow * brow[:, None]
    scalp = scalp_mask(person, q) ** 1.4
    under = person.hair * 0.5 + person.skin * 0.06
    if person.hairstyle == "shaved":
        scalp = scalp * (0.36 + 0.1 * noise(q + w, 8.0)) * (1 - 0.7 * person.gray)
        under = np.minimum(person.skin * 0.45, person.hair + 0.03)
    skin = skin * (1 - 0.8 * scalp[:, None]) + under * 0.8 * scalp[:, None]
    stubble = max(0.42 * person.stubble, 0.4 + 0.32 * person.beard if person.beard > 0 else 0)
    if stubble > 0:
        grain = 0.82 + 0.22 * noise(q + w, 7.0)
        mask = np.clip(beard_mask(atlas.lips, q, person) * stubble * grain, 0, 1)[:, None]
        shade = person.brow_color * 0.8 + person.skin * 0.12
        skin = skin * (1 - mask) + shade * mask
    return skin


def _paint_clothes(atlas: Atlas, person: Person, skin: np.ndarray, gloss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    q, w = atlas.place, person.offset
    x, y, z = q.T
    # The garment lies over this; the paint only keeps skin from showing through its folds.
    ax = np.abs(x)
    edge = np.where(z < 0, -12.0, -14.6)
    mask = np.maximum(soft_step(0, -0.5, y - edge), soft_step(7.6, 8.2, ax) * (y < -9))[:, None] * (z < 5)[:, None]
    cloth = person.clothes * (1 + 0.06 * noise(q + w, 7.0))[:, None]
    return skin * (1 - mask) + cloth * mask, gloss * (1 - 0.9 * mask[:, 0])
