"""Read the public face model into arrays, once, and keep them in a cache."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lfes_core.errors import UserError
from lfes_core.files import alone_in, written_whole

NEUTRAL_FILE = "generic_neutral_mesh.obj"
SKIN_MATERIALS = ("M_Face", "M_BackHead")
"""The two materials that share the painted skin atlas: left tile, right tile."""
LEFT_OUT = ("M_LacrimalFluid", "M_EyeBlend", "M_EyeOcclusion")
"""Film layers over the eye that only make sense with refraction."""
TONGUE_UP = "tongueUp"
COLLAR = (-12.5, -9.0)
"""Between these heights the movement of an expression dies away down the neck."""
CACHE_FILE, CACHE_FORM = "scan_faces_cache.npz", 2

# The 68 landmark vertices of the model's public readme, in the usual order:
# 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 lips.
# fmt: off
LANDMARKS = np.array([
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443,
    268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147,
    4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081,
    0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
])
# fmt: on


@dataclass(frozen=True)
class FaceModel:
    """The morphable model as arrays.

    `neutral` [vertices 3] float32, about 1 unit = 1 cm, y up, the face looks along +z. `triangles` [triangles 3]
    vertex numbers, `texture` [triangles 3 2] atlas coordinates of the corners (skin only: Face in 0-1, BackHead
    in 1-2 of the first axis), `material` [triangles] numbers into `materials`. `identities` [modes vertices 3]
    and `expressions` (name -> [vertices 3]) are differences from `neutral`; `TONGUE_UP` is one of ours.
    """

    neutral: np.ndarray
    triangles: np.ndarray
    texture: np.ndarray
    material: np.ndarray
    materials: tuple[str, ...]
    identities: np.ndarray
    expressions: dict[str, np.ndarray]

    def is_material(self, *names: str) -> np.ndarray:
        """Return which triangles have one of the named materials, [triangles] bool."""
        return np.isin(self.material, [self.materials.index(name) for name in names])

    def vertices_of(self, *names: str) -> np.ndarray:
        """Return the sorted numbers of the vertices that the named materials use."""
        return np.unique(self.triangles[self.is_material(*names)])

    @property
    def skin(self) -> np.ndarray:
        """The sorted numbers of the vertices of the skin."""
        return self.vertices_of(*SKIN_MATERIALS)

    @property
    def landmarks(self) -> np.ndarray:
        """The 68 landmarks on the generic neutral face, [68 3]."""
        return self.neutral[LANDMARKS]

    def identity(self, weights: np.ndarray) -> np.ndarray:
        """Return the neutral face of the identity with these mode weights, [vertices 3] float32."""
        return self.neutral + np.tensordot(weights.astype(np.float32), self.identities[: len(weights)], 1)

    def expression(self, weights: dict[str, float]) -> np.ndarray:
        """Return the displacement of all vertices for these shape weights, [vertices 3] float32."""
        offset = np.zeros_like(self.neutral)
        for name, weight in weights.items():
            offset += np.float32(weight) * self.expressions[name]
        return offset


def load_model(folder: Path) -> FaceModel:
    """Load the model from its public folder; the first call reads the OBJ files and caches them beside them."""
    cache = folder / CACHE_FILE
    arrays = _stored(cache) if cache.exists() else {}
    if str(arrays.get("made_from", "")) != _sources(folder):
        if not (folder / NEUTRAL_FILE).is_file():
            raise UserError(f"{folder} holds no {NEUTRAL_FILE}: give the FaceXModel folder of an ICT-FaceKit clone")
        _write_cache(folder, cache)
        arrays = _stored(cache)
    names, deltas = arrays["names"].tolist(), arrays["deltas"].astype(np.float32)
    identity = [name.startswith("identity") for name in names]
    expressions = {name: deltas[i] * _free(arrays["neutral"]) for i, name in enumerate(names) if not identity[i]}
    return FaceModel(
        neutral=arrays["neutral"],
        triangles=arrays["triangles"],
        texture=arrays["texture"],
        material=arrays["material"],
        materials=tuple(arrays["materials"].tolist()),
        identities=deltas[identity],
        expressions={**expressions, TONGUE_UP: _tongue_up(arrays["neutral"])},
    )


def _stored(cache: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(cache) as stored:
            return dict(stored)
    except Exception as error:  # of many kinds, for whatever a broken disk leaves of a zip
        raise UserError(f"{cache} is damaged: delete it and run the command again") from error


def _sources(folder: Path) -> str:
    """What a cache was made from: the form of its arrays, and names and sizes of the files that it was read from."""
    return json.dumps([CACHE_FORM, *sorted((path.name, path.stat().st_size) for path in folder.glob("*.obj"))])


def _free(neutral: np.ndarray) -> np.ndarray:
    """Return how far expressions move each vertex, [vertices 1]: the lower neck is held by the collar."""
    low, high = COLLAR
    share = np.clip((neutral[:, 1:2] - low) / (high - low), 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)


def _tongue_up(neutral: np.ndarray) -> np.ndarray:
    """The jaw takes the tongue with it; in an open mouth a tongue at rest lies higher than that, [vertices 3]."""
    x, y, z = neutral.T
    tongue = np.exp(-((x / 1.7) ** 2) - ((z - 7.0) / 2.2) ** 2) * (np.abs(y + 3.9) < 1.1) * (z < 9.6)
    # Only what lies inside the mouth: at these depths the skin is further out than the teeth.
    tongue *= np.abs(x) < 2.2
    return np.stack([0 * x, 0.8 * tongue, 0.3 * tongue], 1).astype(np.float32)


def _write_cache(folder: Path, cache: Path) -> None:
    neutral, texture, faces = _read_neutral(folder / NEUTRAL_FILE)
    names = sorted(path.stem for path in folder.glob("*.obj") if path.name != NEUTRAL_FILE)
    if sum(name.startswith("identity") for name in names) < 100:
        raise UserError(f"{folder} holds fewer than 100 identity modes: the clone is not complete")
    shapes = {name: _read_vertices(folder / f"{name}.obj") for name in names}
    for name, shape in shapes.items():
        if shape.shape != neutral.shape:
            raise UserError(f"{folder / name}.obj is not complete: clone ICT-FaceKit again")
    deltas = np.stack([shape - neutral for shape in shapes.values()]).astype(np.float16)
    triangles, corners, materials = [], [], []
    for material, vertex, uv in faces:
        if material in LEFT_OUT:
            continue
        for i in range(1, len(vertex) - 1):
            triangles.append([vertex[0], vertex[i], vertex[i + 1]])
            corners.append([uv[0], uv[i], uv[i + 1]])
            materials.append(material)
    kinds = sorted(set(materials))
    arrays = {
        "neutral": neutral.astype(np.float32),
        "triangles": np.array(triangles, np.int32),
        "texture": texture[np.array(corners)].astype(np.float32),
        "material": np.array([kinds.index(material) for material in materials], np.uint8),
        "materials": np.array(kinds),
        "names": np.array(names),
        "deltas": deltas,
        "made_from": np.array(_sources(folder)),
    }
    with alone_in(folder), written_whole(cache) as unfinished, unfinished.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _read_vertices(path: Path) -> np.ndarray:
    with open(path) as lines:
        return np.array([line.split()[1:4] for line in lines if line.startswith("v ")], np.float32)


def _read_neutral(path: Path) -> tuple[np.ndarray, np.ndarray, list[tuple[str, list[int], list[int]]]]:
    texture, faces, material = [], [], ""
    with open(path) as lines:
        for line in lines:
            if line.startswith("vt "):
                texture.append([float(value) for value in line.split()[1:3]])
            elif line.startswith("usemtl"):
                material = line.split()[1]
            elif line.startswith("f "):
                corners = [corner.split("/") for corner in line.split()[1:]]
                faces.append((material, [int(c[0]) - 1 for c in corners], [int(c[1]) - 1 for c in corners]))
    return _read_vertices(path), np.array(texture, np.float32), faces
