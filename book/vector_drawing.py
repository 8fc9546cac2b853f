"""Strokes of the book's drawings: SVG text in the look of `architecture`, for light and dark pages."""

from collections.abc import Sequence

from architecture import LOW, STYLE

from IPython.display import HTML, display

Point = tuple[float, float]


def show_drawing(svg: str) -> None:
    """Show a drawing in a notebook; on a phone it keeps its size and scrolls."""
    display(HTML(f'<div style="overflow-x:auto">{svg}</div>'))


def drawing(drawn: str, height: int, description: str) -> str:
    """A whole drawing, 760 units wide; the description is for those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img" '
        f'aria-label="{description}" style="{STYLE}">{drawn}</svg>'
    )


def arrow(corners: Sequence[Point], width: float = 1.4, *, head: bool = True) -> str:
    """A line through corners, all of them level or upright, with a head at its end."""
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


def label(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "middle",
    bold: bool = False,
    size: int = 13,
) -> str:
    """A line of text; its letters may be `italic` or `low`."""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="currentColor" font-size="{size}"'
        f' font-weight="{600 if bold else 400}">{words}</text>'
    )


def italic(letter: str) -> str:
    """A symbol."""
    return f'<tspan font-style="italic">{letter}</tspan>'


def low(words: str) -> str:
    """An index."""
    return (
        f'<tspan dy="4" font-size="{LOW}">{words}</tspan><tspan dy="-4">\u200b</tspan>'
    )
