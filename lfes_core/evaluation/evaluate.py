"""Everything at once: all questions to all rows, and the report."""

import io
import textwrap
from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from lfes_core.datasets import FaceDataset
from lfes_core.datasets.frames import subjects_of
from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.figures import figures
from lfes_core.evaluation.measure import REGION_SHARE, Features, Ruler
from lfes_core.evaluation.questions import Question, ask, has_regions, question_table
from lfes_core.evaluation.report import Report
from lfes_core.evaluation.rows import BLUR, BLURRED, ROWS, Gallery, Picture, model_rows, reference_rows
from lfes_core.metrics import MOVED_THRESHOLD, SSIM_SETTINGS
from lfes_core.synthesis import Synthesizer

WHY_NO_WORDS = (
    "direction, ICC, leakage, locality and attention need the true picture of each word and a map of where it moves "
    "the face; only ScanFaces has them, photographs do not"
)
"""Why columns are empty where `has_regions` says no."""

CASES = 3  # of each kind on a sheet
CASE_SIDE, GAP, TEXT, HEAD = 192, 8, 62, 34  # pixels
INK, PAPER = "#24292f", "#ffffff"


def evaluate(
    synthesizers: Sequence[tuple[str, Synthesizer]],
    dataset: FaceDataset,
    part: str = "validation",
    quick: bool = False,
    progress: bool = False,
    features: Features | None = None,
    keep_pictures: bool = False,
) -> Report:
    """Measure models, copy and the truth on the held-out people of a dataset.

    Args:
        synthesizers: name and weights of each model; of trainings that differ in their seed only a row has the mean.
        dataset: what needs a true picture for each word is left out where it has none.
        part: "validation" or "test": whose people are asked.
        quick: ask a part of the questions.
        progress: show a bar on standard error.
        features: VSE's vectors of pictures, for the Frechet distance; there is none when not given.
        keep_pictures: put the answers to the held-out pairs, and the true pictures, into the report as well.

    Raises:
        UserError: two models of one row are more than two seeds, or no held-out pair can be read.
    """
    gallery = Gallery(dataset)
    rows = [*model_rows(synthesizers, gallery), *reference_rows(gallery)]
    asked = ask(dataset, part, quick, gallery.can_show)
    if not asked:
        raise UserError(f"{dataset.tree.root}: no held-out pair can be read; look with check-data what is wrong")
    meter = IntensityMeter.load() if has_regions(dataset) else None
    if meter is None:  # it has learned rendered faces, and without a true picture nobody could check it
        rows = [row for row in rows if row.name != BLURRED]
    models = {row.name: [run.about for run in rows if run.name == row.name] for row in rows if row.about}
    pictures: dict[str, bytes] = {}
    tables = []
    total = sum(question.set in row.sets for row in rows for question in asked)
    with tqdm(total=total, desc="evaluation", disable=not progress, leave=False) as bar:
        ruler = Ruler(gallery, asked, meter, features, bar.update)
        for row in rows:
            bar.set_description(row.name)
            table, answers = ruler.measure(row)
            tables.append(table)
            if row.about and (sheet := f"pictures_{row.name}.png") not in pictures:  # of the first run
                pictures[sheet] = _png(picture_sheet(row.name, asked, answers, table, gallery))
            if keep_pictures and row.name in ROWS:
                folder = f"{row.name}_seed_{row.about['seed']}" if len(models.get(row.name, ())) > 1 else row.name
                for number, answer in answers.items():
                    pictures[f"pictures/{folder}/{number:04}.png"] = _png(Image.fromarray(answer))
    measurements, questions = pd.concat(tables, ignore_index=True), question_table(asked)
    counts = questions["set"].value_counts()
    about = {
        "data": dataset.kind,
        "part": part,
        "training_people": len(subjects_of(dataset, "train")),
        "people": questions.loc[questions["set"] == "held_out", "person"].unique().tolist(),
        "quick": quick,
        "pairs": int(counts["held_out"]),
        "singles": int(counts.get("single", 0)),
        "faces_held_out": len(ruler.held_out),
        "faces": len(ruler.faces),
        "why_no_words": None if meter else WHY_NO_WORDS,
        "estimator": {"blur": BLUR, "facts": dict(meter.facts)} if meter else None,
        "ssim": dict(SSIM_SETTINGS),
        "moved_threshold": MOVED_THRESHOLD,
        "region_share": REGION_SHARE,
        "torch": torch.__version__,
    }
    return Report(about, models, figures(measurements, questions), measurements, questions, pictures)


def choose_cases(values: pd.Series) -> dict[str, list[int]]:
    """Numbers of the best, the median and the worst values; where nothing is known (nan) a number is left out."""
    order = [int(n) for n in values.dropna().sort_values(ascending=False, kind="stable").index]
    middle = max(0, len(order) // 2 - min(CASES, len(order)) // 2)
    return {"best": order[:CASES], "median": order[middle : middle + CASES], "worst": order[-CASES:]}


def picture_sheet(
    row: str, asked: Sequence[Question], answers: Mapping[int, Picture], lines: pd.DataFrame, gallery: Gallery
) -> Image.Image:
    """Three columns of cases, chosen by SSIM in the moved region and not by hand: neutral, answer and true picture."""
    ssim, moved = (lines[lines["measure"] == name].set_index("question")["value"] for name in ("ssim", "ssim_moved"))
    chosen = choose_cases(moved)
    case_width = 3 * CASE_SIDE + 4 * GAP
    height = HEAD + max(map(len, chosen.values())) * (CASE_SIDE + TEXT + GAP)
    paper = Image.new("RGB", (len(chosen) * case_width, height), PAPER)
    draw = ImageDraw.Draw(paper)
    large, small = ImageFont.load_default(18), ImageFont.load_default(13)
    for column, (kind, numbers) in enumerate(chosen.items()):
        left = column * case_width + GAP
        draw.text((left, 8), f"{row}: {kind}   (neutral, answer, truth)", INK, large)
        for line, number in enumerate(numbers):
            question = asked[number]
            top = HEAD + line * (CASE_SIDE + TEXT + GAP)
            for at, picture in enumerate((gallery[question.neutral], answers[number], gallery.truth(question))):
                shown = Image.fromarray(picture).resize((CASE_SIDE, CASE_SIDE), Image.Resampling.LANCZOS)
                paper.paste(shown, (left + at * (CASE_SIDE + GAP), top))
            values = f"{question.person}: SSIM {ssim[number]:.2f}, in the moved region {moved[number]:.2f}"
            caption = "\n".join([*textwrap.wrap(question.sentence, 92)[:2], values])
            draw.multiline_text((left, top + CASE_SIDE + 4), caption, INK, small, spacing=3)
    return paper


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
