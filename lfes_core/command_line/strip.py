"""``synthesize --strip``: faces and their expressions side by side, as they stand on a slide."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from lfes_core.action_units import INTENSITY_LETTERS
from lfes_core.images import IMAGE_SIZE
from lfes_core.sentences import Description, describe, understand
from lfes_core.synthesis import Synthesizer

GAP, LINE = 8, 26
LEVELS = range(1, len(INTENSITY_LETTERS) + 1)


def strip(
    synthesizer: Synthesizer,
    faces: Sequence[Path],
    sentences: Sequence[str],
    where: Mapping[str, Any],
    seed: int | None,
) -> Image.Image:
    """A row for each face and sentence: neutral, then the sentence's Action Units all at A to E.

    Args:
        synthesizer: makes the faces.
        faces: pictures; errors as of `Synthesizer`.
        sentences: what they are to show; one without an Action Unit has one face instead of five.
        where: the faces are found (see `lfes_core.photographs.lay_on_frame`).
        seed: draws the condition.
    """
    rows = [(sentence, _row(synthesizer, face, sentence, where, seed)) for face in faces for sentence in sentences]
    columns = max(len(row) for _, row in rows)
    height = LINE + IMAGE_SIZE + GAP
    sheet = Image.new("RGB", (columns * (IMAGE_SIZE + GAP) - GAP, LINE + len(rows) * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for column, name in enumerate(("neutral", *INTENSITY_LETTERS)[:columns]):
        draw.text((column * (IMAGE_SIZE + GAP) + IMAGE_SIZE / 2, LINE / 2), name, "black", font, "mm")
    for number, (sentence, row) in enumerate(rows):
        top = LINE + number * height
        draw.text((0, top + LINE / 2), sentence, "black", font, "lm")
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (IMAGE_SIZE + GAP), top + LINE))
    return sheet


def _row(
    synthesizer: Synthesizer, face: Path, sentence: str, where: Mapping[str, Any], seed: int | None
) -> list[Image.Image]:
    said = understand(sentence, synthesizer.vocabulary.grammar).description
    levels = [{unit: level for unit in said.action_units} for level in LEVELS] if said.action_units else []
    spoken = [describe(Description(said.subject, said.emotion, units), "with", None) for units in levels] or [sentence]
    made = [synthesizer(face, words, seed=seed, **where) for words in spoken]
    return [Image.fromarray(made[0].neutral.crop), *(one.crop for one in made)]
