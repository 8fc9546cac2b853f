"""Everything at once: all questions to all rows, and the report."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFilter
from tqdm import tqdm

from lfes_core.datasets import FaceDataset
from lfes_core.errors import UserError
from lfes_core.evaluation import bootstrap, locality
from lfes_core.evaluation.agreement import accuracy
from lfes_core.evaluation.asked import WHY_NO_WORDS, Asked, ask, has_regions
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.frechet import DistanceToTruth, Features
from lfes_core.evaluation.published import Published
from lfes_core.evaluation.questions import UNITS, Question
from lfes_core.evaluation.report import Report
from lfes_core.evaluation.row_figures import Ruler, evaluate_row
from lfes_core.evaluation.rows import NO_WORD_LOOKS, ROWS, Copy, Gallery, Model, Row, Truth
from lfes_core.evaluation.seeds import over_seeds
from lfes_core.evaluation.sheets import picture_sheet
from lfes_core.evaluation.trained import about_row, check_seeds
from lfes_core.evaluation.word_control import named_levels
from lfes_core.metrics import MOVED_THRESHOLD, SSIM_SETTINGS
from lfes_core.synthesis import Synthesizer

BLUR = 2.0
"""Width, in pixels, of the blur under which the estimator is tried as well: synthesized pictures are soft."""


def evaluate(
    synthesizers: Sequence[tuple[str, Synthesizer]],
    dataset: FaceDataset,
    quick: bool = False,
    progress: bool = False,
    meter: IntensityMeter | None = None,
    features: Features | None = None,
    published: Published | None = None,
) -> tuple[Report, dict[str, bytes]]:
    """Measure models, copy and the truth on the held-out people of a dataset.

    Args:
        synthesizers: name and weights of each model; their configurations say to which rows they belong. Several
            of one row must be trainings that differ in their seed only; the row then holds their mean.
        dataset: its test part is asked. What needs a true picture for each word is None where it has none.
        quick: ask a part of the questions.
        progress: show a bar on standard error.
        meter: measures Action Units; the one that comes with the package when not given.
        features: VSE's vectors of pictures, for the Frechet distance; there is none when not given.
        published: FID and LPIPS, where this machine has them; not even mentioned when not given.

    Returns:
        The report, and its picture sheets as PNG files by name.

    Raises:
        UserError: two models of one row are more than two seeds, or the estimator is missing.
    """
    gallery = Gallery(dataset)
    models = _by_row([Model(synthesizer, gallery, name) for name, synthesizer in synthesizers])
    if not has_regions(dataset):
        meter = None  # it has learned rendered faces, and without a true picture nobody could check it
    elif meter is None:
        meter = IntensityMeter.load()
    asked = _readable(ask(dataset, quick), gallery)
    rows: dict[str, Sequence[Row]] = {**models, "copy": [Copy(gallery)], "truth": [Truth(gallery)]}
    drawings = sum(
        asked.drawings(attention=name not in NO_WORD_LOOKS) * len(runs) for name, runs in models.items()
    )
    readings = sum(map(len, rows.values())) * len(asked.held_out)
    bar = tqdm(total=drawings + readings, desc="evaluation", disable=not progress, leave=False)

    def watched(questions: Iterable[Question]) -> Iterable[Question]:
        for question in questions:
            yield question
            bar.update()

    with bar:
        true = [gallery[question.truth] for question in asked.held_out if question.truth is not None]
        distance = None if features is None else DistanceToTruth(features, true)
        ruler = Ruler(dataset, gallery, meter, watched, distance, published)
        about_models = {name: about_row(models[name]) for name in ROWS if name in models}
        results, sheets = {}, {}
        for name in sorted(rows, key=ROWS.index):
            bar.set_description(name)
            found = [evaluate_row(row, asked, ruler) for row in rows[name]]
            if name in models:
                sheets[f"pictures_{name}.png"] = _png(picture_sheet(name, asked.held_out, found[0], gallery))
            results[name] = over_seeds(found, about_models[name]["runs"] if name in models else [])
        report = Report(
            about=_about(dataset, asked, quick, published),
            estimator=None if meter is None else check_meter(meter, asked.held_out, gallery),
            models=about_models,
            rows=results,
            questions=asked.held_out,
        )
    return report, sheets


def _readable(asked: Asked, gallery: Gallery) -> Asked:
    """The questions whose pictures can be read; a damaged photograph is no reason to measure nothing."""
    held_out = [
        question
        for question in asked.held_out
        if gallery.can_show(question.neutral)
        and question.truth is not None
        and gallery.can_show(question.truth)
    ]
    if not held_out:
        raise UserError(f"{gallery.dataset.tree.root}: no held-out pair can be read")
    # ScanFaces asks by place in the list, and none of its pictures is damaged.
    return asked if len(held_out) == len(asked.held_out) else replace(asked, held_out=held_out)


def check_meter(meter: IntensityMeter, questions: Sequence[Question], gallery: Gallery) -> dict[str, object]:
    """The estimator's own accuracy on the true pictures of the held-out people, as they are and blurred."""
    pictures = np.stack([gallery[q.truth] for q in questions if q.truth is not None])
    neutrals = np.stack([gallery[q.neutral] for q in questions])
    blur = ImageFilter.GaussianBlur(BLUR)
    blurred = np.stack([np.asarray(Image.fromarray(picture).filter(blur)) for picture in pictures])
    columns = [meter.units.index(unit) for unit in UNITS if unit in meter.units]
    named = named_levels(questions, meter.units)[:, columns]
    sharp, soft = (
        accuracy(named, meter.measure(shown, neutrals)[:, columns], [meter.units[c] for c in columns])
        for shown in (pictures, blurred)
    )
    return {
        "by_unit": sharp,
        "by_unit_blurred": soft,
        "blur": BLUR,
        "mean_icc": _mean_of(sharp, "icc"),
        "mean_icc_blurred": _mean_of(soft, "icc"),
        "mean_mae": _mean_of(sharp, "mae"),
        "n": len(questions),
        "facts": dict(meter.facts),
    }


def _mean_of(by_unit: Mapping[str, Mapping[str, Any]], name: str) -> float:
    return round(float(np.nanmean([found[name] for found in by_unit.values()])), 4)


def _by_row(models: Sequence[Model]) -> dict[str, list[Model]]:
    """The models by row, those of one row in the order in which they were named."""
    rows: dict[str, list[Model]] = {}
    for model in models:
        rows.setdefault(model.name, []).append(model)
    for runs in rows.values():
        check_seeds(runs)
    return rows


def _about(dataset: FaceDataset, asked: Asked, quick: bool, published: Published | None) -> dict[str, object]:
    return {
        "data": dataset.kind,
        "training_people": len(dataset.subjects) - len(dataset.test_subjects),
        "people": list(dict.fromkeys(question.subject for question in asked.held_out)),
        "quick": quick,
        "pairs": len(asked.held_out),
        "singles": len(asked.adverbs[0]),
        "exchanges": len(asked.adverbs[1]),
        "phrases_removed": len(asked.removed[1]),
        "phrases_added": len(asked.added[1]),
        "paraphrases": len(asked.reworded),
        "unseen_combinations": len(asked.unseen),
        "why_no_words": None if has_regions(dataset) else WHY_NO_WORDS,
        "ssim": dict(SSIM_SETTINGS),
        "moved_threshold": MOVED_THRESHOLD,
        "region_share": locality.REGION_SHARE,
        "bootstrap_draws": bootstrap.DRAWS,
        "bootstrap_seed": bootstrap.SEED,
        "published": {} if published is None else published.about(),
        "torch": torch.__version__,
    }


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
