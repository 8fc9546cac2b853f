"""The compiled shading of one picture, pixel by pixel, in linear light."""

import numba
import numpy as np

from tools.scan_faces.eyes import paint_eye
from tools.scan_faces.light import REACH, SIDE
from tools.scan_faces.mouth import MOUTH_LIGHT, light_inside, paint_mouth, ramp
from tools.scan_faces.raster import BACKGROUND

SKIN, TEETH, GUMS, EYE = 0, 1, 2, 3
"""Kinds of surface, as the shader tells them apart."""
# Light creeps under skin, red furthest: how far past the terminator each color still shines.
WRAP = (0.42, 0.26, 0.20)


@numba.njit(cache=True, fastmath=True)
def _sample(atlas, u, v, channel):
    x, y = u - 0.5, v - 0.5
    x = min(max(x, 0.0), atlas.shape[1] - 1.001)
    y = min(max(y, 0.0), atlas.shape[0] - 1.001)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    top = atlas[j, i, channel] * (1 - fx) + atlas[j, i + 1, channel] * fx
    low = atlas[j + 1, i, channel] * (1 - fx) + atlas[j + 1, i + 1, channel] * fx
    return top * (1 - fy) + low * fy


@numba.njit(cache=True, fastmath=True)
def gather(
    hit, weights, triangles, texture, kinds, normals, turned, place,
    atlas, creases, tile, iris, iris_size, centers, side,
):  # fmt: skip
    """Collect what each covered pixel is made of.

    Args:
        hit: [height width] triangle numbers.
        weights: [height width 2] their barycentric weights.
        triangles: [triangles 3] vertex numbers.
        texture: [triangles 3 2] atlas coordinates of the corners.
        kinds: [triangles] surface kinds.
        normals: [vertices 3] in camera space.
        turned: [vertices 3] positions in camera space.
        place: [vertices 3] positions on the generic neutral face.
        atlas: [tile 2*tile 5] painted skin.
        creases: [tile tile 1] depth of the creases of this expression; below 0 the skin bulges.
        tile: texels along a tile.
        iris: [3] color.
        iris_size: how much larger than usual the iris is, about 1.
        centers: [2 2] middles of the left and the right eye on the generic face.
        side: [triangles] 0 for the left eye, 1 for the right.

    Returns:
        albedo [height width 3], normal [height width 3], position [height width 3], gloss [height width],
        relief [height width] and kind [height width] int8 (-1 where nothing is).
    """
    h, w = hit.shape
    albedo = np.zeros((h, w, 3), np.float32)
    normal = np.zeros((h, w, 3), np.float32)
    position = np.zeros((h, w, 3), np.float32)
    gloss = np.zeros((h, w), np.float32)
    relief = np.zeros((h, w), np.float32)
    kind = np.full((h, w), -1, np.int8)
    for y in range(h):
        for x in range(w):
            t = hit[y, x]
            if t == BACKGROUND:
                continue
            a, b = weights[y, x, 0], weights[y, x, 1]
            c = 1 - a - b
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            for d in range(3):
                normal[y, x, d] = a * normals[i, d] + b * normals[j, d] + c * normals[k, d]
                position[y, x, d] = a * turned[i, d] + b * turned[j, d] + c * turned[k, d]
            kind[y, x] = kinds[t]
            if kinds[t] == SKIN:
                u = (a * texture[t, 0, 0] + b * texture[t, 1, 0] + c * texture[t, 2, 0]) * tile
                v = (1 - (a * texture[t, 0, 1] + b * texture[t, 1, 1] + c * texture[t, 2, 1])) * tile
                crease = np.float32(0)
                if u < tile - 1:
                    crease = _sample(creases, u, v, 0)
                tint = min(max(crease, np.float32(0.0)), np.float32(1.0))
                albedo[y, x, 0] = _sample(atlas, u, v, 0) * (1 - 0.26 * tint)
                albedo[y, x, 1] = _sample(atlas, u, v, 1) * (1 - 0.36 * tint)
                albedo[y, x, 2] = _sample(atlas, u, v, 2) * (1 - 0.38 * tint)
                gloss[y, x] = _sample(atlas, u, v, 3) * (1 - 0.5 * tint)
                relief[y, x] = 0.32 * _sample(atlas, u, v, 4) - 0.13 * crease
            elif kinds[t] == TEETH:
                albedo[y, x, 0], albedo[y, x, 1], albedo[y, x, 2] = 0.71, 0.66, 0.56
                gloss[y, x] = 1.0
            elif kinds[t] == GUMS:
                gx = a * place[i, 0] + b * place[j, 0] + c * place[k, 0]
                gy = a * place[i, 1] + b * place[j, 1] + c * place[k, 1]
                gz = a * place[i, 2] + b * place[j, 2] + c * place[k, 2]
                paint_mouth(albedo[y, x], gx, gy, gz)
                gloss[y, x] = 0.7
            else:
                s = side[t]
                ex = a * place[i, 0] + b * place[j, 0] + c * place[k, 0] - centers[s, 0]
                ey = a * place[i, 1] + b * place[j, 1] + c * place[k, 1] - centers[s, 1]
                paint_eye(albedo[y, x], ex / iris_size, ey / iris_size, iris)
                gloss[y, x] = 0.35
    return albedo, normal, position, gloss, relief, kind


@numba.njit(cache=True, fastmath=True)
def bend_normals(normal, relief, kind, scale):
    """Make normals [height width 3] unit and tilt those of the skin by the slope of the relief, in place."""
    h, w = kind.shape
    for y in range(h):
        for x in range(w):
            if kind[y, x] < 0:
                continue
            if kind[y, x] == SKIN and 0 < x < w - 1 and 0 < y < h - 1:
                left, right = kind[y, x - 1] == SKIN, kind[y, x + 1] == SKIN
                up, down = kind[y - 1, x] == SKIN, kind[y + 1, x] == SKIN
                if left and right and up and down:
                    gx = (relief[y, x + 1] - relief[y, x - 1]) * 0.5 * scale
                    gy = (relief[y + 1, x] - relief[y - 1, x]) * 0.5 * scale
                    normal[y, x, 0] -= min(max(gx, -0.7), 0.7)
                    normal[y, x, 1] += min(max(gy, -0.7), 0.7)
            length = np.sqrt(normal[y, x, 0] ** 2 + normal[y, x, 1] ** 2 + normal[y, x, 2] ** 2) + 1e-9
            for d in range(3):
                normal[y, x, d] /= length


@numba.njit(cache=True, fastmath=True)
def lid_lines(kind, step):
    """Find the rims of the eyes, column by column.

    Args:
        kind: [height width] surface kinds.
        step: pixels for one pixel of the finished picture.

    Returns:
        lash [height width], 0-1, the dark line of the lashes along the upper lid, and shade [height width], 0-1,
        the shadow of the lid on the eyeball.
    """
    h, w = kind.shape
    lash = np.zeros((h, w), np.float32)
    shade = np.zeros((h, w), np.float32)
    for x in range(w):
        for y in range(4 * step, h - 4 * step):
            if kind[y, x] == EYE and kind[y - 1, x] == SKIN:
                for k in range(1, 3 * step):
                    fade = 1 - k / (1.25 * step)
                    if fade > 0 and kind[y - k, x] == SKIN:
                        lash[y - k, x] = max(lash[y - k, x], fade)
                for k in range(6 * step):
                    if y + k < h and kind[y + k, x] == EYE:
                        shade[y + k, x] = max(shade[y + k, x], np.exp(-k / (1.9 * step)))
            elif kind[y, x] == SKIN and kind[y - 1, x] == EYE:
                for k in range(step):
                    lash[y + k, x] = max(lash[y + k, x], 0.22 * (1 - k / (1.0 * step)))
    return lash, shade


@numba.njit(cache=True, fastmath=True)
def illuminate(
    albedo, normal, position, gloss, kind, openness, lash, lid, shadow,
    axes, key, fill, strength, tint, ambient, lashes, lips, sparkle,
):  # fmt: skip
    """Light the gathered pixels.

    Args:
        albedo: [height width 3] of `gather`.
        normal: [height width 3] of `bend_normals`.
        position: [height width 3] of `gather`.
        gloss: [height width] of `gather`.
        kind: [height width] of `gather`.
        openness: [height width] 0-1 of `hollowness`.
        lash: [height width] of `lid_lines`.
        lid: [height width] of `lid_lines`.
        shadow: [SIDE SIDE] depth of the key light's map.
        axes: [3 3] of that map.
        key: [3] unit direction to the key light.
        fill: [3] unit direction to the fill light.
        strength: of the key light.
        tint: [3] color of the key light, about 1.
        ambient: strength of the light from all around.
        lashes: opacity of the lash line.
        lips: [2 3] inner rims of the upper and the lower lip; the mouth darkens behind them.
        sparkle: [2 3] where the key light glints in the eyes, in camera space.

    Returns:
        [height width 3] float32 linear light.
    """
    h, w = kind.shape
    image = np.zeros((h, w, 3), np.float32)
    half = key + np.array([0.0, 0.0, 1.0])
    half /= np.sqrt((half**2).sum())
    scale = SIDE / (2 * REACH)
    for y in range(h):
        for x in range(w):
            if kind[y, x] < 0:
                continue
            n0, n1, n2 = normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]
            p = position[y, x]
            lit = 0.0
            mx = SIDE / 2 + (axes[0, 0] * p[0] + axes[0, 1] * p[1] + axes[0, 2] * p[2]) * scale
            my = SIDE / 2 - (axes[1, 0] * p[0] + axes[1, 1] * p[1] + axes[1, 2] * p[2]) * scale
            mz = axes[2, 0] * p[0] + axes[2, 1] * p[1] + axes[2, 2] * p[2] + 0.28
            for dy in range(-2, 3):
                for dx in range(-2, 3):
                    sx, sy = int(mx + 2.4 * dx), int(my + 2.4 * dy)
                    if sx < 0 or sy < 0 or sx >= SIDE or sy >= SIDE or shadow[sy, sx] < mz + 0.1 * (abs(dx) + abs(dy)):
                        lit += 0.04
            facing = n0 * key[0] + n1 * key[1] + n2 * key[2]
            side = n0 * fill[0] + n1 * fill[1] + n2 * fill[2]
            shine = max(n0 * half[0] + n1 * half[1] + n2 * half[2], 0.0)
            rim = (1 - min(max(n2, 0.0), 1.0)) ** 3
            open_ = openness[y, x]
            sky = ambient * open_ * (0.25 + 0.10 * n1)
            wet = gloss[y, x]
            if kind[y, x] == EYE:
                far = 9.0
                for s in range(2):
                    gx, gy = p[0] - sparkle[s, 0], p[1] - sparkle[s, 1]
                    far = min(far, gx * gx + gy * gy)
                high = 0.95 * ramp(0.02, 0.006, far) + 0.1 * shine**60 * lit
            else:
                # A rough, broad highlight and a narrow one of the oil; both lose to a deeply colored skin.
                deep_skin = 0.62 + 0.38 * min(albedo[y, x, 0] / 0.35, 1.0)
                high = wet * deep_skin * (lit * (0.042 * shine**9 + 0.034 * shine**30) + 0.035 * rim * open_)
            inside = kind[y, x] == TEETH or kind[y, x] == GUMS
            deep = light_inside(p, lips) if inside else 1.0
            high *= deep
            for d in range(3):
                wrap = WRAP[d] if kind[y, x] == SKIN else 0.25
                diffuse = max((facing + wrap) / (1 + wrap), 0.0)
                # Shadows on skin are reddish at their soft rim: light leaks in.
                leak = (0.22, 0.12, 0.10)[d]
                key_light = strength * diffuse * (leak + (1 - leak) * lit) * (0.45 + 0.55 * open_)
                fill_light = 0.17 * max((side + 0.3) / 1.3, 0.0) * open_
                if inside:
                    # Light that came in through the lips goes to and fro between teeth, cheeks and tongue.
                    fill_light += MOUTH_LIGHT[d] * ambient * (0.75 + 0.25 * n2)
                value = albedo[y, x, d] * (key_light * tint[d] + fill_light + sky) * deep + high
                if kind[y, x] == EYE:
                    value *= 1 - 0.62 * lid[y, x]
                elif lash[y, x] > 0:
                    value *= 1 - lashes * lash[y, x]
                image[y, x, d] = value
    return image
