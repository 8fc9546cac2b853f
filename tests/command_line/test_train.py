"""The command ``train``: the options reach the engine, and the outcome reaches the caller."""

import json
from pathlib import Path
from typing import Any

import pytest

from lfes_core.command_line import main
from lfes_core.config import Config, preset
from lfes_core.datasets import FaceDataset
from lfes_core.training import Options, TrainingResult


@pytest.mark.parametrize(("stopped", "status"), [("finished", 0), ("time limit", 0), ("interrupted", 130)])
def test_train_hands_every_option_over_and_tells_how_it_ended(capsys, tmp_path, monkeypatch, stopped, status):
    given: dict[str, Any] = {}

    def train(config: Config, dataset: FaceDataset, run_folder: Path, options: Options) -> TrainingResult:
        given.update(config=config, kind=dataset.kind, run_folder=run_folder, **vars(options))
        options.report("a line about the run")
        told = {"stage": "adversarial", "step": 7, "metrics": {"ssim": 0.5}, "synthesizer": run_folder / "weights"}
        return TrainingResult(run_folder=run_folder, stopped=stopped, seconds=1.25, **told)

    monkeypatch.setattr("lfes_core.training.train", train)
    out = tmp_path / "run"
    options = ["--matching-from", str(tmp_path / "matched"), "--precision", "32-true"]
    options += ["--preset", "book", "--seed", "3", "--steps", "9", "--set", "losses.kl=0", "--workers", "2"]
    assert main(["train", "--out", str(out), "--resume", "--time-limit", "9m", "--json", *options]) == status
    wanted = {
        "config": preset("book").overridden({"seed": 3, "adversarial.steps": 9, "losses.kl": 0}),
        "kind": "scan_faces",
        "run_folder": out,
        "resume": True,
        "time_limit": "9m",
        "workers": 2,
        "devices": 1,
        "precision": "32-true",
        "matching_from": str(tmp_path / "matched"),
        "progress": False,  # stderr is no terminal here
    }
    assert {name: given[name] for name in wanted} == wanted
    captured = capsys.readouterr()
    told = {"run": str(out), "stopped": stopped, "stage": "adversarial", "step": 7, "seconds": 1.2}
    told |= {"metrics": {"ssim": 0.5}, "synthesizer": str(out / "weights")}
    assert captured.out == json.dumps(told) + "\n"
    assert captured.err.startswith("a line about the run\n")
    assert ("--resume" in captured.err) == (status == 130)
