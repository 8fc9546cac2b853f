"""Files are there whole or not at all, and a folder belongs to one process at a time."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image

from lfes_core import shipped
from lfes_core.command_line import command_line_parser
from lfes_core.config import Config
from lfes_core.datasets import FaceDataset, open_tree, unpack
from lfes_core.errors import UserError
from lfes_core.files import alone_in, parse_json, write_all, write_text, written_whole
from lfes_core.images import read_image
from lfes_core.provenance import read_note
from lfes_core.sentences import Vocabulary
from lfes_core.training import Options, train
from lfes_core.training.start import take


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


@pytest.mark.skipif(os.name == "nt", reason="there nobody can ask whether a process is gone")
@pytest.mark.fault(
    "Files and folders",
    "a process is killed while it writes a file, and another one writes to the same folder later",
    "what the first one has left is removed; what somebody is writing stays",
)
def test_what_a_killed_process_left_beside_a_file_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    names = ["999999999999999999999.0", f"{gone.pid}.7", f"{gone.pid}.8", f"{os.getppid()}.7"]
    left = [tmp_path / f".{name}.unfinished" for name in names]
    for folder in left:
        folder.mkdir()
        (folder / "file").touch()
        os.utime(folder, (long_ago := time.time() - 90, long_ago))
    os.utime(left[2])
    monkeypatch.setattr(Path, "glob", lambda *_: [tmp_path / ".1.0.unfinished", *left])  # the first has just gone
    write_text(tmp_path / "a", "whole")
    assert sorted(tmp_path.iterdir()) == sorted([*left[2:], tmp_path / "a"])


@pytest.mark.fault("Files and folders", "a path that begins with ~, which no shell has replaced", "~ is the home")
def test_a_path_of_a_user_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "~me.png"):  # the second is a name as any other
        Image.new("RGB", (24, 24)).save(tmp_path / name)
    for name in ("matching", "synthesizer"):
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / f"{name}.safetensors").write_text("damaged")
    words = command_line_parser().parse_args(["synthesize", "~/a.png", "smiling", "--out=~/o.png"])
    assert (words.faces, words.out) == ([tmp_path / "a.png"], tmp_path / "o.png")
    assert read_image("~/a.png").shape == read_image("~me.png").shape == (24, 24, 3) and read_note("~/a.png") is None
    assert "a.png" in open_tree("~/").names()
    assert shipped.synthesizer_file("~/run") == tmp_path / "run" / "synthesizer.safetensors"
    for use in (
        lambda: take("~/run", None, Config(), Vocabulary()),
        lambda: take(None, "~/run", Config(), Vocabulary()),
        lambda: train(Config(), Mock(FaceDataset), "~/none", Options(resume=True)),
        lambda: unpack("~/run"),
    ):
        with pytest.raises(UserError, match=re.escape(str(tmp_path))):
            use()


@pytest.mark.parametrize("text", ["{", b"\xff"])
def test_json_that_makes_no_sense_is_refused_in_one_short_line(text: str | bytes) -> None:
    with pytest.raises(UserError) as refusal:
        parse_json(text, "config.json")
    assert len(str(refusal.value)) < 300 and "config.json" in str(refusal.value)
