"""The twin without a sentence is trained, resumed, exported and used as any model; only matching is left out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.config import Config, preset
from lfes_core.errors import UserError
from lfes_core.networks import ActionUnitEncoder
from lfes_core.sentences import ActionUnitVocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.training.checkpoint import load_checkpoint
from tests.training.faces import TWO_STEPS, quiet_run, refusal, small


def twin(**changes: object) -> Config:
    return small(networks__language__input="action_units", losses__language_visual=0.0, **TWO_STEPS, **changes)


def run(dataset, folder, config=None, **options):
    return quiet_run(dataset, folder, config or twin(), **options)


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "twin"
    result = run(dataset, folder)
    assert (result.stopped, result.stage, result.step) == ("finished", "adversarial", 2)
    return folder


def test_there_is_no_matching_stage(trained):
    assert not (trained / "matching.safetensors").exists()
    stages = {line.partition(",")[0] for line in (trained / "metrics.csv").read_text().splitlines()[1:]}
    assert stages == {"adversarial"}


@pytest.mark.fault(
    "Reproducibility",
    "a run of the twin without words is stopped, and resumed",
    "it ends with the same weights, bit for bit, as one that nobody stopped",
)
def test_a_stopped_run_continues_with_the_same_bits(dataset, trained, tmp_path):
    folder = tmp_path / "run"
    assert run(dataset, folder, time_limit="0.001s").step == 1
    assert run(dataset, folder, resume=True).stopped == "finished"
    ours, theirs = (load_checkpoint(path / "checkpoint.safetensors").tensors for path in (folder, trained))
    assert ours.keys() == theirs.keys()
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []


def test_the_export_reads_action_units_out_of_sentences(trained):
    synthesizer = Synthesizer.load(trained)
    assert isinstance(synthesizer.language_semantic_encoder, ActionUnitEncoder)
    assert synthesizer.vocabulary == ActionUnitVocabulary()
    face = Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8))
    said = synthesizer(face, "a woman smiling broadly with wide eyes")
    assert said.words == ["AU 5", "AU 12 E"]
    assert said.wording == "A woman with a raised upper lid and a strongly pulled lip corner."
    assert [beta.shape[0] for beta in said.attention] == [2, 2]
    same = synthesizer(face, "A man's lip corner is strongly pulled, and his upper lid is raised.")
    assert np.array_equal(np.asarray(said.image), np.asarray(same.image))
    fainter = synthesizer(face, "A man's lip corner is slightly pulled, and his upper lid is raised.")
    assert not np.array_equal(np.asarray(said.image), np.asarray(fainter.image))


def test_a_loss_that_needs_a_sentence_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"add --set losses\.language_visual=0") as caught:
        preset("tiny").overridden({"networks.language.input": "action_units"})
    assert "\n" not in str(caught.value)


def test_matched_encoders_are_refused_and_nothing_is_written(dataset, tmp_path):
    given = tmp_path / "another"
    assert "leave --matching-from out" in refusal(dataset, tmp_path / "run", twin(), matching_from=given)
