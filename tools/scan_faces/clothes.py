"""Clothes: a garment laid around a person's own neck and shoulders, and what hangs at ears and neck."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, maximum_filter, maximum_filter1d

from tools.scan_faces.model import FaceModel
from tools.scan_faces.noise import bump, noise, soft_step
from tools.scan_faces.person import Person, to_linear
from tools.scan_faces.props import Prop, grid_triangles, tube

COLUMNS, ROWS = 144, 80
ANGLES = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
AXIS = -1.6
"""Depth of the middle of the neck."""
TOP, BOTTOM = -7.5, -20.0


@dataclass(frozen=True)
class Garment:
    """A cut; heights in model units below the middle of the face.

    `front`, `side` and `back` are the heights of the neckline, `point` how sharply it runs down in front (0 round,
    1 a V), `band` the height of the ribbed hem, `collar` whether it has a folded collar.
    """

    front: float
    side: float
    back: float
    point: float
    band: float
    collar: bool = False


GARMENTS = {
    "crew neck": Garment(-10.9, -10.2, -9.2, 0.0, 0.55),
    "wide neck": Garment(-12.0, -11.0, -9.8, 0.0, 0.2),
    "v-neck": Garment(-13.6, -10.3, -9.2, 1.0, 0.45),
    "shirt": Garment(-13.0, -10.4, -9.6, 1.0, 0.0, collar=True),
    "turtleneck": Garment(-8.9, -8.6, -8.2, 0.0, 0.0),
}
CHOICES = (
    "crew neck", "crew neck", "crew neck", "v-neck", "v-neck", "shirt", "shirt", "wide neck", "turtleneck"
)  # fmt: skip
PATTERNS = ("plain", "plain", "plain", "plain", "heather", "stripes", "check")


def make_clothes(model: FaceModel, person: Person, vertices: np.ndarray) -> list[Prop]:
    """Dress a person: the garment over the neutral face [vertices 3] and, where it has one, the collar."""
    r = person.generator("clothes")
    garment = GARMENTS[str(r.choice(CHOICES))]
    pattern = str(r.choice(PATTERNS))
    second = np.clip(person.clothes * r.uniform(0.55, 0.8) + r.uniform(0, 0.04), 0, 1)
    heights, radii = _body(model, vertices)
    front = np.cos(ANGLES)
    back = soft_step(0.1, -0.9, front)
    sharp = np.clip(1 - np.abs(np.sin(ANGLES)) / 0.62, 0, 1) if garment.point else np.clip(front, 0, 1) ** 1.5
    neckline = (
        garment.side + (garment.front - garment.side) * sharp * (front > 0) + (garment.back - garment.side) * back
    )
    t = np.linspace(0, 1, ROWS)[:, None] ** 1.3
    y = neckline * (1 - t) + BOTTOM * t
    radius = _radius(heights, radii, y)
    along = radius * ANGLES
    folds = 0.07 * noise(np.stack([along.ravel() * 0.35, y.ravel() * 0.9, 0 * y.ravel()], 1) + person.offset, 0.8)
    radius = radius + 0.2 + folds.reshape(y.shape) * soft_step(0.05, 0.3, t)
    # The hem lies close and is rolled: its edge turns in, and a ribbed band stands out a little.
    below = neckline - y
    radius = radius - 0.25 * soft_step(1.2, 0.0, below) - 0.3 * np.clip(1 - below / 0.12, 0, 1)
    if garment.band:
        rib = soft_step(garment.band + 0.06, garment.band - 0.06, below)
        radius = radius + 0.05 * rib
    points = _place(radius, y, ANGLES)
    color = np.repeat(person.clothes[None], points.shape[0], 0)
    grain = noise(np.stack([along.ravel(), y.ravel(), 0 * y.ravel()], 1) + person.offset, 6.0)
    height = y.ravel()
    if pattern == "stripes":
        stripe = soft_step(-0.12, 0.12, np.sin(height * 2 * np.pi / 1.7) - 0.35)
        color = color * (1 - stripe[:, None]) + second * stripe[:, None]
    elif pattern == "check":
        lines = bump(np.sin(height * np.pi / 1.5), 0.2) + bump(np.sin(points[:, 0] * np.pi / 1.5), 0.2)
        color = color * (1 - 0.45 * np.clip(lines, 0, 1)[:, None])
    color = color * (1 + (0.12 if pattern == "heather" else 0.04) * grain)[:, None]
    if garment.band:
        ribs = rib * (0.07 + 0.05 * np.sin(ANGLES * 160)) + 0.3 * bump(below - garment.band, 0.07)
        color = color * (1 - ribs.ravel()[:, None])
    props = [Prop(points, grid_triangles(ROWS, COLUMNS, False), np.clip(color, 0.004, 1), 0.015)]
    if garment.collar:
        props.append(_collar(heights, radii, person.clothes * 1.04))
    jewelry = _jewelry(model, person, vertices, heights, radii, garment.side < -10.5)
    return props + jewelry


def _body(model: FaceModel, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure neck and shoulders: heights [n] downwards and the radius there in every direction [n COLUMNS]."""
    skin = model.skin
    low = skin[(model.neutral[skin, 1] < -8.7) & (model.neutral[skin, 2] < 6.4)]
    x, y, z = vertices[low].T
    z = z - AXIS
    heights = np.arange(TOP, BOTTOM - 0.01, -0.5)
    row = np.rint((TOP - y) / 0.5).astype(int)
    column = np.rint(np.arctan2(x, z) / (2 * np.pi) * COLUMNS).astype(int) % COLUMNS
    inside = (row >= 0) & (row < len(heights))
    most = np.zeros((len(heights), COLUMNS))
    np.maximum.at(most, (row[inside], column[inside]), np.hypot(x, z)[inside])
    radii = maximum_filter(most, (1, 5), mode=("nearest", "wrap"))
    mode = ("nearest", "wrap")
    first = int((TOP + 9) / 0.5)
    radii[:first] = radii[first]
    for i in range(first + 1, len(heights)):
        # The model ends below the shoulders and closes there; clothes hang on.
        least = radii[i - 1] - (0.2 if heights[i] < -11 else 0.8)
        radii[i] = np.maximum(radii[i], least)
    quarter = COLUMNS // 4
    shoulder = int((TOP + 13) / 0.5)
    reach = (radii[shoulder, quarter] + radii[shoulder, -quarter]) / 2
    wide = reach * np.interp(-heights, [11, 12.2, 13, 13.6, 14.4, 16, 20], [0.35, 0.8, 1.08, 1.3, 1.5, 1.65, 1.7])
    deep = np.maximum((radii[:, 0] + radii[:, COLUMNS // 2]) / 2, 1)
    ellipse = 1 / np.sqrt((np.sin(ANGLES) / wide[:, None]) ** 2 + (np.cos(ANGLES) / deep[:, None]) ** 2)
    radii = np.maximum(radii, np.where(np.abs(np.sin(ANGLES)) > 0.35, ellipse, 0))
    return heights, gaussian_filter(radii, (0.8, 1.6), mode=mode)


def _radius(heights: np.ndarray, radii: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the radius of the body at heights y [rows COLUMNS]."""
    place = np.clip((TOP - y) / 0.5, 0, len(heights) - 1.001)
    i = place.astype(int)
    share, column = place - i, np.broadcast_to(np.arange(COLUMNS), y.shape)
    return radii[i, column] * (1 - share) + radii[i + 1, column] * share


def _place(radius: np.ndarray, y: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.sin(angle), y, radius * np.cos(angle) + AXIS], -1).reshape(-1, 3)


def _collar(heights: np.ndarray, radii: np.ndarray, color: np.ndarray) -> Prop:
    """A folded collar: up along the neck, over, and down in two points that part in front."""
    from_front = np.minimum(ANGLES, 2 * np.pi - ANGLES)
    gap = 0.05
    top = -11.1 + 1.9 * soft_step(gap, 1.9, from_front)
    # From the foot of the stand up, over the fold and down the fall to the edge.
    drop = np.array([-1.0, -0.4, 0.0, 0.12, 0.02, -0.3, -0.65, -1.0])[:, None]
    out = np.array([0.1, 0.14, 0.2, 0.32, 0.42, 0.52, 0.6, 0.66])[:, None]
    outer = np.arange(8)[:, None] > 3
    fall = 1.5 + 0.9 * np.exp(-np.clip(from_front - gap, 0, None) / 0.35)
    y = top + np.where(outer & (drop < 0), drop * fall, drop)
    # The stand closes at its foot and opens upwards; from the fold down the points spread.
    part = np.array([0.0, 0.1, 0.2, 0.22, 0.22, 0.28, 0.35, 0.42])[:, None]
    spread = part * np.exp(-np.clip(from_front - gap, 0, None) / 0.5)
    turned = ANGLES + spread * np.where(ANGLES < np.pi, 1, -1)
    # Never inside the neck, which widens towards the jaw: its skin would cut notches into the edge.
    neck = np.max([_radius(heights, radii, top[None] + up) for up in (-1.0, -0.3, 0.2)], axis=0)
    base = gaussian_filter1d(maximum_filter1d(neck, 7, mode="wrap"), 3, mode="wrap") - 0.08
    under = _radius(heights, radii, y) + 0.1
    radius = np.where(outer, np.maximum(base + out, under + out * 0.4), base + out)
    points = _place(radius, y, turned)
    triangles = grid_triangles(8, COLUMNS, False)
    open_ = (from_front > gap)[triangles % COLUMNS].all(1)
    edge = np.repeat(np.where(np.arange(8) == 7, 0.8, 1.0), COLUMNS)[:, None]
    return Prop(points, triangles[open_], np.clip(color * edge, 0.004, 1), 0.015)


def _jewelry(
    model: FaceModel, person: Person, vertices: np.ndarray, heights: np.ndarray, radii: np.ndarray, bare: bool
) -> list[Prop]:
    """Studs or rings at the ears and, if the neck is `bare`, a chain, for some people presented as women."""
    r = person.generator("jewelry")
    kind, chain, metal = r.random(), r.random(), to_linear(((196, 160, 96), (176, 176, 178))[r.integers(2)])
    size = r.uniform(0.16, 0.24)
    if person.gender == "man":
        return []
    props = []
    if kind < 0.6:
        skin = model.skin
        for side in (-1, 1):
            ear = skin[(side * model.neutral[skin, 0] > 7.3) & (np.abs(model.neutral[skin, 1] - 0.6) < 1.2)]
            lobe = vertices[ear[np.argsort(model.neutral[ear, 1] - 0.4 * model.neutral[ear, 2])[:8]]].mean(0)
            t = np.linspace(0, 2 * np.pi, 19)[:-1]
            if kind < 0.35:
                turn = np.stack([0 * t, size * 0.5 * np.cos(t), size * 0.5 * np.sin(t)], 1)
                center, radius = lobe + np.array([side * 0.12, -0.02, 0.25]), np.full(18, size * 0.5)
            else:
                turn = np.stack([0.35 * np.sin(t), 0.75 * np.cos(t) - 0.75, 0.6 * np.sin(t)], 1)
                center, radius = lobe + np.array([side * 0.1, 0.05, 0.2]), np.full(18, 0.06)
            props.append(tube(center + turn, radius, metal, 0.7, closed=True))
    if bare and chain < 0.5:
        y = (-9.8 - 2.6 * np.clip(np.cos(ANGLES), 0, 1) ** 1.3)[None]
        spine = _place(_radius(heights, radii, y) - 0.02, y, ANGLES)
        props.append(tube(spine, np.full(COLUMNS, 0.055), metal, 0.7, closed=True))
    return props
