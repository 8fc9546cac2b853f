"""Drawings of layers with their sizes: the way down through FFE, and one level of the synthesizer."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

from embedded import data_uri
from figures import COLORS, as_picture
from vector_drawing import Point, arrow, drawing, italic, label, low, show_drawing

from PIL import Image

WIDTH = 760
WAY = (
    "The neutral picture and the maps that seven halvings make of it, as slabs: width and height "
    "shrink from 256 to 2 places, while the depth, the number of channels, grows from 3 to 512. "
    "Below each slab stand its size and how many numbers it holds."
)
LEVEL = (
    "Level 2. The features q_1 and the words alpha_1 that attention mixed for each place are laid "
    "side by side. A 1x1 convolution brings them to one width, a residual block adds a change to "
    "them, then width and height are doubled. The result q_2 goes to the second attention, and "
    "through a 1x1 convolution and tanh it becomes the picture of level 2."
)


def show_way(picture: Any, maps: Sequence[Any]) -> None:
    """Show a neutral face and the maps ``[1, channels, size, size]`` of FFE in a notebook."""
    show_drawing(way_svg(picture, [tuple(one.shape[1:3]) for one in maps]))


def show_level(channels: int, width: int, grown: int, size: int, blocks: int) -> None:
    """Show one level in a notebook; arguments as of ``level_svg``."""
    show_drawing(level_svg(channels, width, grown, size, blocks))


def way_svg(picture: Any, shapes: Sequence[tuple[int, int]]) -> str:
    """The way down as SVG text; ``shapes`` are (channels, size), the first one of the picture."""
    step = WIDTH / len(shapes)
    drawn = ""
    for place, (channels, size) in enumerate(shapes):
        x = step * (place + 0.5)
        side, depth = 4.8 * sqrt(size), 1.7 * sqrt(channels)
        right, up = 0.8 * depth, 0.5 * depth
        left, top = x - (side + right) / 2, 72 - (side - up) / 2
        paint = COLORS["blue"]
        for corners in (
            [(0, 0), (right, -up), (side + right, -up), (side, 0)],
            [(side, 0), (side + right, -up), (side + right, side - up), (side, side)],
        ):
            drawn += _polygon([(left + a, top + b) for a, b in corners], paint)
        if place:
            drawn += _polygon(
                [
                    (left + a, top + b)
                    for a, b in ((0, 0), (side, 0), (side, side), (0, side))
                ],
                paint,
                0.35,
            )
        else:
            face = Image.fromarray(as_picture(picture)).resize((180, 180))
            drawn += (
                f'<image href="{data_uri(face, 85)}" x="{left:g}" y="{top:g}" '
                f'width="{side:g}" height="{side:g}"/>'
            )
        drawn += label(x, 146, f"{size} × {size}", bold=True)
        drawn += label(x, 164, f"{channels} channels" if place else "3 colors")
        drawn += label(x, 190, f"{channels * size * size:,}")
        if place:
            between = step * place
            drawn += arrow([(between - 8, 72), (between + 8, 72)])
    drawn += label(
        WIDTH / 2,
        14,
        "each arrow: a 4×4 convolution that takes every second place",
    )
    drawn += label(WIDTH / 2, 212, "numbers in each map", bold=True)
    return drawing(drawn, 222, WAY)


def level_svg(channels: int, width: int, grown: int, size: int, blocks: int) -> str:
    """A level that follows an attention, as SVG text.

    Args:
        channels: of q and of alpha, which enter.
        width: of the residual blocks.
        grown: channels after the doubling.
        size: width and height of what enters.
        blocks: residual blocks.
    """
    large, y = 2 * size, 72
    green, orange, grey = COLORS["green"], COLORS["orange"], "currentColor"
    drawn = _box(60, 44, 104, 44, green) + _box(60, 100, 104, 44, orange)
    drawn += label(60, 40, f"{italic('q')}{low('1')}", bold=True)
    drawn += label(60, 57, f"{size}×{size}×{channels}")
    drawn += label(60, 96, f"{italic('α')}{low('1')}", bold=True)
    drawn += label(60, 113, f"{size}×{size}×{channels}")
    drawn += arrow([(112, 44), (132, 44), (132, y), (163, y)])
    drawn += arrow([(112, 100), (132, 100), (132, y), (163, y)], head=False)
    steps = (
        (222, ("1×1 convolution", "joins"), f"{size}×{size}×{width}"),
        (384, ("residual block", f"× {blocks}"), f"{size}×{size}×{width}"),
        (546, ("enlarge", "× 2"), f"{large}×{large}×{grown}"),
    )
    drawn += label(146, y - 8, f"{2 * channels}")
    for x, lines, shape in steps:
        drawn += _box(x, y, 118, 50, green)
        drawn += label(x, y - 3, lines[0], bold=True) + label(x, y + 14, lines[1])
        drawn += label(x, y + 44, shape)
    for x in (222, 384):
        drawn += arrow([(x + 59, y), (x + 103, y)])
    drawn += arrow([(605, y), (660, y)]) + _box(704, y, 88, 50, green)
    drawn += label(704, y - 3, f"{italic('q')}{low('2')}", bold=True)
    drawn += label(704, y + 14, f"to {italic('att')}{low('2')}")
    drawn += arrow([(704, y + 25), (704, 176)]) + _box(704, 200, 104, 48, grey)
    drawn += label(704, 197, "1×1, tanh") + label(
        704, 214, f"{large}×{large}×3", bold=True
    )
    drawn += label(704, 242, f"picture {italic('I')}{low('s')} of level 2")
    drawn += _inside(28, 172, "inside a residual block", ["3×3", "norm", "ReLU"] * 2)
    drawn += _inside(
        28, 264, "inside enlarge", ["repeat 2×2", "3×3", "norm", "ReLU"], skip=False
    )
    return drawing(drawn, 304, LEVEL)


def _inside(
    x: float, y: float, title: str, layers: Sequence[str], *, skip: bool = True
) -> str:
    """A row of layers with arrows; with ``skip`` the last one is a plus that the input reaches, too."""
    layers = [*layers[:-1], "+"] if skip else layers
    drawn, left = label(x - 20, y - 12, title, anchor="start", bold=True), x + 8
    middle, start = y + (34 if skip else 16), left
    for number, layer in enumerate(layers):
        width = 30 if layer == "+" else 84 if len(layer) > 6 else 60
        drawn += arrow([(left, middle), (left + 22, middle)])
        left += 22 + width
        drawn += _box(left - width / 2, middle, width, 30, "currentColor")
        drawn += label(left - width / 2, middle + 5, layer, bold=layer == "+")
        if skip and number == len(layers) - 1:
            over = middle - 26
            drawn += arrow(
                [
                    (start + 6, middle),
                    (start + 6, over),
                    (left - width / 2, over),
                    (left - width / 2, middle - 15),
                ]
            )
    return drawn + arrow([(left, middle), (left + 26, middle)])


def _polygon(corners: Sequence[Point], paint: str, fill: float = 0.15) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return (
        f'<polygon points="{points}" fill="{paint}" fill-opacity="{fill}" '
        f'stroke="{paint}" stroke-width="1.2" stroke-linejoin="round"/>'
    )


def _box(x: float, y: float, width: float, height: float, paint: str) -> str:
    fill = 0.04 if paint == "currentColor" else 0.16
    return (
        f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}" '
        f'rx="7" fill="{paint}" fill-opacity="{fill}" stroke="{paint}" stroke-width="1.4"/>'
    )
