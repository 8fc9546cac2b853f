"""A folder of photographs for chapter 15, taken of rendered people, and the figures about it.

Nobody's photographs can come with a book, so eight validation people of ScanFaces sit for a camera that is
turned, near or far, and not aimed well. Every ``show_`` function draws one figure.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from figures import COLORS, show_figure, show_photographs
from lfes_core.action_units import INTENSITY_LETTERS
from lfes_core.datasets import ScanFaces, square
from lfes_core.images import PLACES
from lfes_core.synthesis import Synthesis
from moving_pixels import draw_flow

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2lab
from skimage.transform import SimilarityTransform, warp

SIZE = (480, 640)  # height and width of a photograph
EXPRESSIONS = ({12: 5}, {12: 2}, {4: 4}, {9: 5}, {1: 5}, {25: 5, 26: 5}, {15: 4})
"""What everybody was asked to do: Action Units and intensities."""


class Sitter(NamedTuple):
    """Whose place a rendered person takes, and how the camera saw them.

    `clicked` are the middles of left eye, right eye and mouth in the 256-pixel picture, found by eye.
    """

    word: str
    train: str
    show: str
    rendered: str
    clicked: tuple[tuple[float, float], ...]
    scale: float
    turn: float  # degrees
    shift: tuple[float, float]


SITTERS = {
    "P1": Sitter(
        *("man", "yes", "yes", "SN097", ((99, 109), (154, 109), (127, 163))),
        *(1.5, 7, (-60, 8)),
    ),
    "P2": Sitter(
        *("woman", "yes", "yes", "SN098", ((105, 105), (156, 106), (131, 166))),
        *(1.9, -9, (70, 0)),
    ),
    "P3": Sitter(
        *("person", "yes", "yes", "SN099", ((96, 102), (155, 102), (123, 166))),
        *(1.35, -4, (95, 20)),
    ),
    "P4": Sitter(
        *("woman", "yes", "no", "SN100", ((97, 106), (159, 108), (123, 172))),
        *(1.7, 11, (-40, -10)),
    ),
    "P5": Sitter(
        *("man", "no", "no", "SN101", ((101, 103), (159, 103), (130, 172))),
        *(1.6, 3, (20, 0)),
    ),
    "P6": Sitter(
        *("woman", "yes", "yes", "SN102", ((97, 105), (161, 105), (129, 174))),
        *(1.45, -12, (-80, 15)),
    ),
    "P7": Sitter(
        *("man", "yes", "yes", "SN103", ((100, 103), (155, 103), (127, 166))),
        *(1.8, 5, (50, -12)),
    ),
    "P8": Sitter(
        *("person", "yes", "yes", "SN104", ((100, 105), (161, 106), (128, 169))),
        *(1.55, -6, (-20, 5)),
    ),
}


def code(units: Mapping[int, int | None]) -> str:
    """Action Units as the name of a file: 25E+26E; a letter is left out where the intensity is not known."""
    parts = (
        f"{unit}{INTENSITY_LETTERS[level - 1] if level else ''}"
        for unit, level in units.items()
    )
    return "+".join(parts) or "neutral"


def camera(sitter: Sitter) -> SimilarityTransform:
    """From the rendered picture to the photograph, in pixels."""
    middle = SimilarityTransform(translation=(-128, -128))
    turned = SimilarityTransform(scale=sitter.scale, rotation=np.deg2rad(sitter.turn))
    aimed = SimilarityTransform(
        translation=np.array(SIZE[::-1]) / 2 + np.array(sitter.shift)
    )
    return middle + turned + aimed


def take_photographs(folder: Path, faces: ScanFaces) -> None:
    """Write ``P1/neutral.jpg``, ``P1/12E.jpg``, ..., ``points.csv`` and ``people.csv``."""
    points, people = [], []
    for name, sitter in SITTERS.items():
        seen = camera(sitter)
        (folder / name).mkdir(parents=True)
        for units in ({}, *EXPRESSIONS):
            frame = faces.truth(sitter.rendered, units)
            if frame is None:
                raise ValueError(f"{sitter.rendered} has no picture of {code(units)}")
            picture = warp(
                faces.face(frame), seen.inverse, output_shape=SIZE, mode="edge"
            )
            pixels = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
            pixels.save(folder / name / f"{code(units)}.jpg", quality=92)
        points.append(
            [name, *np.rint(seen(np.array(sitter.clicked))).astype(int).ravel()]
        )
        people.append([name, sitter.word, sitter.train, sitter.show])
    names = [f"{place}_{axis}" for place in ("left", "right", "mouth") for axis in "xy"]
    for file, head, rows in (
        ("points.csv", ["person", *names], points),
        ("people.csv", ["person", "word", "train", "show"], people),
    ):
        with (folder / file).open("w", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows([head, *rows])


def cheek(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The color of both cheeks of a laid face, between glasses and beard: the median, 8-bit RGB."""
    patches = [face[126:138, left : left + 12].reshape(-1, 3) for left in (90, 154)]
    color: NDArray[np.uint8] = np.median(np.vstack(patches), axis=0).astype(np.uint8)
    return color


def skin_angle(color: NDArray[np.uint8]) -> float:
    """The individual typology angle of a color in degrees: near 90 is light, far below 0 is dark."""
    lightness, _, yellow = rgb2lab(color[None, None] / 255)[0, 0]
    return float(np.degrees(np.arctan2(lightness - 50, yellow)))


def show_laid(rows: Sequence[tuple[str, Any, NDArray[Any], Any]]) -> None:
    """Photographs with their three points, their middle squares, and the laid faces.

    Args:
        rows: title, photograph, three points in its pixels, and the laid face of each person.
    """
    figure, axes = plt.subplots(
        3,
        len(rows),
        figsize=(7, 5.2),
        height_ratios=(SIZE[0] / SIZE[1], 1, 1),
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.02),
    )
    for column, (title, photograph, points, face) in zip(axes.T, rows, strict=True):
        _picture(column[0], photograph)
        _points(column[0], points)
        column[0].set_title(title, fontsize=10, pad=3)
        for axis, picture in zip(column[1:], (square(photograph), face), strict=True):
            _picture(axis, picture)
            height = PLACES[0, 1] * len(picture)
            axis.axhline(height, color=COLORS["orange"], lw=1)
    for axis, label in zip(
        axes[:, 0], ("photograph", "middle square", "laid"), strict=True
    ):
        axis.set_ylabel(label)
    show_photographs(figure)


def show_misplaced(shares: Mapping[str, Mapping[float, float]]) -> None:
    """How much of copy's error is left when a face is shifted, turned or scaled.

    Args:
        shares: what was done -> how far -> share of copy's error.
    """
    figure, axes = plt.subplots(1, len(shares), figsize=(7, 2.6), sharey=True)
    for axis, (done, found) in zip(axes, shares.items(), strict=True):
        axis.plot(list(found), list(found.values()), "o-", color=COLORS["blue"])
        axis.axhline(1, color=COLORS["ink"], ls="--", lw=1.2)
        axis.set(xlabel=done, ylim=(0, 1.1))
    axes[0].set_ylabel("share of copy's error")
    axes[0].text(0, 0.98, "copy", va="top")
    show_figure(figure)


def show_few_people(
    stencil: Sequence[tuple[int, float, float]], network: tuple[int, float, float]
) -> None:
    """Errors for people that were trained on, and for others, by the number of people.

    Args:
        stencil: number of people, share of copy's error for them and for others, for each draw of people.
        network: the same of the network.
    """
    figure, axis = plt.subplots(figsize=(7, 3.4))
    counts = sorted({count for count, *_ in stencil})
    for column, color, mark, who in (
        (1, "vermilion", "s", "people trained on"),
        (2, "blue", "o", "others"),
    ):
        style = {"marker": mark, "color": COLORS[color]}
        drawn = [[row[column] for row in stencil if row[0] == n] for n in counts]
        for n, values in zip(counts, drawn, strict=True):
            axis.plot([n] * len(values), values, ls="", ms=3.5, alpha=0.6, **style)
        means = [np.mean(values) for values in drawn]
        axis.plot(counts, means, ms=6, label=f"stencil, {who}", **style)
        label = f"the extension, {who}"
        axis.plot(
            network[0], network[column], ls="", ms=11, mfc="none", label=label, **style
        )
    axis.axhline(1, color=COLORS["ink"], ls="--", lw=1.2, label="copy")
    ticks = [*counts, network[0]]
    axis.set(xscale="log", xlabel="people trained on", ylim=(0, 1.1))
    axis.set_ylabel("share of copy's error")
    axis.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axis.set_xticks([], minor=True)
    figure.legend(loc="outside upper center", ncols=3)
    show_figure(figure)


def show_skin(colors: NDArray[np.uint8]) -> None:
    """A bar for each person, in the color of the cheeks, as high as their typology angle; lightest first."""
    angles = np.array([skin_angle(color) for color in colors])
    order = np.argsort(-angles)
    figure, axis = plt.subplots(figsize=(7, 2.8))
    axis.bar(
        range(len(order)),
        angles[order],
        1.0,
        color=colors[order] / 255,
        edgecolor=COLORS["ink"],
        linewidth=0.3,
    )
    axis.axhline(0, color=COLORS["ink"], lw=0.8)
    axis.set(
        xlabel="people of ScanFaces, lightest first", ylabel="typology angle, degrees"
    )
    axis.set_xlim(-1, len(order))
    axis.grid(axis="x", visible=False)
    show_figure(figure)


def show_way(made: Synthesis, result: Any) -> None:
    """The way of a photograph: found, laid, moved on the frame, and laid back, in two rows of three.

    Args:
        made: what the extension made of it.
        result: its photograph, perhaps with a word written on it.
    """
    found = made.neutral
    if found.place is None or found.points is None or made.movement is None:
        raise ValueError("nothing was found, laid or moved")
    figure, axes = plt.subplots(
        2,
        3,
        figsize=(7, 4.9 * max(0.6, len(found.picture) / found.picture.shape[1])),
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.03, wspace=0.02),
    )
    panels = (
        ("1  found", found.picture),
        ("2  laid on the frame", found.crop),
        ("3  movement and mask", found.crop // 2 + 127),
        ("4  synthesized on the frame", made.crop),
        ("5  where it may differ", found.picture // 2 + 127),
        ("6  laid back", result),
    )
    for axis, (title, picture) in zip(axes.flat, panels, strict=True):
        size = np.asarray(picture).shape
        _picture(axis, picture, extent=(0, size[1], size[0], 0))
        axis.set_title(title, fontsize=10, pad=3)
    corners = found.place @ np.array([[0, 1, 1, 0, 0], [0, 0, 1, 1, 0], [1] * 5])
    for axis in (axes[0, 0], axes[1, 1]):
        axis.plot(*corners[:2], color=COLORS["vermilion"], lw=1.4)
    _points(axes[0, 0], found.points, 3.2)
    mask = made.movement.mask[0, 0].numpy()
    draw_flow(axes[0, 2], made.movement.flow[0], len(found.crop))
    over = {"extent": (0, len(found.crop), 0, len(found.crop)), "zorder": 5}
    axes[0, 2].contourf(mask, [0.25, 1.1], colors=[COLORS["sky"]], **over)
    axes[0, 2].contour(mask, [0.25], colors=[COLORS["blue"]], linewidths=1, **over)
    axes[1, 1].contourf(made.changed, [0.5, 1.5], colors=[COLORS["blue"]], alpha=0.6)
    show_photographs(figure)


def _picture(axis: Axes, picture: Any, **where: Any) -> None:
    axis.imshow(picture, interpolation="antialiased", **where)
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _points(axis: Axes, points: NDArray[Any], size: float = 5) -> None:
    style = {"ms": size, "mfc": COLORS["orange"], "mec": "white", "mew": 0.16 * size}
    axis.plot(*np.asarray(points).T, "o", **style)
