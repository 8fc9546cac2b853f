"""Everything at once: all questions to all rows, and the report."""

import io
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import torch
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from lfes_core.datasets import FaceDataset
from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.figures import DRAWS, SEED, figures
from lfes_core.evaluation.measure import REGION_SHARE, Features, Ruler
from lfes_core.evaluation.questions import Question, ask, has_regions, question_table
from lfes_core.evaluation.report import Report
from lfes_core.evaluation.rows import (
    BLUR,
    ROWS,
    Gallery,
    Picture,
    about_weights,
    check_seeds,
    copy_row,
    model_row,
    truth_row,
)
from lfes_core.metrics import MOVED_THRESHOLD, SSIM_SETTINGS
from lfes_core.synthesis import Synthesizer

WHY_NO_WORDS = (
    "direction, ICC, leakage, locality and attention need the true picture of each word and a map of where it moves "
    "the face; only ScanFaces has them, photographs do not"
)
"""Why columns are empty where `lfes_core.evaluation.questions.has_regions` says no."""

CASES = 3
"""Pictures of each kind on a sheet."""
CASE_SIDE, GAP, TEXT, HEAD = 192, 8, 62, 34
INK, PAPER = "#24292f", "#ffffff"


def evaluate(
    synthesizers: Sequence[tuple[str, Synthesizer]],
    dataset: FaceDataset,
    quick: bool = False,
    progress: bool = False,
    meter: IntensityMeter | None = None,
    features: Features | None = None,
    keep_pictures: bool = False,
) -> Report:
    """Measure models, copy and the truth on the held-out people of a dataset.

    Args:
        synthesizers: name and weights of each model; their configurations say to which rows they belong. Several
            of one row must be trainings that differ in their seed only; the row then holds their mean.
        dataset: its test part is asked. What needs a true picture for each word is left out where it has none.
        quick: ask a part of the questions.
        progress: show a bar on standard error.
        meter: measures Action Units; the one that comes with the package when not given.
        features: VSE's vectors of pictures, for the Frechet distance; there is none when not given.
        keep_pictures: put the answers to the held-out pairs, and the true pictures, into the report as well.

    Raises:
        UserError: two models of one row are more than two seeds, no held-out pair can be read, or the estimator is
            missing.
    """
    gallery = Gallery(dataset)
    models = [model_row(synthesizer, gallery, name) for name, synthesizer in synthesizers]
    by_row = {name: [one for one in models if one.name == name] for name in ROWS}
    for runs in by_row.values():
        check_seeds(runs)
    asked = ask(dataset, quick, gallery.can_show)
    if not asked:
        raise UserError(
            f"{dataset.tree.root}: no held-out pair can be read; look with check-data what is wrong"
        )
    rows = [*(run for runs in by_row.values() for run in runs), copy_row(gallery), truth_row(gallery)]
    if not has_regions(dataset):
        meter = None  # it has learned rendered faces, and without a true picture nobody could check it
    else:
        meter = meter or IntensityMeter.load()
        rows.append(truth_row(gallery, BLUR))
    pictures: dict[str, bytes] = {}
    tables = []
    total = sum(question.set in row.sets for row in rows for question in asked)
    with tqdm(total=total, desc="evaluation", disable=not progress, leave=False) as bar:

        def watched(numbers: Iterable[int]) -> Iterator[int]:
            for number in numbers:
                yield number
                bar.update()

        ruler = Ruler(dataset, gallery, asked, meter, features, watched)
        for row in rows:
            bar.set_description(row.name)
            table, answers = ruler.measure(row)
            tables.append(table)
            runs = by_row.get(row.name, [])
            if runs and row is runs[0]:
                pictures[f"pictures_{row.name}.png"] = _png(
                    picture_sheet(row.name, asked, answers, table, gallery)
                )
            if keep_pictures and row.name in ROWS:
                folder = row.name if len(runs) < 2 else f"{row.name}_seed_{row.config.seed}"
                for number, answer in answers.items():
                    pictures[f"pictures/{folder}/{number:04}.png"] = _png(Image.fromarray(answer))
    measurements, questions = pd.concat(tables, ignore_index=True), question_table(asked)
    return Report(
        about=_about(dataset, asked, quick, ruler, meter),
        models={name: [about_weights(run) for run in runs] for name, runs in by_row.items() if runs},
        figures=figures(measurements, questions),
        measurements=measurements,
        questions=questions,
        pictures=pictures,
    )


def _about(
    dataset: FaceDataset, asked: Sequence[Question], quick: bool, ruler: Ruler, meter: IntensityMeter | None
) -> dict[str, Any]:
    held_out = [question for question in asked if question.set == "held_out"]
    counts = Counter(question.set for question in asked)
    compared = Counter(question.set for question in asked if question.other is not None)
    return {
        "data": dataset.kind,
        "training_people": len(dataset.subjects) - len(dataset.test_subjects),
        "people": list(dict.fromkeys(question.subject for question in held_out)),
        "quick": quick,
        "pairs": len(held_out),
        "singles": counts["single"],
        "phrases_removed": compared["removed"],
        "phrases_added": compared["added"],
        "paraphrases": counts["reworded"],
        "unseen_combinations": sum(question.unseen for question in held_out),
        "faces_held_out": len(ruler.held_out),
        "faces": len(ruler.faces),
        "why_no_words": None if has_regions(dataset) else WHY_NO_WORDS,
        "estimator": None if meter is None else {"blur": BLUR, "facts": dict(meter.facts)},
        "ssim": dict(SSIM_SETTINGS),
        "moved_threshold": MOVED_THRESHOLD,
        "region_share": REGION_SHARE,
        "bootstrap_draws": DRAWS,
        "bootstrap_seed": SEED,
        "torch": torch.__version__,
    }


def choose_cases(values: pd.Series) -> dict[str, list[int]]:
    """Numbers of the best, the median and the worst values; where nothing is known (nan) a number is left out."""
    order = [int(n) for n in values.dropna().sort_values(ascending=False, kind="stable").index]
    count = min(CASES, len(order))
    middle = max(0, len(order) // 2 - count // 2)
    return {
        "best": order[:count],
        "median": order[middle : middle + count],
        "worst": order[len(order) - count :],
    }


def picture_sheet(
    row: str,
    asked: Sequence[Question],
    answers: Mapping[int, Picture],
    lines: pd.DataFrame,
    gallery: Gallery,
) -> Image.Image:
    """Three columns of cases, chosen by SSIM in the moved region and not by hand: neutral, answer and true picture."""
    table = lines[lines["set"] == "held_out"].set_index("question")
    ssim, moved = (table.loc[table["measure"] == name, "value"] for name in ("ssim", "ssim_moved"))
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
            assert question.truth is not None
            top = HEAD + line * (CASE_SIDE + TEXT + GAP)
            three = (gallery[question.neutral], answers[number], gallery[question.truth])
            for at, picture in enumerate(three):
                shown = Image.fromarray(picture).resize((CASE_SIDE, CASE_SIDE), Image.Resampling.LANCZOS)
                paper.paste(shown, (left + at * (CASE_SIDE + GAP), top))
            caption = textwrap.wrap(question.sentence, 92)[:2]
            caption.append(
                f"{question.subject}: SSIM {ssim[number]:.2f}, in the moved region {moved[number]:.2f}"
            )
            draw.multiline_text((left, top + CASE_SIDE + 4), "\n".join(caption), INK, small, spacing=3)
    return paper


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
