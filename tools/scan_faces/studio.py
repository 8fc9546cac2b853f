"""One person before the camera: prepare once, then take a picture of any expression."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageFilter

from tools.scan_faces import hair, shade
from tools.scan_faces.atlas import TILE, Atlas
from tools.scan_faces.backdrop import paint_backdrop
from tools.scan_faces.camera import Camera, gaze
from tools.scan_faces.clothes import make_clothes
from tools.scan_faces.expression import closing_lids, crease_weights, resting_mouth, shape_weights
from tools.scan_faces.fine_hair import grow_fine_hair
from tools.scan_faces.glasses import make_glasses
from tools.scan_faces.lashes import grow_lashes
from tools.scan_faces.light import ShadowMap, hollowness
from tools.scan_faces.model import LANDMARKS, FaceModel
from tools.scan_faces.paint import paint_skin
from tools.scan_faces.person import Person
from tools.scan_faces.props import draw_props, join, lens_reflection
from tools.scan_faces.raster import BACKGROUND, blend_strands, rasterize, vertex_normals
from tools.scan_faces.wrinkles import AGE, NAMES, crease_maps

SIZE = 256
"""Pixels along a side of a finished picture."""
SHRINK = 3
"""Pictures are drawn this much larger and averaged down."""


LENS_BLUR = 0.38
"""Radius in finished pixels: single hairs soften as a lens softens them, and JPEG spends fewer bytes on them."""


EYES = ("M_ScleraLeft", "M_IrisLeft", "M_ScleraRight", "M_IrisRight")
EYE_RETREAT = 0.6


class Studio:
    """Everything about one person that no expression changes, and `picture` for what it does."""

    def __init__(self, model: FaceModel, atlas: Atlas, person: Person) -> None:
        """Shape, paint and comb the person."""
        self.model, self.person = model, person
        self.mesh = ~model.is_material("M_EyeLashes")
        self.triangles = model.triangles[self.mesh]
        self.texture = model.texture[self.mesh]
        self.kinds, self.side, self.centers = _surfaces(model, self.mesh)
        self.gaze = gaze(person)
        self.centers = self.centers + self.gaze
        self.irises = np.stack([model.vertices_of("M_IrisLeft"), model.vertices_of("M_IrisRight")])
        self.eyes = model.vertices_of(*EYES)
        self.neutral = model.identity(person.identity)
        height = self.neutral[LANDMARKS, 1]
        self.resting_mouth = resting_mouth(float(height[62] - height[66]))
        self.shut_lids = {
            name: closing_lids(float(height[upper].mean() - height[lower].mean()))
            for name, upper, lower in (("eyeBlink_R", [37, 38], [40, 41]), ("eyeBlink_L", [43, 44], [46, 47]))
        }
        self.camera = Camera.for_person(person, self.neutral, SIZE * SHRINK)
        self.skin = paint_skin(model, atlas, person)
        face = np.nonzero(atlas.face)[0]
        maps = np.zeros((len(atlas.place), len(NAMES)), np.float32)
        maps[face] = crease_maps(model, atlas.place[face], person.offset)
        # No two people crease equally deep in the same places.
        self.own_depth = dict(zip(NAMES, person.generator("creases").uniform(0.8, 1.15, len(NAMES)), strict=True))
        self.creases = np.ascontiguousarray(atlas.spread(maps)[:, :TILE])
        self.fine_hair = grow_fine_hair(model, atlas, person)
        self.lashes = grow_lashes(model, person)
        key = person.light / np.linalg.norm(person.light)
        self.key = key.astype(np.float32)
        self.catchlights = np.pad(self.gaze + np.array([0.17 * np.sign(key[0]), 0.15]), ((0, 0), (0, 1))).astype(
            np.float32
        )
        fill = np.array([-np.sign(key[0]) * 0.8, 0.05, 0.75])
        self.fill = (fill / np.linalg.norm(fill)).astype(np.float32)
        strands = hair.grow(model, person, self.neutral)
        turned = None if strands is None else self.camera.turn(strands.points)
        self.shadow = ShadowMap(self.key, turned)
        self._dress()
        self.hair = self._comb(strands, turned)
        self.backdrop = paint_backdrop(person, SIZE * SHRINK)

    def _dress(self) -> None:
        """Put on clothes and glasses, which no expression moves."""
        frames, outlines = make_glasses(self.model, self.person, self.neutral)
        props = [*make_clothes(self.model, self.person, self.neutral), *frames]
        self.shadow.add(*join(props, self.camera))
        shaded = self.shadow.depth(self.camera.turn(self.neutral), self.triangles)
        self.worn = draw_props(props, self.camera, self.person, self.key, self.shadow, shaded)
        self.lenses = lens_reflection(outlines, self.camera, self.person) if outlines else None

    def _comb(self, strands: hair.Strands | None, turned: np.ndarray | None) -> hair.Layers:
        """Draw the hair once, before and behind the neutral face."""
        head, size = self.camera.turn(self.neutral), SIZE * SHRINK
        mesh, _, _ = rasterize(self.camera.project(head), self.triangles, size, size)
        if strands is None or turned is None:
            return hair.Layers.empty(size)
        nearest = self.shadow.depth(head, self.triangles)
        colors = hair.light_strands(strands, turned, self.person, self.shadow, nearest)
        return hair.Layers.draw(strands, self.camera.project(turned), colors, mesh)

    def picture(self, action_units: Mapping[int, int]) -> Image.Image:
        """Return the picture [256 256] of the person with Action Units at intensities 0-5."""
        return Image.fromarray(_develop(self._linear(action_units))).filter(ImageFilter.GaussianBlur(LENS_BLUR))

    def surface(self, action_units: Mapping[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return the mesh of an expression, [vertices 3] twice: in camera space, and as pixels and depth.

        The pixels are those of the large picture, `SHRINK` times as many as in the finished one.
        """
        weights = shape_weights(action_units)
        for name, shut in self.shut_lids.items():
            # Lids that hang a little anyway have less far to go.
            weights[name] = self.person.lids + (shut - self.person.lids) * weights.get(name, 0.0)
        weights["mouthClose"] = weights.get("mouthClose", 0.0) + self.resting_mouth
        shape = self.neutral + self.model.expression(weights)
        # The lids of the scans close through the eye of some people: it makes room for them.
        shape[self.eyes, 2] -= EYE_RETREAT * max(weights["eyeBlink_L"] - 0.3, 0.0)
        turned = self.camera.turn(shape)
        return turned, self.camera.project(turned)

    def skin_is_hidden(self, depth: np.ndarray) -> np.ndarray:
        """Return where hair, clothes or glasses hide a mesh with this depth [height width], bool."""
        return self.hair.hides(depth) | self.worn.hides(depth)

    def _linear(self, action_units: Mapping[int, int]) -> np.ndarray:
        person, size = self.person, SIZE * SHRINK
        turned, screen = self.surface(action_units)
        normals = vertex_normals(turned, self.triangles)
        depth, hit, shares = rasterize(screen, self.triangles, size, size)
        covered = hit != BACKGROUND
        albedo, normal, position, gloss, relief, kind = shade.gather(
            hit, shares, self.triangles, self.texture, self.kinds, normals, turned, self.model.neutral, self.skin,
            self._creases(action_units), TILE, person.iris, person.iris_size, self.centers, self.side,
        )  # fmt: skip
        shade.bend_normals(normal, relief, kind, size / 26.0)
        nearest = np.maximum(np.maximum(depth, self.hair.depth), self.worn.depth)
        openness = hollowness(depth, nearest, SHRINK)
        lash, lid = shade.lid_lines(kind, SHRINK)
        shadow = self.shadow.depth(turned, self.triangles)
        image = shade.illuminate(
            albedo, normal, position, gloss, kind, openness, lash, lid, shadow, self.shadow.axes, self.key, self.fill,
            person.key * 0.84, person.light_color, person.ambient, 0.25 + 0.35 * person.lashes,
            turned[LANDMARKS[[62, 66]]], turned[self.irises].mean(1) + self.catchlights,
        )  # fmt: skip
        image[~covered] = self.backdrop[~covered]
        fine = self.camera.project(self.fine_hair.points(turned, normals))
        blend_strands(fine, self.fine_hair.color, self.fine_hair.alpha, depth, 0.25, image)
        lashes = self.camera.project(self.lashes.points(turned))
        blend_strands(lashes, self.lashes.color, self.lashes.alpha, depth, 0.1, image)
        if self.lenses is not None:
            image = image * self.lenses[0] + self.lenses[1]
        front = self.worn.hides(depth)
        image[front] = self.worn.image[front]
        self.hair.lay_over(image, np.where(front, self.worn.depth, depth))
        return image

    def _creases(self, action_units: Mapping[int, int]) -> np.ndarray:
        depths = {name: self.person.age * AGE.get(name, 0.0) for name in NAMES}
        # A dark tint shows less on deeply colored skin, so that its creases have to be deeper to look alike.
        shown = (0.85 + 0.25 * self.person.age) * (1 + 0.35 * float(np.exp(-self.person.skin.mean() / 0.12)))
        for name, depth in crease_weights(action_units).items():
            depths[name] = min(1.25, depths[name] + depth * shown * self.own_depth[name])
        weights = np.array([depths[name] for name in NAMES], np.float32)
        return (self.creases @ weights)[..., None]


def _surfaces(model: FaceModel, mesh: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the shader's surface kinds, the eye sides and the middles of the eyes."""
    kinds = np.full(mesh.sum(), shade.SKIN, np.int8)
    kinds[model.is_material("M_Teeth")[mesh]] = shade.TEETH
    kinds[model.is_material("M_GumsTongue")[mesh]] = shade.GUMS
    kinds[model.is_material(*EYES)[mesh]] = shade.EYE
    side = model.is_material(*EYES[2:])[mesh].astype(np.int8)
    centers = np.array([model.neutral[model.vertices_of(name)].mean(0)[:2] for name in (EYES[1], EYES[3])], np.float32)
    return kinds, side, centers


def _develop(linear: np.ndarray) -> np.ndarray:
    """Average down, roll the highlights off softly and give display values 0-255."""
    mean = linear.reshape(SIZE, SHRINK, SIZE, SHRINK, 3).mean((1, 3))
    toned = np.where(mean > 0.6, 0.6 + 0.4 * (1 - np.exp(-(mean - 0.6) / 0.4)), mean)
    srgb = np.where(toned <= 0.0031308, 12.92 * toned, 1.055 * np.maximum(toned, 1e-6) ** (1 / 2.4) - 0.055)
    return (srgb * 255 + 0.5).clip(0, 255).astype(np.uint8)
