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
    mottle = 0.05 * noise(q + w, 0.35) + 0.04 * noise(q + w, 1.1) + 0.03 * noise(q + w, 4.0)
    pores = noise(q + w, 9.0)
    skin *= (1 + mottle + 0.025 * pores)[:, None]
    blood = 0.55 * (bump(ax - 4.6, 2.2) * bump(y + 0.2, 2.0)) + 0.5 * bump(x, 1.4) * bump(y - 0.6, 1.3) * (
        z > 9
    )
    blood += 0.35 * bump(y + 5.9, 1.2) * bump(x, 2.0) + 0.8 * soft_step(7.2, 8.2, ax) * bump(y - 1.5, 3.5)
    blood += 0.35 * bump(atlas.lips, 0.5) + 0.14 * noise(q + w, 0.8)
    skin *= 1 - (person.redness * blood)[:, None] * np.array([-0.015, 0.2, 0.19])
    socket = np.zeros(len(q))
    for eye in ((36, 39), (42, 45)):
        center = marks[list(eye), :2].mean(0)
        socket += bump((x - center[0]) / 1.9, 1) * bump((y - center[1] + 0.3) / 1.15, 1)
        socket += (
            (0.25 + 0.6 * person.age)
            * bump((x - center[0] * 0.93) / 1.5, 1)
            * bump((y - center[1] + 1.25) / 0.55, 1)
        )
    socket *= atlas.face
    skin *= 1 - socket[:, None] * np.array([0.14, 0.2, 0.17]) * (0.7 + 0.5 * person.age)
    if person.freckles > 0:
        spots = soft_step(0.35, 0.7, noise(q + w, 3.7)) * bump(y - 0.8, 2.6) * bump(ax - 2.2, 3.4) * (z > 5)
        skin *= 1 - person.freckles * spots[:, None] * np.array([0.22, 0.34, 0.4])
    if person.age > 0.55:
        spots = soft_step(0.55, 0.8, noise(q + w + 90, 1.6)) * (person.age - 0.55)
        skin *= 1 - spots[:, None] * np.array([0.35, 0.45, 0.5])
    gloss = (0.75 + 0.25 * noise(q + w, 2.0)) * (
        1 + 0.5 * bump(x, 1.3) * (z > 9) + 0.35 * bump(x, 4.0) * soft_step(6, 8, y)
    )
    height = 0.018 * pores + 0.012 * noise(q + w, 5.0)
    skin, gloss = _paint_lips(atlas, person, skin, gloss)
    height += 0.1 * soft_step(0.1, -0.15, atlas.lips) * noise(q + w, np.array([6.5, 0.8, 1.0]))
    gloss = gloss * (1 - 0.85 * scalp_mask(person, q) * (person.hairstyle != "shaved"))
    skin = _paint_hair_shadow(atlas, person, skin)
    skin, gloss = _paint_clothes(atlas, person, skin, gloss)
    return atlas.spread(np.column_stack([np.clip(skin, 0.002, 1), np.clip(gloss, 0, 2), height]))


def _paint_lips(
    atlas: Atlas, person: Person, skin: np.ndarray, gloss: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    q, w = atlas.place, person.offset
    edge = 0.05 * noise(q + w, 3.0)
    mask = soft_step(0.17, -0.2, atlas.lips + edge) * 0.92
    stripes = 1 + 0.07 * noise(q + w, np.array([7.0, 0.8, 1.0])) + 0.05 * noise(q + w, 1.5)
    # The upper lip faces down and is a little deeper in color; the seam between the lips is darkest.
    deep = 1 - 0.12 * soft_step(-3.6, -2.9, q[:, 1]) - 0.3 * bump(q[:, 1] + 3.4, 0.13)
    lips = person.lip * (stripes * deep)[:, None]
    return skin * (1 - mask[:, None]) + lips * mask[:, None], gloss * (1 - mask) + 1.6 * mask


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


def _paint_clothes(
    atlas: Atlas, person: Person, skin: np.ndarray, gloss: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    q, w = atlas.place, person.offset
    x, y, z = q.T
    # The garment lies over this; the paint only keeps skin from showing through its folds.
    ax = np.abs(x)
    edge = np.where(z < 0, -12.0, -14.6)
    mask = (
        np.maximum(soft_step(0, -0.5, y - edge), soft_step(7.6, 8.2, ax) * (y < -9))[:, None]
        * (z < 5)[:, None]
    )
    cloth = person.clothes * (1 + 0.06 * noise(q + w, 7.0))[:, None]
    return skin * (1 - mask) + cloth * mask, gloss * (1 - 0.9 * mask[:, 0])
