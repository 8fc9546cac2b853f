"""The whole evaluation with an untrained model: every row, every file, and what photographs cannot tell."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.config import preset
from lfes_core.datasets import ScanFaces
from lfes_core.errors import UserError
from lfes_core.evaluation import asked as asking
from lfes_core.evaluation import evaluate as module
from lfes_core.evaluation.estimator import IntensityEstimator, IntensityMeter
from lfes_core.evaluation.evaluate import evaluate
from lfes_core.evaluation.questions import held_out_pairs
from lfes_core.evaluation.row_figures import FIGURES
from lfes_core.evaluation.rows import ROWS, Gallery, Truth, row_of
from lfes_core.evaluation.sheets import choose_cases
from lfes_core.metrics import compare
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from tests.training.faces import drawn_faces


@pytest.fixture(scope="module")
def synthesizer():
    torch.manual_seed(0)
    return Synthesizer(preset("tiny"), Vocabulary())


@pytest.fixture(scope="module")
def report(synthesizer):
    """ScanFaces with a handful of questions of two people."""
    faces = ScanFaces()
    real = asking.ask(faces, quick=True)
    two = faces.test_subjects[:2]

    def few(questions, count):
        return [q for person in two for q in [q for q in questions if q.subject == person][:count]]

    held_out = [q for person in two for q in [q for q in real.held_out if q.subject == person][-2:]]
    singles = few(real.adverbs[0], 6)
    several = [place for place, question in enumerate(held_out) if len(question.named) > 1]
    assert several
    handful = replace(
        real,
        held_out=held_out,
        adverbs=(singles, asking.adverb_exchanges(singles)),
        removed=asking.removed_phrases(held_out[:1]),
        added=asking.added_phrases(singles),
        several=several,
        reworded=asking.paraphrases([held_out[place] for place in several]),
        unseen=several,
    )
    torch.manual_seed(0)
    meter = IntensityMeter(IntensityEstimator(tuple(sorted({*module.UNITS, 7, 10}))).eval())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ask", lambda dataset, quick: handful)
        yield evaluate([("mine", synthesizer)], faces, meter=meter)


def test_every_row_has_exactly_the_named_columns(report):
    found = json.loads(report[0].files()["report.json"])
    assert tuple(found["rows"]) == ROWS
    for figures in found["rows"].values():
        assert tuple(figures) == FIGURES
        for figure in figures.values():
            assert figure is None or set(figure) == {"value", "low", "high", "n"}
    assert all(figure is not None for figure in found["rows"]["full"].values())
    for row in ("full_skips", "no_matching", "no_attention", "au_vector"):
        assert set(found["rows"][row].values()) == {None}
        assert found["why_empty"][row]
    assert found["models"]["full"]["weights"] == "mine"


def test_what_stands_behind_the_columns_is_in_the_json_and_in_the_text(report):
    found = json.loads(report[0].files()["report.json"])
    full, truth = found["details"]["full"], found["details"]["truth"]
    for name in ("direction_by_pair", "direction_table", "leakage_by_unit", "response", "locality_by_unit"):
        assert full[name] and truth[name]
    assert {one["value"] for one in truth["change_made"].values()} == {1.0}
    asked = {unit: one["n"] for unit, one in full["leakage_by_unit"].items()}
    assert {unit: one["n"] for unit, one in full["change_made"].items()} == asked
    for name in ("phrase_removed", "phrase_removed_change", "phrase_added", "phrase_added_others"):
        assert full[name]["n"] > 0 and truth[name] is None
    for level in ("level_1", "level_2"):
        noun = full["attention"][level]["noun"]
        assert noun["mass"]["n"] == noun["lift"]["n"] > 0
        assert sum(one["n"] for one in full["attention_by_unit"][level].values()) == noun["lift"]["n"]
    assert found["models"]["full"]["runs"][0]["weights"] == "mine"
    text = report[0].files()["report.md"].decode()
    for title in (
        "Direction of change right, by pair of levels",
        "Attention in the region",
        "The estimator of",
    ):
        assert f"## {title}" in text
    assert text.index("## The estimator") < text.index("## Word control")
    assert "NaN" not in report[0].files()["report.json"].decode()


def test_copy_and_truth_have_the_figures_that_they_must_have(report):
    rows = report[0].rows
    copy, truth = rows["copy"].figures, rows["truth"].figures
    assert truth["ssim"].value == truth["ssim_moved"].value == 1.0
    assert truth["l1_moved"].value == 0.0
    assert copy["direction_right"].value == 0.0
    assert copy["identity_right"].value == 1.0
    assert copy["attention_lift"] is truth["attention_lift"] is None


def test_the_quality_of_copy_is_that_of_the_metrics(report):
    found, faces = report[0], ScanFaces()
    slow = []
    for question in found.questions:
        neutral, target = (faces.face(frame) / 255.0 for frame in (question.neutral, question.truth))
        slow.append(compare(neutral, neutral, target))
    copy = found.rows["copy"].figures
    assert copy["ssim"].value == pytest.approx(np.mean([one.ssim for one in slow]), abs=1e-4)
    assert copy["ssim_moved"].value == pytest.approx(np.mean([one.moved_ssim for one in slow]), abs=1e-4)
    assert copy["ssim"].n == len(found.questions)


def test_tables_agree_with_the_json(report):
    files = report[0].files()
    found = json.loads(files["report.json"])
    lines = list(csv.DictReader(io.StringIO(files["report.csv"].decode())))
    for line in lines:
        figure = found["rows"][line["row"]][line["figure"]]
        assert float(line["value"]) == figure["value"] and int(line["n"]) == figure["n"]
    assert len(lines) == sum(f is not None for row in found["rows"].values() for f in row.values())
    pictures = list(csv.DictReader(io.StringIO(files["pictures.csv"].decode())))
    assert len(pictures) == 3 * len(report[0].questions)
    text = files["report.md"].decode()
    assert "not reached" in text and f"{found['rows']['copy']['ssim']['value']:.3f}" in text


def test_sheets_are_chosen_by_number():
    assert choose_cases([0.1, float("nan"), 0.9, 0.5, 0.4, 0.6, 0.2, 0.3]) == {
        "best": [2, 5, 3],
        "median": [3, 4, 7],
        "worst": [7, 6, 0],
    }
    assert choose_cases([float("nan")]) == {"best": [], "median": [], "worst": []}


def test_a_sheet_is_a_picture(report):
    sheet = Image.open(io.BytesIO(report[1]["pictures_full.png"]))
    assert sheet.width > 1500 and sheet.height > 400


def test_a_model_goes_to_the_row_that_its_configuration_says():
    tiny = preset("tiny")
    assert row_of(tiny) == "full"
    assert row_of(tiny.overridden({"networks.synthesizer.skips": True})) == "full_skips"
    assert row_of(tiny.overridden({"networks.synthesizer.attention": False})) == "no_attention"
    assert row_of(tiny.overridden({"losses.language_visual": 0.0})) == "no_matching"


def test_two_models_for_one_row_are_refused(synthesizer):
    with pytest.raises(UserError, match="one and other are both"):
        evaluate([("one", synthesizer), ("other", synthesizer)], ScanFaces())


def test_the_truth_answers_only_what_was_photographed(tmp_path):
    dataset = drawn_faces(tmp_path / "faces")
    question = held_out_pairs(dataset)[0]
    truth = Truth(Gallery(dataset))
    assert truth.can_answer(question) and not truth.can_answer(replace(question, truth=None))
