"""What a tool cannot do is told in one line with exit code 2, and nothing is written."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tools.exit_code import exit_code
from tools.scan_faces.figures import BEGIN

REFUSED = {
    "scan_faces.__main__": [
        (". faces.zip --subjects 2", "holds no generic_neutral_mesh.obj"),
        (". faces.zip --subjects 0", "--subjects must be 1 to"),
        (". faces.zip --frames 1", "--frames must be at least 2"),
        (". faces.zip --seed -1", "--seed must not be negative"),
        (". faces.zip --test-subjects -1", "--test-subjects must be 0 to"),
        (". faces.zip --workers 0", "--workers must be at least 1"),
        (". faces.zip --quality 101", "--quality must be 1 to 95"),
        (". faces.png", "must be the name of a file that ends in .zip"),
        (". no/faces.zip", "does not exist: make it first"),
    ],
    "scan_faces.figures": [
        ("nowhere.zip", "nowhere.zip"),
        ("text.zip", "text.zip"),
        ("nowhere.zip --card text.zip", f"has no place for the figures: it needs the lines {BEGIN}"),
    ],
    "published_captions": [(".", "no table (.csv) with the columns caption and action_unit; name a clone")],
    "train_estimator": [("--data disfaplus:nowhere --out meter.safetensors", "nowhere")],
    "train_hindrances": [
        ("--data scanfaces:nowhere --out watcher.safetensors", "nowhere"),
        ("--out no/watcher.safetensors", "no is no folder"),
    ],
    "plots": [(folder, f"{folder}: no report") for folder in ("nowhere", "empty", "other", "torn")],
    "ship_weights.__main__": [
        ("nowhere Tiny", "not a name"),
        ("nowhere ../tiny", "not a name"),
        ("nowhere tiny --limits text.zip", "no such weights"),
        ("nowhere matching --limits text.zip", "no such weights"),
    ],
}
CASES = [(tool, line, told) for tool, cases in REFUSED.items() for line, told in cases]


@pytest.mark.parametrize(("tool", "line", "told"), CASES)
def test_a_mistake_is_told_in_one_line_with_exit_code_2(tmp_path, capsys, monkeypatch, tool, line, told):
    monkeypatch.chdir(tmp_path)
    Path("text.zip").write_text("neither an archive nor marks for figures")
    for folder, figures in (("empty", ""), ("other", "a,b\n1,2\n"), ("torn", "row,figure,by,group\n")):
        Path(folder).mkdir()
        Path(folder, "figures.csv").write_text(figures)
    before = sorted(tmp_path.rglob("*"))
    assert import_module(f"tools.{tool}").main(line.split()) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ") and told in message and message.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
    assert Path("text.zip").read_text() == "neither an archive nor marks for figures"


def test_an_interrupted_tool_says_how_it_stands_and_a_full_disk_is_told(capsys):
    def ends_with(error):
        raise error

    assert exit_code(lambda: ends_with(KeyboardInterrupt), lambda: "two of three are done") == 130
    assert exit_code(lambda: ends_with(OSError("no space"))) == 2 and exit_code(lambda: None) == 0
    assert capsys.readouterr().err == "two of three are done\nerror: no space\n"


def test_drawing_needs_no_pytorch():
    code = "import sys, tools.scan_faces.__main__; print('torch' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
