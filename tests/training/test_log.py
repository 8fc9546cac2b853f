"""What a run leaves: rows without a seam after a resume, a record of each start, curves where TensorBoard is there."""

import csv
import errno
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer.record_writer import RecordWriter

from lfes_core.errors import UserError
from lfes_core.training import log as module
from lfes_core.training.log import Log, RunFolder, RunningMeans, hardware, hardware_of, versions


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.samples.mkdir(parents=True)
    return folder


def opened(folder: RunFolder, stage: str = "matching", step: int = 0, report=lambda line: None, **start) -> Log:
    return Log(folder, report, {"seed": 3}, {"precision": "32-true", **start}, (stage, step))


def places(folder: RunFolder) -> list[tuple[str, str]]:
    with folder.metrics.open(newline="") as stream:
        return [(row["stage"], row["step"]) for row in csv.DictReader(stream)]


def starts(folder: RunFolder) -> list[dict]:
    return json.loads(folder.record.read_text())["starts"]


def curve(folder: Path, name: str) -> list[tuple[int, float]]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


ROWS = [("matching", "10"), ("adversarial", "5"), ("adversarial", "10")]


@pytest.fixture
def written(folder) -> RunFolder:
    with opened(folder) as log:
        for stage, step in ROWS:
            log.row(stage, int(step), {"generator": 0.125, "ssim": float("nan")})
    return folder


def test_a_row_is_on_disk_at_once_and_other_columns_stay_empty(folder):
    log = opened(folder)
    log.row("matching", 10, {"matching": 2.5, "ssim": float("nan")})
    header, row = folder.metrics.read_text().splitlines()
    assert header.startswith("stage,step,seconds,images_per_second,skipped,matching,r1_image_to_sentence")
    assert row.strip(",").split(",") == ["matching", "10", "", "", "", "2.5"]


@pytest.mark.parametrize(
    ("stage", "step", "left"),
    [("adversarial", 10, 3), ("adversarial", 9, 2), ("adversarial", 0, 1), ("matching", 10, 1), ("matching", 9, 0)],
)
def test_rows_after_the_resumed_step_are_dropped(written, stage, step, left):
    opened(written, stage, step)
    assert places(written) == ROWS[:left]


@pytest.mark.fault(
    "Training",
    "kill -9 in the middle of a row of the metrics",
    "the row is dropped, and comes again",
)
@pytest.mark.parametrize("torn", ["advers", "adversarial,", "adversarial," + "9" * 5_000], ids=len)
def test_a_row_that_a_kill_has_torn_is_dropped(written, torn):
    with written.metrics.open("a") as stream:
        stream.write(torn)
    opened(written, "adversarial", 10).row("adversarial", 15, {"generator": 1})
    assert places(written) == [*ROWS, ("adversarial", "15")]


@pytest.mark.fault(
    "Training",
    "the metrics of a run are damaged",
    "one line names the file, which stays as it is",
)
@pytest.mark.parametrize(
    "content",
    [b"stage,step\r\n\xff\xfe,1\r\n", b"a,b\r\n1,2\r\n", b"stage,step\r\n1,2\r\n3,4,5\r\n", b"\0", b"\n\n"],
    ids=["no UTF-8", "other columns", "a longer row", "a null", "empty lines"],
)
def test_metrics_that_no_run_wrote_are_refused_in_one_line_and_stay(written, content):
    written.metrics.write_bytes(content)
    with pytest.raises(UserError, match="put it back") as caught:
        opened(written, "adversarial", 10)
    assert "\n" not in str(caught.value) and str(written.metrics) in str(caught.value)
    assert written.metrics.read_bytes() == content


def test_running_means_go_on_from_what_was_stored():
    unbroken, before = RunningMeans(), RunningMeans()
    for value in (1.0, 2.0):
        unbroken.add({"loss": value})
        before.add({"loss": value})
    after = RunningMeans(before.sums, before.count)
    for means in (unbroken, after):
        means.add({"loss": 6.0})
    assert unbroken.take() == after.take() == {"loss": 3.0}
    assert unbroken.count == 0


def test_a_start_names_versions_hardware_and_the_time(written):
    (start,) = starts(written)
    assert {"python", "torch", "numpy"} <= versions().keys() == start["versions"].keys()
    assert start["hardware"] == hardware()
    assert re.search(r"\d+ cores, \d+ GB", start["hardware"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", start["began"])


def test_equal_gpus_are_counted(monkeypatch):
    class Properties:
        name, total_memory = "NVIDIA H200", 150_000_000_000

    monkeypatch.setattr(module.torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(module.torch.cuda, "get_device_properties", lambda number: Properties)
    assert hardware().startswith("2 x NVIDIA H200 (150 GB); ")


def test_the_hardware_of_all_starts_is_told_as_on_a_card():
    one = {"hardware": "AMD EPYC, 2 cores, 25 GB", "processes": 1, "threads": 2, "precision": "bf16-mixed"}
    told = "AMD EPYC, 2 cores, 25 GB, 1 process, 2 threads, bf16-mixed"
    assert hardware_of([]) is None
    assert hardware_of([one]) == told
    assert hardware_of([one, one]) == f"{told}; in 2 sittings"
    other = "AMD EPYC, 2 cores, 25 GB, 2 processes, 1 thread, bf16-mixed"
    assert hardware_of([one, one | {"processes": 2, "threads": 1}]) == f"{told}; then {other}; in 2 sittings"


@pytest.mark.fault(
    "Training",
    "the record of a run is damaged",
    "one line says so, and the run goes on",
)
@pytest.mark.parametrize("content", ["{", "[]", '{"starts": 5}', '{"starts": [5]}', "{}"])
def test_a_damaged_record_is_told_and_does_not_stop_a_run(folder, content):
    folder.record.write_text(content)
    heard: list[str] = []
    opened(folder, report=heard.append)
    assert len(starts(folder)) == 1
    assert str(folder.record) in heard[0] and "\n" not in heard[0]


def test_what_ended_a_run_stands_in_record_and_log(folder):
    with pytest.raises(RuntimeError), opened(folder):
        raise RuntimeError("out of memory\nmany more lines")
    assert starts(folder)[0]["stopped"] == "out of memory"
    assert folder.log.read_text().endswith(" stopped: out of memory\n")


def test_a_resumed_run_leaves_no_step_twice_among_the_curves(folder):
    for kept, steps, value in ((0, range(1, 6), 1.0), (3, range(4, 8), 2.0)):
        with opened(folder, "adversarial", kept) as log:
            for step in steps:
                log.row("adversarial", step, {"generator": value, "ssim": value})
    expected = [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0), (5, 2.0), (6, 2.0), (7, 2.0)]
    assert curve(folder.tensorboard / "adversarial", "losses/generator") == expected
    assert curve(folder.tensorboard / "adversarial", "held_out/ssim") == expected


def test_a_sample_grid_is_kept_and_stands_at_half_its_size_beside_the_curves(folder):
    with opened(folder) as log:
        log.grid("adversarial", 2, Image.new("RGB", (1280, 512), (200, 10, 10)))
    with Image.open(folder.samples / "step_000002.png") as grid:
        assert grid.size == (1280, 512)
    events = EventAccumulator(str(folder.tensorboard / "adversarial"))
    events.Reload()
    (picture,) = events.Images("samples")
    assert (picture.step, picture.width, picture.height) == (2, 640, 256)


def test_without_tensorboard_rows_and_grids_are_written_and_one_line_says_so(folder, monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    heard: list[str] = []
    with opened(folder, report=heard.append) as log:
        log.row("adversarial", 2, {"generator": 1.0})
        log.grid("adversarial", 2, Image.new("RGB", (8, 8)))
    assert places(folder) == [("adversarial", "2")]
    assert (folder.samples / "step_000002.png").exists() and not folder.tensorboard.exists()
    assert len(heard) == 1 and "TensorBoard is not installed" in heard[0]


@pytest.mark.fault(
    "Training",
    "the disk is full, or the folder gone, when TensorBoard writes its curves in a thread of its own",
    "one line says so; no traceback of the thread",
)
def test_a_thread_that_cannot_write_curves_shows_no_traceback(folder, monkeypatch):
    told, stopped = [], threading.Event()
    monkeypatch.setattr(threading, "excepthook", told.append)

    def full(*_):
        stopped.set()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(UserError, match="tensorboard: cannot be written: No space left"), opened(folder) as log:
        thread = threading.Thread(target=lambda: 1 / 0)  # of somebody else
        thread.start()
        thread.join()
        log.row("matching", 1, {"matching": 1.0})
        monkeypatch.setattr(RecordWriter, "write", full)
        log.row("matching", 2, {"matching": 1.0})  # says so at once where TensorBoard's thread was quick
        assert stopped.wait(60)
        log.note({})
    assert [about.thread for about in told] == [thread] and threading.excepthook == told.append


@pytest.mark.parametrize("name", ["lfes_core.training", "lfes_core.training.log", "lfes_core.synthesis"])
def test_importing_the_package_does_not_import_tensorboard(name):
    code = f"import sys, {name}; sys.exit(any(name.split('.')[0] == 'tensorboard' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
