"""Each model answers in the row of its own design, and is asked only what that design can answer."""

import pytest
import torch

from lfes_core.config import preset
from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.asked import Asked
from lfes_core.evaluation.questions import added_phrases, held_out_pairs, single_units
from lfes_core.evaluation.row_figures import Ruler, evaluate_row
from lfes_core.evaluation.rows import WHY_EMPTY, Gallery, Model, row_of
from lfes_core.sentences import VOCABULARIES
from lfes_core.synthesis import Synthesizer

TWIN = {"networks.language.input": "action_units", "losses.language_visual": 0.0}


def model(changes: dict[str, object], gallery: Gallery) -> Model:
    torch.manual_seed(0)
    config = preset("tiny").overridden(changes)
    return Model(Synthesizer(config, VOCABULARIES[config.networks.language.input]()), gallery, "mine")


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        (TWIN, "au_vector"),
        (TWIN | {"networks.synthesizer.skips": True}, "au_vector"),
        (TWIN | {"networks.synthesizer.attention": False}, "au_vector"),
        ({"losses.language_visual": 0.0, "networks.synthesizer.skips": True}, "no_matching"),
    ],
)
def test_the_twin_has_a_row_of_its_own_whatever_else_is_set(changes, row):
    assert row_of(preset("tiny").overridden(changes)) == row


def test_the_reason_for_an_empty_row_names_settings_that_make_a_model_for_it():
    for row, why in WHY_EMPTY.items():
        settings = [part.split()[0].split("=") for part in why.split("--set ")[1:]]
        changes = {key: {"true": True, "false": False, "0": 0}.get(value, value) for key, value in settings}
        assert row_of(preset("tiny").overridden(changes)) == row


@pytest.fixture(scope="module")
def ruler() -> Ruler:
    faces = ScanFaces()
    return Ruler(faces, Gallery(faces), None, lambda questions: questions)


def test_the_twin_draws_the_questions_but_is_not_asked_where_its_words_look(ruler):
    singles = single_units(ruler.dataset, quick=True)[:2]
    asked = Asked(
        held_out=held_out_pairs(ruler.dataset, quick=True)[:2],
        adverbs=(singles, []),
        removed=([], []),
        added=added_phrases(singles),
        several=[],
        reworded=[],
        unseen=[],
    )
    assert asked.added[0]
    found = evaluate_row(model(TWIN, ruler.gallery), asked, ruler)
    assert found.figures["ssim"] is not None and found.figures["attention_lift"] is None
    assert "attention" not in found.details
    heard = evaluate_row(model({}, ruler.gallery), asked, ruler)
    assert heard.figures["attention_lift"] is not None
