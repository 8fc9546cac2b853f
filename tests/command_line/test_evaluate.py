"""The command ``evaluate``: the files of a report, for photographs too, and refusals before any work."""

import json

import pytest

from lfes_core.command_line import main
from tests.training.faces import drawn_faces


def test_photographs_have_no_truth_for_each_word(tmp_path, run_folder, capsys):
    drawn_faces(tmp_path / "faces")
    out = tmp_path / "report"
    data = ["--data", f"disfaplus:{tmp_path / 'faces'}"]
    damaged = tmp_path / "faces" / "Images" / "SN904" / "A" / "001.jpg"
    damaged.write_bytes(damaged.read_bytes()[:200])
    assert main(["evaluate", str(run_folder), "--out", str(out), *data]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "pictures.csv",
        "pictures_full.png",
        "report.csv",
        "report.json",
        "report.md",
    ]
    found = json.loads((out / "report.json").read_text())
    known = {name for name, figure in found["rows"]["full"].items() if figure is not None}
    assert known == {"ssim", "ssim_moved", "l1_moved"}  # one person: nobody to be mistaken for
    assert found["estimator"] is None
    assert found["details"]["truth"]["vse_distance"] == {"value": pytest.approx(0, abs=1e-2), "n": 2}
    assert found["details"]["copy"]["vse_distance"]["value"] > 0.1
    assert found["rows"]["full"]["ssim"]["n"] == 2  # of three pictures one is damaged
    assert capsys.readouterr().out.startswith("# Evaluation")


def test_the_report_goes_into_a_folder_that_can_be_made(tmp_path, run_folder, capsys):
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, tmp_path / "no" / "report"):
        assert main(["evaluate", str(run_folder), "--out", str(out)]) == 2
        assert capsys.readouterr().err.startswith(f"error: {out}: ")
