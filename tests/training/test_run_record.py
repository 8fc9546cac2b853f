"""A run's record tells with what, on what and how far each of its starts went; its log keeps every line."""

import json
import re

import pytest

from lfes_core.training import run_record
from lfes_core.training.run_record import RunRecord, hardware, logged, noting_failure, versions


@pytest.fixture
def record(tmp_path) -> RunRecord:
    return RunRecord(tmp_path / "run.json", {"seed": 3}, {"precision": "32-true"})


def stored(record: RunRecord) -> dict:
    return json.loads(record.path.read_text())


def test_each_start_has_its_own_entry_and_earlier_ones_stay(record):
    record.note({"step": 5, "stopped": "time limit"})
    second = RunRecord(record.path, {"seed": 3}, {"precision": "bf16-mixed"})
    second.note({"step": 9})
    second.note({"step": 12})
    data = stored(second)
    assert data["seed"] == 3
    first, last = data["starts"]
    assert (first["precision"], first["step"], first["stopped"]) == ("32-true", 5, "time limit")
    assert (last["precision"], last["step"]) == ("bf16-mixed", 12)
    assert "stopped" not in last


def test_a_start_names_versions_hardware_and_the_time(record):
    (start,) = stored(record)["starts"]
    assert {"python", "torch", "numpy"} <= versions().keys() == start["versions"].keys()
    assert start["hardware"] == hardware()
    assert re.search(r"\d+ cores, \d+ GB", start["hardware"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", start["began"])


def test_equal_gpus_are_counted(monkeypatch):
    class Properties:
        name, total_memory = "NVIDIA H200", 150_000_000_000

    monkeypatch.setattr(run_record.torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(run_record.torch.cuda, "get_device_properties", lambda number: Properties)
    assert hardware().startswith("2 x NVIDIA H200 (150 GB); ")


def test_a_damaged_record_does_not_stop_a_run(record):
    record.path.write_text("{")
    assert len(stored(RunRecord(record.path, {}, {}))["starts"]) == 1


def test_a_log_keeps_every_line_with_its_time_and_passes_it_on(tmp_path):
    heard: list[str] = []
    for line in ("first", "second"):
        logged(heard.append, tmp_path / "log.txt")(line)
    assert heard == ["first", "second"]
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert [line[20:] for line in lines] == heard


def test_what_ended_a_run_stands_in_record_and_log(record, tmp_path):
    log = tmp_path / "log.txt"
    with pytest.raises(RuntimeError), noting_failure(record, log):
        raise RuntimeError("out of memory\nmany more lines")
    assert stored(record)["starts"][0]["stopped"] == "out of memory"
    assert log.read_text().endswith(" stopped: out of memory\n")
    with pytest.raises(RuntimeError), noting_failure(None, tmp_path / "other"):
        raise RuntimeError
    assert not (tmp_path / "other").exists()
