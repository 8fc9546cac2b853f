"""A training beside others, with a reader that dies, numbers that are none and a clock that jumps."""

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from torch.utils.data import get_worker_info

from lfes_core.config import Config
from lfes_core.datasets import DISFAPlus
from lfes_core.datasets.pairs import Batch, Pair, collate
from lfes_core.errors import UserError
from lfes_core.training import batches
from lfes_core.training import run as module
from lfes_core.training.checkpoint import load_checkpoint
from tests.training.faces import quiet_run, refusal
from tests.training.test_train import assert_same_run


@pytest.mark.fault(
    "Training",
    "a process that reads pictures is killed, as a system without memory does",
    "one line says so; the last checkpoint is whole, and the run goes on from it to the same bits",
)
def test_a_reader_that_is_killed_is_told_in_one_line(
    light: Config, data: DISFAPlus, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"

    def killed(pairs: list[Pair]) -> Batch:
        if get_worker_info() is not None and (folder / "synthesizer.safetensors").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return collate(pairs)

    monkeypatch.setattr(batches, "collate", killed)
    with pytest.raises(UserError, match=r"ended from outside.*go on from adversarial step 0 with --resume") as caught:
        quiet_run(data, folder, light, workers=1)
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)
    monkeypatch.undo()
    quiet_run(data, folder, light, resume=True)
    assert_same_run(folder, finished)


@pytest.mark.fault(
    "Training",
    "a batch holds numbers that are none (NaN)",
    "its updates are left out and counted, and no weight is touched; after five in a row the run ends",
)
def test_a_batch_that_is_not_finite_is_left_out_and_counted(
    light: Config, data: DISFAPlus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = light.overridden({"networks.synthesizer.moves": True, "losses.flow": 1.0, "adversarial.grid_interval": 9})
    good, bad = module.training_batches, iter((None, "neutral", "target", "flow"))  # the first one is for matching

    def spoiled(*arguments: Any, **options: Any) -> Iterator[Batch]:
        for batch in good(*arguments, **options):
            kind = next(bad, None)
            yield batch._replace(**{kind: getattr(batch, kind) * float("nan")}) if kind else batch

    monkeypatch.setattr(module, "training_batches", spoiled)
    assert quiet_run(data, tmp_path / "run", config.overridden({"adversarial.steps": 4})).stopped == "finished"
    stored = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert 3 <= stored.facts["skipped"] < 8
    assert all(tensor.isfinite().all() for tensor in stored.tensors.values() if tensor.is_floating_point())


@pytest.mark.fault(
    "Training",
    "the clock jumps a year ahead and back again, from one question to the next",
    "seconds, speed and time limit hold",
)
@pytest.mark.parametrize("limit", ["1h", "0.001s"])
def test_a_clock_that_jumps_changes_nothing(
    light: Config, data: DISFAPlus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    year = itertools.cycle((0, 1, -1))
    now: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: now() + next(year) * 365 * 86_400)
    config = light.overridden({"matching.steps": 2})
    result = quiet_run(data, tmp_path / "run", config, time_limit=limit, progress=True)
    assert result.stopped == ("finished" if limit == "1h" else "time limit")
    assert 0 < result.seconds < 600
    seconds = [float(row["seconds"]) for row in all_rows(tmp_path / "run")]
    assert seconds == sorted(seconds) and 0 <= seconds[0] and seconds[-1] <= result.seconds + 1


def all_rows(folder: Path) -> list[dict[str, str]]:
    head, *lines = (line.split(",") for line in (folder / "metrics.csv").read_text().splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


@pytest.mark.fault(
    "Files and folders",
    "a second run starts, or goes on, in the folder of one that is at work",
    "it is refused in one line; the first one is not disturbed",
)
def test_a_second_run_is_refused_while_one_is_at_work(
    light: Config, data: DISFAPlus, finished: Path, tmp_path: Path
) -> None:
    said, folder = [], tmp_path / "run"

    def second(line: str) -> None:
        if line.startswith("matching, step"):
            said.extend(refusal(data, folder, light, resume=resume) for resume in (False, True))

    quiet_run(data, folder, light, report=second)
    assert "already holds a run" in said[0] and "another process is at work there" in said[1]
    assert_same_run(folder, finished)
