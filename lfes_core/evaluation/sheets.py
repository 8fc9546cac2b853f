"""Sheets of pictures: the best, the median and the worst cases of a row, chosen by number and not by hand."""

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lfes_core.evaluation.questions import Question
from lfes_core.evaluation.row_figures import RowResult
from lfes_core.evaluation.rows import Gallery

CASES = 3
"""Pictures of each kind."""

SIDE, GAP, TEXT, HEAD = 192, 8, 62, 34
INK, PAPER = "#24292f", "#ffffff"


def choose_cases(values: Sequence[float]) -> dict[str, list[int]]:
    """Places of the best, the median and the worst values; where nothing is known (nan) a place is left out."""
    order = sorted(
        (place for place, value in enumerate(values) if not np.isnan(value)), key=lambda p: -values[p]
    )
    count = min(CASES, len(order))
    middle = max(0, len(order) // 2 - count // 2)
    return {
        "best": order[:count],
        "median": order[middle : middle + count],
        "worst": order[len(order) - count :],
    }


def picture_sheet(
    row: str, questions: Sequence[Question], result: RowResult, gallery: Gallery
) -> Image.Image:
    """Three columns of cases by SSIM in the moved region; each case shows neutral, answer and true picture."""
    chosen = choose_cases([one.ssim_moved for one in result.closeness])
    rows = max(map(len, chosen.values()))
    case_width = 3 * SIDE + 4 * GAP
    paper = Image.new("RGB", (len(chosen) * case_width, HEAD + rows * (SIDE + TEXT + GAP)), PAPER)
    draw = ImageDraw.Draw(paper)
    large, small = ImageFont.load_default(18), ImageFont.load_default(13)
    for column, (kind, places) in enumerate(chosen.items()):
        left = column * case_width + GAP
        draw.text((left, 8), f"{row}: {kind}   (neutral, answer, truth)", INK, large)
        for line, place in enumerate(places):
            question, one = questions[place], result.closeness[place]
            assert question.truth is not None
            top = HEAD + line * (SIDE + TEXT + GAP)
            three = (gallery[question.neutral], result.pictures[place], gallery[question.truth])
            for at, picture in enumerate(three):
                small_picture = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
                paper.paste(small_picture, (left + at * (SIDE + GAP), top))
            caption = textwrap.wrap(question.sentence, 92)[:2]
            caption.append(
                f"{question.subject}: SSIM {one.ssim:.2f}, in the moved region {one.ssim_moved:.2f}"
            )
            draw.multiline_text((left, top + SIDE + 4), "\n".join(caption), INK, small, spacing=3)
    return paper
