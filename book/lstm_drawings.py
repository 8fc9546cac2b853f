"""Drawings of an LSTM: one cell with its gates, and two rows of cells along a sentence."""

from collections.abc import Sequence

from figures import COLORS
from vector_drawing import arrow, drawing, italic, label, low, show_drawing

FORWARD, BACKWARD = COLORS["blue"], COLORS["vermilion"]
GATES = {
    "forget": ("f", "σ", COLORS["blue"], 190),
    "input": ("i", "σ", COLORS["green"], 318),
    "candidate": ("g", "tanh", COLORS["orange"], 446),
    "output": ("o", "σ", COLORS["purple"], 574),
}
"""Letter, function, color and place of the three gates and of the candidate."""

CELL = (
    "One LSTM cell. The memory c runs from left to right: it is multiplied by the forget gate f, then "
    "input gate times candidate, i times g, is added. h of the step before and the word x feed all "
    "four. At the end the tanh of the memory, multiplied by the output gate o, is the new h."
)
UNROLLED = (
    "A row of cells walks forward along the words, another walks back; each reads the word's embedding below "
    "it. Above each word stands its vector, half from either row. Bold are the two halves that have read "
    "everything: the forward half of the last word and the backward half of the first. A dashed frame is "
    "around the vector of the last word, the paper's w_N; its backward half has read the last word only."
)


def show_cell() -> None:
    """Show one cell in a notebook."""
    show_drawing(cell_svg())


def show_unrolled(words: Sequence[str]) -> None:
    """Show both directions along the words of a short sentence in a notebook."""
    show_drawing(unrolled_svg(words))


def cell_svg() -> str:
    """One LSTM cell as SVG text."""
    top, bottom, gates = 64, 268, 206
    drawn = _box(398, 165, 560, 256, "currentColor", fill=0.04)
    drawn += arrow([(24, top), (178, top)], 3.5) + arrow([(202, top), (370, top)], 3.5)
    drawn += arrow([(394, top), (736, top)], 3.5)
    drawn += arrow([(24, bottom), (574, bottom), (574, gates + 26)])
    drawn += arrow([(56, 318), (56, bottom)], head=False)
    for name, (letter, function, paint, x) in GATES.items():
        if name != "output":
            drawn += arrow([(x, bottom), (x, gates + 26)])
        drawn += _box(x, gates, 96, 50, paint)
        drawn += label(x, gates - 5, name, bold=True)
        drawn += label(x, gates + 14, f"{italic(letter)} = {function}( )")
    drawn += arrow([(190, 180), (190, top + 12)])
    drawn += arrow([(318, 180), (318, 128), (370, 128)])
    drawn += arrow([(446, 180), (446, 128), (394, 128)])
    drawn += arrow([(382, 116), (382, top + 12)])
    drawn += arrow([(630, top), (630, 89)]) + _box(630, 102, 54, 26, "currentColor")
    drawn += label(630, 106, "tanh") + arrow([(630, 115), (630, 144)])
    drawn += arrow([(574, 180), (574, 156), (618, 156)])
    drawn += arrow([(630, 168), (630, bottom), (736, bottom)])
    for x, y, sign in (
        (190, top, "×"),
        (382, 128, "×"),
        (382, top, "+"),
        (630, 156, "×"),
    ):
        drawn += _circle(x, y, sign)
    for x, y, text in (
        (24, top - 12, f"{italic('c')}{low('t−1')}  memory"),
        (736, top - 12, f"{italic('c')}{low('t')}"),
        (24, bottom - 12, f"{italic('h')}{low('t−1')}"),
        (736, bottom - 12, f"{italic('h')}{low('t')}"),
        (66, 316, f"{italic('x')}{low('t')}  the word’s embedding"),
    ):
        drawn += label(x, y, text, anchor="end" if x > 700 else "start")
    return drawing(drawn, 330, CELL)


def unrolled_svg(words: Sequence[str]) -> str:
    """Two rows of LSTM cells along some words as SVG text."""
    step = 640 / len(words)
    middles = [78 + step * (place + 0.5) for place in range(len(words))]
    forward, backward, vectors, embedded = 236, 164, 78, 306
    last = len(words) - 1
    drawn = ""
    for place, (word, x) in enumerate(zip(words, middles, strict=True)):
        number = low(str(place + 1))
        left, right = x - 19, x + 19
        if place < last:
            drawn += arrow([(left + 26, forward), (left + step - 26, forward)])
            drawn += arrow([(right + step - 26, backward), (right + 26, backward)])
        drawn += arrow([(left, embedded - 16), (left, forward + 17)], 1)
        drawn += arrow([(right, embedded - 16), (right, backward + 17)], 1)
        drawn += arrow([(left, forward - 17), (left, vectors + 20)], 1)
        drawn += arrow([(right, backward - 17), (right, vectors + 20)], 1)
        for at, y, paint, letter in (
            (left, forward, FORWARD, "→"),
            (right, backward, BACKWARD, "←"),
        ):
            drawn += _box(at, y, 52, 34, paint) + label(at, y + 5, letter, bold=True)
        drawn += _box(left, vectors, 38, 38, FORWARD, bold=place == last, square=True)
        drawn += _box(right, vectors, 38, 38, BACKWARD, bold=place == 0, square=True)
        drawn += label(x, vectors - 28, f"{italic('w')}{number}")
        drawn += _box(x, embedded, 76, 32, "currentColor", fill=0.04)
        drawn += label(x, embedded + 5, f"{italic('x')}{number}")
        drawn += label(x, embedded + 38, word, bold=True)
    drawn += (
        f'<rect x="{middles[-1] - 47:g}" y="36" width="94" height="76" rx="7" fill="none" '
        'stroke="currentColor" stroke-width="1.6" stroke-dasharray="5 4"/>'
    )
    drawn += label(
        middles[-1] + 47,
        24,
        "the paper’s w_N".replace("w_N", f"{italic('w')}{low('N')}"),
        anchor="end",
    )
    drawn += label(
        middles[0] - 47,
        24,
        "bold: the two halves that have read all words",
        anchor="start",
    )
    for y, first, second in (
        (forward, "walks", "forward"),
        (backward, "walks", "back"),
        (vectors, "2 × 256", "numbers"),
        (embedded, "embed-", "ding"),
    ):
        drawn += label(6, y - 3, first, anchor="start") + label(
            6, y + 12, second, anchor="start"
        )
    return drawing(drawn, 356, UNROLLED)


def _box(
    x: float,
    y: float,
    width: float,
    height: float,
    paint: str,
    *,
    fill: float = 0.14,
    bold: bool = False,
    square: bool = False,
) -> str:
    return (
        f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}" '
        f'rx="{0 if square else 7}" fill="{paint}" fill-opacity="{0.45 if bold else fill}" '
        f'stroke="{paint}" stroke-width="{3.2 if bold else 1.2}"/>'
    )


def _circle(x: float, y: float, sign: str) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="12" fill="currentColor" fill-opacity="0.08" stroke="currentColor" '
        f'stroke-width="1.2"/>{label(x, y + 6, sign, bold=True, size=17)}'
    )
