"""Wrong input: one line, exit status 2, nothing written, nothing lost."""

import os
from pathlib import Path

import numpy as np
import pytest

from lfes_core.command_line import main
from tests.datasets import trees

SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


#: Options of the command ``train``, and what the message names.
WRONG_TRAININGS = {
    "--preset huge": "huge",
    "--set losses.k=1": "losses.kl",
    "--set losses.kl": "KEY=VALUE",
    "--set matching.batch_size=1": "batch_size",
    "--set adversarial.batch_size=-1": "batch_size",
    "--set adversarial.learning_rate=NaN": "learning_rate",
    "--time-limit soon": "soon",
    "--data celeba:.": "celeba",
    "--data disfaplus:missing": "missing",
    "--data ckplus:other_layout": "other_layout",
    "--data disfaplus:other_layout": "other_layout",
    "--data disfaplus:DATA --resume": "run",  # data that are read quickly
    "--data disfaplus:DATA --matching-from nothing": "nothing",
    "--data disfaplus:DATA --start-from nothing": "nothing",
    "--steps -3": "steps",
    "--seed -1": "seed",
    "--seed 9223372036854775808": "seed",
    f"--seed {'1' * 5_000}": "seed",
    "--devices 0": "devices",
    "--workers -1": "workers",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trees.disfa_plus(tmp_path_factory.mktemp("data"))


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Runs a command that must fail as a wrong input and gives back its one line."""
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1 and captured.err.endswith("\n")
    assert len(captured.err) < 700
    return captured.err


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.fault("Command line", "wrong words, options, settings, folders", "one line; nothing is written")
@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["parse", ""], "empty"),
        (["parse", "A woman with highly parted lisp."], "lips"),
        (["parse", "Lips parted the woman highly."], ""),
        (["describe", "--aus", "3:1"], "3"),
        (["describe", "--aus", "1:6"], "6"),
        (["describe", "--aus", "1:2,1:3"], "twice"),
        (["describe", "--aus", "smile"], "smile"),
        (["describe", "--emotion", "bliss"], "bliss"),
        (["describe", "--protocol", "poem"], "poem"),
        *(([*"train --out run".split(), *words.split()], part) for words, part in WRONG_TRAININGS.items()),
        (["faces", "other_layout"], "other_layout"),
        (["faces", "other_layout/notes.txt"], "notes.txt"),
        (["check-data"], "--dataset"),
        (["check-data", "--dataset", "celeba", "."], "celeba"),
        (["check-data", "--dataset", "ckplus"], "needs ROOT"),
        (["check-data", "--dataset", "ckplus", ""], "needs ROOT"),
        (["check-data", "--dataset", "ckplus", "missing"], "missing"),
        (["check-data", "--dataset", "ckplus", "other_layout"], "found notes.txt"),
        (["check-data", "--dataset", "disfaplus", "other_layout", "--json"], "found notes.txt"),
        (["check-data", "--dataset", "scanfaces", "other_layout/notes.txt"], "not a zip archive"),
        (["paint"], "paint"),
        ([], "COMMAND"),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(capsys, data, tmp_path, monkeypatch, argv, part):
    monkeypatch.chdir(tmp_path)
    argv = [word.replace("DATA", str(data)) for word in argv]
    (tmp_path / "other_layout").mkdir()
    (tmp_path / "other_layout" / "notes.txt").write_text("no faces here")
    before = files_below(tmp_path)
    assert part in refused(capsys, *argv)
    assert files_below(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {"other_layout"}


@pytest.mark.fault(
    "Command line", "wrong picture, sentence, output, weights or seed", "one line; what was there is kept"
)
@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"face": "missing.png"}, "missing.png"),
        ({"face": "text.png"}, "text.png"),
        ({"face": "two\nlines.png"}, "lines.png"),
        ({"face": "empty.png"}, "empty.png"),
        ({"sentence": ""}, "empty"),
        ({"sentence": "A woman with highly parted lisp."}, "lips"),
        ({"out": "out.txt"}, "out.txt"),
        ({"out": "missing/out.png"}, "missing"),
        ({"out": "folder.png"}, "folder.png"),
        ({"out": "face.png"}, "is also the input"),
        ({"out": "nowhere.png"}, "is a link or a device"),
        ({"out": "pipe.png"}, "is a link or a device"),
        ({"out": "~nobody/out.png"}, "its folder does not exist"),
        ({"out": "x" * 300 + ".png"}, "xxx...: File name too long"),
        ({"face": "x" * 300 + ".png"}, "xxx"),
        ({"seed": "-1"}, "a seed must be"),
        ({"seed": str(2**63)}, "a seed must be"),
        ({"attention": "out.txt"}, "out.txt"),
        ({"weights": "missing"}, "missing"),
        ({"weights": "folder"}, "folder"),
        ({"weights": "text.png"}, "text.png"),
        ({"weights": "cut.safetensors"}, "cut.safetensors"),
        ({"weights": "flipped.safetensors"}, "flipped.safetensors"),
        ({"weights": "other.safetensors"}, "other.safetensors"),
    ],
)
def test_synthesize_refuses_wrong_input_and_keeps_what_was_there(
    capsys, run_folder, unlike, face, tmp_path, monkeypatch, changes, part
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "text.png").write_text("not a picture, not weights")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "out.png").write_bytes(b"an earlier picture")
    (tmp_path / "out.npz").write_bytes(b"earlier maps")
    whole = (run_folder / "synthesizer.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "flipped.safetensors").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (tmp_path / "other.safetensors").symlink_to(unlike)
    (tmp_path / "nowhere.png").symlink_to("missing.png")
    os.mkfifo(tmp_path / "pipe.png")
    before = files_below(tmp_path)
    given = {
        "face": "face.png",
        "sentence": SENTENCE,
        "out": "out.png",
        "attention": "out.npz",
        "weights": str(run_folder),
        "seed": "0",
    } | changes
    line = refused(
        capsys,
        *("synthesize", given["face"], given["sentence"], "-o", given["out"]),
        *("--attention", given["attention"], "--weights", given["weights"], f"--seed={given['seed']}"),
    )
    assert part in line
    assert files_below(tmp_path) == before


def test_a_dataset_of_another_layout_or_without_a_whole_picture_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = trees.disfa_plus(Path("disfa"))
    wrong = refused(capsys, "check-data", "--dataset", "ckplus", str(root))
    assert f"it looks like disfaplus:{root}" in wrong
    for path in root.rglob("*.jpg"):
        path.write_bytes(path.read_bytes()[:300])
    before = files_below(tmp_path)
    broken = refused(capsys, "check-data", "--dataset", "disfaplus", str(root))
    assert "18 of 18 pictures are broken" in broken
    assert files_below(tmp_path) == before


@pytest.mark.fault("Files and folders", "no space while a picture is written", "the earlier picture is kept")
def test_a_failed_write_keeps_the_earlier_file(capsys, run_folder, face, tmp_path, monkeypatch):
    out, attention = tmp_path / "out.png", tmp_path / "out.npz"
    out.write_bytes(b"an earlier picture")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    options = ["-o", str(out), "--attention", str(attention), "--weights", str(run_folder)]
    line = refused(capsys, "synthesize", str(face), SENTENCE, *options)
    assert f"{attention}: cannot be written: No space left" in line
    assert out.read_bytes() == b"an earlier picture"
    assert {path.name for path in tmp_path.iterdir()} == {"face.png", "out.png"}


@pytest.mark.fault("Command line", "Ctrl-C while the faces are unpacked", "one line, exit status 130, no file is left")
def test_an_interrupt_ends_with_130_and_one_line(capsys, tmp_path, monkeypatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    assert main(["faces", str(tmp_path / "faces")]) == 130
    assert capsys.readouterr().err == "error: interrupted\n"
    assert list(tmp_path.iterdir()) == []
