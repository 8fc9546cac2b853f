"""The command ``evaluate``: the files of a report, for photographs too, and refusals before any work."""

import json
import os
import sys

import pytest

from lfes_core.command_line import evaluate, main
from lfes_core.errors import UserError
from tests.datasets.trees import ck_plus
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
        "plot_table.png",
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
    said = capsys.readouterr()
    assert said.out.startswith("# Evaluation") and said.err == ""
    assert set(found["about"]["published"]) == {"fid", "lpips"} and "FID: not computed: " in said.out


def test_ck_plus_is_measured_by_what_it_has(tmp_path, run_folder, capsys):
    out = tmp_path / "report"
    ck_plus(tmp_path / "faces", ("S005", "S014", "S037"))  # the last two are held out
    data = ["--data", f"ckplus:{tmp_path / 'faces'}"]
    assert main(["evaluate", str(run_folder), "--json", "--out", str(out), *data]) == 0
    found = json.loads(capsys.readouterr().out)
    known = {name for name, figure in found["rows"]["full"].items() if figure is not None}
    assert known == {"ssim", "ssim_moved", "l1_moved", "identity_right"}
    assert found["rows"]["copy"]["ssim"]["n"] == found["about"]["pairs"] == 4
    assert found["about"]["people"] == ["S014", "S037"] and found["aims"] == []
    assert "Empty columns: direction, ICC," in (out / "report.md").read_text()


@pytest.mark.parametrize(
    ("module", "said"), [("tools.evaluation.plots", "clone"), ("seaborn", "pip install matplotlib seaborn")]
)
def test_without_a_plotting_tool_one_line_says_why(monkeypatch, capsys, module, said):
    for name in [name for name in sys.modules if name.startswith("tools.evaluation")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    assert evaluate._plots({}) == {}
    error = capsys.readouterr().err
    assert error.startswith("no plots: ") and said in error and error.count("\n") == 1


def test_a_plot_that_fails_costs_no_measurement(capsys):
    assert evaluate._plots({"rows": 7}) == {}
    assert capsys.readouterr().err.startswith("no plots: ")


def test_nothing_is_left_where_a_file_cannot_be_written(tmp_path, monkeypatch):
    out = tmp_path / "report"
    with pytest.raises(UserError, match="cannot be written"):
        evaluate._write(out, {"no/folder.png": b""})
    assert not out.exists()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UserError, match="no permission"):
        evaluate._check_folder(tmp_path)


def test_published_weights_are_sought_in_a_folder(tmp_path, capsys):
    assert main(["evaluate", "--out", str(tmp_path), "--published-weights", str(tmp_path / "no")]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'no'}: no such folder")


def test_the_report_goes_into_a_folder_that_can_be_made(tmp_path, run_folder, capsys):
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, tmp_path / "no" / "report"):
        assert main(["evaluate", str(run_folder), "--out", str(out)]) == 2
        assert capsys.readouterr().err.startswith(f"error: {out}: ")
