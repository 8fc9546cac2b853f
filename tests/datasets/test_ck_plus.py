import shutil

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import CKPlus, ExpressionPairs
from lfes_core.images import align, placement
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import face_points, facs_lines, labelled, whys, write

FACS = "FACS/S005/001/S005_001_00000003_facs.txt"
EMOTION = "Emotion/S005/001/S005_001_00000003_emotion.txt"
NAMES = [None, "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"]
SEQUENCE = "cohn-kanade-images/S005/001"


@pytest.fixture
def root(tmp_path):
    return trees.ck_plus(tmp_path / "ck")


def peak(dataset, subject="S005", trial="001"):
    return [frame for frame in dataset.frames if (frame.subject, frame.trial) == (subject, trial)][-1]


def landmarks_of(number):
    return f"Landmarks/S005/001/S005_001_{number:08d}_landmarks.txt"


def test_a_sequence_gives_its_first_picture_as_neutral_and_its_coded_peak(root):
    dataset = CKPlus(root)
    assert dataset.subjects == ("S005", "S026", "S037") and len(dataset.frames) == 2 * 2 * 3 and dataset.skipped == []
    frame = peak(dataset)
    assert frame.name == "S005_001_00000003.png"
    assert frame.action_units == {1: 3, 2: 4, 5: 2, 25: 5, 27: 4}
    assert dataset.neutral_of(frame).image.endswith("001/S005_001_00000001.png")
    assert peak(dataset, trial="002").action_units == {6: None, 12: None}  # 0: the intensity was not given
    assert dataset.neutral_of(peak(dataset, trial="002")).image.endswith("002/S005_002_00000001.png")


def test_pictures_may_be_jpeg_and_names_in_small_letters(root):
    before = labelled(CKPlus(root))
    for path in sorted(root.glob("cohn-kanade-images/S005/*/*.png")):
        Image.open(path).save(path.with_name(path.stem.lower() + ".JPG"), "JPEG")
        path.unlink()
    dataset = CKPlus(root)
    assert labelled(dataset) == before and dataset.skipped == []
    assert dataset.placement(peak(dataset), dataset.read(peak(dataset))) is not None


def test_without_landmarks_the_face_is_the_middle_square_and_that_is_said_once(root):
    shutil.rmtree(root / "Landmarks")
    dataset = CKPlus(root)
    assert all(np.array_equal(dataset.face(f, 49), dataset.read(f)[:, 7:56]) for f in dataset.frames)
    assert whys(dataset) == {"Landmarks": "no landmark file anywhere; the middle square is used"}


def test_both_pictures_of_a_pair_lie_as_the_neutral_face_does(root):
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


def test_the_landmarks_are_those_of_the_first_picture_that_can_be_read(root):
    write(root / "cohn-kanade-images/S005/001/S005_001_00000001.png", b"")
    (root / landmarks_of(1)).unlink()
    second = face_points((21, 20), (38, 20), (30, 37))
    write(root / landmarks_of(2), trees.landmark_file(second))
    dataset = CKPlus(root)
    assert np.array_equal(dataset.face(peak(dataset)), align(dataset.read(peak(dataset)), placement(second)))


@pytest.mark.parametrize(
    ("text", "emotion", "why"),
    [
        *((f"   {code:.7e}\n", emotion, None) for code, emotion in enumerate(NAMES)),
        (None, None, None),  # most sequences have no file
        ("9", None, "'9' is none of 0 to 7"),
        ("", None, "expected one number, found 0 words"),
        ("3.4", None, "'3.4' is no whole number"),
    ],
)
def test_a_broken_emotion_file_costs_the_emotion_and_not_the_frame(root, text, emotion, why):
    (root / EMOTION).unlink() if text is None else write(root / EMOTION, text)
    dataset = CKPlus(root)
    assert peak(dataset).emotion == peak(dataset).description.emotion == emotion and len(dataset.frames) == 12
    assert whys(dataset) == ({EMOTION: f"{why}; the frame is used without an emotion"} if why else {})


def test_unusual_units_are_kept_as_labels_and_stay_out_of_sentences(root):
    write(root / FACS, facs_lines({12: 3, 30: 2, 45: 0, 54: 1, 62: 0, 63: 0, 64: 0}) + "25 9")
    write(root / "FACS/S005/002/S005_002_00000003_facs.txt", facs_lines({45: 0, 64: 2}))
    dataset = CKPlus(root)
    assert set(peak(dataset).action_units) == {12, 30, 45, 54, 62, 63, 64}
    assert peak(dataset).missing == (25,) and whys(dataset)[FACS].startswith("AU 25: the intensity is none of")
    assert peak(dataset).description.action_units == {12: 3}
    frame = peak(dataset, trial="002")
    assert not frame.is_neutral and frame not in dataset.targets()
    assert frame not in ExpressionPairs(dataset, "train", Vocabulary()).frames


@pytest.mark.parametrize(
    ("file", "content", "path", "why"),
    [
        (FACS, "1.4 3", FACS, "'1.4' is no whole number"),
        (FACS, "12 2.5\n25 9", SEQUENCE, "no Action Unit of its peak is known"),
        (FACS, None, SEQUENCE, "no FACS file, so its Action Units are not known"),
        (f"{SEQUENCE}/S005_001_00000003.png", None, FACS, "its peak picture S005_001_00000003.png does not exist"),
        (SEQUENCE, None, "FACS/S005/001", "Action Units without any picture"),
    ],
)
@pytest.mark.fault(
    "Data sets",
    "a sequence without its peak, its neutral face or its Action Units",
    "named, the others are read",
)
def test_a_sequence_that_cannot_be_used_is_named_and_the_others_are_read(root, file, content, path, why):
    shutil.rmtree(root / file) if file == SEQUENCE else (root / file).unlink()
    if content is not None:
        write(root / file, content)
    dataset = CKPlus(root)
    assert whys(dataset)[path] == why
    assert len(dataset.frames) == 10 and sum(frame.is_neutral for frame in dataset.frames) == 5


@pytest.mark.fault("Data sets", "a sequence without its first picture", "the one that stands in is named")
def test_a_sequence_whose_first_picture_is_missing_says_which_one_stands_in(root):
    (root / SEQUENCE / "S005_001_00000001.png").unlink()
    dataset = CKPlus(root)
    assert dataset.neutral_of(peak(dataset)).name == "S005_001_00000002.png"
    assert whys(dataset) == {SEQUENCE: "its first picture is missing: number 2 is taken for the neutral face"}


@pytest.mark.parametrize(
    ("points", "where", "why"),
    [
        (None, "Landmarks/S005/001", "no landmarks of the neutral face"),
        (face_points()[:60], landmarks_of(1), "expected 68 points, found 60 lines"),
        (np.zeros((68, 2)), landmarks_of(1), "its points are not two eyes above a mouth"),
        (face_points() * 10, f"{SEQUENCE}/S005_001_00000003.png", "the landmarks lie outside this picture"),
        (face_points() / 64, f"{SEQUENCE}/S005_001_00000003.png", "the eyes of the landmarks lie in one place"),
    ],
    ids=["missing", "cut short", "all zero", "of a larger picture", "in parts of the picture"],
)
@pytest.mark.fault(
    "Data sets",
    "landmarks that are missing, cut short or of another picture",
    "named, the middle square is used",
)
def test_landmarks_that_are_missing_or_broken_cost_the_alignment_and_are_named(root, points, where, why):
    (root / landmarks_of(1)).unlink()
    if points is not None:
        write(root / landmarks_of(1), trees.landmark_file(points))
    dataset = CKPlus(root)
    frame, other = peak(dataset), peak(dataset, "S026")
    assert np.array_equal(dataset.face(frame, 49), dataset.read(frame)[:, 7:56])
    assert not np.array_equal(dataset.face(other, 49), dataset.read(other)[:, 7:56])
    assert whys(dataset) == {where: f"{why}; the middle square is used"}


def test_folders_around_each_part_and_genders_of_the_sentence_authors_are_read(root):
    write(root / "FACS/S005/gender.txt", "0")
    write(root / "FACS/S026/gender.txt", "   1.0000000e+00")
    write(root / "FACS/S037/gender.txt", "2")
    for part in ("FACS", "Emotion"):
        (root / f"{part}_labels").mkdir()
        (root / part).rename(root / f"{part}_labels" / part)
    dataset = CKPlus(root)
    assert len(dataset.frames) == 12 and peak(dataset).emotion == "surprise"
    genders = {frame.subject: frame.description.subject for frame in dataset.frames}
    assert genders == {"S005": "man", "S026": "woman", "S037": "person"}
    assert list(whys(dataset).values()) == ["'2' is none of 0 to 1; the sentences say 'a person'"]
