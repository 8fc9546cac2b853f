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
def test_train_hands_every_option_over_and_tells_how_it_ended(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped: str,
    status: int,
) -> None:
    given: dict[str, Any] = {}

    def train(config: Config, dataset: FaceDataset, run_folder: Path, options: Options) -> TrainingResult:
        given.update(config=config, kind=dataset.kind, run_folder=run_folder, **vars(options))
        options.report("a line about the run")
        return TrainingResult(
            run_folder=run_folder,
            stopped=stopped,  # type: ignore[arg-type]
            stage="adversarial",
            step=7,
            seconds=1.25,
            metrics={"ssim": 0.5},
            synthesizer=run_folder / "synthesizer.safetensors",
        )

    monkeypatch.setattr("lfes_core.training.train", train)
    out = tmp_path / "run"
    options = ["--matching-from", str(tmp_path / "matched"), "--precision", "32-true"]
    options += ["--preset", "book", "--seed", "3", "--steps", "9", "--set", "losses.kl=0", "--workers", "2"]
    assert main(["train", "--out", str(out), "--resume", "--time-limit", "9m", "--json", *options]) == status
    expected = preset("book").overridden({"seed": 3, "adversarial.steps": 9, "losses.kl": 0})
    assert given["config"] == expected
    assert (given["kind"], given["run_folder"], given["resume"]) == ("scan_faces", out, True)
    assert (given["time_limit"], given["workers"], given["devices"]) == ("9m", 2, 1)
    assert given["precision"] == "32-true"
    assert given["matching_from"] == tmp_path / "matched"
    assert given["progress"] is False  # stderr is no terminal here
    captured = capsys.readouterr()
    assert json.loads(captured.out)["stopped"] == stopped
    assert captured.err.startswith("a line about the run\n")
    assert ("--resume" in captured.err) == (status == 130)


@pytest.mark.parametrize(
    "words",
    [
        ["--devices", "0"],
        ["--devices", "-1"],
        ["--workers", "-1"],
        ["--steps", "-3"],
        ["--seed", "-1"],
        ["--seed", "9223372036854775808"],
        ["--seed", "1" * 5_000],
        ["--set", "matching.batch_size=1"],
        ["--set", "adversarial.batch_size=-1"],
        ["--set", "adversarial.batch_size=5000"],
        ["--set", "adversarial.learning_rate=NaN"],
        ["--time-limit", "0s"],
        ["--matching-from", "nothing"],
        ["--start-from", "nothing"],
        ["--data", "ckplus:nothing"],
        ["--resume"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_one_line_and_leaves_no_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str]
) -> None:
    assert main(["train", "--out", str(tmp_path / "run"), *words]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
    assert len(captured.err) < 400
    assert captured.out == "" and not (tmp_path / "run").exists()
