"""The tools that put load on a machine, or take memory and cores from a command, measure and limit what they say."""

import csv
import sys

import pytest

from tools import load, small_machine

SMALL = "Loaded and small machines"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are bound to cores on Linux")


@pytest.fixture(autouse=True)
def every_core(monkeypatch):
    """The tools bind themselves, which here are the tests, and what they start."""
    monkeypatch.setattr("os.sched_setaffinity", lambda process, cores: None)


def test_times_beside_other_work_and_memory_become_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "WARM", 1)
    monkeypatch.setattr(load, "BESIDE", {"alone": [], "beside a busy process": [load.BUSY]})
    assert (
        load.main(["--rounds", "2", "--pictures", "1", "--many", "2", "--peaks", "--out", f"{tmp_path}/load.csv"]) == 0
    )
    with (tmp_path / "load.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["unit"], row["rounds"]) for row in rows] == [
        ("machine", "0"),
        *[("MB", "1")] * 2,
        *[("ms", "2")] * 2,
        ("times", "2"),
    ]
    assert all(float(row["least"]) <= float(row["median"]) <= float(row["most"]) for row in rows[1:])


def test_the_peak_of_a_command_is_measured_and_one_that_fails_ends_all(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(load, "PEAKS", {"words": ("parse", "a smile"), "nothing": ("parse", "xyzzy")})
    (tmp_path / "first").mkdir()
    [(what, unit, [megabytes])] = load._peaks(["words"], tmp_path / "first")
    assert (what, unit) == ("peak memory of words", "MB") and megabytes > 10
    with pytest.raises(SystemExit, match="nothing ended with 2"):
        list(load._peaks(["words", "nothing"], tmp_path))


HOLDS = "import sys, time; held = bytearray(400_000_000); time.sleep(float(sys.argv[1]))"
STARTS = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]])"


@pytest.mark.fault(SMALL, "a command, with all that it starts, takes more memory than it was given", "it is ended")
@pytest.mark.parametrize(("gigabytes", "seconds", "status"), [("0.3", "60", 137), ("3", "3", 0)])
def test_a_command_has_no_more_memory_than_a_small_machine(capsys, gigabytes, seconds, status):
    command = [sys.executable, "-c", STARTS, HOLDS, seconds]
    assert small_machine.main(["--gigabytes", gigabytes, *command]) == status
    said = capsys.readouterr().out
    assert float(said.split()[0]) > 0.3 and ("ended" in said) == (status == 137)
