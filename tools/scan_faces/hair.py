"""Head hair as strands: planted, led by combed guide hairs, cut, curled and lit. No expression changes it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from tools.scan_faces import updo
from tools.scan_faces.comb import POINTS, Guides, comb, plant
from tools.scan_faces.cuts import Cut, cut_of, part_of
from tools.scan_faces.hairline import scalp_mask
from tools.scan_faces.light import ShadowMap
from tools.scan_faces.model import LANDMARKS, FaceModel
from tools.scan_faces.noise import noise, soft_step
from tools.scan_faces.person import Person
from tools.scan_faces.raster import FARTHEST, lay_over, layer_strands

OPACITY = 0.8
"""Of a strand at its thickest, in the enlarged picture: several must lie over one another to hide what is below."""

BIAS = np.float32(0.35)
"""How far below the skin hair still shows: an expression moves the skin a little under it."""


@dataclass(frozen=True)
class Strands:
    """Hair that is combed and cut.

    `points` [strands points 3], `depth` [strands points] from 0 at the scalp to 1 at the outer layer, `tint`
    [strands] how much lighter or darker than the rest a strand is, `alpha` [strands points] opacity.
    """

    points: np.ndarray
    depth: np.ndarray
    tint: np.ndarray
    alpha: np.ndarray


@dataclass(frozen=True)
class Layers:
    """Hair as it is seen: one layer before the neutral head and one behind or beside it.

    `before` and `behind` [size size 4] are premultiplied color and opacity, `before_depth` and `behind_depth`
    [size size] the depths of their nearest strands, `depth` that of hair which hides most of what is below it.
    """

    before: np.ndarray
    before_depth: np.ndarray
    behind: np.ndarray
    behind_depth: np.ndarray
    depth: np.ndarray

    @classmethod
    def empty(cls, size: int) -> "Layers":
        """Return the layers of a head without hair for pictures `size` pixels wide."""
        color = np.zeros((2, size, size, 4), np.float32)
        depth = np.full((3, size, size), FARTHEST, np.float32)
        return cls(color[0], depth[0], color[1], depth[1], depth[2])

    @classmethod
    def draw(cls, strands: Strands, screen: np.ndarray, colors: np.ndarray, mesh: np.ndarray) -> "Layers":
        """Draw strands at pixels `screen` and in `colors`, both [strands points 3], around a head of depth `mesh`."""
        layers = cls.empty(len(mesh))
        middle = screen[:, 1:, 2] + screen[:, :-1, 2]
        order = np.argsort(-middle, axis=None, kind="stable")
        layer_strands(
            screen, colors, strands.alpha, order, mesh, BIAS,
            layers.before, layers.before_depth, layers.behind, layers.behind_depth,
        )  # fmt: skip
        for color, depth in ((layers.before, layers.before_depth), (layers.behind, layers.behind_depth)):
            np.maximum(layers.depth, np.where(color[..., 3] > 0.5, depth, FARTHEST), out=layers.depth)
        return layers

    def hides(self, depth: np.ndarray) -> np.ndarray:
        """Return where hair lies over surfaces of this depth [size size] and hides most of them, bool."""
        shown = np.zeros(depth.shape, bool)
        for color, near in ((self.before, self.before_depth), (self.behind, self.behind_depth)):
            shown |= (color[..., 3] > 0.5) & ((depth <= FARTHEST) | (near >= depth - BIAS))
        return shown

    def lay_over(self, image: np.ndarray, depth: np.ndarray) -> None:
        """Lay the hair over an image [size size 3] whose surfaces have the depth [size size], in place."""
        lay_over(self.behind, self.behind_depth, depth, BIAS, image)
        lay_over(self.before, self.before_depth, depth, BIAS, image)


def grow(model: FaceModel, person: Person, vertices: np.ndarray) -> Strands | None:
    """Grow a person's head hair on the neutral face [vertices 3]; None for a shaved head."""
    cut = cut_of(person)
    if cut is None:
        return None
    r, part = person.generator("hair"), part_of(person)
    density = scalp_mask(person, model.neutral)
    place, roots, _, grows = plant(model, vertices, density**1.2, cut.strands, r)
    guides = comb(cut, person, model, vertices, part, np.sqrt(density))
    layer = r.beta(1.7, 1.1, len(roots))
    points, mine = _follow(cut, guides, place, roots, layer, part, r)
    # Hairs at the hairline are short and thin; neighbors are cut alike, yet never the same.
    share = 1 - cut.ragged * r.beta(1.2, 1.6, len(roots)) - 0.5 * cut.ragged * (0.5 + 0.5 * noise(place, 1.1))
    share *= 0.35 + 0.65 * soft_step(0.0, 0.85, grows)
    if cut.comb == "up":  # Upright hair is cut to a round outline: shorter before the ears and at the nape.
        share *= 0.3 + 0.7 * soft_step(-3.0, 4.5, place[:, 1])
    if cut.curl > 0:
        points = _curl(points, cut, r)
    points = _brush_aside(points, vertices, person, place)
    end = np.minimum(share * (POINTS - 1), _hem(points, cut, place, layer, person))
    end = np.minimum(end, _clear_of_face(points, vertices, cut, part, place, person))
    points = trim(points, np.maximum(end, 0.3))
    t = np.linspace(0, 1, POINTS)
    alpha = OPACITY * soft_step(1.02, 0.5, t)[None] * (0.45 + 0.55 * soft_step(0.0, 0.6, grows))[:, None]
    alpha = alpha * r.uniform(0.6, 1.0, (len(points), 1))
    locks = r.normal(0, 0.12, len(guides.place))[mine]
    spread = 0.1 + 0.45 * person.gray * (1 - person.gray)
    tint = np.exp(r.normal(0, spread, len(place)) + locks + 0.12 * noise(place + person.offset, 2.0))
    if cut.comb == "tight":
        make = updo.bun if person.hairstyle == "bun" else updo.ponytail
        q = person.generator("updo")
        extras = [make(vertices, np.sign(part + 0.01), q)]
        if q.random() < 0.8:
            extras.append(updo.wisps(vertices, q))
        points = np.concatenate([points, *(extra.points for extra in extras)])
        layer = np.concatenate([layer, *(extra.layer for extra in extras)])
        tint = np.concatenate([tint, *(extra.tint for extra in extras)])
        alpha = np.concatenate([alpha, *(OPACITY * extra.alpha for extra in extras)])
    depth = np.clip(layer[:, None] * (0.5 + 0.5 * t[None] ** 0.7), 0, 1)
    return Strands(*(np.ascontiguousarray(a, np.float32) for a in (points, depth, tint, alpha)))


def light_strands(
    strands: Strands, turned: np.ndarray, person: Person, shadow: ShadowMap, nearest: np.ndarray
) -> np.ndarray:
    """Return the color of strands in camera space [strands points 3] under the key light: [strands points 3].

    `nearest` is `shadow`'s map of the head and the hair: a strand that lies below others gets less light.
    """
    key = shadow.axes[2]
    along = np.gradient(turned, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True) + 1e-6
    cosine = along @ key
    diffuse = np.sqrt(np.clip(1 - cosine**2, 0, 1))
    half = key + np.array([0, 0, 1], np.float32)
    half = half / np.linalg.norm(half)
    shift = 0.08 * (strands.tint[:, None] - 1)
    sine = np.sqrt(np.clip(1 - (along @ half + shift) ** 2, 0, 1))
    # The head is a ball: hair that faces away from the light is in its shadow.
    middle = np.array([0, 4.5, -4.0], np.float32)
    outward = turned - middle
    outward /= np.linalg.norm(outward, axis=2, keepdims=True)
    facing = np.clip((outward @ key + 0.45) / 1.45, 0, 1)
    x, y, z = np.moveaxis(shadow.place(turned), -1, 0)
    row, column = (np.clip(v, 0, len(nearest) - 1).astype(np.int32) for v in (y, x))
    below = np.clip(nearest[row, column] - z - 0.15, 0, 4)
    facing = facing * (0.25 + 0.75 * np.exp(-0.9 * below))
    cover = 0.3 + 0.7 * strands.depth
    base = (person.hair * person.light_color * strands.tint[:, None]).astype(np.float32)[:, None]
    body = base * (diffuse * facing * 0.95 * person.key + 0.2 + 0.08 * outward[..., 1])[..., None]
    sheen = (sine**40 * 0.04 + sine**9 * 0.045)[..., None] * (0.55 + base * 4)
    return ((body + sheen * facing[..., None]) * cover[..., None]).astype(np.float32)


def _follow(
    cut: Cut,
    guides: Guides,
    place: np.ndarray,
    roots: np.ndarray,
    layer: np.ndarray,
    part: float,
    r: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Lead strands along their three nearest guides on the same side of the parting; also return the nearest."""
    split = 4.0 * (cut.comb in ("part", "sweep", "tight", "aside"))
    tree = cKDTree(np.column_stack([guides.place, split * guides.side]))
    side = np.where(place[:, 0] > part + 0.12 * r.normal(size=len(place)), 1.0, -1.0)
    distance, near = tree.query(np.column_stack([place, split * side]), 3)
    weight = 1 / (distance + 0.15) ** 2
    weight = (weight / weight.sum(1, keepdims=True)).astype(np.float32)
    path = (guides.points - guides.points[:, :1]).astype(np.float32)
    inward = guides.inward.astype(np.float32)
    depth = (1 - layer[:, None, None]).astype(np.float32)
    points = np.repeat(roots[:, None].astype(np.float32), POINTS, 1)
    for j in range(3):
        points += weight[:, j, None, None] * (path[near[:, j]] + depth * inward[near[:, j]])
    lock = cut.clump * np.linspace(0, 1, POINTS)[None] ** 1.2 * r.uniform(0.2, 1.5, (len(points), 1))
    target = guides.points[near[:, 0]] + depth * inward[near[:, 0]]
    points += np.clip(lock, 0, 0.9).astype(np.float32)[..., None] * (target - points)
    # A few hairs leave their lock.
    stray = (r.random(len(points)) < 0.06) * r.uniform(0.2, 0.7, len(points))
    drift = r.normal(size=(len(points), 1, 3)) * (stray[:, None] * np.linspace(0, 1, POINTS) ** 1.5)[..., None]
    return (points + drift).astype(np.float32), near[:, 0]


def _curl(points: np.ndarray, cut: Cut, r: np.random.Generator) -> np.ndarray:
    """Wind strands around their own way; neighbors wind alike."""
    phase = 2.5 * noise(points[:, 0], 0.7) * np.pi + r.normal(0, 0.35, len(points))
    t = np.linspace(0, 1, POINTS)
    angle = phase[:, None] + 2 * np.pi * cut.turns * t[None]
    radius = cut.curl * soft_step(0.0, 0.25, t)[None]
    ring = np.stack([np.cos(angle) * radius, 0.6 * np.sin(angle) * radius, np.sin(angle) * radius], 2)
    return (points + ring).astype(np.float32)


def _brush_aside(points: np.ndarray, vertices: np.ndarray, person: Person, place: np.ndarray) -> np.ndarray:
    """Move strands that hang over eyes and cheeks to the side of the face, softly."""
    marks = vertices[LANDMARKS]
    brow, chin = marks[17:27, 1].max() + 0.75, marks[8, 1] - 1.0
    half = 0.5 * (marks[16, 0] - marks[0, 0]) * person.generator("aside").uniform(0.9, 1.02)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    width = half * (0.98 - 0.28 * soft_step(marks[2, 1], chin, y)) - 0.9 * soft_step(brow, brow + 2.5, y)
    width = width + 0.35 * noise(place + person.offset, 0.8)[:, None]
    level = soft_step(brow + 1.6, brow - 0.5, y) * soft_step(chin - 3.0, chin + 1.0, y)
    ahead = (z > marks[0, 2] - 0.6) & (np.abs(x) < width) & (np.abs(x) > 0.5 * width)
    aside = np.where(ahead, 0.75 * (width - np.abs(x)) * level, 0)
    points[..., 0] = x + np.sign(x) * aside
    return points


def _hem(points: np.ndarray, cut: Cut, place: np.ndarray, layer: np.ndarray, person: Person) -> np.ndarray:
    """Return where on the strands [strands] the hem is, in points from the root."""
    rough = 0.55 * noise(place + person.offset, 0.7) + 0.4 * noise(place, 2.2)
    slant = person.generator("hem").uniform(-0.22, 0.12)
    # Layers: the outer hair, rooted higher up, ends first; towards the face the hem rises or falls.
    hem = cut.hem + cut.steps * (0.7 * layer + rough) + slant * np.clip(place[:, 2] + 2, -6, 6)
    return first_blocked(points[..., 1] < hem[:, None], points[..., 1], hem)


def _clear_of_face(
    points: np.ndarray, vertices: np.ndarray, cut: Cut, part: float, place: np.ndarray, person: Person
) -> np.ndarray:
    """Return where strands [strands] must end to leave brows, eyes, cheeks and neck bare, in points."""
    marks = vertices[LANDMARKS]
    brow, chin = marks[17:27, 1].max() + 0.4, marks[8, 1] - 1.0
    half = 0.5 * (marks[16, 0] - marks[0, 0])
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    ragged = noise(place + person.offset, 1.4)
    if cut.fringe is None:
        # Without a fringe no strand may fall below its own root on the forehead.
        limit = np.maximum(brow, y[:, 0] - 0.3 + 0.3 * ragged)[:, None]
    else:
        slope = 0.16 if cut.comb == "fringe" else 0.06
        limit = brow + cut.fringe + 0.9 * ragged[:, None] + slope * np.sign(part + 0.01) * x
        limit = np.maximum(limit, brow + 0.2 + 0.4 * ragged[:, None])
    ahead = z > marks[0, 2] - 0.6
    blocked = (np.abs(x) <= 0.6 * half) & (y < limit) & (y > chin) & ahead
    # Hair lies behind the neck or beside it: a strand on its skin would flicker in and out of it.
    blocked |= (y < chin + 1.5) & (np.abs(x) < 0.72 * half) & (z > -3)
    return first_blocked(blocked, y, np.broadcast_to(limit, y.shape)[:, -1])


def first_blocked(blocked: np.ndarray, height: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Return how many points [strands] come before the first blocked one, to a fraction by the crossed height."""
    count = blocked.shape[1]
    first = np.where(blocked.any(1), blocked.argmax(1), count)
    k = np.clip(first, 1, count - 1)
    rows = np.arange(len(k))
    above, under = height[rows, k - 1], height[rows, k]
    fraction = np.clip((above - limit) / np.maximum(above - under, 1e-3), 0, 1)
    return np.where(first == count, count - 1.0, np.where(first == 0, 0.0, k - 1 + fraction))


def trim(points: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Shorten strands to `end` [strands] points and spread their points anew."""
    where = np.clip(end, 0, POINTS - 1)[:, None] * np.linspace(0, 1, POINTS)
    low = np.minimum(where.astype(np.int32), POINTS - 2)
    share = (where - low).astype(np.float32)[..., None]
    before = np.take_along_axis(points, low[..., None], 1)
    after = np.take_along_axis(points, low[..., None] + 1, 1)
    return before + share * (after - before)
