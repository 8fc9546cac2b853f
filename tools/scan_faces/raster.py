"""The compiled z-buffers and layers: triangles, hair strokes and vertex normals."""

import numba
import numpy as np

BACKGROUND = -1
FARTHEST = np.float32(-1e9)


@numba.njit(cache=True, fastmath=True)
def rasterize(points: np.ndarray, triangles: np.ndarray, height: int, width: int):
    """Draw triangles into a z-buffer; the pixel centre of column x, row y is (x + 0.5, y + 0.5).

    Args:
        points: [vertices 3] float32, x and y in pixels, z larger = nearer.
        triangles: [triangles 3] vertex numbers.
        height: rows.
        width: columns.

    Returns:
        depth [height width] float32 (`FARTHEST` where nothing is), triangle [height width] int32 (`BACKGROUND`
        where nothing is) and weights [height width 2] float32, the barycentric weights of corners 0 and 1.
    """
    depth = np.full((height, width), FARTHEST, np.float32)
    hit = np.full((height, width), BACKGROUND, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, z0 = points[i, 0], points[i, 1], points[i, 2]
        x1, y1, z1 = points[j, 0], points[j, 1], points[j, 2]
        x2, y2, z2 = points[k, 0], points[k, 1], points[k, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px, py = x + 0.5, y + 0.5
                a = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
                b = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
                c = 1 - a - b
                # A hair of tolerance, or shared edges leave pinholes.
                if a < -1e-5 or b < -1e-5 or c < -1e-5:
                    continue
                z = a * z0 + b * z1 + c * z2
                if z > depth[y, x]:
                    depth[y, x] = z
                    hit[y, x] = t
                    weights[y, x, 0] = a
                    weights[y, x, 1] = b
    return depth, hit, weights


@numba.njit(cache=True, fastmath=True)
def draw_strands(points: np.ndarray, colors: np.ndarray, depth: np.ndarray, image: np.ndarray) -> None:
    """Draw polylines one pixel wide into a z-buffer, in place.

    Args:
        points: [strands points 3] float32, x and y in pixels, z larger = nearer.
        colors: [strands points 3] float32.
        depth: [height width] float32, changed.
        image: [height width 3] float32, changed.
    """
    height, width = depth.shape
    for s in range(points.shape[0]):
        for k in range(points.shape[1] - 1):
            x0, y0, z0 = points[s, k, 0], points[s, k, 1], points[s, k, 2]
            dx, dy, dz = points[s, k + 1, 0] - x0, points[s, k + 1, 1] - y0, points[s, k + 1, 2] - z0
            steps = int(max(abs(dx), abs(dy))) + 1
            for i in range(steps):
                t = i / steps
                x, y, z = int(np.floor(x0 + t * dx)), int(np.floor(y0 + t * dy)), z0 + t * dz
                if x < 0 or y < 0 or x >= width or y >= height or z <= depth[y, x]:
                    continue
                depth[y, x] = z
                for c in range(3):
                    image[y, x, c] = (1 - t) * colors[s, k, c] + t * colors[s, k + 1, c]


@numba.njit(cache=True, fastmath=True)
def layer_strands(points, colors, alpha, order, mesh, bias, before, before_depth, behind, behind_depth):
    """Blend polylines one pixel wide into two premultiplied layers, in place: before and behind a surface.

    Args:
        points: [strands points 3] float32, x and y in pixels, z larger = nearer.
        colors: [strands points 3] float32.
        alpha: [strands points] opacity.
        order: numbers of segments (strand * (points - 1) + segment), the nearest first.
        mesh: [height width] depth of the surface, `FARTHEST` where none is.
        bias: how far behind the surface a strand still counts as before it.
        before: [height width 4] color times opacity, and opacity, of what is before the surface, changed.
        before_depth: [height width] depth of its nearest strand, changed.
        behind: [height width 4] the same for what is behind the surface or beside it, changed.
        behind_depth: [height width], changed.
    """
    height, width = mesh.shape
    segments = points.shape[1] - 1
    for n in range(order.shape[0]):
        s, k = order[n] // segments, order[n] % segments
        x0, y0, z0 = points[s, k, 0], points[s, k, 1], points[s, k, 2]
        dx, dy, dz = points[s, k + 1, 0] - x0, points[s, k + 1, 1] - y0, points[s, k + 1, 2] - z0
        length = max(abs(dx), abs(dy))
        steps = max(1, int(length + 0.5))
        # A step shorter than a pixel covers only its share of it.
        share = min(length / steps, 1.0)
        for i in range(steps):
            t = i / steps
            x, y, z = int(np.floor(x0 + t * dx)), int(np.floor(y0 + t * dy)), z0 + t * dz
            if x < 0 or y < 0 or x >= width or y >= height:
                continue
            a = ((1 - t) * alpha[s, k] + t * alpha[s, k + 1]) * share
            front = mesh[y, x] > FARTHEST and z > mesh[y, x] - bias
            layer, depth = (before, before_depth) if front else (behind, behind_depth)
            if layer[y, x, 3] > 0.99:
                continue
            a *= 1 - layer[y, x, 3]
            for c in range(3):
                layer[y, x, c] += a * ((1 - t) * colors[s, k, c] + t * colors[s, k + 1, c])
            layer[y, x, 3] += a
            depth[y, x] = max(depth[y, x], z)


@numba.njit(cache=True, fastmath=True)
def lay_over(layer, layer_depth, depth, bias, image):
    """Lay a premultiplied layer over an image where it is not more than `bias` behind its depth, in place.

    Args:
        layer: [height width 4] of `layer_strands`.
        layer_depth: [height width] of `layer_strands`.
        depth: [height width] of the image's surfaces, `FARTHEST` where none is.
        bias: in units of depth.
        image: [height width 3] float32, changed.
    """
    height, width = depth.shape
    for y in range(height):
        for x in range(width):
            if layer[y, x, 3] <= 0:
                continue
            if depth[y, x] > FARTHEST and layer_depth[y, x] < depth[y, x] - bias:
                continue
            for c in range(3):
                image[y, x, c] = image[y, x, c] * (1 - layer[y, x, 3]) + layer[y, x, c]


@numba.njit(cache=True, fastmath=True)
def blend_strands(
    points: np.ndarray,
    colors: np.ndarray,
    alpha: np.ndarray,
    depth: np.ndarray,
    bias: float,
    image: np.ndarray,
) -> None:
    """Blend fine hairs over an image where they are not more than `bias` behind the z-buffer, in place.

    Args:
        points: [strands points 3] float32, x and y in pixels, z larger = nearer.
        colors: [strands 3] float32.
        alpha: [strands points] opacity.
        depth: [height width] float32.
        bias: how far behind the surface a hair still shows.
        image: [height width 3] float32, changed.
    """
    height, width = depth.shape
    for s in range(points.shape[0]):
        for k in range(points.shape[1] - 1):
            x0, y0, z0 = points[s, k, 0], points[s, k, 1], points[s, k, 2]
            dx, dy, dz = points[s, k + 1, 0] - x0, points[s, k + 1, 1] - y0, points[s, k + 1, 2] - z0
            steps = int(max(abs(dx), abs(dy))) + 1
            for i in range(steps):
                t = i / steps
                x, y = int(np.floor(x0 + t * dx)), int(np.floor(y0 + t * dy))
                if x < 0 or y < 0 or x >= width or y >= height or z0 + t * dz < depth[y, x] - bias:
                    continue
                a = (1 - t) * alpha[s, k] + t * alpha[s, k + 1]
                for c in range(3):
                    image[y, x, c] += a * (colors[s, c] - image[y, x, c])


@numba.njit(cache=True, fastmath=True)
def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return unit normals [vertices 3] float32, the area-weighted mean of the faces around each vertex."""
    normals = np.zeros_like(vertices)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = (
            vertices[j, 0] - vertices[i, 0],
            vertices[j, 1] - vertices[i, 1],
            vertices[j, 2] - vertices[i, 2],
        )
        vx, vy, vz = (
            vertices[k, 0] - vertices[i, 0],
            vertices[k, 1] - vertices[i, 1],
            vertices[k, 2] - vertices[i, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for c in (i, j, k):
            normals[c, 0] += nx
            normals[c, 1] += ny
            normals[c, 2] += nz
    for v in range(normals.shape[0]):
        length = np.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2) + 1e-9
        for c in range(3):
            normals[v, c] /= length
    return normals
