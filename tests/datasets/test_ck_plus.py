import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import CKPlus, ExpressionPairs
from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.images import align, placement
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import face_points, facs_lines, write

FACS = "FACS/S005/001/S005_001_00000003_facs.txt"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return trees.ck_plus(tmp_path / "ck")


def peak(dataset: FaceDataset, subject: str = "S005", trial: str = "001") -> Frame:
    return [frame for frame in dataset.frames if (frame.subject, frame.trial) == (subject, trial)][-1]


def landmarks_of(number: int) -> str:
    return f"Landmarks/S005/001/S005_001_{number:08d}_landmarks.txt"


def whys(dataset: FaceDataset) -> dict[str, str]:
    return {entry.path: entry.why for entry in dataset.skipped}


def test_a_sequence_gives_its_first_picture_as_neutral_and_its_coded_peak(root: Path) -> None:
    dataset = CKPlus(root)
    assert dataset.subjects == ("S005", "S026", "S037")
    assert len(dataset.frames) == 2 * 2 * 3
    frame = peak(dataset)
    assert frame.name == "S005_001_00000003.png"
    assert frame.action_units == {1: 3, 2: 4, 5: 2, 25: 5, 27: 4}
    assert dataset.neutral_of(frame).image.endswith("001/S005_001_00000001.png")
    assert dataset.neutral_of(peak(dataset, trial="002")).image.endswith("002/S005_002_00000001.png")
    assert dataset.skipped == []


def test_intensity_zero_means_present_without_an_intensity(root: Path) -> None:
    frame = peak(CKPlus(root), trial="002")
    assert frame.action_units == {6: None, 12: None}
    assert not frame.is_neutral


@pytest.mark.parametrize(
    ("code", "emotion"),
    [
        (0, None),
        (1, "anger"),
        (2, "contempt"),
        (3, "disgust"),
        (4, "fear"),
        (5, "happiness"),
        (6, "sadness"),
        (7, "surprise"),
    ],
)
def test_emotion_codes_are_those_of_the_release(root: Path, code: int, emotion: str | None) -> None:
    write(root / "Emotion/S005/001/S005_001_00000003_emotion.txt", f"   {code:.7e}\n")
    assert peak(CKPlus(root)).emotion == emotion


@pytest.mark.parametrize("state", ["folder missing", "folder empty", "no folder at all"])
def test_a_sequence_without_an_emotion_file_has_no_emotion_and_stays(root: Path, state: str) -> None:
    shutil.rmtree(root / ("Emotion" if state == "no folder at all" else "Emotion/S005/001"))
    if state == "folder empty":
        (root / "Emotion/S005/001").mkdir()
    dataset = CKPlus(root)
    assert peak(dataset).emotion is None
    assert len(dataset.frames) == 12 and dataset.skipped == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("9", "outside 0..7"),
        ("", "empty"),
        ("happy", "not a number"),
        ("3.4", "no whole number"),
        ("1 2", "2 words"),
    ],
)
def test_a_broken_emotion_file_costs_the_emotion_and_not_the_frame(root: Path, text: str, why: str) -> None:
    name = "Emotion/S005/001/S005_001_00000003_emotion.txt"
    write(root / name, text)
    dataset = CKPlus(root)
    assert peak(dataset).emotion is None
    assert why in whys(dataset)[name]


def test_unusual_units_are_kept_as_labels_and_stay_out_of_sentences(root: Path) -> None:
    write(root / FACS, facs_lines({12: 3, 30: 2, 45: 0, 54: 1, 62: 0, 63: 0, 64: 0}))
    frame = peak(CKPlus(root))
    assert set(frame.action_units) == {12, 30, 45, 54, 62, 63, 64}
    assert frame.description.action_units == {12: 3}


def test_a_peak_with_only_unusual_units_is_neither_a_target_nor_neutral(root: Path) -> None:
    write(root / FACS, facs_lines({45: 0, 64: 2}))
    dataset = CKPlus(root)
    frame = peak(dataset)
    assert not frame.is_neutral
    assert frame not in dataset.targets()
    assert frame not in ExpressionPairs(dataset, "train", Vocabulary()).frames


@pytest.mark.parametrize(
    "line", ["25 9", "25 -1", "25 2.5", "25 5.4", "25 1e308", "25 3\n25 2", "25 3\n25 9"]
)
def test_an_intensity_that_makes_no_sense_is_a_missing_label_and_is_noted(root: Path, line: str) -> None:
    write(root / FACS, facs_lines({12: 3}) + line)
    dataset = CKPlus(root)
    frame = peak(dataset)
    assert (frame.action_units, frame.missing) == ({12: 3}, (25,))
    assert whys(dataset)[FACS].startswith("AU 25")


@pytest.mark.parametrize(
    ("content", "path", "why"),
    [
        ("   1.0000000e+00\n", FACS, "line 1: expected an Action Unit and its intensity"),
        ("1.4 3", FACS, "'1.4' is no whole number"),
        ("", FACS, "the file is empty"),
        ("\n \n", FACS, "the file is empty"),
        ("12 1e308", "cohn-kanade-images/S005/001", "no Action Unit of its peak is known"),
        ("12 2.5\n25 9", "cohn-kanade-images/S005/001", "no Action Unit of its peak is known"),
    ],
)
def test_a_broken_facs_file_is_named_and_costs_its_sequence_only(
    root: Path, content: str, path: str, why: str
) -> None:
    write(root / FACS, content)
    dataset = CKPlus(root)
    assert whys(dataset)[path].startswith(why)
    assert len(dataset.frames) == 10 and sum(frame.is_neutral for frame in dataset.frames) == 5


def test_a_sequence_without_a_facs_file_is_named(root: Path) -> None:
    (root / FACS).unlink()
    dataset = CKPlus(root)
    assert "no FACS file" in whys(dataset)["cohn-kanade-images/S005/001"]
    assert len(dataset.frames) == 10


def test_a_facs_file_without_pictures_or_without_its_peak_is_named(root: Path) -> None:
    (root / "cohn-kanade-images/S005/001/S005_001_00000003.png").unlink()
    shutil.rmtree(root / "cohn-kanade-images/S026/002")
    dataset = CKPlus(root)
    assert "S005_001_00000003.png does not exist" in whys(dataset)[FACS]
    assert whys(dataset)["FACS/S026/002"] == "Action Units without any picture"
    assert len(dataset.frames) == 8


def test_a_sequence_whose_first_picture_is_missing_says_which_one_stands_in(root: Path) -> None:
    (root / "cohn-kanade-images/S005/001/S005_001_00000001.png").unlink()
    dataset = CKPlus(root)
    assert dataset.neutral_of(peak(dataset)).name == "S005_001_00000002.png"
    assert whys(dataset) == {
        "cohn-kanade-images/S005/001": "its first picture is missing: number 2 is taken for the neutral face"
    }


def test_pictures_may_be_jpeg_and_names_in_small_letters(root: Path) -> None:
    before = CKPlus(root).frames
    for path in sorted(root.glob("cohn-kanade-images/S005/*/*.png")):
        Image.open(path).save(path.with_name(path.stem.lower() + ".JPG"), "JPEG")
        path.unlink()
    dataset = CKPlus(root)
    assert [(f.subject, f.trial, f.action_units, f.emotion) for f in dataset.frames] == [
        (f.subject, f.trial, f.action_units, f.emotion) for f in before
    ]
    assert dataset.skipped == [] and dataset.placement(peak(dataset), dataset.read(peak(dataset))) is not None


@pytest.mark.parametrize("size", [(490, 640), (480, 640)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pictures_of_both_sizes_and_kinds_become_faces_of_the_networks_size(
    tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    points = face_points((270, 200), (370, 200), (320, 310))
    lines = facs_lines({12: 2})
    trees.write_sequence(tmp_path, "S005", "001", lines, mode=mode, landmarks=points, size=size)
    trees.write_sequence(tmp_path, "S005", "002", lines, mode=mode, size=size)
    dataset = CKPlus(tmp_path)
    for frame in dataset.frames:
        assert dataset.read(frame).shape == (*size, 3)
        face = dataset.face(frame)
        assert face.shape == (256, 256, 3) and face.dtype == np.uint8 and face.std() > 0


def test_without_landmarks_the_face_is_the_middle_square_and_that_is_said_once(root: Path) -> None:
    shutil.rmtree(root / "Landmarks")
    dataset = CKPlus(root)
    frame = peak(dataset)
    assert np.array_equal(dataset.face(frame, 49), dataset.read(frame)[:, 7:56])
    assert whys(dataset) == {"Landmarks": "no landmark file anywhere; the middle square is used"}
    assert len(dataset.frames) == 12


def test_both_pictures_of_a_pair_lie_as_the_neutral_face_does(root: Path) -> None:
    moved = face_points((22, 18), (40, 21), (30, 39))  # at the peak the tracker saw something else
    write(root / landmarks_of(3), trees.landmark_file(moved))
    same = (root / "cohn-kanade-images/S005/001/S005_001_00000001.png").read_bytes()
    write(root / "cohn-kanade-images/S005/001/S005_001_00000003.png", same)
    dataset = CKPlus(root)
    frame = peak(dataset)
    face = dataset.face(dataset.neutral_of(frame))
    assert np.array_equal(dataset.face(frame), face)
    assert np.array_equal(face, align(dataset.read(frame), placement(face_points())))
    write(root / landmarks_of(1), trees.landmark_file(moved))
    assert np.abs(CKPlus(root).face(frame).astype(int) - face).mean() > 5


def test_the_landmarks_are_those_of_the_first_picture_that_can_be_read(root: Path) -> None:
    write(root / "cohn-kanade-images/S005/001/S005_001_00000001.png", b"")
    (root / landmarks_of(1)).unlink()
    second = face_points((21, 20), (38, 20), (30, 37))
    write(root / landmarks_of(2), trees.landmark_file(second))
    dataset = CKPlus(root)
    assert np.array_equal(dataset.face(peak(dataset)), align(dataset.read(peak(dataset)), placement(second)))


@pytest.mark.parametrize(
    ("points", "where", "why"),
    [
        (None, "Landmarks/S005/001", "no landmarks of the neutral face"),
        (face_points()[:60], "Landmarks/S005/001/S005_001_00000001_landmarks.txt", "expected 68 points"),
        (
            np.zeros((68, 2)),
            "Landmarks/S005/001/S005_001_00000001_landmarks.txt",
            "its points are not two eyes above a mouth",
        ),
        (
            face_points() * 10,
            "cohn-kanade-images/S005/001/S005_001_00000003.png",
            "the landmarks lie outside this picture",
        ),
        (
            face_points() / (64, 49),
            "cohn-kanade-images/S005/001/S005_001_00000003.png",
            "the eyes of the landmarks lie in one place",
        ),
    ],
    ids=["missing", "cut short", "all zero", "of a larger picture", "in parts of the picture"],
)
def test_landmarks_that_are_missing_or_broken_cost_the_alignment_and_are_named(
    root: Path, points: np.ndarray | None, where: str, why: str
) -> None:
    (root / landmarks_of(1)).unlink()
    if points is not None:
        write(root / landmarks_of(1), trees.landmark_file(points))
    dataset = CKPlus(root)
    frame, other = peak(dataset), peak(dataset, "S026")
    assert np.array_equal(dataset.face(frame, 49), dataset.read(frame)[:, 7:56])
    assert not np.array_equal(dataset.face(other, 49), dataset.read(other)[:, 7:56])
    assert why in whys(dataset)[where] and whys(dataset)[where].endswith("the middle square is used")
    assert len(dataset.skipped) == 1


def test_gender_files_of_the_sentence_authors_are_read_where_they_are(root: Path) -> None:
    write(root / "FACS/S005/gender.txt", "0")
    write(root / "FACS/S026/gender.txt", "   1.0000000e+00")
    dataset = CKPlus(root)
    genders = {frame.subject: frame.gender for frame in dataset.frames}
    assert genders == {"S005": "man", "S026": "woman", "S037": "person"}
    assert peak(dataset, "S026").description.subject == "woman"


def test_folders_around_each_part_as_the_archives_unpack_are_read(root: Path) -> None:
    (root / "FACS_labels").mkdir()
    (root / "FACS").rename(root / "FACS_labels" / "FACS")
    (root / "Emotion_labels").mkdir()
    (root / "Emotion").rename(root / "Emotion_labels" / "Emotion")
    dataset = CKPlus(root)
    assert len(dataset.frames) == 12 and peak(dataset).emotion == "surprise"
