"""The command ``check-data``: what it prints, and that it writes nothing."""

import json

import pytest

from lfes_core.command_line import main
from lfes_core.datasets import ScanFaces, scan_faces
from tests.datasets import trees
from tests.datasets.trees import facs_lines, write


@pytest.fixture
def disfa(tmp_path):
    root = trees.disfa_plus(tmp_path / "disfa", subjects=("SN001", "SN003", "SN027"))
    for subject in ("SN001", "SN003"):
        (root / f"Labels/{subject}/A1_AU1_TrailNo_1/AU26.txt").unlink()
    write(root / "Images/SN001/Z_SupriseText_TrailNo_2/002.jpg", b"")
    return root


def printed(capsys, *argv):
    assert main([str(word) for word in argv]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""  # no terminal here, so no progress bar
    return captured.out


def test_a_person_reads_people_pairs_units_and_problems(capsys, disfa):
    before = {path: path.read_bytes() for path in disfa.rglob("*") if path.is_file()}
    lines = printed(capsys, "check-data", "--dataset", "disfaplus", disfa).splitlines()
    assert lines == [
        "disfa_plus: disfa",
        "",
        "part   people  frames   pairs  who",
        "train       2      11       7  SN001 SN003",
        "test        1       6       4  SN027",
        "",
        "pictures: 17 of 32x24; 0 gray, 17 in color",
        "further pictures, of no frame: 0; broken pictures: 1",
        "faces: 0 aligned by landmarks, 17 cut out as the middle square",
        "neutral frames: 6",
        "emotions of the targets: surprise 8",
        "",
        "AU  name                   targets  frames  not given     A     B     C     D     E",
        "1   inner brow raiser            3       3          0     0     0     3     0     0",
        "6   cheek raiser                 2       2          0     0     0     2     0     0",
        "12  lip corner puller            8       8          0     0     3     0     2     3",
        "",
        "left out or worth knowing: 3 entries",
        "     2  no label file for AU 26",
        "        Labels/SN001/A1_AU1_TrailNo_1",
        "        Labels/SN003/A1_AU1_TrailNo_1",
        "     1  the file is empty",
        "        Images/SN001/Z_SupriseText_TrailNo_2/002.jpg",
    ]
    assert {path: path.read_bytes() for path in disfa.rglob("*") if path.is_file()} == before
    assert [path.name for path in disfa.parent.iterdir()] == ["disfa"]


def test_many_files_with_one_fault_are_a_few_examples_and_a_number(capsys, tmp_path):
    root = trees.ck_plus(tmp_path / "ck")
    for path in [path for subject in ("S005", "S037") for path in root.rglob(f"{subject}_*_00000001_landmarks.txt")]:
        path.write_text("lost")
    write(root / "FACS/S005/002/S005_002_00000003_facs.txt", facs_lines({12: 0, 45: 0}))
    (root / "Landmarks/S026/002/S026_002_00000001_landmarks.txt").write_text("torn\nlost")
    text = printed(capsys, "check-data", "--dataset", "ckplus", trees.zipped(root))
    assert "     5  expected N points, found N lines; the middle square is used\n" in text
    assert "_landmarks.txt: expected 68 points, found 1 lines; the middle square is used\n" in text
    assert text.endswith("        and 2 more\n")
    assert "faces: 2 aligned by landmarks, 10 cut out as the middle square\n" in text
    assert "45  (not in sentences)           1       1          1" in text


def test_json_holds_every_entry(capsys, disfa):
    found = json.loads(printed(capsys, "check-data", "--dataset", "disfaplus", disfa, "--json"))
    assert found["dataset"] == "disfa_plus" and found["root"] == str(disfa)
    missing = [f"Labels/{subject}/A1_AU1_TrailNo_1" for subject in ("SN001", "SN003")]
    assert found["skipped"][0] == {
        "reason": "no label file for AU 26",
        "entries": [{"path": path, "why": "no label file for AU 26"} for path in missing],
    }
    assert len(found["skipped"]) == 2
    assert found["parts"]["train"]["subjects"] == ["SN001", "SN003"]


def test_the_shipped_faces_need_no_root(capsys, monkeypatch, tmp_path):
    small = trees.zipped(trees.disfa_plus(tmp_path / "faces"))
    monkeypatch.setattr(scan_faces, "ARCHIVE", small)
    found = json.loads(printed(capsys, "check-data", "--dataset", "scanfaces", "--json"))
    assert found["dataset"] == "scan_faces"
    assert found["parts"]["test"]["subjects"] == list(ScanFaces().test_subjects)
