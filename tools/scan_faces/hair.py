"""Head hair as strands: planted on the scalp, combed, cut, curled and lit. It does not depend on the expression."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from tools.scan_faces.model import LANDMARKS, SKIN_MATERIALS, FaceModel
from tools.scan_faces.noise import noise, smooth_curve, soft_step
from tools.scan_faces.paint import scalp_mask
from tools.scan_faces.person import Person
from tools.scan_faces.raster import vertex_normals

POINTS = 22
"""Points along a strand."""


@dataclass(frozen=True)
class Cut:
    """A way to wear hair. Lengths in model units (about 1 cm).

    `top` and `sides` are lengths; `lift` is how steeply strands leave the skin (0 flat, 1 upright); `comb` the way
    they are combed; `gravity` how fast they bend down; `volume` how thick the layer is; `curl` the radius and
    `turns` the number of a strand's windings; `clump` how much strands gather; `strands` how many there are.
    """

    top: float
    sides: float
    lift: float
    comb: str
    gravity: float
    volume: float
    curl: float = 0.0
    turns: float = 0.0
    clump: float = 0.35
    strands: int = 26000


CUTS = {
    "buzz": Cut(0.45, 0.3, 0.75, "forward", 0.0, 0.25, clump=0.0, strands=34000),
    "short": Cut(2.4, 0.8, 0.55, "side", 0.03, 0.9),
    "quiff": Cut(4.2, 0.9, 0.75, "back", 0.015, 1.8),
    "parted": Cut(6.0, 1.6, 0.35, "part", 0.06, 1.1),
    "swept": Cut(7.0, 3.0, 0.5, "back", 0.05, 1.5),
    "forward": Cut(4.6, 1.4, 0.3, "forward", 0.06, 1.0),
    "curly": Cut(3.4, 1.5, 0.9, "up", 0.0, 1.6, curl=0.3, turns=2.5, clump=0.5),
    "pixie": Cut(6.0, 4.2, 0.3, "fringe", 0.07, 1.2),
    "bob": Cut(13.0, 9.5, 0.3, "part", 0.2, 1.0, strands=32000),
    "long": Cut(30.0, 26.0, 0.3, "part", 0.2, 0.9, curl=0.28, turns=1.6, strands=32000),
    "swept long": Cut(30.0, 26.0, 0.4, "back", 0.18, 1.1, curl=0.35, turns=2.0, strands=32000),
    "curly long": Cut(22.0, 19.0, 0.5, "part", 0.17, 1.1, curl=0.36, turns=5.0, clump=0.6, strands=32000),
    "tied": Cut(9.0, 9.0, 0.05, "tight", 0.0, 0.75, clump=0.2),
}


@dataclass(frozen=True)
class Strands:
    """Hair that is combed and cut.

    `points` [strands points 3], `depth` [strands points] from 0 at the scalp to 1 at the outer layer, `tint`
    [strands] how much lighter or darker than the rest a strand is.
    """

    points: np.ndarray
    depth: np.ndarray
    tint: np.ndarray


def grow(model: FaceModel, person: Person, vertices: np.ndarray) -> Strands | None:
    """Grow a person's head hair on the neutral face [vertices 3]; None for a shaved head."""
    if person.hairstyle not in CUTS:
        return None
    cut, r = CUTS[person.hairstyle], person.generator("hair")
    skin = model.is_material(*SKIN_MATERIALS)
    normals = vertex_normals(vertices, model.triangles[skin])
    place, roots, out = _plant(model, person, vertices, normals, skin, cut.strands, r)
    part = person.generator("part").uniform(1.2, 3.4) * np.sign(person.light[0])
    if person.gender == "woman" and person.seed % 3 == 0:
        part = 0.0
    length = (
        _length(cut, place) * r.uniform(0.8, 1.0, len(roots)) * (1 + 0.1 * noise(place + person.offset, 0.9))
    )
    layer = r.beta(1.6, 1.1, len(roots))
    points = _comb(cut, person, place, roots, out, length, layer, part, vertices, normals, model, r)
    points, layer, place = _drop_strays(_gather(points, cut, r), layer, place)
    if cut.curl > 0:
        points = _curl(points, cut, r)
    bright = np.ones(len(points))
    if cut.comb == "tight":
        tail = _ponytail(vertices, np.sign(part + 0.01), r)
        points, layer = np.concatenate([points, tail]), np.append(layer, r.uniform(0.3, 1, len(tail)))
        place = np.concatenate([place, tail[:, POINTS // 2]])
        # The tail hangs free of the head: the head's shadow, which the lighting assumes, does not fall on it.
        bright = np.append(bright, np.full(len(tail), 2.0))
    points = _keep_face_free(points, vertices, cut.comb in ("forward", "fringe"), r)
    depth = np.clip(layer[:, None] * np.linspace(0.55, 1, POINTS)[None] ** 0.7, 0, 1)
    tint = np.exp(r.normal(0, 0.2, len(place)) + 0.16 * noise(place + person.offset, 2.5))
    tint *= bright
    return Strands(points.astype(np.float32), depth.astype(np.float32), tint.astype(np.float32))


def light_strands(strands: Strands, turned: np.ndarray, person: Person, key: np.ndarray) -> np.ndarray:
    """Return the color of strands in camera space [strands points 3] under the key light: [strands points 3]."""
    along = np.gradient(turned, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True) + 1e-6
    cosine = along @ key
    diffuse = np.sqrt(np.clip(1 - cosine**2, 0, 1))
    half = key + np.array([0, 0, 1])
    half = half / np.linalg.norm(half)
    shift = 0.08 * (strands.tint[:, None] - 1)
    sine = np.sqrt(np.clip(1 - (along @ half + shift) ** 2, 0, 1))
    # The head is a ball: hair that faces away from the light is in its shadow.
    middle = np.array([0, 4.5, -4.0], np.float32)
    outward = turned - middle
    outward /= np.linalg.norm(outward, axis=2, keepdims=True)
    facing = np.clip((outward @ key + 0.35) / 1.35, 0, 1)
    cover = 0.22 + 0.78 * strands.depth
    base = person.hair * strands.tint[:, None, None]
    body = (
        base * (diffuse * facing * 0.95 * person.key + 0.16 * (0.5 + 0.5 * outward[..., 1]) + 0.1)[..., None]
    )
    sheen = (sine**40 * 0.05 + sine**9 * 0.05)[..., None] * (0.55 * np.ones(3) + base * 4)
    return ((body + sheen * facing[..., None]) * cover[..., None]).astype(np.float32)


def _plant(model, person, vertices, normals, skin, count, r):
    triangles = model.triangles[skin]
    corner = model.neutral[triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    area *= corner[:, :, 1].mean(1) > -8
    pick = r.choice(len(triangles), count * 3, p=area / area.sum())
    a, b = r.uniform(size=(2, len(pick)))
    flip = a + b > 1
    a[flip], b[flip] = 1 - a[flip], 1 - b[flip]
    share = np.stack([a, b, 1 - a - b], 1)
    place = np.einsum("nc,ncd->nd", share, corner[pick])
    grows = r.uniform(size=len(pick)) < scalp_mask(person, place) ** 1.5
    chosen = np.nonzero(grows)[0][:count]
    ids = triangles[pick[chosen]]
    out = np.einsum("nc,ncd->nd", share[chosen], normals[ids])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return place[chosen], np.einsum("nc,ncd->nd", share[chosen], vertices[ids]), out


def _length(cut: Cut, place: np.ndarray) -> np.ndarray:
    """Longer on top, shorter at the sides, shortest at the nape."""
    on_top = soft_step(7.0, 11.0, place[:, 1] + 0.25 * place[:, 2] * (place[:, 2] < 0))
    return cut.sides + (cut.top - cut.sides) * on_top


def _way(cut: Cut, place: np.ndarray, part: float) -> np.ndarray:
    """Return the direction into which hair is combed at places [n 3] of the generic head."""
    x, y, z = place.T
    way = np.zeros_like(place)
    side = np.tanh((x - part) / 0.5)
    low = soft_step(9.0, 5.0, y)
    if cut.comb == "part":
        way[:] = np.stack([side, -0.2 - 0.9 * low, -0.45 - 0.35 * soft_step(4, 9, z)], 1)
    elif cut.comb == "back":
        way[:] = np.stack([0.1 * x / 8 + 0.15 * side, 0.35 - 1.2 * low, -1 + 0.4 * low], 1)
    elif cut.comb == "tight":
        way[:] = np.stack([-0.1 * x / 8, 0.2 + 0.35 * low, -np.ones_like(x)], 1)
    elif cut.comb in ("forward", "fringe"):
        slant = 0.45 * np.sign(part + 0.01) * (cut.comb == "fringe") + 0.15 * np.sign(part + 0.01)
        way[:] = np.stack([slant + 0.05 * x, -0.25 - 0.7 * low, 1 - 0.9 * low], 1)
    elif cut.comb == "side":
        way[:] = np.stack([-0.6 * np.sign(part + 0.01) + 0 * x, 0.2 - 1.1 * low, 0.55 - 0.7 * low], 1)
    return way


def _comb(cut, person, place, roots, out, length, layer, part, vertices, normals, model, r):
    head = model.vertices_of(*SKIN_MATERIALS)
    tree = cKDTree(vertices[head])
    sway = np.stack([noise(place + person.offset + 50 * d, 0.45) for d in range(3)], 1)
    way = _way(cut, place, part) + 0.25 * sway + 0.07 * r.normal(size=place.shape)
    way -= out * np.einsum("nd,nd->n", way, out)[:, None] * (cut.comb != "up")
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-6
    lift = np.clip(cut.lift + 0.15 * r.normal(size=len(place)), 0, 1.2)[:, None]
    direction = way * (1 - 0.55 * lift) + out * lift * 1.1
    step = (length / (POINTS - 1))[:, None]
    points = np.empty((len(roots), POINTS, 3))
    points[:, 0] = p = roots
    for k in range(1, POINTS):
        travelled = step * k
        # Hair is stiff near the root; gravity counts by the length already hanging.
        direction = direction + np.array([0, -1.0, 0]) * cut.gravity * np.minimum(travelled, 6) * 0.5
        direction = direction + 0.06 * way * (travelled < 5) * (1 - lift)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-6
        p = p + direction * step
        distance, nearest = tree.query(p, workers=1)
        near = head[nearest]
        height = np.einsum("nd,nd->n", p - vertices[near], normals[near])
        wanted = 0.08 + cut.volume * layer * soft_step(0.0, 2.2, travelled[:, 0] + 0.4) * (
            0.25 + 0.75 * np.minimum(1, length / 4)
        )
        missing = wanted - height if cut.comb == "tight" else np.maximum(wanted - height, 0)
        push = np.where((distance < 3.0) & ((p[:, 1] > -9) | (np.abs(p[:, 0]) < 6.5)), missing, 0)
        p = p + normals[near] * push[:, None]
        # What was pushed out slides along the head from here on.
        into = np.minimum(np.einsum("nd,nd->n", direction, normals[near]), 0) * (push > 0)
        direction = direction - normals[near] * into[:, None]
        points[:, k] = p
    return points


def _gather(points: np.ndarray, cut: Cut, r: np.random.Generator) -> np.ndarray:
    """Let strands lean towards the nearest of a few hundred leaders, more and more towards their tips."""
    if cut.clump == 0:
        return points
    leaders = r.choice(len(points), min(700, len(points)), replace=False)
    _, mine = cKDTree(points[leaders, 0]).query(points[:, 0])
    target = points[leaders][mine]
    share = (
        cut.clump * np.linspace(0, 1, POINTS)[None, :, None] ** 1.2 * r.uniform(0.3, 1.6, (len(points), 1, 1))
    )
    return points + np.clip(share, 0, 0.95) * (target - points)


def _ponytail(vertices: np.ndarray, side: float, r: np.random.Generator) -> np.ndarray:
    """Return the strands of a tail that hangs from the back of the head over one shoulder."""
    marks = vertices[LANDMARKS]
    jaw = marks[12 if side > 0 else 4]
    way = np.array([[0.3, 6.5, -11.5], [1.0, 2.0, -12.0], [0.9, -3.5, -6.5], [0.6, -12.0, -0.5]]) * [
        side,
        1,
        1,
    ]
    curve = smooth_curve(jaw + way, POINTS)
    count = 7000
    angle, radius = r.uniform(0, 2 * np.pi, count), 1.4 * np.sqrt(r.uniform(0, 1, count))
    width = np.interp(np.linspace(0, 1, POINTS), [0, 0.2, 0.6, 1], [0.5, 0.8, 1.0, 0.55])
    ring = np.stack([np.cos(angle) * radius, 0.3 * np.sin(2 * angle), np.sin(angle) * radius], 1)
    wave = 0.22 * np.sin(np.linspace(0, 9, POINTS) + 0.8 * angle[:, None])
    tail = curve + ring[:, None] * width[:, None]
    tail[..., 0] += wave
    return tail


def _drop_strays(points: np.ndarray, layer: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, ...]:
    """Leave out the few strands that stand farthest out sideways: they would hang beside the head like wires."""
    reach = np.abs(points[..., 0]).max(1)
    keep = reach <= np.quantile(reach, 0.95)
    return points[keep], layer[keep], place[keep]


def _curl(points: np.ndarray, cut: Cut, r: np.random.Generator) -> np.ndarray:
    """Wind strands around their own way; neighbours wind alike."""
    phase = 2.5 * noise(points[:, 0], 0.7) * np.pi + r.normal(0, 0.35, len(points))
    t = np.linspace(0, 1, POINTS)
    angle = phase[:, None] + 2 * np.pi * cut.turns * t[None]
    radius = cut.curl * soft_step(0.0, 0.25, t)[None]
    ring = np.stack([np.cos(angle) * radius, 0.6 * np.sin(angle * 1.0) * radius, np.sin(angle) * radius], 2)
    return points + ring


def _keep_face_free(
    points: np.ndarray, vertices: np.ndarray, fringe: bool, r: np.random.Generator
) -> np.ndarray:
    """Keep strands off brows, eyes and cheeks: at the sides they are brushed outwards, on the forehead they end."""
    marks = vertices[LANDMARKS]
    brow, chin = marks[17:27, 1].max() + 0.75, marks[8, 1] - 1.0
    half = 0.5 * (marks[16, 0] - marks[0, 0])
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    ragged = r.normal(0, 0.22, (len(points), 1))
    width = half * (0.98 - 0.3 * soft_step(marks[2, 1], chin, y)) - 0.9 * soft_step(brow, brow + 2.5, y)
    width = width + 0.5 * ragged
    level = soft_step(brow + 1.6, brow, y) * soft_step(chin - 2.0, chin + 1.0, y)
    ahead = z > marks[0, 2] - 0.6
    outward = ahead & (np.abs(x) > 0.62 * width) & (np.abs(x) < width)
    points = points.copy()
    points[..., 0] = np.where(outward, x + np.sign(x) * (width - np.abs(x)) * level, x)
    # Without a fringe no strand may fall below its own root on the forehead.
    limit = brow + 0.35 + 2 * ragged if fringe else np.maximum(brow + 0.35, y[:, :1] - 0.3 + ragged)
    blocked = (np.abs(x) <= 0.62 * width) & (y < limit) & (y > chin) & ahead
    # Hair lies behind the neck or beside it: a strand on its skin would flicker in and out of it.
    blocked |= (y < chin + 1.5) & (np.abs(x) < 0.8 * half) & (z > -3)
    first = np.where(blocked.any(1), blocked.argmax(1), points.shape[1])
    keep = np.minimum(np.arange(points.shape[1])[None], np.maximum(first - 1, 0)[:, None])
    return np.take_along_axis(points, keep[..., None], axis=1)
