"""Runs that fail, tables of short runs and the questions that tell them apart."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.book import failure_runs, readings
from tools.book.failure_runs import FAILURES, exported, keep_export
from tools.book.probe import difference, one_word, places_of_one_word
from tools.book.readings import HELD_OUT, LOSSES, row, settings


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_tiny_with_settings_that_exist_and_is_looked_at_more_than_once(name):
    config = FAILURES[name].config()
    assert config.preset == "tiny" and config.adversarial.warmup == 0
    assert config.adversarial.steps >= 3 * config.adversarial.grid_interval
    assert config.adversarial.checkpoint_interval == config.adversarial.grid_interval


def test_a_collapsing_run_is_taught_by_discriminators_alone():
    losses = FAILURES["mode_collapse"].config().losses
    assert (losses.identity, losses.reconstruction, losses.language_visual) == (0, 0, 0)
    assert losses.adversarial == 1


def test_each_export_is_kept_before_the_next_takes_its_place(tmp_path, monkeypatch):
    class Loaded:
        def __init__(self, path: Path) -> None:
            self.facts = {"step": int(path.read_text())}

        load = classmethod(lambda cls, path: cls(path))

    monkeypatch.setattr(failure_runs, "Synthesizer", Loaded)
    keep_export(tmp_path, "no export yet")
    for step in (10, 20, 30):
        (tmp_path / "synthesizer.safetensors").write_text(str(step))
        keep_export(tmp_path, f"step {step}")
    assert [exported(tmp_path, step).read_text() for step in (10, 20, 30)] == ["10", "20", "30"]


def test_pictures_that_are_all_the_same_have_no_difference():
    picture = np.full((4, 4, 3), 200, np.uint8)
    assert difference([picture, picture, picture]) == 0
    assert difference([picture, picture - 60, picture]) == pytest.approx(40)


def test_attention_is_stuck_where_one_word_leads_at_every_place():
    stuck, shared = np.full((3, 2, 2), 0.2), np.full((2, 2, 2), 0.4)
    stuck[1] = 0.6
    shared[0, 0] = shared[1, 1] = 0.6
    assert places_of_one_word(stuck) == 1 and places_of_one_word(shared) == 0.5


def test_a_word_is_named_only_if_it_leads_in_every_sentence():
    leads = [np.array([[[0.2]], [[0.8]]]), np.array([[[0.3]], [[0.6]], [[0.1]]])]
    assert one_word(leads, [["a", "man"], ["the", "man", "smiles"]]) == "man"
    assert one_word(leads, [["a", "man"], ["the", "woman", "smiles"]]) == ""


def a_run(folder: Path, steps: int, **losses: Any) -> Path:
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
    assert line is not None and line["changed"] == "losses.kl=1.0"
    held_out = (line["step"], line["ssim_moved"], line["copy_ssim_moved"], line["pairs"])
    assert held_out == ("20", "0.4", "0.63", "24")
    assert float(line["reconstruction"]) == np.mean([100 - 19, 100 - 20]) and line["kl"] == ""


def test_runs_stand_below_the_base_and_one_that_was_cut_short_is_no_reading(tmp_path, monkeypatch):
    for name, steps in (("another", 20), ("middle", 20), ("short", 19)):
        a_run(tmp_path / name, steps)
    monkeypatch.setattr(
        "sys.argv", ["readings", str(tmp_path), str(tmp_path / "table.csv"), "--base", "middle"]
    )
    assert readings.main() == 0
    table = (tmp_path / "table.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in table[1:]] == [["middle", "", "20"], ["another", "", "20"]]
