"""Rows: each model answers in the row of its own design; which weights they are, and which may be averaged."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lfes_core.config import preset
from lfes_core.datasets import ScanFaces
from lfes_core.errors import UserError
from lfes_core.evaluation.questions import added_phrases, held_out_pairs, single_units
from lfes_core.evaluation.rows import (
    WHY_EMPTY,
    Gallery,
    about_weights,
    check_seeds,
    copy_row,
    model_row,
    row_of,
    shown_name,
    truth_row,
)
from lfes_core.sentences import VOCABULARIES
from lfes_core.synthesis import Synthesizer
from tests.training.faces import drawn_faces, small

TWIN = {"networks.language.input": "action_units", "losses.language_visual": 0.0}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    return Gallery(drawn_faces(tmp_path_factory.mktemp("faces")))


@pytest.fixture
def model(gallery):
    def made(name, config):
        torch.manual_seed(0)
        return model_row(Synthesizer(config, VOCABULARIES[config.networks.language.input]()), gallery, name)

    return made


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, "full"),
        ({"networks.synthesizer.skips": True}, "full_skips"),
        ({"networks.synthesizer.attention": False}, "no_attention"),
        ({"losses.language_visual": 0.0}, "no_matching"),
        ({"losses.language_visual": 0.0, "networks.synthesizer.skips": True}, "no_matching"),
        (TWIN, "au_vector"),
        (TWIN | {"networks.synthesizer.skips": True}, "au_vector"),
        (TWIN | {"networks.synthesizer.attention": False}, "au_vector"),
    ],
)
def test_a_model_goes_to_the_row_that_its_configuration_says(changes, row):
    assert row_of(preset("tiny").overridden(changes)) == row


def test_the_reason_for_an_empty_row_names_settings_that_make_a_model_for_it():
    for row, why in WHY_EMPTY.items():
        settings = [part.split()[0].split("=") for part in why.split("--set ")[1:]]
        changes = {key: {"true": True, "false": False, "0": 0}.get(value, value) for key, value in settings}
        assert row_of(preset("tiny").overridden(changes)) == row


def test_copy_gives_the_neutral_face_back_and_the_truth_its_picture(gallery):
    question = held_out_pairs(gallery.dataset)[0]
    assert (copy_row(gallery).answer(question).picture == gallery[question.neutral]).all()
    true, soft = (truth_row(gallery, blur).answer(question).picture for blur in (0.0, 2.0))
    assert (true == gallery[question.truth]).all()
    edges = [abs(np.diff(picture.astype(float), axis=1)).mean() for picture in (soft, true)]
    assert edges[0] < edges[1] and soft.shape == true.shape


@pytest.mark.parametrize(
    ("changes", "looks"), [({}, True), (TWIN, False), ({"networks.synthesizer.attention": False}, False)]
)
def test_only_models_whose_words_have_maps_are_asked_where_they_look(changes, looks):
    faces = ScanFaces()
    question = added_phrases(single_units(faces, quick=True)[:2])[1]
    torch.manual_seed(0)
    config = preset("tiny").overridden(changes)
    synthesizer = Synthesizer(config, VOCABULARIES[config.networks.language.input]())
    answer = model_row(synthesizer, Gallery(faces), "mine").answer(question)
    assert answer.picture.shape == (256, 256, 3) and bool(answer.attention) == looks


def test_only_runs_that_differ_in_their_seed_share_a_row(model):
    check_seeds([])
    check_seeds([model("a", small()), model("b", small(seed=1, adversarial__log_interval=7))])
    with pytest.raises(
        UserError, match="a and b are both weights for the row 'full' and have the same seed: name one"
    ):
        check_seeds([model("a", small()), model("b", small())])
    with pytest.raises(UserError, match="b and c are both weights for the row 'full' and have the same seed"):
        check_seeds([model("a", small()), model("b", small(seed=1)), model("c", small(seed=1))])
    with pytest.raises(
        UserError, match=r"differ in adversarial\.steps \(4 and 5\): name one of them, or runs"
    ):
        check_seeds([model("a", small()), model("b", small(seed=1, adversarial__steps=5))])


def test_a_report_says_what_was_spent_on_a_run(model, tmp_path):
    run = model(str(tmp_path), small(seed=3))
    run.synthesizer.facts = {"step": 4, "seconds": 60.0}
    (tmp_path / "run.json").write_text(
        '{"starts": [{"hardware": "one"}, {"hardware": "two"}, {"hardware": "one"}]}'
    )
    found = about_weights(run)
    assert (found["steps"], found["batch_size"], found["pictures"], found["seconds"]) == (4, 2, 8, 60.0)
    assert (found["seed"], found["hardware"], found["sha256"]) == (3, "one; then two", None)
    assert found["settings"]["seed"] == 3 and found["settings"]["adversarial.steps"] == 4
    assert "losses.kl" not in found["settings"]
    assert found["weights"] == tmp_path.name


def test_what_the_header_of_the_weights_says_comes_first(model, tmp_path):
    run = model(str(tmp_path), preset("tiny"))
    (tmp_path / "run.json").write_text('{"starts": [{"hardware": "one"}], "start_from": {"run": "earlier"}}')
    assert (about_weights(run)["hardware"], about_weights(run)["start"]) == ("one", "earlier")
    run.synthesizer.facts = {"hardware": "that one", "start": "that run"}
    assert (about_weights(run)["hardware"], about_weights(run)["start"]) == ("that one", "that run")
    assert about_weights(run)["settings"] == {}  # a preset has no settings of its own


@pytest.mark.parametrize(
    ("record", "start"),
    [
        (None, None),
        ("[]", None),
        ("no json", None),
        ("[" * 100_000, None),
        ('{"start_from": null}', None),
        ('{"starts": 7, "start_from": {"run": "earlier"}}', "earlier"),
    ],
)
def test_hardware_that_nobody_wrote_down_is_not_known(model, tmp_path: Path, record, start):
    if record is not None:
        (tmp_path / "run.json").write_text(record)
    found = about_weights(model(str(tmp_path), preset("tiny")))
    assert found["hardware"] is None and found["start"] == start


def test_a_row_of_the_package_is_tied_to_its_file(gallery):
    synthesizer = Synthesizer.load("tiny_skips")
    found = about_weights(model_row(synthesizer, gallery, "tiny_skips"))
    assert found["sha256"] == synthesizer.sha256 and found["steps"] == synthesizer.facts["step"]
    assert found["settings"]["networks.synthesizer.skips"] is True


def test_a_report_does_not_tell_where_a_home_folder_is():
    assert shown_name("tiny") == "tiny" and shown_name("runs/first") == "runs/first"
    assert shown_name("/home/somebody/runs/first") == shown_name("../runs/first") == "first"


def test_untrained_weights_have_no_facts(model):
    found = about_weights(model("x", preset("tiny").overridden({"seed": 2})))
    assert (found["steps"], found["pictures"], found["settings"]) == (None, None, {"seed": 2})
