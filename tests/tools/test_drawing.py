import os
import signal
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest

from tests.tools import painters
from tools.scan_faces.drawing import ONE_THREAD, Painter, finished_people, write_archive
from tools.scan_faces.errors import ScanFacesError

PEOPLE = tuple(painters.person(number) for number in (1, 2, 3, 97))
FRONT = [("README.txt", b"about")]


def write(archive: Path, painter: Painter = painters.paint, workers: int = 1, **settings: object) -> None:
    write_archive(archive, painter, PEOPLE, workers, settings, FRONT)


def test_the_number_of_workers_does_not_change_a_byte(tmp_path: Path) -> None:
    archives = [tmp_path / f"{workers}.zip" for workers in (1, 3)]
    for workers, archive in zip((1, 3), archives, strict=True):
        write(archive, workers=workers)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as archive:
        assert archive.namelist() == ["README.txt", *(f"{p.name}/{i}.jpg" for p in PEOPLE for i in range(3))]
        assert archive.read("SN097/2.jpg") == b"97 2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.zip", "3.zip"]


def test_each_worker_computes_on_one_thread_and_the_caller_keeps_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    (tmp_path / "notes").mkdir()
    write(tmp_path / "a.zip", partial(painters.paint_and_note, tmp_path / "notes"), workers=2)
    assert {path.read_text() for path in (tmp_path / "notes").iterdir()} == {"1 1 1 1"}
    assert set(painters.THREADS) <= ONE_THREAD.keys()
    assert os.environ["OMP_NUM_THREADS"] == "7" and "NUMBA_NUM_THREADS" not in os.environ


def test_a_failed_drawing_keeps_who_is_finished_and_the_next_one_goes_on(tmp_path: Path) -> None:
    archive, whole, notes = tmp_path / "a.zip", tmp_path / "whole.zip", tmp_path / "notes"
    with pytest.raises(OSError, match="no more paint"):
        write(archive, partial(painters.paint_until, "SN097"), seed=1)
    assert not archive.exists() and finished_people(archive) == ["SN001", "SN002", "SN003"]
    assert not list(tmp_path.rglob("*.partial"))
    notes.mkdir()
    write(archive, partial(painters.paint_and_note, notes), seed=1)
    assert sorted(path.name.split()[0] for path in notes.iterdir()) == ["SN097"]
    write(whole, seed=1)
    assert archive.read_bytes() == whole.read_bytes()
    assert finished_people(archive) == [] and not (tmp_path / "a.zip.parts").exists()


def test_people_of_other_settings_are_not_mixed_in(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no more paint"):
        write(tmp_path / "a.zip", partial(painters.paint_until, "SN002"), seed=1, frames=3)
    with pytest.raises(
        ScanFacesError, match=r"a\.zip\.parts keeps people drawn with other settings \(seed\)"
    ):
        write(tmp_path / "a.zip", seed=2, frames=3)
    assert "SN001" in finished_people(tmp_path / "a.zip")


def test_a_folder_that_is_not_ours_and_a_damaged_part_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip.parts").mkdir()
    (tmp_path / "a.zip.parts" / "holiday.txt").write_text("mine")
    with pytest.raises(ScanFacesError, match="was not made by this tool"):
        write(tmp_path / "a.zip")
    with pytest.raises(OSError, match="no more paint"):
        write(tmp_path / "b.zip", partial(painters.paint_until, "SN002"))
    (tmp_path / "b.zip.parts" / "SN001.zip").write_bytes(b"half a")
    with pytest.raises(ScanFacesError, match=r"SN001\.zip is damaged: delete it"):
        write(tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists() and not list(tmp_path.glob("*.partial"))


def test_a_killed_worker_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScanFacesError, match="fewer --workers"):
        write(tmp_path / "a.zip", painters.paint_and_die)
    assert finished_people(tmp_path / "a.zip") == []


SLOW = """
import sys, time
from pathlib import Path
from tests.tools import painters
from tools.scan_faces import drawing

def paint(subject, drawn):
    if subject.seed > 2:
        Path(sys.argv[1]).with_suffix(".started").touch()
        while True:  # Until told to stop.
            drawn()
            time.sleep(0.01)
    yield from painters.paint(subject, drawn)

if __name__ == "__main__":
    people = [painters.person(number) for number in (1, 2, 3, 4)]
    try:
        drawing.write_archive(Path(sys.argv[1]), paint, people, 2, {}, [])
    except KeyboardInterrupt:
        sys.exit(130)
"""


def test_an_interrupt_ends_every_process_and_keeps_who_is_finished(tmp_path: Path) -> None:
    script, archive = tmp_path / "slow.py", tmp_path / "a.zip"
    script.write_text(SLOW)
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, str(script), str(archive)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        while not archive.with_suffix(".started").exists():
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C in a terminal reaches the whole group.
        # It ends when the last process has closed the pipe.
        told = process.communicate(timeout=60)[1].decode()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    assert process.returncode == 130 and "Traceback" not in told
    assert finished_people(archive) == ["SN001", "SN002"]
    assert not list(tmp_path.rglob("*.partial")) and not archive.exists()
