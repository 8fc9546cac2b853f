"""Guide hairs: a few hundred strands that find their way over the head; the others follow them."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from tools.scan_faces.cuts import Cut
from tools.scan_faces.model import SKIN_MATERIALS, FaceModel
from tools.scan_faces.noise import noise, soft_step
from tools.scan_faces.person import Person
from tools.scan_faces.raster import vertex_normals

POINTS = 26
"""Points along a strand."""
GUIDES = 1500


@dataclass(frozen=True)
class Guides:
    """Combed guide hairs.

    `place` [guides 3] where they are rooted on the generic head, `points` [guides points 3], `inward`
    [guides points 3] the way from the outermost to the innermost strand of the layer, `side` [guides] -1 or 1, the
    side of the parting.
    """

    place: np.ndarray
    points: np.ndarray
    inward: np.ndarray
    side: np.ndarray


def plant(
    model: FaceModel, vertices: np.ndarray, density: np.ndarray, count: int, r: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Choose roots where hair grows.

    Args:
        model: for the mesh.
        vertices: [vertices 3] the person's face.
        density: [vertices] 0-1, how densely hair grows.
        count: how many roots.
        r: random numbers.

    Returns:
        place on the generic head, root and outward direction, each [count 3], and density [count].
    """
    triangles = model.triangles[model.is_material(*SKIN_MATERIALS)]
    triangles = triangles[density[triangles].max(1) > 0.02]
    normals = vertex_normals(vertices, model.triangles[model.is_material(*SKIN_MATERIALS)])
    corner = model.neutral[triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    pick = r.choice(len(triangles), count * 3, p=area / area.sum())
    a, b = r.uniform(size=(2, len(pick)))
    flip = a + b > 1
    a[flip], b[flip] = 1 - a[flip], 1 - b[flip]
    share = np.stack([a, b, 1 - a - b], 1)
    grows = np.einsum("nc,nc->n", share, density[triangles[pick]])
    chosen = np.nonzero(r.uniform(size=len(pick)) < grows)[0][:count]
    ids, share = triangles[pick[chosen]], share[chosen]
    out = np.einsum("nc,ncd->nd", share, normals[ids])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    place = np.einsum("nc,ncd->nd", share, model.neutral[ids])
    return place, np.einsum("nc,ncd->nd", share, vertices[ids]), out, grows[chosen]


def comb(cut: Cut, person: Person, model: FaceModel, vertices: np.ndarray, part: float, density: np.ndarray) -> Guides:
    """Comb guide hairs over the head [vertices 3] for `density` of hair [vertices]."""
    r = person.generator("guides")
    place, roots, out, _ = plant(model, vertices, density, GUIDES, r)
    head = model.skin
    if cut.comb == "tight":
        # Hair that is pulled back passes behind the ears: they do not push it off the head.
        x, y, z = model.neutral[head].T
        head = head[(np.abs(x) < 7.9) | (np.abs(y - 1.5) > 4.5) | (np.abs(z + 0.5) > 4)]
    tree = cKDTree(vertices[head])
    normals = vertex_normals(vertices, model.triangles[model.is_material(*SKIN_MATERIALS)])
    length = lengths(cut, place)
    sway = np.stack([noise(place + person.offset + 50 * d, 0.45) for d in range(3)], 1)
    way = _way(cut, place, part) + 0.22 * sway + 0.05 * r.normal(size=place.shape)
    way -= out * np.einsum("nd,nd->n", way, out)[:, None] * (cut.comb != "up")
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-6
    lift = np.clip(cut.lift + 0.12 * r.normal(size=len(place)), 0, 1.2)[:, None]
    if cut.comb != "up":  # At the sides hair lies flatter than on top.
        middle = np.exp(-((place[:, 0] / 4.5) ** 2))
        lift = lift * ((0.3 + 0.7 * middle) * (0.35 + 0.65 * soft_step(6.5, 10.5, place[:, 1])))[:, None]
    direction = way * (1 - 0.55 * lift) + out * lift * 1.1
    ahead = _fall(place, r) * (cut.top > 20)
    step = (length / (POINTS - 1))[:, None]
    points, inward = np.empty((len(roots), POINTS, 3)), np.zeros((len(roots), POINTS, 3))
    points[:, 0] = p = roots
    for k in range(1, POINTS):
        travelled = step * k
        # Hair is stiff near the root; gravity counts by the length already hanging.
        direction = direction + np.array([0, -1.0, 0]) * cut.gravity * np.minimum(travelled, 6) * 0.5
        direction = direction + 0.06 * way * (travelled < 5) * (1 - lift)
        # Below the jaw hair falls before or behind the shoulders.
        direction[:, 2] += 0.12 * ahead * soft_step(1.0, -6.0, p[:, 1]) * soft_step(-15, -12, p[:, 1])
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-6
        p = p + direction * step
        distance, nearest = tree.query(p, workers=1)
        near = head[nearest]
        normal = normals[near]
        height = np.einsum("nd,nd->n", p - vertices[near], normal)
        thick = cut.volume * soft_step(0.0, 2.2, travelled[:, 0] + 0.4) * (0.25 + 0.75 * np.minimum(1, length / 4))
        missing = 0.08 + thick - height
        if cut.comb != "tight":
            missing = np.maximum(missing, 0)
        touches = (distance < 3.0) & ((p[:, 1] > -9) | (np.abs(p[:, 0]) < 6.5) | (ahead > 0))
        push = np.where(touches, missing, 0)
        p = p + normal * push[:, None]
        # What was pushed out slides along the head from here on.
        into = np.minimum(np.einsum("nd,nd->n", direction, normal), 0) * (push > 0)
        direction = direction - normal * into[:, None]
        points[:, k] = p
        inward[:, k] = -np.where(touches[:, None], normal, _level(p)) * thick[:, None]
    side = np.where(place[:, 0] > part, 1.0, -1.0)
    return Guides(place, _hang(points, cut, r), inward, side)


def lengths(cut: Cut, place: np.ndarray) -> np.ndarray:
    """Return how long hair is at places [n 3]: longer on top, shorter at the sides, shortest at the nape."""
    on_top = soft_step(6.0, 11.5, place[:, 1] + 0.25 * place[:, 2] * (place[:, 2] < 0))
    return cut.sides + (cut.top - cut.sides) * on_top


def _way(cut: Cut, place: np.ndarray, part: float) -> np.ndarray:
    """Return the direction into which hair is combed at places [n 3] of the generic head."""
    x, y, z = place.T
    way = np.zeros_like(place)
    side, hand = np.tanh((x - part) / 0.5), np.sign(part + 0.01)
    low = soft_step(9.0, 5.0, y)
    if cut.comb == "part":
        way[:] = np.stack([side, -0.2 - 0.9 * low, -0.45 - 0.35 * soft_step(4, 9, z)], 1)
    elif cut.comb == "sweep":
        # From a deep parting over the forehead to the other side, then back.
        over = side * (1 + 0.5 * (side * hand < 0))
        way[:] = np.stack([over, 0.1 - 1.1 * low, -0.3 - 0.5 * soft_step(4, 9, z)], 1)
    elif cut.comb == "aside":
        way[:] = np.stack([0.75 * side * (1 - 0.6 * low), 0.05 - 1.1 * low, -0.75 + 0.3 * low], 1)
    elif cut.comb == "back":
        way[:] = np.stack([0.1 * x / 8 + 0.15 * side, 0.35 - 1.2 * low, -1 + 0.4 * low], 1)
    elif cut.comb == "tight":
        # From a parting over the temples, then back to where it is tied.
        front = soft_step(-4.0, 5.0, z) * soft_step(5.0, 8.0, y)
        way[:] = np.stack([0.9 * side * front - 0.1 * x / 8, 0.1 - 0.45 * front, -np.ones_like(x)], 1)
    elif cut.comb in ("forward", "fringe"):
        slant = -hand * (0.7 if cut.comb == "fringe" else 0.25)
        way[:] = np.stack([slant + 0.05 * x, -0.25 - 0.7 * low, 1 - 0.9 * low], 1)
    elif cut.comb == "side":
        way[:] = np.stack([-0.6 * hand + 0 * x, 0.2 - 1.1 * low, 0.55 - 0.7 * low], 1)
    return way


def _fall(place: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """Return 1 for roots whose hair falls before the shoulder and -1 for those behind it; each side its own."""
    border = np.where(place[:, 0] > 0, *r.choice([-3.0, 1.0, 3.5, 7.0], 2))
    return np.tanh((place[:, 2] + 0.8 * noise(place, 0.6) - border) / 0.8)


def _level(points: np.ndarray) -> np.ndarray:
    """Return the level outward direction at free-hanging points [n 3]."""
    away = points * [1, 0, 1] + [0, 0, 1.0]
    return away / (np.linalg.norm(away, axis=1, keepdims=True) + 1e-6)


def _hang(points: np.ndarray, cut: Cut, r: np.random.Generator) -> np.ndarray:
    """Narrow what hangs beside the face towards its end, each side a little differently, and let locks wave."""
    if cut.top > 20:  # What the ears push out swings back gently.
        for _ in range(8):
            points[:, 2:-1] = 0.25 * points[:, 1:-2] + 0.5 * points[:, 2:-1] + 0.25 * points[:, 3:]
    y = points[..., 1]
    knots = [-19.0, -14.0, -9.5, -4.0, 3.0]
    values = np.array([cut.taper[2] * 0.94, cut.taper[2], cut.taper[1], cut.taper[0], 1.0])
    for sign in (-1, 1):
        scale = np.interp(y, knots, values * np.append(r.normal(1, 0.025, 4), 1.0))
        points[..., 0] = np.where(points[..., 0] * sign > 0, points[..., 0] * scale, points[..., 0])
    if cut.wave > 0:
        travelled = np.cumsum(np.linalg.norm(np.diff(points, axis=1, prepend=points[:, :1]), axis=2), 1)
        phase = 2.2 * np.pi * noise(points[:, POINTS // 3], 0.28) + r.normal(0, 0.3, len(points))
        angle = 2 * np.pi * travelled / r.uniform(5.0, 7.5) + phase[:, None]
        size = cut.wave * soft_step(1.0, 9.0, travelled)
        points[..., 0] += size * np.sin(angle)
        points[..., 2] += 0.6 * size * np.cos(angle)
    return points
