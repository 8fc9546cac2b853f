import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import DISFAPlus
from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.errors import UserError
from tests.datasets import trees
from tests.datasets.trees import label_file, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return trees.disfa_plus(tmp_path / "disfa")


SMILE = "Z_SupriseText_TrailNo_2"


def labels(root: Path, unit: int, subject: str = "SN001", trial: str = SMILE) -> Path:
    return root / "Labels" / subject / trial / f"AU{unit}.txt"


def frames_of(dataset: FaceDataset, subject: str = "SN001", trial: str = SMILE) -> dict[str, Frame]:
    return {frame.name: frame for frame in dataset.frames if (frame.subject, frame.trial) == (subject, trial)}


def whys(dataset: FaceDataset) -> dict[str, str]:
    return {entry.path: entry.why for entry in dataset.skipped}


def test_every_labelled_frame_has_the_units_of_its_own_files(root: Path) -> None:
    dataset = DISFAPlus(root)
    assert dataset.subjects == ("SN001", "SN003", "SN027")
    assert {name: frame.action_units for name, frame in frames_of(dataset).items()} == {
        "000.jpg": {12: 2},
        "001.jpg": {},
        "002.jpg": {6: 3, 12: 4},
        "003.jpg": {12: 5},
    }
    assert dataset.skipped == []


def test_units_are_found_by_name_because_sorted_names_put_12_before_2(root: Path) -> None:
    for unit in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26):
        labels(root, unit).write_text(label_file({f"00{n}.jpg": unit % 6 * (n == 3) for n in range(4)}))
    expected = {unit: unit % 6 for unit in (1, 2, 4, 5, 9, 15, 17, 20, 25, 26)}
    assert frames_of(DISFAPlus(root))["003.jpg"].action_units == expected


def test_further_units_are_read_where_a_trial_has_them_and_are_not_missing_elsewhere(root: Path) -> None:
    further = (7, 10, 14, 16, 18, 22, 24, 27, 28, 43)
    for unit in further:
        trial = {"000.jpg": 0, "001.jpg": 0, "002.jpg": 1 + unit % 5, "003.jpg": 0}
        labels(root, unit).write_text(label_file(trial))
    dataset = DISFAPlus(root)
    expected = {6: 3, 12: 4} | {unit: 1 + unit % 5 for unit in further}
    frame = frames_of(dataset)["002.jpg"]
    assert frame.action_units == expected
    assert frame.description.action_units == expected  # a sentence can say each of them
    assert not any(frame.missing for frame in dataset.frames) and dataset.skipped == []
    assert dataset.neutral("SN001").trial == "A1_AU1_TrailNo_1"


@pytest.mark.parametrize("header", ["# AU intensity\n# frame  value\n", "AU 1\nframe value\n", ""])
def test_header_lines_with_and_without_a_sharp_sign_are_no_labels_and_no_damage(
    root: Path, header: str
) -> None:
    before = DISFAPlus(root).frames
    for path in root.rglob("AU*.txt"):
        lines = [line for line in path.read_text().splitlines(keepends=True) if not line.startswith("#")]
        path.write_text(header + "".join(lines))
    dataset = DISFAPlus(root)
    assert dataset.frames == before and dataset.skipped == []


def test_unpadded_picture_names_count_as_numbers_so_9_is_beside_10(tmp_path: Path) -> None:
    strengths = {8: 1, 9: 5, 10: 5, 11: 5, 12: 1, 100: 5}
    trial = {f"{number}.jpg": {12: value} for number, value in strengths.items()}
    trees.write_trial(tmp_path, "SN001", "A_TrailNo_1", {"0.jpg": {}, **trial})
    dataset = DISFAPlus(tmp_path)
    order = [frame.name for frame in dataset.frames]
    assert order == [f"{number}.jpg" for number in (0, 8, 9, 10, 11, 12, 100)]
    assert [frame.name for frame in dataset.targets()] == ["9.jpg", "10.jpg", "11.jpg"]


def test_a_face_is_the_middle_square_because_the_release_has_no_landmarks(root: Path) -> None:
    dataset = DISFAPlus(root)
    frame = frames_of(dataset)["002.jpg"]
    assert dataset.placement(frame, dataset.read(frame)) is None
    assert np.array_equal(dataset.face(frame, 24), dataset.read(frame)[:, 4:28])
    assert dataset.face(frame).shape == (256, 256, 3)


def test_a_trial_of_an_emotion_gives_it_to_its_expressive_frames_only(root: Path) -> None:
    dataset = DISFAPlus(root)
    smile = frames_of(dataset)
    assert smile["003.jpg"].emotion == "surprise"
    assert smile["001.jpg"].emotion is None
    assert frames_of(dataset, trial="A1_AU1_TrailNo_1")["001.jpg"].emotion is None


def test_a_subject_folder_nested_in_itself_is_read(tmp_path: Path) -> None:
    plain, nested = tmp_path / "plain", tmp_path / "nested"
    trees.write_trial(plain, "SN001", SMILE, trees.SMILE)
    trees.write_trial(nested, "SN001", SMILE, trees.SMILE, nested="SN001")
    units = [[frame.action_units for frame in DISFAPlus(root).frames] for root in (plain, nested)]
    assert units[0] == units[1] and len(units[0]) == 4


def test_a_missing_file_of_one_unit_is_reported_and_the_others_are_used(root: Path) -> None:
    labels(root, 6).unlink()
    dataset = DISFAPlus(root)
    frame = frames_of(dataset)["002.jpg"]
    assert (frame.action_units, frame.missing) == ({12: 4}, (6,))
    assert whys(dataset) == {f"Labels/SN001/{SMILE}": "no label file for AU 6"}


@pytest.mark.parametrize("value", ["-1", "6", "9" * 400, "2.5", "x", "4\n002.jpg 3"])
def test_a_label_that_makes_no_sense_is_missing_and_is_noted(root: Path, value: str) -> None:
    labels(root, 12).write_text(
        label_file({"000.jpg": 2, "001.jpg": 0, "003.jpg": 5}) + f"002.jpg  {value}\n"
    )
    dataset = DISFAPlus(root)
    frames = frames_of(dataset)
    assert (frames["002.jpg"].action_units, frames["002.jpg"].missing) == ({6: 3}, (12,))
    assert frames["003.jpg"].missing == ()
    assert {entry.path for entry in dataset.skipped} == {f"Labels/SN001/{SMILE}/AU12.txt"}


def test_a_label_file_with_too_few_lines_is_noted(root: Path) -> None:
    labels(root, 12).write_text(label_file({"000.jpg": 2, "001.jpg": 0}))
    dataset = DISFAPlus(root)
    assert frames_of(dataset)["003.jpg"].missing == (12,)
    assert whys(dataset) == {
        f"Labels/SN001/{SMILE}/AU12.txt": "pictures of the trial that have no label in it: 2"
    }


@pytest.mark.parametrize("ending", [".JPG", ".jpeg", ".png"])
def test_a_label_belongs_to_its_picture_whatever_the_ending(root: Path, ending: str) -> None:
    before = DISFAPlus(root).frames
    for path in sorted(root.glob("Images/*/*/*.jpg")):
        if ending == ".png":
            Image.open(path).save(path.with_suffix(ending))
            path.unlink()
        else:
            path.rename(path.with_suffix(ending))
    dataset = DISFAPlus(root)
    assert [frame.action_units for frame in dataset.frames] == [frame.action_units for frame in before]
    assert dataset.skipped == [] and all(frame.name.endswith(ending) for frame in dataset.frames)


def test_labels_may_be_written_with_a_point(root: Path) -> None:
    before = DISFAPlus(root).frames
    for path in root.rglob("AU*.txt"):
        path.write_text(re.sub(r"(\d)\n", r"\1.0\n", path.read_text()))
    assert DISFAPlus(root).frames == before and DISFAPlus(root).skipped == []


def test_the_neutral_face_has_no_unit_and_need_not_be_the_first_frame(root: Path) -> None:
    dataset = DISFAPlus(root)
    assert dataset.neutral("SN001").name == "000.jpg"
    assert dataset.neutral_of(frames_of(dataset)["000.jpg"]).name == "001.jpg"


def test_the_neutral_face_comes_from_the_same_subject_where_the_trial_has_none(root: Path) -> None:
    labels(root, 12).write_text(label_file({f"00{number}.jpg": 1 for number in range(4)}))
    dataset = DISFAPlus(root)
    neutral = dataset.neutral_of(frames_of(dataset)["003.jpg"])
    assert (neutral.subject, neutral.trial, neutral.action_units) == ("SN001", "A1_AU1_TrailNo_1", {})


def test_a_frame_with_missing_labels_is_neutral_only_if_there_is_no_surer_one(root: Path) -> None:
    labels(root, 1, trial="A1_AU1_TrailNo_1").unlink()
    dataset = DISFAPlus(root)
    assert (dataset.neutral("SN001").trial, dataset.neutral("SN001").name) == (SMILE, "001.jpg")
    labels(root, 1).unlink()
    assert DISFAPlus(root).neutral("SN001").trial == "A1_AU1_TrailNo_1"


def test_a_subject_without_a_neutral_face_is_left_out_and_named(root: Path) -> None:
    for trial in ("A1_AU1_TrailNo_1", SMILE):
        labels(root, 12, "SN003", trial).write_text(label_file({f"00{number}.jpg": 1 for number in range(4)}))
    dataset = DISFAPlus(root)
    assert dataset.subjects == ("SN001", "SN027")
    assert "no neutral frame" in whys(dataset)["SN003"]
    with pytest.raises(UserError, match="SN003"):
        dataset.neutral("SN003")


def test_a_torn_label_file_does_not_stop_the_rest(root: Path) -> None:
    labels(root, 12).write_bytes(b"\xff\xfe\0\0nothing")
    unsmiling = {"000.jpg": 0, "001.jpg": 0, "002.jpg": 3, "003.jpg": 0}
    labels(root, 6).write_text(label_file(unsmiling) + "what is this\n")
    dataset = DISFAPlus(root)
    assert frames_of(dataset)["002.jpg"].action_units == {6: 3}
    why = whys(dataset)
    assert "no line such as" in why[f"Labels/SN001/{SMILE}/AU12.txt"]
    assert why[f"Labels/SN001/{SMILE}/AU6.txt"] == "line 7 could not be understood; the others are used"


def test_pictures_without_labels_and_labels_without_pictures_are_counted(root: Path) -> None:
    write(root / "Images/SN001" / SMILE / "004.jpg", trees.picture(1))
    (root / "Images/SN001" / SMILE / "003.jpg").unlink()
    write(root / "Images/SN001/B_TrailNo_1/000.jpg", trees.picture(1))
    write(root / "Labels/SN001/C_TrailNo_1/AU1.txt", label_file({"000.jpg": 1}))
    dataset = DISFAPlus(root)
    assert {(entry.path, entry.why) for entry in dataset.skipped} == {
        (f"Images/SN001/{SMILE}", "1 pictures without a label"),
        (f"Labels/SN001/{SMILE}", "1 labelled pictures do not exist, first 003.jpg"),
        ("Images/SN001/B_TrailNo_1", "pictures without any label file"),
        ("Labels/SN001/C_TrailNo_1", "labels without any picture"),
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [("2", "it is neither 0 nor 1"), ("0.6", "'0.6' is no whole number"), ("", "the file is empty")],
)
def test_gender_is_read_where_it_is_recorded_and_guessed_nowhere(root: Path, text: str, why: str) -> None:
    write(root / "Labels/SN001/gender.txt", "1\n")
    write(root / "Labels/SN003/gender.txt", "0.0000000e+00")
    write(root / "Labels/SN027/gender.txt", text)
    dataset = DISFAPlus(root)
    genders = {frame.subject: frame.gender for frame in dataset.frames}
    assert genders == {"SN001": "woman", "SN003": "man", "SN027": "person"}
    assert whys(dataset) == {"Labels/SN027/gender.txt": f"{why}; the sentences say 'a person'"}


def test_targets_are_the_frames_nearest_the_peak_of_each_trial(tmp_path: Path) -> None:
    strengths = [0, 1, 3, 5, 5, 5, 2, 0]
    trial = {f"{number:03d}.jpg": {12: value} for number, value in enumerate(strengths)}
    trees.write_trial(tmp_path, "SN001", "A_TrailNo_1", trial)

    def names(frames_per_trial: int | None) -> list[str]:
        return [frame.name for frame in DISFAPlus(tmp_path, frames_per_trial=frames_per_trial).targets()]

    assert names(1) == ["004.jpg"]
    assert names(3) == ["003.jpg", "004.jpg", "005.jpg"]
    assert names(4) == ["002.jpg", "003.jpg", "004.jpg", "005.jpg"]
    assert names(None) == [f"00{number}.jpg" for number in range(1, 7)]
