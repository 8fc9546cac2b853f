"""What is wrong is found before a run folder is made or changed, in one line; a folder takes one run at a time."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lfes_core.config import preset
from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from lfes_core.files import alone_in
from tests.training.faces import TWO_STEPS, drawn_face, drawn_faces, quiet_run, refusal, small, state


@pytest.fixture(scope="module")
def finished(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one step in each stage."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    quiet_run(dataset, folder, ONE_STEP)
    return folder


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    return shutil.copytree(finished, tmp_path / "run")


ONE_STEP = small(**TWO_STEPS | {"matching__steps": 1, "adversarial__steps": 1})


@pytest.mark.fault(
    "Training",
    "settings that make no sense: no devices, batches larger than the data, time limits that are none",
    "one line names the setting; no folder is made",
)
@pytest.mark.parametrize(
    ("changes", "options", "processes", "named"),
    [
        ({}, {"devices": 0}, 1, "devices"),
        ({}, {"devices": 10**9}, 1, "devices"),
        ({}, {"workers": -1}, 1, "workers"),
        ({}, {"workers": 10**9}, 1, "workers"),
        ({}, {"time_limit": "soon"}, 1, "time limit 'soon'"),
        ({"matching.batch_size": 10}, {}, 1, "add --set matching.batch_size=9"),
        ({"adversarial.batch_size": 10}, {}, 1, "10 cannot be filled by 9 training pairs"),
        ({"adversarial.batch_size": 100_000, "adversarial.steps": 0}, {}, 1, "adversarial.batch_size"),
        ({"adversarial.batch_size": 1}, {}, 2, "add --set adversarial.batch_size=2"),
        ({"matching.batch_size": 2}, {}, 2, "with 2 or more for each; add --set matching.batch_size=4"),
        ({"matching.batch_size": 3}, {}, 2, "shared evenly by 2"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_folder_is_made(
    dataset, tmp_path, monkeypatch, changes, options, processes, named
):
    monkeypatch.setattr("lfes_core.training.run.Fabric.world_size", processes)
    assert named in refusal(dataset, tmp_path / "run", ONE_STEP.overridden(changes), **options)


@pytest.mark.fault(
    "Training",
    "no picture of a data set can be read",
    "one line says so; no folder is made",
)
@pytest.mark.parametrize("person", ["SN901", "SN902"], ids=["for training", "held out"])
def test_data_without_a_picture_that_can_be_read_are_refused_before_a_folder_is_made(tmp_path, person):
    drawn_faces(tmp_path / "data", people=2)
    for path in (tmp_path / "data/Images" / person).rglob("00[123].jpg"):
        path.write_bytes(path.read_bytes()[:300])
    assert "can be read" in refusal(DISFAPlus(tmp_path / "data"), tmp_path / "run")


def test_what_was_left_out_of_the_data_is_told_at_the_start(tmp_path):
    drawn_faces(tmp_path / "data", people=3)
    (tmp_path / "data/Images/SN901/A/002.jpg").write_bytes(drawn_face(0, 0, 4)[:300])
    with pytest.raises(KeyboardInterrupt):
        quiet_run(DISFAPlus(tmp_path / "data"), tmp_path / "run", report=told([], "1 of 6 pairs are left out"))


def told(lines: list[str], last: str):
    """A report that ends the run at a line."""

    def report(line: str) -> None:
        lines.append(line)
        if line.startswith(last):
            raise KeyboardInterrupt

    return report


def test_a_folder_that_holds_a_run_is_not_started_again_and_none_is_resumed_without_one(dataset, folder):
    assert "already holds a run; continue it with --resume" in refusal(dataset, folder, ONE_STEP)
    assert "holds no run to resume" in refusal(dataset, folder / "none", ONE_STEP, resume=True)
    (folder / "file").write_text("")
    assert "is a file" in refusal(dataset, folder / "file", ONE_STEP)
    assert "file/run: the folder cannot be made: Not a directory" in refusal(dataset, folder / "file" / "run", ONE_STEP)


@pytest.mark.fault(
    "Training",
    "a run goes on with other settings",
    "the first that differs is named, and nothing is changed",
)
def test_resume_names_the_first_setting_that_differs(dataset, folder):
    assert "preset = 'tiny', and now it is 'book'" in refusal(dataset, folder, preset("book"), resume=True)
    other = ONE_STEP.overridden({"losses.identity": 0.25, "adversarial.learning_rate": 0.5})
    message = refusal(dataset, folder, other, resume=True)
    assert "losses.identity = 5.0, and now it is 0.25" in message
    assert "learning_rate" not in message


@pytest.mark.fault(
    "Training",
    "a file of the run was changed by hand",
    "it is named in one line, and nothing is changed",
)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.csv", b"stage,step\r\n\xff\xfe\r\n"),
        ("checkpoint.safetensors", b"not tensors"),
    ],
)
def test_a_damaged_file_of_the_run_is_named_and_nothing_is_changed(dataset, folder, name, content):
    (folder / name).write_bytes(content)
    assert str(folder / name) in refusal(dataset, folder, ONE_STEP, resume=True)


def test_a_checkpoint_of_another_run_is_not_taken(dataset, folder, tmp_path):
    other = ONE_STEP.overridden({"seed": 5})
    assert "of a run with seed = 0, and now it is 5" in refusal(dataset, folder, other, resume=True)
    alone = drawn_faces(tmp_path / "others", people=2)
    assert "training_pairs = 9, and now it is 3" in refusal(alone, folder, ONE_STEP, resume=True)


@pytest.mark.fault(
    "Training",
    "the checkpoint of a run was removed",
    "the run neither begins again nor overwrites what is there",
)
def test_a_folder_whose_checkpoint_is_gone_is_neither_resumed_nor_lost(dataset, folder):
    (folder / "checkpoint.safetensors").unlink()
    assert "holds no run to resume" in refusal(dataset, folder, ONE_STEP, resume=True)
    assert "already holds a run" in refusal(dataset, folder, ONE_STEP)


@pytest.mark.fault(
    "Training",
    "kill -9 before the first checkpoint",
    "the same command starts the run",
)
def test_a_run_that_was_killed_before_its_first_checkpoint_is_started_again(dataset, folder):
    (folder / "checkpoint.safetensors").unlink()
    (folder / "synthesizer.safetensors").unlink()
    assert quiet_run(dataset, folder, ONE_STEP).stopped == "finished"
    assert len((folder / "metrics.csv").read_text().splitlines()) == 6


@pytest.mark.parametrize("resume", [False, True])
def test_no_second_run_starts_where_one_is_at_work(dataset, folder, tmp_path, resume):
    if not resume:
        folder = tmp_path / "new"
        folder.mkdir()
    with alone_in(folder):
        assert "another process is at work there" in refusal(dataset, folder, ONE_STEP, resume=resume)


@pytest.mark.fault(
    "Files and folders",
    "two runs start in one new folder at once",
    "one of them is told that the folder holds a run",
)
def test_who_was_slower_does_not_take_the_others_run_for_its_own(dataset, finished, tmp_path):
    folder = tmp_path / "run"

    class Slow(DISFAPlus):
        def targets(self):
            if not folder.exists():  # meanwhile another process does the whole run
                shutil.copytree(finished, folder)
            return super().targets()

    with pytest.raises(UserError, match="already holds a run"):
        quiet_run(Slow(dataset.tree.root), folder, ONE_STEP)
    assert state(folder).keys() == {key.replace(str(finished), str(folder)) for key in state(finished)}


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may become larger than 20 MB, as on a disk that is full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.fault(
    "Training",
    "no file may grow beyond a size (ulimit -f)",
    "one line says so, and the last checkpoint stays",
)
def test_a_full_disk_ends_a_run_in_one_line_and_the_last_checkpoint_stays(dataset, folder, small_files):
    before = (folder / "checkpoint.safetensors").read_bytes()
    with pytest.raises(UserError, match=r"checkpoint\.safetensors: cannot be written") as caught:
        quiet_run(dataset, folder, ONE_STEP.overridden({"adversarial.steps": 2}), resume=True)
    assert "\n" not in str(caught.value)
    assert (folder / "checkpoint.safetensors").read_bytes() == before
    assert list(folder.rglob("*unfinished*")) == []
    assert "cannot be written" in json.loads((folder / "run.json").read_text())["starts"][-1]["stopped"]


@pytest.mark.fault(
    "Training",
    "the disk is full before the first file is written",
    "the folder holds no run, and the same command starts one later",
)
def test_a_folder_that_was_full_at_once_holds_no_run(dataset, finished, tmp_path, small_files):
    with pytest.raises(UserError, match=r"matching\.safetensors: cannot be written"):
        quiet_run(dataset, tmp_path / "run", ONE_STEP, matching_from=finished)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {".lock"}
