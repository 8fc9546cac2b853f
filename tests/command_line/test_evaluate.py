"""The command ``evaluate``: the files of a report, for photographs too, and refusals before any work."""

import json
from pathlib import Path

import pandas as pd
import pytest

from lfes_core.command_line import main
from lfes_core.files import alone_in
from tests.datasets.trees import ck_plus
from tests.training.faces import drawn_faces

FILES = ["figures.csv", "measurements.csv.gz", "pictures.csv", "pictures_full.png", "questions.csv"]
FILES += ["report.json", "report.md"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def figures(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "figures.csv")
    return table[table["by"].isna()].set_index(["row", "figure"])


def test_photographs_have_no_truth_for_each_word(tmp_path, run_folder, capsys):
    drawn_faces(tmp_path / "faces")
    out = tmp_path / "report"
    data = ["--data", f"disfaplus:{tmp_path / 'faces'}"]
    damaged = tmp_path / "faces" / "Images" / "SN904" / "A" / "001.jpg"
    damaged.write_bytes(damaged.read_bytes()[:200])
    assert main(["evaluate", str(run_folder), "--keep-pictures", "--out", str(out), *data]) == 0
    assert names(out) == sorted([*FILES, "pictures"])
    assert names(out / "pictures") == ["copy", "full", "stencil", "truth"]
    assert names(out / "pictures" / "full") == names(out / "pictures" / "truth") == ["0000.png", "0001.png"]
    found = figures(out)
    assert set(found.loc["full"].index) == {"ssim", "ssim_moved", "l1_moved", "sharpness", "vse_distance"}  # one person
    assert found.loc[("truth", "vse_distance"), "value"] == 0 < found.loc[("copy", "vse_distance"), "value"]
    assert found.loc[("full", "ssim"), "n"] == 2  # of three pictures one is damaged
    assert json.loads((out / "report.json").read_text())["about"]["estimator"] is None
    said = capsys.readouterr()
    assert said.out.startswith("# Evaluation")
    assert said.err == f"for plots, in a clone of the project: python -m tools.plots {out}\n"
    plot = out / "plot_table.png"  # drawn beside it: what is measured next takes the place of all of it
    plot.write_bytes(b"")
    assert main(["evaluate", str(run_folder), "--out", str(out), *data]) == 0
    assert names(out) == sorted([*FILES, "pictures"]) and not list((out / "pictures").rglob("*.png"))


def test_ck_plus_is_measured_by_what_it_has(tmp_path, run_folder, capsys):
    out = tmp_path / "report"
    ck_plus(tmp_path / "faces", ("S005", "S014", "S037"))  # the last two are held out
    data = ["--data", f"ckplus:{tmp_path / 'faces'}"]
    assert main(["evaluate", str(run_folder), "--json", "--out", str(out), *data]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((out / "report.json").read_text()) and found["aims"] == []
    assert found["about"]["people"] == ["S014", "S037"] and found["about"]["pairs"] == 4
    known = set(figures(out).loc["full"].index)
    quality = {"ssim", "ssim_moved", "l1_moved", "sharpness", "vse_distance"}
    assert known == quality | {"identity_right", "identity_among_all"}
    assert "Empty columns: direction, ICC," in (out / "report.md").read_text()


@pytest.mark.fault(
    "Files and folders",
    "no held-out picture can be read by an evaluation",
    "one line says so, and no report is written",
)
def test_nothing_is_written_where_nothing_could_be_measured(tmp_path, run_folder, capsys):
    drawn_faces(tmp_path / "faces")
    for path in (tmp_path / "faces").rglob("*.jpg"):
        path.write_bytes(path.read_bytes()[:300])
    data = ["--data", f"disfaplus:{tmp_path / 'faces'}"]
    assert main(["evaluate", str(run_folder), "--out", str(tmp_path / "report"), *data]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert names(tmp_path / "report") == []


@pytest.fixture(scope="module")
def few_faces(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("few") / "faces"
    drawn_faces(folder)
    return f"disfaplus:{folder}"


def refused(out: Path, run_folder: Path, few_faces: str, capsys: pytest.CaptureFixture[str], why: str) -> None:
    assert main(["evaluate", str(run_folder), "--out", str(out), "--data", few_faces]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {str(out)[:77]}") and why in said and said.count("\n") == 1


@pytest.mark.fault(
    "Files and folders",
    "an evaluation is sent into a folder with files of somebody",
    "it is refused, and the files stay",
)
@pytest.mark.parametrize(
    "content",
    [
        {"report.md": "mine"},
        {"report.json": "{}"},
        {"report.json": "no json"},
        {"report.json": '{"format": "lfes report 2"}', "notes.txt": "mine"},
        {"report.json": '{"format": "lfes report 2"}', "pictures/me.jpg": "mine"},
        {"figures.csv": "my own figures"},
        {"thesis/chapter.tex": "mine"},
    ],
)
def test_a_folder_with_anything_but_an_earlier_report_is_left_alone(tmp_path, run_folder, few_faces, capsys, content):
    for name, text in content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    refused(tmp_path, run_folder, few_faces, capsys, "")
    assert {name: (tmp_path / name).read_text() for name in content} == content


@pytest.mark.fault(
    "Files and folders",
    "two evaluations write into one folder at once",
    "the second is refused in one line",
)
def test_two_evaluations_do_not_write_into_one_folder(tmp_path, run_folder, few_faces, capsys):
    with alone_in(tmp_path):
        refused(tmp_path, run_folder, few_faces, capsys, "another process is at work there")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("out", "why"),
    [("file", "File exists"), ("no/report", "No such file"), ("file/report", "Not a dir"), ("a" * 300, "too long")],
)
def test_the_report_goes_into_a_folder_that_can_be_made(tmp_path, run_folder, few_faces, capsys, out, why):
    (tmp_path / "file").write_text("")
    refused(tmp_path / out, run_folder, few_faces, capsys, why)
    assert names(tmp_path) == ["file"]
