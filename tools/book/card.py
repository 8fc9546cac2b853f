"""Draw the picture with which the book is shown where somebody shares its address: ``book/_static/card.png``.

``python -m tools.book.card``. Above, neutral faces of validation people; below, what the default weights make of a
sentence about each. Which sentences they are depends on the data alone, as in ``tools.book.face_sheets``.
"""

import textwrap
from pathlib import Path

from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from lfes_core import describe
from lfes_core.datasets import ScanFaces
from lfes_core.synthesis import Synthesizer
from tools.book.face_sheets import STATIC, clearest_targets
from tools.book.launch import CARD

SIZE = (1200, 630)
"""What is asked for in Open Graph's large pictures."""
FACE, LEFT, TOP = 212, 330, 44
PAPER, INK, ACCENT = "#fbfbf9", "#16202a", "#005a8e"
COLORS = 256
"""Of the file: it stays below 200 kB."""


def card(faces: ScanFaces, synthesizer: Synthesizer, people: int = 4) -> Image.Image:
    """Title at the left; neutral faces and what the synthesizer makes of their sentences at the right."""
    picture = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    for number, (subject, target) in enumerate(clearest_targets(faces, people)):
        sentence = describe(target.description, "with", seed=number)
        neutral = Image.fromarray(faces.face(faces.neutral(subject)))
        at = LEFT + number * (FACE + 4)
        picture.paste(neutral.resize((FACE, FACE), Image.Resampling.LANCZOS), (at, TOP))
        made = synthesizer(neutral, sentence).image
        picture.paste(made.resize((FACE, FACE), Image.Resampling.LANCZOS), (at, TOP + FACE + 4))
        draw.multiline_text((at, TOP + 2 * FACE + 14), textwrap.fill(sentence, 24), INK, _font(15))
    draw.multiline_text((36, TOP - 6), "Faces\nfrom\nsentences", INK, _font(44, bold=True), spacing=10)
    told = "A neutral face and a sentence in,\nthe same person with that\nexpression out. Every chapter runs."
    draw.multiline_text((36, TOP + FACE + 20), told, ACCENT, _font(16), spacing=8)
    return picture.quantize(COLORS, kmeans=2)


def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font that comes with matplotlib, the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / name, size)


if __name__ == "__main__":
    card(ScanFaces(), Synthesizer.load()).save(STATIC.parent / CARD, optimize=True)
