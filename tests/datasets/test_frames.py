import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.datasets import (
    CKPlus,
    DISFAPlus,
    ExpressionPairs,
    FaceDataset,
    Frame,
    ScanFaces,
    check_dataset,
    open_dataset,
    open_tree,
    split,
)
from lfes_core.datasets.frames import held_out_subjects, listed_test_subjects
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import label_file, picture, write

KINDS = ("ck_plus", "disfa_plus", "scan_faces")
subject_numbers = st.sets(st.integers(1, 140), min_size=1, max_size=130)


class NamedFaces(FaceDataset):
    """A layout of a reader: ``anna/neutral.png``, ``anna/12.png``."""

    kind, layout = "named_faces", "layout of named faces: expected anna/neutral.png and anna/12.png"

    def read_frames(self) -> list[Frame]:
        frames = []
        for image in self.tree.names():
            subject, name = image.split("/")
            units = {} if name == "neutral.png" else {int(name.removesuffix(".png")): None}
            if self.begins_like_an_image(image):
                frames.append(Frame(subject, "stills", name, image, units))
        return frames


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for subject in ("anna", "bert", "carl"):
        for number, name in enumerate(("neutral", "12", "25")):
            write(tmp_path / subject / f"{name}.png", picture(30 * number, kind="PNG"))
    return tmp_path


def test_a_layout_of_ones_own_needs_one_method(root: Path) -> None:
    dataset = NamedFaces(open_tree(root))
    assert dataset.subjects == ("anna", "bert", "carl") and dataset.test_subjects == ("carl",)
    assert len(split(dataset, "train")) == 6
    pairs = ExpressionPairs(dataset, "train", Vocabulary())
    assert all("lips" in pairs.sentence(index) for index in (1, 3))
    assert pairs[0].neutral.shape == (3, 256, 256)


def test_the_same_problem_is_noted_once(root: Path) -> None:
    dataset = NamedFaces(open_tree(root))
    for _ in range(2):
        dataset.skip("anna/12.png", "blurred")
    assert len(dataset.skipped) == 1


def test_a_layout_without_any_frame_names_what_was_found(tmp_path: Path) -> None:
    write(tmp_path / "anna" / "12.png", b"no picture")
    with pytest.raises(
        UserError, match=r"layout of named faces.*found anna.*first: anna/12\.png: not a JPEG"
    ):
        NamedFaces(open_tree(tmp_path))


def test_where_nobody_has_a_neutral_face_that_is_what_is_said(tmp_path: Path) -> None:
    disfa, named = tmp_path / "disfa", tmp_path / "named"
    trees.write_trial(disfa, "SN001", "A_TrailNo_1", {"000.jpg": {12: 1}, "001.jpg": {12: 2}})
    write(named / "anna/12.png", picture(1, kind="PNG"))
    for root, count, open_root in (
        (disfa, 2, DISFAPlus),
        (named, 1, lambda root: NamedFaces(open_tree(root))),
    ):
        with pytest.raises(UserError) as caught:
            open_root(root)
        assert f"has {count} labelled pictures, but none without any Action Unit" in str(caught.value)
        assert "layout" not in str(caught.value) and "Skipped(" not in str(caught.value)


@pytest.fixture(params=["disfaplus", "ckplus"])
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The name of a layout, and a small tree in it."""
    return request.param, (trees.disfa_plus if request.param == "disfaplus" else trees.ck_plus)(
        tmp_path / "data"
    )


def whys(dataset: FaceDataset) -> dict[str, str]:
    return {entry.path: entry.why for entry in dataset.skipped}


def test_a_word_and_a_root_open_each_layout_and_the_other_one_is_recognized(layout: tuple[str, Path]) -> None:
    kind, root = layout
    assert type(open_dataset(f"{kind}:{root}")) is {"disfaplus": DISFAPlus, "ckplus": CKPlus}[kind]
    for other in {"disfaplus", "ckplus", "scanfaces"} - {kind}:
        if (kind, other) == ("disfaplus", "scanfaces"):
            assert type(open_dataset(f"{other}:{root}")) is ScanFaces
            continue
        with pytest.raises(UserError, match=f"layout: expected .*; found .*; it looks like {kind}:{root}"):
            open_dataset(f"{other}:{root}")


def test_a_zip_archive_gives_the_same_frames_and_pixels_as_the_folder(layout: tuple[str, Path]) -> None:
    kind, root = layout
    folder, archive = open_dataset(f"{kind}:{root}"), open_dataset(f"{kind}:{trees.zipped(root)}")
    assert folder.frames == archive.frames
    assert all(np.array_equal(folder.face(frame), archive.face(frame)) for frame in folder.frames[::3])


def test_litter_small_letters_and_a_folder_around_change_nothing(layout: tuple[str, Path]) -> None:
    kind, root = layout
    before = [(f.subject, f.trial, f.action_units) for f in open_dataset(f"{kind}:{root}").frames]
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        for litter in (".DS_Store", "._000.jpg", "Thumbs.db", "TimeStamp.txt"):
            write(folder / litter, b"\0\1")
    for person in [*root.glob("*/SN027"), *root.glob("*/S037")]:
        person.rename(person.with_name(person.name.lower()))
    dataset = open_dataset(f"{kind}:{root.parent}")
    assert [(f.subject, f.trial, f.action_units) for f in dataset.frames] == before
    assert dataset.skipped == [] and dataset.test_subjects in {("SN027",), ("S037",)}


def test_a_second_copy_is_named_and_not_counted_twice(layout: tuple[str, Path]) -> None:
    kind, root = layout
    before = open_dataset(f"{kind}:{root}").frames
    person = before[0].subject
    files = [path for path in root.rglob(f"*/{person}/**/*.*") if path.name != "TimeStamp.txt"]
    for part in root.glob(f"*/{person}"):
        shutil.copytree(part, root / "copy" / part.relative_to(root))
    dataset = open_dataset(f"{kind}:{root}")
    assert dataset.frames == before
    assert whys(dataset) == {
        f"copy/{path.relative_to(root).as_posix()}": f"a second copy of {path.relative_to(root).as_posix()}"
        for path in files
    }


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "the file is empty"), (b"no picture at all", "not a JPEG or PNG picture")]
)
def test_a_broken_picture_is_named_and_does_not_stop_the_rest(
    layout: tuple[str, Path], content: bytes, why: str
) -> None:
    kind, root = layout
    whole = open_dataset(f"{kind}:{root}")
    broken = whole.targets()[0]
    write(root / broken.image, content)
    dataset = open_dataset(f"{kind}:{root}")
    assert whys(dataset)[broken.image] == why
    # Without its peak a sequence of CK+ is lost.
    lost = {f for f in whole.frames if f == broken or (kind == "ckplus" and f.trial == broken.trial)}
    assert set(dataset.frames) == {f for f in whole.frames if f.subject != broken.subject or f not in lost}


STRANGERS = {
    "Images/SN001 2/A_TrailNo_1/000.jpg": "disfaplus",
    "Images/SN001/000.jpg": "disfaplus",
    "Images/SN001/A1_AU1_TrailNo_1/004.bmp": "disfaplus",
    "Labels/SN001/A1_AU1_TrailNo_1/AU0.txt": "disfaplus",
    "Labels/SN001/A1_AU1_TrailNo_1/AU100.txt": "disfaplus",
    "Labels/SN001 2/A_TrailNo_1/AU1.txt": "disfaplus",
    "cohn-kanade-images/S005/001/S005_001_0000000001.png": "ckplus",
    "cohn-kanade-images/S005/001/S005_001_00000001.tiff": "ckplus",
    "cohn-kanade-images/S005 2/001/S005_001_00000001.png": "ckplus",
    "FACS/S005/S005_001_00000003_facs.txt": "ckplus",
    "Emotion/S005/001/emotion.txt": "ckplus",
}


@pytest.mark.parametrize(("name", "kind"), STRANGERS.items())
def test_a_file_whose_name_fits_nowhere_is_noted_and_changes_nothing(
    tmp_path: Path, name: str, kind: str
) -> None:
    root = (trees.disfa_plus if kind == "disfaplus" else trees.ck_plus)(tmp_path)
    before = open_dataset(f"{kind}:{root}").frames
    write(root / name, label_file({"000.jpg": 1}) if name.endswith("txt") else picture(1))
    dataset = open_dataset(f"{kind}:{root}")
    assert dataset.frames == before
    assert [str(entry) for entry in dataset.skipped] == [
        f"{name}: its name is none of this layout, so it is not used"
    ]


def test_pipes_devices_and_loops_in_a_dataset_are_noted_and_never_opened(tmp_path: Path) -> None:
    root = trees.disfa_plus(tmp_path)
    trial, labels = root / "Images/SN001/A1_AU1_TrailNo_1", root / "Labels/SN001/A1_AU1_TrailNo_1"
    (trial / "001.jpg").unlink()
    os.mkfifo(trial / "001.jpg")
    (labels / "AU4.txt").unlink()
    os.mkfifo(labels / "AU4.txt")
    (root / "x.png").symlink_to("/dev/zero")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    check = check_dataset(DISFAPlus(root))
    assert check.broken == 0 and len(check.frames) == 17
    told = {entry.path: entry.why for entry in check.skipped}
    for name in ("Images/SN001/A1_AU1_TrailNo_1/001.jpg", "Labels/SN001/A1_AU1_TrailNo_1/AU4.txt", "x.png"):
        assert "is not opened" in told[name]
    assert "cannot be read" in told["loop.txt"]


def test_equal_frames_have_equal_hashes() -> None:
    first, second = (Frame("anna", "stills", "12.png", "anna/12.png", {12: 3}) for _ in range(2))
    assert first == second and len({first, second}) == 1


@pytest.mark.parametrize(
    ("kind", "count", "start"), [("ck_plus", 12, "S"), ("disfa_plus", 1, "SN"), ("scan_faces", 8, "SN")]
)
def test_the_published_lists_hold_out_as_many_subjects_as_the_paper(
    kind: str, count: int, start: str
) -> None:
    listed = listed_test_subjects(kind)
    assert len(set(listed)) == count
    assert all(subject.startswith(start) and subject[len(start) :].isdecimal() for subject in listed)


@given(st.sampled_from(KINDS), subject_numbers)
def test_every_subject_is_on_one_side_and_both_sides_have_somebody(kind: str, numbers: set[int]) -> None:
    start = "S" if kind == "ck_plus" else "SN"
    subjects = sorted(f"{start}{number:03d}" for number in numbers)
    held_out = held_out_subjects(kind, subjects)
    assert set(held_out) <= set(subjects)
    assert held_out == held_out_subjects(kind, subjects[::-1])
    listed = set(listed_test_subjects(kind)) & set(subjects)
    if listed:
        assert set(held_out) == listed
    elif len(subjects) > 1:
        assert 1 <= len(held_out) < len(subjects)


def test_identities_are_never_shared_and_no_frame_is_lost(tmp_path: Path) -> None:
    for dataset in (DISFAPlus(trees.disfa_plus(tmp_path / "d")), CKPlus(trees.ck_plus(tmp_path / "c"))):
        train, test = split(dataset, "train"), split(dataset, "test")
        assert {frame.subject for frame in test} == set(dataset.test_subjects)
        assert {frame.subject for frame in train}.isdisjoint(dataset.test_subjects)
        assert sorted((*train, *test), key=lambda frame: frame.image) == sorted(
            dataset.frames, key=lambda frame: frame.image
        )


def test_the_nine_people_of_disfa_plus_are_eight_and_one(tmp_path: Path) -> None:
    people = tuple(f"SN{number:03d}" for number in (1, 3, 4, 7, 9, 10, 13, 25, 27))
    dataset = DISFAPlus(trees.disfa_plus(tmp_path, people))
    train, test = ({frame.subject for frame in split(dataset, part)} for part in ("train", "test"))
    assert test == {"SN027"} and train == set(people) - test


def test_the_twelve_listed_people_of_ck_plus_are_all_held_out_and_nobody_else() -> None:
    everybody = [f"S{number:03d}" for number in range(1, 1000)]
    assert held_out_subjects("ck_plus", everybody) == listed_test_subjects("ck_plus")


def test_test_subjects_can_be_chosen_but_must_exist(tmp_path: Path) -> None:
    root = trees.disfa_plus(tmp_path)
    assert DISFAPlus(root, test_subjects=["SN003", "SN001"]).test_subjects == ("SN001", "SN003")
    assert split(DISFAPlus(root, test_subjects=[]), "test") == ()
    with pytest.raises(UserError, match="SN999"):
        DISFAPlus(root, test_subjects=["SN999"])


def test_an_unknown_part_is_an_error(tmp_path: Path) -> None:
    dataset = DISFAPlus(trees.disfa_plus(tmp_path))
    with pytest.raises(UserError, match="'validation'"):
        split(dataset, "validation")


def test_a_dataset_of_another_kind_has_no_list_and_holds_out_the_last_tenth() -> None:
    assert listed_test_subjects("holiday_pictures") == ()
    assert held_out_subjects("holiday_pictures", [f"P{number:02d}" for number in range(25)]) == ("P23", "P24")


@pytest.mark.parametrize("spec", ["", "celeba", "/data/ck", "disfa+:/data"])
def test_an_unknown_name_lists_the_known_ones(spec: str) -> None:
    with pytest.raises(UserError, match="scanfaces, disfaplus:ROOT or ckplus:ROOT"):
        open_dataset(spec)


@pytest.mark.parametrize("spec", ["ckplus", "ckplus:", "disfaplus:", "scanfaces:"])
def test_a_name_without_its_root_says_what_to_add(spec: str) -> None:
    with pytest.raises(UserError, match=":ROOT"):
        open_dataset(spec)


@pytest.mark.parametrize("name", ["ckplus", "disfaplus", "scanfaces"])
def test_a_root_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder or zip archive at .*nowhere"):
        open_dataset(f"{name}:{tmp_path / 'nowhere'}")
