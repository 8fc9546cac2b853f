"""Drawings of D_FV and D_EV (chapters 8 and 9) with their shapes, in the style of `architecture`."""

from collections.abc import Sequence
from itertools import pairwise

from architecture import LOW
from figures import COLORS
from lfes_core.config import FEATURES, DiscriminatorConfig
from lfes_core.networks.discriminators import ImageEncoder
from vector_drawing import arrow, drawing, show_drawing

from torch import nn

PAINT, CONDITION = COLORS["vermilion"], COLORS["blue"]
LINE = 'fill="none" stroke="currentColor" stroke-width="1.6"'
PLACES, SIDES = (40, 136, 222, 296, 358), (64, 48, 38, 30, 24)


def show_discriminator(config: DiscriminatorConfig, *, compares: bool) -> None:
    """Show D_FV of level 1, or D_EV, which compares two pictures."""
    show_drawing(discriminator_svg(config, compares=compares))


def discriminator_svg(config: DiscriminatorConfig, *, compares: bool) -> str:
    """A discriminator of level 1 as SVG text, with the shapes that a configuration gives."""
    layers = ImageEncoder(config, 64).layers
    widths = [layer.out_channels for layer in layers if isinstance(layer, nn.Conv2d)]
    sizes = [(64 >> n, width) for n, width in enumerate((3, *widths))]
    shapes = [f"{size}×{size}×{width}" for size, width in sizes]
    picture = "target, or synthesized"
    if compares:
        network = "D_EV"
        drawn = _encoder(62, shapes, picture, "f_EV") + _encoder(
            206, shapes, "neutral face", "f_EV, the same weights"
        )
        drawn += arrow([(370, 62), (414, 62), (414, 122)])
        drawn += arrow([(370, 206), (414, 206), (414, 146)])
        drawn += f'<circle cx="414" cy="134" r="12" {LINE}/>' + _text(414, 139, "−", 16)
        drawn += _text(444, 126, "F_EV", anchor="start") + _heads(426, widths[-1])
    else:
        network = "D_FV"
        drawn = _encoder(134, shapes, picture, "ImageEncoder") + _heads(370, widths[-1])
    said = (
        f"{network} at level 1: {' to '.join(shapes)}, then an unconditional head, "
        "and a conditional one that also sees the condition"
    )
    return drawing(drawn, 292, said)


def _encoder(y: int, shapes: Sequence[str], picture: str, name: str) -> str:
    """A picture and its halvings as squares that shrink, with their shapes below."""
    drawn = _text(8, y - 46, picture, anchor="start")
    drawn += _text(PLACES[2], y - 46, name, weight=600)
    for index, (x, side) in enumerate(zip(PLACES, SIDES, strict=True)):
        paint = PAINT if index else "currentColor"
        drawn += _rectangle(x, y, side, side, paint) + _text(x, y + 50, shapes[index])
    for (left, one), (right, two) in pairwise(zip(PLACES, SIDES, strict=True)):
        drawn += arrow([(left + one / 2, y), (right - two / 2, y)])
    return drawn


def _heads(start: int, width: int) -> str:
    """Both heads, behind features that come from the left at the height of 134."""
    features = f"4×4×{width}"
    drawn = arrow([(start, 134), (486, 134), (486, 48), (530, 48)])
    drawn += arrow([(486, 134), (486, 176)])
    drawn += _box(
        486, 212, 76, 72, "side by side", f"4×4×({width}", f"+ {FEATURES})", paint=""
    )
    drawn += _box(
        486, 274, 210, 28, "condition ŵ_N, 512, tiled to 4×4", paint=CONDITION
    )
    drawn += arrow([(486, 260), (486, 248)])
    drawn += _box(590, 48, 120, 46, "unconditional", "4×4 convolution")
    drawn += arrow([(650, 48), (674, 48)]) + _text(680, 44, "logit x:", anchor="start")
    drawn += _text(680, 59, "a true one?", anchor="start")
    drawn += _box(
        602, 212, 112, 72, "joint", "3×3 convolution", f"leaky ReLU, {features}"
    )
    drawn += arrow([(524, 212), (546, 212)]) + arrow(
        [(658, 212), (698, 212), (698, 160)]
    )
    drawn += _box(690, 137, 120, 46, "conditional", "4×4 convolution")
    return (
        drawn
        + arrow([(690, 114), (690, 102)])
        + _text(690, 95, "logit x: true, and fits?")
    )


def _box(
    x: int, y: int, width: int, height: int, *lines: str, paint: str = PAINT
) -> str:
    """A rectangle with lines in its middle, the first of them strong if there are several."""
    top = y + 4.5 - 7.5 * (len(lines) - 1)
    text = "".join(
        _text(
            x,
            top + 15 * n,
            line,
            12 if n == 0 else 11,
            400 if n or len(lines) < 2 else 600,
        )
        for n, line in enumerate(lines)
    )
    return _rectangle(x, y, width, height, paint or "currentColor") + text


def _rectangle(x: float, y: float, width: float, height: float, paint: str) -> str:
    fill = 0.04 if paint == "currentColor" else 0.14
    return (
        f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width}" height="{height}" '
        f'rx="6" fill="{paint}" fill-opacity="{fill}" stroke="{paint}" stroke-width="1.4"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    size: int = 12,
    weight: int = 400,
    anchor: str = "middle",
) -> str:
    """Text; what follows _ stands lower, up to a comma."""
    letter, _, rest = text.partition("_")
    low, comma, end = rest.partition(",")
    if low:
        text = (
            f'{letter}<tspan dy="3" font-size="{LOW}">{low}</tspan>'
            f'<tspan dy="-3">{comma}{end}\u200b</tspan>'
        )
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="currentColor" '
        f'font-size="{size}" font-weight="{weight}">{text}</text>'
    )
