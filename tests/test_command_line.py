"""The command line: what it prints, what it refuses, and that a refusal leaves nothing behind."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.command_line import command_line_parser, main
from lfes_core.config import preset
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import save_synthesizer

COMMANDS = ("synthesize", "describe", "parse", "train", "faces")
SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the export of an untrained synthesizer."""
    folder = tmp_path_factory.mktemp("run")
    synthesizer = Synthesizer(preset("tiny"), Vocabulary())
    save_synthesizer(
        folder / "synthesizer.safetensors", synthesizer.networks, synthesizer.config, synthesizer.vocabulary
    )
    return folder


@pytest.fixture(scope="module")
def unlike(run_folder: Path) -> Path:
    """An export whose header names other widths than its tensors have."""
    synthesizer = Synthesizer.load(run_folder)
    narrower = synthesizer.config.overridden({"networks.synthesizer.level_3": 4})
    path = run_folder / "other.safetensors"
    save_synthesizer(path, synthesizer.networks, narrower, synthesizer.vocabulary)
    return path


@pytest.fixture
def face(tmp_path: Path) -> Path:
    """A picture that is no square, as people have them."""
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    path = tmp_path / "face.png"
    Image.fromarray(pixels).save(path)
    return path


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Runs a command that must fail as a wrong input and gives back its one line."""
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1 and captured.err.endswith("\n")
    return captured.err


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- what works


def test_describe_and_parse_are_inverse(capsys: pytest.CaptureFixture[str]) -> None:
    for protocol in ("possessive", "because", "with"):
        assert main(["describe", "--aus", "1:3,25:5", "--subject", "woman", "--protocol", protocol]) == 0
        sentence = capsys.readouterr().out.strip()
        assert main(["parse", sentence]) == 0
        assert capsys.readouterr().out == (
            '{"subject": "woman", "emotion": null, "action_units": {"1": 3, "25": 5}}\n'
        )


def test_describe_repeats_itself_for_a_seed_and_varies_between_seeds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def sentence(seed: int) -> str:
        assert main(["describe", "--aus", "1:C,12,25:5", "--seed", str(seed)]) == 0
        return capsys.readouterr().out

    assert sentence(3) == sentence(3)
    assert len({sentence(seed) for seed in range(8)}) > 1


def test_describe_prints_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "--aus", "12,25:5", "--subject", "man", "--emotion", "happiness", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["description"] == {
        "subject": "man",
        "emotion": "happiness",
        "action_units": {"12": None, "25": 5},
    }
    assert printed["sentence"].startswith("A happy man")


def test_synthesize_writes_picture_and_attention_maps(
    capsys: pytest.CaptureFixture[str], run_folder: Path, face: Path, tmp_path: Path
) -> None:
    out, attention = tmp_path / "out.png", tmp_path / "out.npz"
    options = ["-o", str(out), "--attention", str(attention), "--weights", str(run_folder), "--json"]
    assert main(["synthesize", str(face), SENTENCE, *options]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["description"]["action_units"] == {"25": 5, "26": 5}
    with Image.open(out) as image:
        assert (image.size, image.mode, image.format) == ((256, 256), "RGB", "PNG")
    with np.load(attention, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["level_1", "level_2", "words"]
        words = arrays["words"].tolist()
        assert words == printed["words"] and "lips" in words
        assert arrays["level_1"].shape == (len(words), 64, 64)
        assert arrays["level_2"].shape == (len(words), 128, 128)
        assert arrays["level_1"].dtype == np.float32
        np.testing.assert_allclose(arrays["level_2"].sum(axis=0), 1, atol=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == {"face.png", "out.png", "out.npz"}


def test_synthesize_says_what_it_understood(
    capsys: pytest.CaptureFixture[str], run_folder: Path, face: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jpg"
    assert main(["synthesize", str(face), SENTENCE, "-o", str(out), "--weights", str(run_folder)]) == 0
    assert capsys.readouterr().out == f"{out}: a woman: AU 25 E, AU 26 E\n"
    with Image.open(out) as image:
        assert image.format == "JPEG"


def test_synthesize_gives_the_same_bytes_twice_and_others_for_a_seed(
    run_folder: Path, face: Path, tmp_path: Path
) -> None:
    def synthesized(*options: str) -> bytes:
        out = tmp_path / "out.png"
        assert (
            main(["synthesize", str(face), SENTENCE, "-o", str(out), "--weights", str(run_folder), *options])
            == 0
        )
        return out.read_bytes()

    plain = synthesized()
    assert plain == synthesized()
    assert synthesized("--seed", "1") == synthesized("--seed", "1") != plain


def test_faces_unpacks_the_layout_of_disfa_plus(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    assert main(["faces", str(folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["files"] == sum(path.is_file() for path in folder.rglob("*"))
    assert {path.name for path in folder.iterdir()} >= {"Images", "Labels"}
    assert {path.name for path in tmp_path.iterdir()} == {"faces"}


# --- what is refused: one line, exit status 2, nothing written, nothing lost


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
        (["train", "--out", "run", "--preset", "huge"], "huge"),
        (["train", "--out", "run", "--set", "losses.k=1"], "losses.kl"),
        (["train", "--out", "run", "--set", "losses.kl=much"], "losses.kl"),
        (["train", "--out", "run", "--set", "losses.kl"], "KEY=VALUE"),
        (["train", "--out", "run", "--time-limit", "soon"], "soon"),
        (["train", "--out", "run", "--data", "celeba:."], "celeba"),
        (["train", "--out", "run", "--data", "disfaplus:missing"], "missing"),
        (["train", "--out", "run", "--data", "ckplus:other_layout"], "other_layout"),
        (["train", "--out", "run", "--data", "disfaplus:other_layout"], "other_layout"),
        (["train", "--out", "run", "--resume"], "run"),
        (["faces", "other_layout"], "other_layout"),
        (["faces", "other_layout/notes.txt"], "notes.txt"),
        (["paint"], "paint"),
        ([], "COMMAND"),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    part: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other_layout").mkdir()
    (tmp_path / "other_layout" / "notes.txt").write_text("no faces here")
    before = files_below(tmp_path)
    assert part in refused(capsys, *argv)
    assert files_below(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {"other_layout"}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"face": "missing.png"}, "missing.png"),
        ({"face": "text.png"}, "text.png"),
        ({"face": "two\nlines.png"}, "lines.png"),
        ({"face": "folder"}, "folder"),
        ({"face": "empty.png"}, "empty.png"),
        ({"sentence": ""}, "empty"),
        ({"sentence": "   "}, "empty"),
        ({"sentence": "A woman with highly parted lisp."}, "lips"),
        ({"sentence": "A woman parted."}, ""),
        ({"out": "out.txt"}, "out.txt"),
        ({"out": "missing/out.png"}, "missing"),
        ({"out": "folder.png"}, "folder.png"),
        ({"out": "face.png"}, "face.png"),
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
    capsys: pytest.CaptureFixture[str],
    run_folder: Path,
    unlike: Path,
    face: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    part: str,
) -> None:
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
    before = files_below(tmp_path)
    given = {
        "face": "face.png",
        "sentence": SENTENCE,
        "out": "out.png",
        "attention": "out.npz",
        "weights": str(run_folder),
    } | changes
    line = refused(
        capsys,
        *("synthesize", given["face"], given["sentence"], "-o", given["out"]),
        *("--attention", given["attention"], "--weights", given["weights"]),
    )
    assert part in line
    assert files_below(tmp_path) == before


def test_a_failed_write_keeps_the_earlier_file(
    capsys: pytest.CaptureFixture[str],
    run_folder: Path,
    face: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, attention = tmp_path / "out.png", tmp_path / "out.npz"
    out.write_bytes(b"an earlier picture")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    options = ["-o", str(out), "--attention", str(attention), "--weights", str(run_folder)]
    assert "No space left" in refused(capsys, "synthesize", str(face), SENTENCE, *options)
    assert out.read_bytes() == b"an earlier picture"
    assert {path.name for path in tmp_path.iterdir()} == {"face.png", "out.png"}


def test_an_interrupt_ends_with_130_and_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    assert main(["faces", str(tmp_path / "faces")]) == 130
    assert capsys.readouterr().err == "error: interrupted\n"
    assert list(tmp_path.iterdir()) == []


# --- help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_parses(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    example = text.partition(f"example: python -m lfes_core {command} ")[2]
    assert example
    command_line_parser().parse_args([command, *shlex.split(example)])


def run_process(*argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lfes_core", *argv], capture_output=True, text=True, check=False
    )


def test_the_module_runs_as_a_program() -> None:
    done = run_process("parse", SENTENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["action_units"] == {"25": 5, "26": 5}
    wrong = run_process("parse", "A woman with highly parted lisp.")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: ") and wrong.stderr.count("\n") == 1


def test_parse_and_help_do_not_wait_for_pytorch() -> None:
    code = (
        "import sys; from lfes_core.command_line import main; "
        f"main(['parse', {SENTENCE!r}]); main(['describe', '--aus', '1:2']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
