"""Files are there whole or not at all, and a folder belongs to one process at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from lfes_core.errors import UserError
from lfes_core.files import alone_in, parse_json, write_all, write_text, written_whole


def test_a_file_that_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), written_whole(path) as unfinished:
        unfinished.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault(
    "Files and folders",
    "the disk is full while the second of two files is written",
    "neither is there",
)
def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    def fails(file: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match=r"b\.bin: cannot be written: No space left on device"):
        write_all({tmp_path / "a.bin": lambda file: file.write(b"a"), tmp_path / "b.bin": fails})
    assert not list(tmp_path.iterdir())
    write_all({tmp_path / "a.bin": lambda file: file.write(b"a"), tmp_path / "b.bin": lambda f: f.write(b"b")})
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"a", b"b"]


def test_a_name_of_any_legal_length_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_text(path, "long")
    assert path.read_text() == "long"


@pytest.mark.fault(
    "Files and folders",
    "the process that works in a folder is killed",
    "the folder is free for the next one, which removes what is unfinished",
)
def test_a_folder_is_refused_to_a_second_process_and_free_after_a_kill(tmp_path: Path) -> None:
    hold = "import sys, time, pathlib; from lfes_core.files import alone_in\n"
    hold += "with alone_in(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", hold, tmp_path], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(UserError, match="another process is at work there"), alone_in(tmp_path):
            pass
        (tmp_path / ".123.0.unfinished").write_text("left by a kill")
        other.kill()
    with alone_in(tmp_path):
        assert not list(tmp_path.glob("*.unfinished"))
    with alone_in(tmp_path):  # free again after an ordinary end
        pass


@pytest.mark.parametrize("text", ["{", b"\xff"])
def test_json_that_makes_no_sense_is_refused_in_one_short_line(text: str | bytes) -> None:
    with pytest.raises(UserError) as refusal:
        parse_json(text, "config.json")
    assert len(str(refusal.value)) < 300 and "config.json" in str(refusal.value)
