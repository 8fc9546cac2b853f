"""Rows: each model answers in the row of its own design; which weights they are, and which may be averaged."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.evaluation.figures import figures
from lfes_core.evaluation.measure import Ruler
from lfes_core.evaluation.questions import added_phrases, held_out_pairs, question_table, single_units
from lfes_core.evaluation.rows import TRAINED_WITH, Gallery, about_weights, model_rows, reference_rows, row_of
from lfes_core.sentences import VOCABULARIES
from lfes_core.synthesis import Synthesizer
from tests.training.faces import drawn_faces, small

TWIN = {"networks.language.input": "action_units", "losses.language_visual": 0.0}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    return Gallery(drawn_faces(tmp_path_factory.mktemp("faces")))


def untrained(config):
    torch.manual_seed(0)
    return Synthesizer(config, VOCABULARIES[config.networks.language.input]())


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, "full"),
        ({"networks.synthesizer.moves": True}, "full_moving"),
        ({"networks.synthesizer.attention": False}, "no_attention"),
        ({"losses.language_visual": 0.0}, "no_matching"),
        ({"losses.language_visual": 0.0, "networks.synthesizer.moves": True}, "no_matching"),
        (TWIN, "au_vector"),
        (TWIN | {"networks.synthesizer.moves": True}, "au_vector"),
        (TWIN | {"networks.synthesizer.attention": False}, "au_vector"),
    ],
)
def test_a_model_goes_to_the_row_that_its_configuration_says(changes, row):
    assert row_of(preset("tiny").overridden(changes)) == row


def test_the_options_of_a_row_make_a_model_for_it():
    for row, options in TRAINED_WITH.items():
        settings = [part.split("=") for part in options.split() if "=" in part]
        changes = {key: {"true": True, "false": False, "0": 0}.get(value, value) for key, value in settings}
        assert row_of(preset("tiny").overridden(changes)) == row


def test_copy_gives_the_neutral_face_back_and_the_truth_its_picture(gallery):
    question = held_out_pairs(gallery.dataset, "validation")[0]
    copy, _, true, soft = (row.answer(question).picture for row in reference_rows(gallery))
    assert (copy == gallery[question.neutral]).all() and (true == gallery[question.truth]).all()
    edges = [abs(np.diff(picture.astype(float), axis=1)).mean() for picture in (soft, true)]
    assert edges[0] < edges[1] and soft.shape == true.shape


@pytest.mark.parametrize(
    ("changes", "looks"), [({}, True), (TWIN, False), ({"networks.synthesizer.attention": False}, False)]
)
def test_only_models_whose_words_have_maps_are_asked_where_they_look(faces, changes, looks):
    question = added_phrases(single_units(faces, "validation", quick=True)[:2])[1]
    (row,) = model_rows([("mine", untrained(preset("tiny").overridden(changes)))], Gallery(faces))
    answer = row.answer(question)
    assert answer.picture.shape == (256, 256, 3) and bool(answer.attention) == looks


def test_what_a_design_redraws_for_every_sentence_is_no_work_of_its_words(faces, monkeypatch):
    asked = single_units(faces, "validation", quick=True)[2::36][:2]

    def redrawn(self, face, sentence, hide_condition=False):
        moved = 0 if "neutral" in sentence else 5 if hide_condition else 20
        dark = 30 if hide_condition else 10
        return SimpleNamespace(image=(face // 2 + dark + moved).astype(np.uint8), words=[], attention=())

    monkeypatch.setattr(Synthesizer, "__call__", redrawn)
    (row,) = model_rows([("mine", untrained(small()))], gallery := Gallery(faces))
    for question in asked:
        answer = row.answer(question)
        assert (answer.by_sentence == 20).all() and (answer.by_words == 5).all()
    assert asked[0].person != asked[1].person
    lines, _ = Ruler(gallery, asked).measure(replace(row, sets=("single",)))
    figure = figures(lines, question_table(asked)).set_index(["figure", "by"])["value"]
    assert figure["words_alone", ""] == 0.25 != figure["change_made", ""]


def test_models_stand_in_the_order_of_the_rows(gallery):
    moving = small(networks__synthesizer__moves=True)
    models = [("a", untrained(moving)), ("b", untrained(small())), ("c", untrained(small(seed=1)))]
    assert [row.about["weights"] for row in model_rows(models, gallery)] == ["b", "c", "a"]


SAME = "have the same seed: name one of them, or runs"


@pytest.mark.parametrize(
    ("configs", "why"),
    [
        ([{}, {}], f"a and b are both weights for the row 'full' and {SAME}"),
        ([{}, {"seed": 1}, {"seed": 1}], f"b and c are both weights for the row 'full' and {SAME}"),
        ([{}, {"seed": 1, "adversarial__steps": 5}], r"differ in adversarial\.steps \(4 and 5\): name one"),
        ([{}, {"seed": 1, "adversarial__log_interval": 7}], None),
        ([{}, {"networks__synthesizer__moves": True}], None),
        ([], None),
    ],
)
def test_only_runs_that_differ_in_their_seed_share_a_row(gallery, configs, why):
    models = [(name, untrained(small(**changes))) for name, changes in zip("abc", configs, strict=False)]
    if why is None:
        assert len(model_rows(models, gallery)) == len(configs)
    else:
        with pytest.raises(UserError, match=why):
            model_rows(models, gallery)


def test_a_report_says_what_was_spent_on_a_run_and_what_nobody_wrote_down_is_not_known():
    run = untrained(small(seed=3))
    run.facts = {"step": 4, "seconds": 60.0, "hardware": "one; then two", "start": "that run"}
    found = about_weights("runs/first", run)
    assert (found["steps"], found["batch_size"], found["pictures"], found["seconds"]) == (4, 2, 8, 60.0)
    assert (found["seed"], found["hardware"], found["start"]) == (3, "one; then two", "that run")
    assert found["settings"]["seed"] == 3 and found["settings"]["adversarial.steps"] == 4
    assert "losses.kl" not in found["settings"] and found["facts"] == run.facts
    found = about_weights("x", untrained(preset("tiny").overridden({"seed": 2})))
    assert found["settings"] == {"seed": 2}
    assert {found[name] for name in ("sha256", "steps", "pictures", "seconds", "hardware", "start")} == {None}
    shipped = Synthesizer.load("tiny_moving")
    found = about_weights("tiny_moving", shipped)
    assert (found["sha256"], found["steps"]) == (shipped.sha256, shipped.facts["step"])
    assert found["settings"]["networks.synthesizer.moves"] is True


def test_a_report_does_not_tell_where_a_home_folder_is():
    run = untrained(small())
    for path, name in {"tiny": "tiny", "runs/1": "runs/1", "/home/somebody/runs/1": "1", "../runs/1": "1"}.items():
        assert about_weights(path, run)["weights"] == name
