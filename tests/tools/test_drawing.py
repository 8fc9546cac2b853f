import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from lfes_core.errors import UserError
from tests.tools import painters
from tools.scan_faces.drawing import ONE_THREAD, Painter, finished_people, write_archive

PEOPLE = tuple(painters.person(number) for number in (1, 2, 3, 97))
FRONT = [("README.txt", b"about")]
ROOT = Path(__file__).parents[2]


def write(archive: Path, painter: Painter = painters.paint, workers: int = 1, **settings: object) -> None:
    write_archive(archive, painter, PEOPLE, workers, settings, FRONT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an archive holds that was drawn in one sitting."""
    archive = tmp_path_factory.mktemp("whole") / "whole.zip"
    write(archive)
    return archive.read_bytes()


def test_the_number_of_workers_does_not_change_a_byte(tmp_path, whole):
    write(tmp_path / "3.zip", workers=3)
    assert (tmp_path / "3.zip").read_bytes() == whole
    with zipfile.ZipFile(tmp_path / "3.zip") as archive:
        assert archive.namelist() == ["README.txt", *(f"{p.name}/{i}.jpg" for p in PEOPLE for i in range(3))]
        assert archive.read("SN097/2.jpg") == b"97 2"
    assert [path.name for path in tmp_path.iterdir()] == ["3.zip"]


def test_each_worker_computes_on_one_thread_and_the_caller_keeps_its_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    (tmp_path / "notes").mkdir()
    write(tmp_path / "a.zip", partial(painters.paint_and_note, tmp_path / "notes"), workers=2)
    assert {path.read_text() for path in (tmp_path / "notes").iterdir()} == {"1 1 1 1 1"}
    assert {"OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"} <= ONE_THREAD.keys()
    assert os.environ["OMP_NUM_THREADS"] == "7" and "NUMBA_NUM_THREADS" not in os.environ


FAILURES = {
    painters.paint_until: "no more paint",
    painters.paint_on_a_full_disk: r"SN097\.zip: cannot be written: File too large",
}


@pytest.mark.fault(
    "Files and folders",
    "rendering fails in the middle of a person, as on a full disk",
    "who is finished is kept; the next call goes on to the same archive",
)
@pytest.mark.parametrize("painter", FAILURES)
def test_a_failed_drawing_keeps_who_is_finished_and_the_next_one_goes_on(tmp_path, whole, painter):
    archive, notes = tmp_path / "a.zip", tmp_path / "notes"
    with pytest.raises((OSError, UserError), match=FAILURES[painter]):
        write(archive, partial(painter, "SN097"), seed=1)
    assert not archive.exists() and finished_people(archive) == ["SN001", "SN002", "SN003"]
    assert not list(tmp_path.rglob("*.unfinished"))
    notes.mkdir()
    write(archive, partial(painters.paint_and_note, notes), seed=1)
    assert sorted(path.name.split()[0] for path in notes.iterdir()) == ["SN097"]
    assert archive.read_bytes() == whole
    assert finished_people(archive) == [] and not (tmp_path / "a.zip.parts").exists()


@pytest.mark.fault(
    "Files and folders",
    "rendering goes on with other settings",
    "it is refused by the name of the setting",
)
def test_people_of_other_settings_are_not_mixed_in(tmp_path):
    with pytest.raises(OSError, match="no more paint"):
        write(tmp_path / "a.zip", partial(painters.paint_until, "SN002"), seed=1, frames=3)
    with pytest.raises(UserError, match=r"a\.zip\.parts keeps people drawn with other settings \(seed\)"):
        write(tmp_path / "a.zip", seed=2, frames=3)
    assert "SN001" in finished_people(tmp_path / "a.zip")


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "a.zip.parts").mkdir()
    (tmp_path / "a.zip.parts" / "holiday.txt").write_text("mine")
    with pytest.raises(UserError, match="was not made by this tool"):
        write(tmp_path / "a.zip")
    assert [path.name for path in tmp_path.rglob("*.*")] == ["a.zip.parts", "holiday.txt"]


@pytest.mark.fault(
    "Files and folders",
    "what an interrupted rendering has kept is damaged",
    "the file is named in one line",
)
@pytest.mark.parametrize("damage", ["cut", "changed", "other", "settings"])
def test_a_damaged_part_is_told(tmp_path, damage):
    archive, part = tmp_path / "a.zip", tmp_path / "a.zip.parts" / "SN001.zip"
    with pytest.raises(OSError, match="no more paint"):
        write(archive, partial(painters.paint_until, "SN002"))
    good = part.read_bytes()
    damaged = {"cut": good[:-9], "changed": good.replace(b"1 1", b"1 2"), "other": b"half a"}
    broken = part.with_name("settings.json") if damage == "settings" else part
    broken.write_bytes(damaged.get(damage, b"{"))
    with pytest.raises(UserError) as refusal:
        write(archive)
    assert str(refusal.value).startswith(str(broken)) and "\n" not in str(refusal.value)
    assert not archive.exists() and not list(tmp_path.rglob("*.unfinished"))


@pytest.mark.fault(
    "Files and folders",
    "a process that renders is killed, as a system without memory does",
    "one line says so, and how to go on",
)
def test_a_killed_worker_is_told(tmp_path):
    with pytest.raises(UserError, match="fewer --workers"):
        write(tmp_path / "a.zip", painters.paint_and_die)
    assert finished_people(tmp_path / "a.zip") == []


ENDLESS = """
import sys
from functools import partial
from pathlib import Path
from tests.tools import painters, test_drawing

if __name__ == "__main__":
    try:
        painter = partial(painters.paint_for_ever, Path(sys.argv[1]).with_suffix(".started"))
        test_drawing.write(Path(sys.argv[1]), painter, workers=2)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@contextmanager
def endless(archive: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has finished two people and draws on."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(archive)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        while not (archive.with_suffix(".started").exists() and len(finished_people(archive)) == 2):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        yield process
    finally:
        with suppress(ProcessLookupError):  # Nobody of it is left.
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.fault(
    "Files and folders",
    "Ctrl-C or kill -9 while several processes render",
    "all of them end; the same command goes on to the same archive",
)
@pytest.mark.parametrize("kill", [False, True])
def test_an_interrupt_or_a_kill_ends_every_process_and_the_same_command_goes_on(tmp_path, whole, kill):
    archive = tmp_path / "a.zip"
    with endless(archive) as process:
        if kill:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGINT)  # Ctrl-C in a terminal reaches the whole group.
        # It ends when the last process has closed the pipe.
        told = process.communicate(timeout=60)[1].decode()
    assert process.returncode == (-signal.SIGKILL if kill else 130) and "Traceback" not in told
    assert finished_people(archive) == ["SN001", "SN002"] and not archive.exists()
    if kill:
        (tmp_path / "a.zip.parts/.1.0.unfinished").touch()  # as if caught in the middle of writing
    assert kill == bool(list(tmp_path.rglob("*.unfinished")))
    write(archive)
    assert archive.read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.started", "a.zip"]


@pytest.mark.fault(
    "Files and folders",
    "two processes render one archive",
    "the second is refused in one line",
)
def test_two_drawings_of_one_archive_do_not_disturb_each_other(tmp_path):
    archive = tmp_path / "a.zip"
    with endless(archive):
        with pytest.raises(UserError, match=r"a\.zip\.parts: another process is at work there"):
            write(archive)
        assert finished_people(archive) == ["SN001", "SN002"]
