"""Runs that fail, tables of short runs and the questions that tell them apart."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from tools.book import failure_runs, readings
from tools.book.failure_runs import FAILURES, exported, keep_export
from tools.book.probe import difference, one_word, places_of_one_word
from tools.book.readings import HELD_OUT, LOSSES, row, settings


def test_a_failure_is_tiny_and_looked_at_more_than_once_and_a_collapse_is_taught_by_discriminators_alone():
    for failure in FAILURES.values():
        settings = failure.config().adversarial
        assert failure.config().preset == "tiny" and settings.warmup == 0
        assert settings.steps >= 3 * settings.grid_interval == 3 * settings.checkpoint_interval
    losses = FAILURES["mode_collapse"].config().losses
    assert (losses.identity, losses.reconstruction, losses.language_visual) == (0, 0, 0)
    assert losses.adversarial == 1


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


def a_run(folder, steps, **losses):
    folder.mkdir()
    config = {"adversarial": {"steps": 20}, "losses": {"kl": 0.0, **losses}}
    (folder / "config.json").write_text(json.dumps(config))
    lines = [f"stage,step,generator,{','.join(LOSSES)},{','.join(HELD_OUT)}"]
    lines += [f"adversarial,{step},9,{100 - step},,,,,,,," for step in range(1, steps + 1)]
    lines.append(f"adversarial,{steps},,,,,,0.7,0.4,0.97,0.63,24")
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_reading_says_what_it_changed_and_what_came_out_at_the_end(tmp_path):
    base = settings(a_run(tmp_path / "base", 20))
    line = row(a_run(tmp_path / "kl", 20, kl=1.0), base)
    wanted = {
        "changed": "losses.kl=1.0",
        "step": "20",
        "ssim_moved": "0.4",
        "copy_ssim_moved": "0.63",
        "pairs": "24",
    }
    assert line is not None and line.items() >= wanted.items()
    assert float(line["reconstruction"]) == np.mean([100 - 19, 100 - 20]) and line["kl"] == ""


def test_runs_stand_below_the_base_and_one_that_was_cut_short_is_no_reading(tmp_path, monkeypatch):
    for name, steps in (("another", 20), ("middle", 20), ("short", 19)):
        a_run(tmp_path / name, steps)
    path = tmp_path / "table.csv"
    monkeypatch.setattr("sys.argv", ["readings", str(tmp_path), str(path), "--base", "middle"])
    assert readings.main() == 0
    table = path.read_text().splitlines()
    assert [line.split(",")[:3] for line in table[1:]] == [["middle", "", "20"], ["another", "", "20"]]
