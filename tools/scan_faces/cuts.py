"""The haircuts: how long hair is, how it is combed, how it falls and how it ends."""

from dataclasses import dataclass, replace

import numpy as np

from tools.scan_faces.person import Person


@dataclass(frozen=True)
class Cut:
    """A way to wear hair. Lengths in model units (about 1 cm).

    `top` and `sides` are lengths; `lift` is how steeply strands leave the skin (0 flat, 1 upright); `comb` the way
    they are combed; `gravity` how fast they bend down; `volume` how thick the layer is; `curl` the radius and
    `turns` the number of a strand's windings; `wave` the width of a lock's soft waves; `clump` how much strands
    gather into locks; `ragged` how much the lengths of neighbors differ (share of the length); `hem` is the height
    at which hanging hair ends (the chin is at about -8, the shoulders at -13) and `steps` how far above the hem the
    shortest layers end; `taper` how much hanging hair narrows (below 1) or widens at chin, neck and shoulder;
    `fringe` how high above the brows a fringe ends, None without one; `strands` how many there are.
    """

    top: float
    sides: float
    lift: float
    comb: str
    gravity: float
    volume: float
    curl: float = 0.0
    turns: float = 0.0
    wave: float = 0.0
    clump: float = 0.4
    ragged: float = 0.25
    hem: float = -99.0
    steps: float = 0.0
    taper: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fringe: float | None = None
    strands: int = 26000


_LONG = Cut(
    33.0, 30.0, 0.3, "part", 0.2, 0.8,
    wave=0.25, hem=-18.0, steps=5.0, taper=(0.93, 0.88, 0.84), strands=30000,
)  # fmt: skip
_SHOULDER = replace(_LONG, hem=-12.0, steps=3.0, wave=0.35, taper=(0.97, 0.9, 0.84))
_BOB = replace(_LONG, hem=-8.0, steps=2.6, wave=0.1, taper=(0.95, 0.76, 0.7), ragged=0.1, clump=0.3)

CUTS = {
    "buzz": Cut(0.5, 0.35, 0.75, "forward", 0.0, 0.25, clump=0.0, strands=34000),
    "short": Cut(2.4, 0.8, 0.5, "side", 0.03, 0.9, clump=0.5),
    "cropped": Cut(3.6, 2.4, 0.45, "side", 0.06, 1.1, wave=0.12, clump=0.55, fringe=1.7),
    "quiff": Cut(4.2, 0.8, 0.65, "back", 0.04, 1.5, wave=0.1, clump=0.65),
    "parted": Cut(5.2, 1.6, 0.4, "aside", 0.14, 0.9, wave=0.12),
    "swept": Cut(7.0, 2.2, 0.45, "back", 0.06, 1.2, wave=0.15),
    "forward": Cut(4.2, 1.3, 0.35, "forward", 0.06, 1.0, clump=0.6, ragged=0.4, fringe=1.5),
    "curly": Cut(4.2, 2.0, 0.8, "up", 0.02, 1.7, curl=0.4, turns=2.5, clump=0.75),
    "afro": Cut(4.2, 3.2, 1.0, "up", 0.0, 2.6, curl=0.3, turns=4.0, clump=0.55, ragged=0.3, strands=34000),
    "horseshoe": Cut(1.0, 1.3, 0.35, "back", 0.05, 0.5, clump=0.3, strands=16000),
    "pixie": Cut(6.2, 3.4, 0.35, "fringe", 0.07, 1.2, clump=0.5, ragged=0.4, fringe=1.1, hem=-3.5, steps=3.0),
    "bob": _BOB,
    "side bob": replace(_BOB, comb="sweep", hem=-9.0, steps=2.4, wave=0.2, taper=(0.98, 0.84, 0.75)),
    "shoulder": _SHOULDER,
    "wavy long": replace(_LONG, wave=0.5, hem=-16.0, steps=5.0, taper=(0.98, 0.94, 0.88)),
    "long": _LONG,
    "swept long": replace(_LONG, comb="sweep", wave=0.35, lift=0.35, taper=(1.0, 0.93, 0.82)),
    "curly long": replace(
        _SHOULDER, lift=0.5, volume=1.3, curl=0.4, turns=6.0, clump=0.7, hem=-11.5, taper=(1.02, 1.02, 0.95)
    ),
    "tied": Cut(9.0, 9.0, 0.05, "tight", 0.0, 1.0, clump=0.2, strands=22000),
    "bun": Cut(9.0, 9.0, 0.05, "tight", 0.0, 1.0, clump=0.2, strands=22000),
}


def cut_of(person: Person) -> Cut | None:
    """Return a person's own version of the cut: nobody wears it quite alike. None for a shaved head."""
    if person.hairstyle not in CUTS:
        return None
    cut, r = CUTS[person.hairstyle], person.generator("cut")
    stretch = r.uniform(0.85, 1.2)
    taper = tuple(value * r.normal(1, 0.035) for value in cut.taper)
    return replace(
        cut,
        top=cut.top * stretch,
        sides=cut.sides * stretch,
        volume=cut.volume * r.uniform(0.8, 1.2),
        wave=cut.wave * r.uniform(0.5, 1.5),
        hem=cut.hem + r.uniform(-1.2, 1.5),
        steps=cut.steps * r.uniform(0.6, 1.3),
        taper=(taper[0], taper[1], taper[2]),
        fringe=None if cut.fringe is None else cut.fringe + r.uniform(-0.4, 0.9),
    )


def part_of(person: Person) -> float:
    """Return where a person's parting lies: model units to the left (negative) or right of the middle."""
    r = person.generator("part")
    part = float(r.uniform(1.0, 3.6) * np.sign(person.light[0]))
    return 0.3 * part if person.gender == "woman" and r.random() < 0.35 else part
