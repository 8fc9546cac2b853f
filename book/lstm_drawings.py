"""Drawings of an LSTM: one cell with its gates, and two rows of cells along a sentence."""

from collections.abc import Sequence

from architecture import STYLE
from figures import COLORS

from IPython.display import HTML, display

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
    _show(cell_svg())


def show_unrolled(words: Sequence[str]) -> None:
    """Show both directions along the words of a short sentence in a notebook."""
    _show(unrolled_svg(words))


def cell_svg() -> str:
    """One LSTM cell as SVG text."""
    top, bottom, gates = 64, 268, 206
    drawn = _box(398, 165, 560, 256, "currentColor", fill=0.04)
    drawn += _arrow([(24, top), (178, top)], 3.5) + _arrow(
        [(202, top), (370, top)], 3.5
    )
    drawn += _arrow([(394, top), (736, top)], 3.5)
    drawn += _arrow([(24, bottom), (574, bottom), (574, gates + 26)])
    drawn += _arrow([(56, 318), (56, bottom)], head=False)
    for name, (letter, function, paint, x) in GATES.items():
        if name != "output":
            drawn += _arrow([(x, bottom), (x, gates + 26)])
        drawn += _box(x, gates, 96, 50, paint)
        drawn += _text(x, gates - 5, name, bold=True)
        drawn += _text(x, gates + 14, f"{_italic(letter)} = {function}( )")
    drawn += _arrow([(190, 180), (190, top + 12)])
    drawn += _arrow([(318, 180), (318, 128), (370, 128)])
    drawn += _arrow([(446, 180), (446, 128), (394, 128)])
    drawn += _arrow([(382, 116), (382, top + 12)])
    drawn += _arrow([(630, top), (630, 89)]) + _box(630, 102, 54, 26, "currentColor")
    drawn += _text(630, 106, "tanh") + _arrow([(630, 115), (630, 144)])
    drawn += _arrow([(574, 180), (574, 156), (618, 156)])
    drawn += _arrow([(630, 168), (630, bottom), (736, bottom)])
    for x, y, sign in (
        (190, top, "×"),
        (382, 128, "×"),
        (382, top, "+"),
        (630, 156, "×"),
    ):
        drawn += _circle(x, y, sign)
    for x, y, text in (
        (24, top - 12, f"{_italic('c')}{_low('t−1')}  memory"),
        (736, top - 12, f"{_italic('c')}{_low('t')}"),
        (24, bottom - 12, f"{_italic('h')}{_low('t−1')}"),
        (736, bottom - 12, f"{_italic('h')}{_low('t')}"),
        (66, 316, f"{_italic('x')}{_low('t')}  the word’s embedding"),
    ):
        drawn += _text(x, y, text, anchor="end" if x > 700 else "start")
    return _svg(drawn, 330, CELL)


def unrolled_svg(words: Sequence[str]) -> str:
    """Two rows of LSTM cells along some words as SVG text."""
    step = 640 / len(words)
    middles = [78 + step * (place + 0.5) for place in range(len(words))]
    forward, backward, vectors, embedded = 236, 164, 78, 306
    last = len(words) - 1
    drawn = ""
    for place, (word, x) in enumerate(zip(words, middles, strict=True)):
        number = _low(str(place + 1))
        left, right = x - 19, x + 19
        if place < last:
            drawn += _arrow([(left + 26, forward), (left + step - 26, forward)])
            drawn += _arrow([(right + step - 26, backward), (right + 26, backward)])
        drawn += _arrow([(left, embedded - 16), (left, forward + 17)], 1)
        drawn += _arrow([(right, embedded - 16), (right, backward + 17)], 1)
        drawn += _arrow([(left, forward - 17), (left, vectors + 20)], 1)
        drawn += _arrow([(right, backward - 17), (right, vectors + 20)], 1)
        for at, y, paint, letter in (
            (left, forward, FORWARD, "→"),
            (right, backward, BACKWARD, "←"),
        ):
            drawn += _box(at, y, 52, 34, paint) + _text(at, y + 5, letter, bold=True)
        drawn += _box(left, vectors, 38, 38, FORWARD, bold=place == last, square=True)
        drawn += _box(right, vectors, 38, 38, BACKWARD, bold=place == 0, square=True)
        drawn += _text(x, vectors - 28, f"{_italic('w')}{number}")
        drawn += _box(x, embedded, 76, 32, "currentColor", fill=0.04)
        drawn += _text(x, embedded + 5, f"{_italic('x')}{number}")
        drawn += _text(x, embedded + 38, word, bold=True)
    drawn += (
        f'<rect x="{middles[-1] - 47:g}" y="36" width="94" height="76" rx="7" fill="none" '
        'stroke="currentColor" stroke-width="1.6" stroke-dasharray="5 4"/>'
    )
    drawn += _text(
        middles[-1] + 47,
        24,
        "the paper’s w_N".replace("w_N", f"{_italic('w')}{_low('N')}"),
        anchor="end",
    )
    drawn += _text(
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
        drawn += _text(6, y - 3, first, anchor="start") + _text(
            6, y + 12, second, anchor="start"
        )
    return _svg(drawn, 356, UNROLLED)


def _show(svg: str) -> None:
    display(HTML(f'<div style="overflow-x:auto">{svg}</div>'))


def _svg(drawn: str, height: int, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img" '
        f'aria-label="{description}" style="{STYLE}">{drawn}</svg>'
    )


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
        f'stroke-width="1.2"/>{_text(x, y + 6, sign, bold=True, size=17)}'
    )


def _arrow(
    corners: list[tuple[float, float]], width: float = 1.4, *, head: bool = True
) -> str:
    (x0, y0), (x, y) = corners[-2:]
    dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
    shaft = [*corners[:-1], (x - 7 * dx, y - 7 * dy) if head else (x, y)]
    way = "L".join(f"{a:g},{b:g}" for a, b in shaft)
    drawn = (
        f'<path d="M{way}" fill="none" stroke="currentColor" stroke-width="{width}"/>'
    )
    if head:
        a, b = x - 9 * dx, y - 9 * dy
        tip = f"M{x:g},{y:g}L{a + 4.5 * dy:g},{b + 4.5 * dx:g}L{a - 4.5 * dy:g},{b - 4.5 * dx:g}Z"
        drawn += f'<path d="{tip}" fill="currentColor"/>'
    return drawn


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    bold: bool = False,
    size: int = 13,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="currentColor" font-size="{size}"'
        f' font-weight="{600 if bold else 400}">{text}</text>'
    )


def _italic(letter: str) -> str:
    return f'<tspan font-style="italic">{letter}</tspan>'


def _low(text: str) -> str:
    return f'<tspan dy="4" font-size="10">{text}</tspan><tspan dy="-4">\u200b</tspan>'
