import re

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from tests.datasets import trees
from tests.datasets.trees import label_file, labelled, whys, write

SMILE = "Z_SupriseText_TrailNo_2"
FULL = label_file({"000.jpg": 2, "001.jpg": 0, "002.jpg": 4, "003.jpg": 5})


@pytest.fixture
def root(tmp_path):
    return trees.disfa_plus(tmp_path / "disfa")


def labels(root, unit, subject="SN001", trial=SMILE):
    return root / "Labels" / subject / trial / f"AU{unit}.txt"


def frames_of(dataset, subject="SN001", trial=SMILE):
    return {frame.name: frame for frame in dataset.frames if (frame.subject, frame.trial) == (subject, trial)}


def test_every_labelled_frame_has_the_units_of_its_own_files(root):
    dataset = DISFAPlus(root)
    assert dataset.subjects == ("SN001", "SN003", "SN027") and dataset.skipped == []
    assert {name: frame.action_units for name, frame in frames_of(dataset).items()} == trees.SMILE


def test_further_units_are_read_where_a_trial_has_them_and_are_not_missing_elsewhere(root):
    further = (7, 10, 14, 16, 18, 22, 24, 27, 28, 43)
    for unit in further:
        labels(root, unit).write_text(label_file(dict.fromkeys(trees.SMILE, 0) | {"002.jpg": 1 + unit % 5}))
    dataset = DISFAPlus(root)
    frame = frames_of(dataset)["002.jpg"]
    assert frame.action_units == {6: 3, 12: 4} | {unit: 1 + unit % 5 for unit in further}
    assert frame.description.action_units == frame.action_units  # a sentence can say each of them
    assert not any(frame.missing for frame in dataset.frames) and dataset.skipped == []
    assert dataset.neutral("SN001").trial == "A1_AU1_TrailNo_1"


def test_unpadded_picture_names_count_as_numbers_so_9_is_beside_10(tmp_path):
    strengths = {8: 1, 9: 5, 10: 5, 11: 5, 12: 1, 100: 5}
    trial = {f"{number}.jpg": {12: value} for number, value in strengths.items()}
    trees.write_trial(tmp_path, "SN001", "A_TrailNo_1", {"0.jpg": {}, **trial})
    dataset = DISFAPlus(tmp_path)
    order = [frame.name for frame in dataset.frames]
    assert order == [f"{number}.jpg" for number in (0, 8, 9, 10, 11, 12, 100)]
    assert [frame.name for frame in dataset.targets()] == ["9.jpg", "10.jpg", "11.jpg"]


def test_the_neutral_face_is_of_the_same_trial_or_else_the_surest_of_the_subject(root):
    dataset = DISFAPlus(root)
    assert dataset.neutral_of(frames_of(dataset)["003.jpg"]).trial == SMILE
    labels(root, 1, trial="A1_AU1_TrailNo_1").unlink()
    dataset = DISFAPlus(root)
    assert (dataset.neutral("SN001").trial, dataset.neutral("SN001").name) == (SMILE, "001.jpg")
    labels(root, 1).unlink()
    assert DISFAPlus(root).neutral("SN001").trial == "A1_AU1_TrailNo_1"
    labels(root, 12).write_text(label_file(dict.fromkeys(trees.SMILE, 1)))
    dataset = DISFAPlus(root)
    neutral = dataset.neutral_of(frames_of(dataset)["003.jpg"])
    assert (neutral.subject, neutral.trial, neutral.action_units) == ("SN001", "A1_AU1_TrailNo_1", {})


def test_a_subject_without_a_neutral_face_is_left_out_and_named(root):
    for trial in ("A1_AU1_TrailNo_1", SMILE):
        labels(root, 12, "SN003", trial).write_text(label_file(dict.fromkeys(trees.SMILE, 1)))
    dataset = DISFAPlus(root)
    assert dataset.subjects == ("SN001", "SN027") == tuple(sorted({frame.subject for frame in dataset.frames}))
    assert whys(dataset)["SN003"] == "no neutral frame, so none of this subject's frames can be used"
    with pytest.raises(UserError, match="SN003"):
        dataset.neutral("SN003")


@pytest.mark.fault("Data sets", "pictures without labels, labels without pictures", "counted and named")
def test_pictures_without_labels_and_labels_without_pictures_are_counted(root):
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


def test_a_face_is_the_middle_square_and_the_emotion_of_a_trial_is_that_of_its_expressive_frames(root):
    dataset = DISFAPlus(root)
    smile = frames_of(dataset)
    assert [frame.emotion for frame in smile.values()] == ["surprise", None, "surprise", "surprise"]
    assert frames_of(dataset, trial="A1_AU1_TrailNo_1")["001.jpg"].emotion is None
    assert dataset.placement(smile["002.jpg"], dataset.read(smile["002.jpg"])) is None
    assert np.array_equal(dataset.face(smile["002.jpg"], 24), dataset.read(smile["002.jpg"])[:, 4:28])


def test_a_tree_may_be_written_in_other_ways(root):
    before = labelled(DISFAPlus(root))
    for path in root.rglob("AU*.txt"):  # other headers or none, and numbers with a point
        lines = [line for line in path.read_text().splitlines(keepends=True) if not line.startswith("#")]
        text = ("AU 1\nframe value\n" if path.stem == "AU12" else "") + "".join(lines)
        path.write_text(re.sub(r"(\d)\n", r"\1.0\n", text) if path.stem != "AU12" else text)
    for path in sorted(root.glob("Images/*/*/*.jpg")):
        if path.stem == "002":
            Image.open(path).save(path.with_suffix(".png"))
            path.unlink()
        else:
            path.rename(path.with_suffix(".JPG" if path.stem == "001" else ".jpeg"))
    for person in [*root.glob("*/SN001")]:  # a folder nested in itself
        person.rename(person.with_name("moving"))
        person.mkdir()
        person.with_name("moving").rename(person / "SN001")
    dataset = DISFAPlus(root)
    assert labelled(dataset) == before and dataset.skipped == []


@pytest.mark.parametrize(
    ("text", "unknown", "why"),
    [
        (None, "0123", "no label file for AU 12"),
        (b"\xff\xfe\0\0nothing", "0123", "no line such as '000.jpg     0'"),
        (FULL[: FULL.index("002")], "23", "pictures of the trial that have no label in it: 2"),
        (FULL + "what\n", "", "line 7 could not be understood; the others are used"),
        (FULL + "003.jpg 1", "3", "picture 003 stands there twice; where the two differ, nothing is known"),
    ],
    ids=["none", "torn", "short", "torn line", "two"],
)
@pytest.mark.fault(
    "Data sets",
    "a file of labels that is missing, torn or short",
    "its labels are missing, and that is noted",
)
def test_what_is_wrong_with_a_label_file_is_noted_and_its_labels_are_missing(root, text, unknown, why):
    file = labels(root, 12)
    file.unlink()
    if text is not None:
        write(file, text)
    dataset = DISFAPlus(root)
    frames = frames_of(dataset)
    assert frames["002.jpg"].action_units == ({6: 3} if "2" in unknown else {6: 3, 12: 4})
    assert [frame.missing for frame in frames.values()] == [(12,) if n in unknown else () for n in "0123"]
    assert whys(dataset) == {(file.parent if text is None else file).relative_to(root).as_posix(): why}


def test_targets_are_the_frames_nearest_the_peak_of_each_trial(tmp_path):
    strengths = [0, 1, 3, 5, 5, 5, 2, 0]
    trial = {f"{number:03d}.jpg": {12: value} for number, value in enumerate(strengths)}
    trees.write_trial(tmp_path, "SN001", "A_TrailNo_1", trial)
    for count, names in ((1, "4"), (3, "345"), (4, "2345"), (None, "123456")):
        dataset = DISFAPlus(tmp_path, frames_per_trial=count)
        assert [frame.name for frame in dataset.targets()] == [f"00{number}.jpg" for number in names]
