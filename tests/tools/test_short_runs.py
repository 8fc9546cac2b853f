"""Runs that fail and the questions that tell them apart."""

from types import SimpleNamespace

import numpy as np
import pytest

from tools.book import failure_runs
from tools.book.failure_runs import FAILURES, exported, keep_export
from tools.book.probe import difference, one_word, places_of_one_word


def test_a_failure_is_tiny_and_looked_at_more_than_once_and_a_collapse_is_taught_by_discriminators_alone():
    for failure in FAILURES.values():
        settings = failure.config().adversarial
        assert failure.config().preset == "tiny" and settings.warmup == 0
        assert settings.steps >= 3 * settings.grid_interval == 3 * settings.checkpoint_interval
    losses = FAILURES["mode_collapse"].config().losses
    assert (losses.identity, losses.reconstruction, losses.language_visual) == (0, 0, 0)
    assert losses.adversarial == 1


def test_a_control_does_without_the_blamed_changes_and_keeps_all_others():
    for failure in FAILURES.values():
        lost, control = failure.config().flat(), failure.config(control=True).flat()
        assert {key for key in lost if lost[key] != control[key]} == set(failure.blamed) <= set(failure.changes)


def test_each_export_is_kept_before_the_next_takes_its_place(tmp_path, monkeypatch):
    facts = SimpleNamespace(load=lambda path: SimpleNamespace(facts={"step": int(path.read_text())}))
    monkeypatch.setattr(failure_runs, "Synthesizer", facts)
    keep_export(tmp_path, "no export yet")
    for step in (10, 20, 30):
        (tmp_path / "synthesizer.safetensors").write_text(str(step))
        keep_export(tmp_path, f"step {step}")
    assert [exported(tmp_path, step).read_text() for step in (10, 20, 30)] == ["10", "20", "30"]


def test_a_healthy_synthesizer_is_told_from_one_that_has_failed():
    picture = np.full((4, 4, 3), 200, np.uint8)
    assert difference([picture, picture, picture]) == 0
    assert difference([picture, picture - 60, picture]) == pytest.approx(40)
    stuck, shared = np.full((3, 2, 2), 0.2), np.full((2, 2, 2), 0.4)
    stuck[1] = shared[0, 0] = shared[1, 1] = 0.6
    assert places_of_one_word(stuck) == 1 and places_of_one_word(shared) == 0.5
    leads = [np.array([[[0.2]], [[0.8]]]), np.array([[[0.3]], [[0.6]], [[0.1]]])]
    assert one_word(leads, [["a", "man"], ["the", "man", "smiles"]]) == "man"
    assert one_word(leads, [["a", "man"], ["the", "woman", "smiles"]]) == ""
