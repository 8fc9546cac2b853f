"""What each word of a sentence is for: how much, what happened, and where, drawn under the sentence."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from figures import COLORS
from lfes_core.action_units import ACTION_UNITS, INTENSITY_ADVERBS, INTENSITY_LETTERS
from lfes_core.sentences import PROTOCOLS, Description, describe

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

#: Kinds of words: color and line below them, so that neither is needed alone.
KINDS = {
    "how much": ("green", ":"),
    "what happened": ("vermilion", "--"),
    "where": ("blue", "-"),
}

#: In points: from line to line, from sentence to sentence, size of the words; then the figure, in inches.
LINE, GAP, SIZE = 42, 44, 12.5
WIDTH, HEIGHT = 7.0, 5.0


class Piece(NamedTuple):
    """Words that belong together: their text, their kind (empty for grammar), a code below them."""

    text: str
    kind: str = ""
    code: str = ""


def pieces(sentence: str, face: Description) -> Iterator[Piece]:
    """Split a sentence of the protocols about a face, no two of whose Action Units share a noun."""
    known: dict[str, tuple[str, str]] = {}
    for number, level in face.action_units.items():
        unit = ACTION_UNITS[number]
        letter = "" if level is None else f" {INTENSITY_LETTERS[level - 1]}"
        known[unit.noun] = ("where", f"AU {number}{letter}")
        for participle in unit.participles:
            known[participle] = known[participle.replace(" ", "-")] = (
                "what happened",
                "",
            )
        for adverb in () if level is None else INTENSITY_ADVERBS[level]:
            known[adverb] = ("how much", "")
    words = sentence.split()
    while words:
        for count in (2, 1):
            text = " ".join(words[:count])
            kind, code = known.get(text.rstrip(",."), ("", ""))
            if kind or count == 1:
                yield Piece(text, kind, code)
                del words[:count]
                break


def show_anatomy(face: Description, seed: int) -> None:
    """The sentences of the three protocols about one face, each word underlined by what it is for."""
    figure = plt.figure(figsize=(WIDTH, HEIGHT), layout="none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.axis("off")
    axis.set(xlim=(0, 72 * WIDTH), ylim=(72 * HEIGHT, 0))
    down = 18.0
    for protocol in PROTOCOLS:
        _ = axis.text(0, down, protocol, fontsize=10, fontweight="bold", va="baseline")
        down = _draw(axis, pieces(describe(face, protocol, seed), face), down + 22)
        down += GAP
    left = 0.0
    for kind, (color, line) in KINDS.items():
        _ = axis.plot([left, left + 26], [down, down], line, color=COLORS[color])
        _ = axis.text(left + 32, down, kind, fontsize=10, va="center")
        left += 32 + _width(kind, 10) + 24
    plt.show()


def _draw(axis: Axes, parts: Iterable[Piece], down: float) -> float:
    """Write the pieces in lines; where the last line stands."""
    right = 0.0
    for text, kind, code in parts:
        if right + _width(text, SIZE) > 72 * WIDTH:
            right, down = 0.0, down + LINE
        _ = axis.text(right, down, text, fontsize=SIZE, va="baseline")
        end = right + _width(text, SIZE)
        if kind:
            (color, line), sign = KINDS[kind], text[-1] in ",."
            ends = [right, end - _width(",", SIZE) * sign]
            _ = axis.plot(
                ends, [down + 5] * 2, line, color=COLORS[color], linewidth=2.4
            )
        if code:
            _ = axis.text(right, down + 18, code, fontsize=9.5)
        right = end + _width(" ", SIZE)
    return down


def _width(text: str, size: float) -> float:
    """How wide a text is, in points."""
    font = FontProperties(size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])
