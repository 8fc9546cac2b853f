"""A training that is killed at any moment goes on, and ends as one that nobody disturbed; so does one without space."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from lfes_core import weights
from lfes_core.config import Config
from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from lfes_core.training.checkpoint import load_checkpoint
from tests.faults.moments import changes, full_disk, photograph
from tests.training.faces import quiet_run
from tests.training.test_train import assert_same_run, rows

KINDS = {
    "synthesizer": weights.SYNTHESIZER,
    "discriminators": weights.DISCRIMINATORS,
    "matching": weights.MATCHING,
}


@dataclass
class Photographed:
    """An undisturbed run, and its folder as it was before each change of a file in it."""

    folder: Path
    config: Config
    moments: list[Path]


@pytest.fixture(scope="module")
def run(light: Config, data: DISFAPlus, tmp_path_factory: pytest.TempPathFactory) -> Photographed:
    folder = tmp_path_factory.mktemp("runs") / "run"
    moments, changed = [], [folder]

    def at(number: int, path: Path) -> None:
        if folder.is_dir():
            moments.append(folder.with_name(f"moment_{number}"))
            photograph(folder, moments[-1], written=changed[-1])
            changed.append(path)

    with changes(folder, at):
        assert quiet_run(data, folder, light).stopped == "finished"
    return Photographed(folder, light, moments)


def unfinished(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.name != ".lock"]


def has_torn_row(folder: Path) -> bool:
    metrics = folder / "metrics.csv"
    return metrics.exists() and not metrics.read_bytes().endswith(b"\n")


KILLED = pytest.mark.fault(
    "Training",
    "kill -9 before each single change of a file of the run",
    "no file is half; the run goes on from its last checkpoint and ends with the same bits",
)


@KILLED
def test_at_no_moment_a_file_is_half(run: Photographed) -> None:
    assert len(run.moments) > 50
    seen: set[int] = set()
    for moment in run.moments:
        for path in moment.rglob("[!.]*"):
            if not path.is_file() or path.parent.name.startswith(".") or path.stat().st_ino in seen:
                continue
            seen.add(path.stat().st_ino)
            if path.stem in KINDS:
                weights.load(path, KINDS[path.stem])
            elif path.stem == "checkpoint":
                load_checkpoint(path).check_whole()
            elif path.suffix == ".json":
                json.loads(path.read_text())
            elif path.suffix == ".png":
                Image.open(path).load()


@KILLED
def test_the_run_goes_on_from_each_moment_to_the_same_end(run: Photographed, data: DISFAPlus) -> None:
    goes_on = {}  # what a run goes on from; of the moments that have it in common a late one
    for moment in run.moments:
        checkpoint, matching = (moment / f"{name}.safetensors" for name in ("checkpoint", "matching"))
        key = checkpoint.exists() and checkpoint.stat().st_ino, matching.exists()
        if key not in goes_on or not has_torn_row(goes_on[key]) or has_torn_row(moment):
            goes_on[key] = moment
    assert len(goes_on) >= 6 and any(unfinished(moment) for moment in goes_on.values())
    for (checkpoint, _), moment in goes_on.items():
        assert quiet_run(data, moment, run.config, resume=bool(checkpoint)).stopped == "finished"
        assert_same_run(moment, run.folder)
        for name, kind in KINDS.items():
            ours, theirs = (weights.load(path / f"{name}.safetensors", kind) for path in (moment, run.folder))
            assert ours.sha256 == theirs.sha256
        assert unfinished(moment) == []


@pytest.mark.fault(
    "Training",
    "the disk is full from the moment on at which one of the files of the run is written, each file tried",
    "one line says that it cannot be written; the last checkpoint stays, and the run goes on from it",
)
def test_a_full_disk_ends_the_run_in_one_line_and_loses_nothing(
    run: Photographed, data: DISFAPlus, tmp_path: Path
) -> None:
    folder, longer = tmp_path / "run", run.config.overridden({"adversarial.steps": 3})
    first: dict[str, int] = {}  # of all moments those at which a file comes to its place or grows for the first time

    def note(number: int, path: Path) -> None:
        if "unfinished" not in str(path) and path.name != ".lock":
            first.setdefault(path.name, number)

    shutil.copytree(run.folder, folder)
    with full_disk(folder, at=10_000, tell=note):
        quiet_run(data, folder, longer, resume=True)
    assert len(first) >= 9
    for number in first.values():
        shutil.rmtree(folder)
        shutil.copytree(run.folder, folder)
        before = (folder / "checkpoint.safetensors").read_bytes()
        with full_disk(folder, number), pytest.raises(UserError, match="No space left on device") as caught:
            quiet_run(data, folder, longer, resume=True)
        assert "\n" not in str(caught.value)
        if (folder / "checkpoint.safetensors").read_bytes() != before:
            assert load_checkpoint(folder / "checkpoint.safetensors").facts["step"] == 3
        assert unfinished(folder) == [] and rows(folder)[: len(rows(run.folder))] == rows(run.folder)
