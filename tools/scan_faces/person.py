"""Seeded people: everything that makes one subject and that no expression changes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Gender = Literal["man", "woman"]

# Skin from very light to very dark, measured-looking sRGB tones; people fall anywhere between neighbours.
SKIN_TONES = np.array(
    [[226, 186, 164], [216, 171, 145], [205, 155, 125], [187, 138, 109], [152, 106, 81], [116, 79, 61], [88, 61, 49]]
)  # fmt: skip
HAIR_TONES = {
    "black": (24, 20, 19),
    "dark brown": (47, 33, 25),
    "brown": (82, 56, 38),
    "light brown": (124, 88, 57),
    "blond": (178, 140, 92),
    "red": (128, 62, 34),
    "gray": (138, 133, 128),
    "white": (205, 200, 194),
}
IRIS_TONES = {
    "dark brown": (58, 33, 20),
    "brown": (92, 56, 30),
    "hazel": (112, 88, 48),
    "green": (84, 92, 62),
    "blue": (84, 106, 126),
    "gray": (98, 106, 110),
}
CLOTHES = np.array(
    [
        [52, 58, 70], [94, 92, 90], [38, 38, 42], [132, 122, 106], [70, 84, 78], [150, 150, 152], [98, 52, 54],
        [44, 58, 92], [196, 194, 190], [120, 142, 166], [172, 142, 140], [88, 92, 58], [150, 118, 62], [58, 96, 104],
        [104, 78, 104],
    ]
)  # fmt: skip
BACKDROPS = np.array(
    [
        [150, 152, 154], [128, 133, 139], [168, 165, 160], [112, 114, 118], [142, 148, 152], [176, 174, 171],
        [122, 136, 150], [158, 146, 132], [126, 136, 124], [92, 98, 108], [188, 184, 178],
    ]
)  # fmt: skip
STYLES: dict[str, tuple[str, ...]] = {
    "man": (
        "shaved", "horseshoe", "buzz", "buzz", "short", "short", "short", "quiff", "quiff", "parted", "parted",
        "forward", "forward", "curly", "swept", "swept", "afro", "shoulder",
    ),
    "woman": (
        "long", "long", "wavy long", "swept long", "curly long", "shoulder", "shoulder", "bob", "bob",
        "side bob", "pixie", "pixie", "cropped", "tied", "bun", "afro",
    ),
}  # fmt: skip


def to_linear(srgb: np.ndarray | tuple[int, ...]) -> np.ndarray:
    """Return linear light 0-1 for sRGB values 0-255."""
    value = np.asarray(srgb, float) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


@dataclass(frozen=True)
class Person:
    """One made-up subject. Colors are linear light 0-1; lengths are model units (about 1 cm).

    `gender` is a label of presentation: it steers hair, brows, lashes, makeup, jewelry and stubble, never
    the shape of the face.
    """

    seed: int
    gender: Gender
    identity: np.ndarray
    age: float
    skin: np.ndarray
    lip: np.ndarray
    makeup: float
    redness: float
    freckles: float
    hair: np.ndarray
    gray: float
    hairstyle: str
    hairline: float
    temple: float
    iris: np.ndarray
    iris_size: float
    brow_density: float
    brow_width: float
    brow_color: np.ndarray
    stubble: float
    beard: float
    lashes: float
    lids: float
    clothes: np.ndarray
    backdrop: np.ndarray
    light: np.ndarray
    light_color: np.ndarray
    key: float
    ambient: float
    yaw: float
    pitch: float
    roll: float
    offset: np.ndarray
    glasses: bool | None = None  # None: as the seed decides

    def generator(self, purpose: str) -> np.random.Generator:
        """Return the random numbers for one purpose; another purpose does not disturb them."""
        return np.random.default_rng([self.seed, *purpose.encode()])


def draw_person(seed: int, gender: Gender, *, tone: float | None = None, age: float | None = None) -> Person:
    """Draw a person; the same seed and gender always give the same one.

    `tone` (0 very light to 1 very dark) and `age` (0 to 1) stand in for what the seed decides, for comparisons.
    """

    def stream(purpose: str) -> np.random.Generator:
        """One row of random numbers for each purpose: a new feature does not reshuffle the others."""
        return np.random.default_rng([seed, *purpose.encode()])

    man = gender == "man"
    r = stream("skin tone")
    drawn = float(r.beta(1.0, 1.15))
    tone = drawn if tone is None else tone
    skin = _between(to_linear(SKIN_TONES), tone * (len(SKIN_TONES) - 1)) * (1 + r.normal(0, 0.03, 3))
    age = float(np.clip(stream("age").beta(1.5, 2.4), 0, 1)) if age is None else age
    r = stream("hair color")
    gray = float(np.clip((age - 0.52) * 3 * r.uniform(0.2, 1.4), 0, 1))
    base = to_linear(HAIR_TONES[_hair_tone(r, tone)])
    silver = to_linear(HAIR_TONES["white" if r.random() < 0.4 else "gray"])
    hair = (base * (1 - gray) + silver * gray) * r.uniform(0.85, 1.15)
    r = stream("hair style")
    style = str(r.choice(STYLES[gender]))
    if man and age > 0.62 and r.random() < 0.4:
        style = str(r.choice(["horseshoe", "shaved"]))
    hairline = r.uniform(8.7, 9.8) + (0.9 * age if man else 0.2)
    temple = r.uniform(0.2, 1.0) + (1.6 * age * r.random() if man else 0)
    r = stream("eyes")
    eyes = ("dark brown", "brown") if tone > 0.42 else tuple(IRIS_TONES)
    iris, iris_size = to_linear(IRIS_TONES[str(r.choice(eyes))]) * r.uniform(0.8, 1.1), r.uniform(0.96, 1.05)
    lids, lashes = r.uniform(0.05, 0.2), r.uniform(0.2, 0.4) if man else r.uniform(0.6, 1.0)
    r = stream("makeup")
    lip_stick, makeup = (0.0, 0.0) if man else (r.uniform(0, 0.9), r.uniform(0, 0.8))
    natural = skin * np.array([0.84, 0.6, 0.62]) + np.array([0.012, 0.0, 0.003])
    painted = np.array([0.30, 0.07, 0.08]) * (0.5 + skin[0])
    r = stream("brows")
    density, width = (r.uniform(0.75, 1.0), r.uniform(0.5, 0.7)) if man else r.uniform([0.6, 0.36], [0.9, 0.52])
    r = stream("beard")
    bearded, beard = man and r.random() < 0.3, r.uniform(0.35, 1.0)
    stubble = r.uniform(0.25, 0.8) if man and r.random() < 0.6 else 0.0
    r = stream("marks")
    redness = r.uniform(0.4, 1.25)
    freckles = float(r.random() < 0.25 and tone < 0.45) * r.uniform(0.4, 1)
    r = stream("clothes color")
    clothes = to_linear(CLOTHES[r.integers(len(CLOTHES))]) * r.uniform(0.7, 1.1)
    r = stream("backdrop")
    backdrop = to_linear(BACKDROPS[r.integers(len(BACKDROPS))]) * r.uniform(0.8, 1.15)
    r = stream("light")
    side, warmth = 1 if r.random() < 0.5 else -1, r.normal(0, 0.035)
    light = np.array([side * r.uniform(0.3, 0.85), r.uniform(0.4, 0.8), 1.0])
    key, ambient = r.uniform(0.9, 1.06) * (0.95 + 0.4 * tone + 0.2 * tone**3), r.uniform(0.75, 1.1)
    r = stream("pose")
    yaw, pitch, roll = np.clip(r.normal(0, [0.075, 0.032, 0.02]), [-0.14, -0.06, -0.045], [0.14, 0.06, 0.045])
    return Person(
        seed=seed, gender=gender, identity=_identity(stream("identity")), age=age, skin=skin,
        lip=natural * (1 - lip_stick * 0.5) + lip_stick * 0.5 * painted, makeup=makeup, redness=redness,
        freckles=freckles, hair=hair, gray=gray, hairstyle=style, hairline=hairline, temple=temple,
        iris=iris, iris_size=iris_size, brow_density=density, brow_width=width,
        brow_color=_dark(base * (1 - 0.5 * gray) + silver * 0.5 * gray, 0.075 + 0.03 * gray),
        stubble=stubble, beard=beard if bearded else 0.0, lashes=lashes, lids=lids, clothes=clothes,
        backdrop=backdrop, light=light,
        light_color=np.array([1.01 + warmth, 1.0, 0.97 - warmth], np.float32), key=key, ambient=ambient,
        yaw=float(yaw), pitch=float(pitch), roll=float(roll), offset=stream("places").uniform(0, 500, 3),
    )  # fmt: skip


def _identity(r: np.random.Generator) -> np.ndarray:
    """Draw mode weights: wide over the first modes, which make a face, narrow over the last, which make noise."""
    modes = np.arange(100)
    spread = np.where(modes < 12, 1.08, 1.08 / (1 + (modes - 12) / 40))
    weights = np.clip(r.normal(0, 1, 100), -2.1, 2.1) * spread
    # The first mode is size: beyond this a head leaves the picture.
    weights[0] = np.clip(weights[0], -1.6, 1.8)
    return weights


def _dark(color: np.ndarray, most: float) -> np.ndarray:
    """Scale a color down until no channel exceeds `most`: brows are darker than blond hair."""
    return color * min(1.0, most / color.max())


def _between(table: np.ndarray, place: float) -> np.ndarray:
    i = min(int(place), len(table) - 2)
    return table[i] + (place - i) * (table[i + 1] - table[i])


def _hair_tone(r: np.random.Generator, tone: float) -> str:
    if tone > 0.6:
        return str(r.choice(["black", "black", "dark brown"]))
    if tone > 0.35:
        return str(r.choice(["black", "dark brown", "dark brown", "brown"]))
    return str(r.choice(["black", "dark brown", "brown", "brown", "light brown", "blond", "blond", "red"]))
