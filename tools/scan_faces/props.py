"""What a person wears, drawn once: meshes before the same lens and in the same light as the face."""

from dataclasses import dataclass

import numpy as np

from tools.scan_faces.camera import Camera
from tools.scan_faces.light import ShadowMap
from tools.scan_faces.noise import inside_polygon
from tools.scan_faces.person import Person
from tools.scan_faces.raster import BACKGROUND, FARTHEST, rasterize, vertex_normals


@dataclass(frozen=True)
class Prop:
    """A mesh with a color at each vertex: `vertices` [n 3], `triangles` [m 3], `color` [n 3], `shine` 0-1."""

    vertices: np.ndarray
    triangles: np.ndarray
    color: np.ndarray
    shine: float


@dataclass(frozen=True)
class Layer:
    """Props as the lens sees them: `depth` [side side] (`FARTHEST` where nothing is) and `image` [side side 3]."""

    depth: np.ndarray
    image: np.ndarray

    def hides(self, depth: np.ndarray) -> np.ndarray:
        """Return where the props lie before a surface at `depth` (`FARTHEST` where none is), [side side] bool."""
        return self.depth > np.where(depth > FARTHEST, depth - 0.1, FARTHEST)


def tube(
    spine: np.ndarray,
    radius: np.ndarray,
    color: np.ndarray,
    shine: float,
    closed: bool = False,
    tall: float = 1.0,
) -> Prop:
    """Return a round tube of 8 sides along a spine [n 3] with a radius at each point [n]; `tall` stretches it in y."""
    sides = 8
    along = np.roll(spine, -1, 0) - np.roll(spine, 1, 0) if closed else np.gradient(spine, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    guide = np.where(np.abs(along[:, 2:3]) > 0.8, [[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]])
    first = np.cross(along, guide)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.cos(angle)[None, :, None] * first[:, None] + np.sin(angle)[None, :, None] * second[:, None]
    ring = ring * [1, tall, 1]
    vertices = (spine[:, None] + radius[:, None, None] * ring).reshape(-1, 3)
    return Prop(vertices, grid_triangles(len(spine), sides, closed), np.tile(color, (len(vertices), 1)), shine)


def grid_triangles(rows: int, columns: int, closed: bool) -> np.ndarray:
    """Return the triangles of a grid that is closed along its columns and, if asked for, along its rows."""
    i, j = np.meshgrid(np.arange(rows if closed else rows - 1), np.arange(columns), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    c, d = ((i + 1) % rows) * columns + j, ((i + 1) % rows) * columns + (j + 1) % columns
    return np.stack([a, b, d, a, d, c], -1).reshape(-1, 3).astype(np.int32)


def join(props: list[Prop], camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Return the vertices, in camera space, and the triangles of several props as one mesh."""
    if not props:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    starts = np.cumsum([0] + [len(prop.vertices) for prop in props[:-1]])
    triangles = np.concatenate([_outward(prop) + start for prop, start in zip(props, starts, strict=True)])
    return camera.turn(np.concatenate([prop.vertices for prop in props])), triangles.astype(np.int32)


def _outward(prop: Prop) -> np.ndarray:
    """Return a prop's triangles, all turned so that their normals point away from its middle."""
    a, b, c = (prop.vertices[prop.triangles[:, k]] - prop.vertices.mean(0) for k in range(3))
    return prop.triangles if (a * np.cross(b, c)).sum() > 0 else prop.triangles[:, ::-1]


def draw_props(
    props: list[Prop], camera: Camera, person: Person, key: np.ndarray, shadow: ShadowMap, shaded: np.ndarray
) -> Layer:
    """Draw props.

    Args:
        props: in model space.
        camera: of the person.
        person: for the light.
        key: [3] direction to the key light.
        shadow: for its geometry.
        shaded: [SIDE SIDE] depth of the key light's map with the face in it.
    """
    size = camera.size
    turned, triangles = join(props, camera)
    normals = vertex_normals(turned, triangles)
    depth, hit, shares = rasterize(camera.project(turned), triangles, size, size)
    image = np.zeros((size, size, 3), np.float32)
    seen = hit != BACKGROUND
    if not seen.any():
        return Layer(depth, image)
    corners = triangles[hit[seen]]
    a, b = shares[seen].T
    share = np.stack([a, b, 1 - a - b], 1)
    colors = np.concatenate([prop.color for prop in props])
    shines = np.concatenate([np.full(len(prop.vertices), prop.shine) for prop in props])
    normal = np.einsum("nc,ncd->nd", share, normals[corners])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    normal *= np.where(normal[:, 2:3] < -0.3, -1, 1)
    position = np.einsum("nc,ncd->nd", share, turned[corners])
    color = np.einsum("nc,ncd->nd", share, colors[corners])
    shine = np.einsum("nc,nc->n", share, shines[corners])
    lit = shadow.lit(position, shaded)
    half = key + np.array([0, 0, 1])
    gleam = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1)
    diffuse = np.clip((normal @ key + 0.2) / 1.2, 0, 1) * (0.12 + 0.88 * lit)
    sky = person.ambient * (0.2 + 0.12 * np.clip(normal[:, 1], -0.5, 1))
    light = person.key * 0.84 * diffuse[:, None] * person.light_color + sky[:, None]
    image[seen] = color * light + (shine * (0.5 * gleam**30 + 0.12 * gleam**6) * (0.3 + 0.7 * lit))[:, None]
    return Layer(depth, image)


def lens_reflection(outlines: list[np.ndarray], camera: Camera, person: Person) -> tuple[np.ndarray, np.ndarray]:
    """Return what the lenses of glasses let through and what they mirror, [side side 1] each.

    Lenses darken a little and mirror a bright window high on the side of the key light.
    """
    size = camera.size
    clear, mirror = np.ones((size, size, 1), np.float32), np.zeros((size, size, 1), np.float32)
    y, x = np.mgrid[0:size, 0:size] + 0.5
    strength = person.generator("lens").uniform(0.02, 0.06)
    for outline in outlines:
        flat = camera.project(camera.turn(outline))[:, :2].astype(np.float64)
        low, high = (
            np.floor(flat.min(0)).astype(int).clip(0, size),
            np.ceil(flat.max(0)).astype(int).clip(0, size),
        )
        box = np.s_[low[1] : high[1], low[0] : high[0]]
        points = np.stack([x[box].ravel(), y[box].ravel()], 1)
        inside = inside_polygon(points, flat).reshape(x[box].shape)
        place = (points - flat.min(0)) / np.ptp(flat, axis=0)
        across = np.where(person.light[0] > 0, place[:, 0], 1 - place[:, 0]).reshape(inside.shape)
        down = place[:, 1].reshape(inside.shape)
        window = np.clip((across - 0.45 * down - 0.42) / 0.3, 0, 1) * np.clip((0.75 - down) / 0.45, 0, 1)
        clear[box][inside] = 0.965
        mirror[box][inside] = (0.004 + strength * window[inside])[:, None]
    return clear, mirror
