import os
import re
import shutil

import numpy as np
import pytest

from lfes_core.datasets import DISFAPlus, ExpressionPairs, FaceDataset, Frame, open_dataset, split
from lfes_core.datasets.frames import held_out
from lfes_core.errors import Unreadable, UserError
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import label_file, labelled, picture, whys, write

MAKE = {"disfaplus": trees.disfa_plus, "ckplus": trees.ck_plus}
FOUND = r"layout of named faces.*found anna; 1 entries skipped, first: anna/12\.png: not a JPEG"
STRANGERS = """Images/SN001 2/A_TrailNo_1/000.jpg  Images/SN001/000.jpg  Images/SN001/A1_AU1_TrailNo_1/004.bmp
Labels/SN001/A1_AU1_TrailNo_1/AU0.txt  Labels/SN001/A1_AU1_TrailNo_1/AU100.txt  Labels/SN001 2/A_TrailNo_1/AU1.txt
cohn-kanade-images/S005/001/S005_001_0000000001.png  cohn-kanade-images/S005/001/S005_001_00000001.tiff
images/SN001/5.part  cohn-kanade-images/S005 2/001/S005_001_00000001.png  FACS/S005/S005_001_00000003_facs.txt
Emotion/S005/001/emotion.txt"""
EVERYBODY = {start: [f"{start}{number:03d}" for number in range(1000)] for start in ("S", "SN")}


class NamedFaces(FaceDataset):
    """A layout of a reader: ``anna/neutral.png``, ``anna/12.png``."""

    kind, layout = "named_faces", "layout of named faces: expected anna/neutral.png and anna/12.png"

    def read_frames(self):
        frames = []
        for image in self.tree.names():
            subject, name = image.split("/")
            units = {} if name == "neutral.png" else {int(name.removesuffix(".png")): None}
            if self.begins_like_an_image(image):
                frames.append(Frame(subject, "stills", name, image, units))
        return frames


@pytest.fixture
def root(tmp_path):
    for subject in ("anna", "bert", "carl"):
        for number, name in enumerate(("neutral", "12", "25")):
            write(tmp_path / subject / f"{name}.png", picture(30 * number, kind="PNG"))
    return tmp_path


def test_a_layout_of_ones_own_needs_one_method(root):
    dataset = NamedFaces(root)
    assert dataset.subjects == ("anna", "bert", "carl") and dataset.test_subjects == ("carl",)
    pairs = ExpressionPairs(dataset, "train", Vocabulary())
    assert all("lips" in pairs.sentence(index) for index in (1, 3))
    assert pairs[0].neutral.shape == (3, 256, 256)
    for _ in range(2):
        dataset.skip("anna/12.png", "blurred")
    assert len(dataset.skipped) == 1 and len({*dataset.frames, *NamedFaces(root).frames}) == 9


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"no picture", FOUND), (picture(1, kind="PNG"), "has 1 labelled pictures, but none without any Action Unit")],
)
def test_where_nothing_can_be_used_one_line_says_why(tmp_path, content, why):
    write(tmp_path / "anna" / "12.png", content)
    with pytest.raises(UserError, match=why) as caught:
        NamedFaces(tmp_path)
    assert "Skipped(" not in str(caught.value) and ("layout" in why) == ("layout" in str(caught.value))
    assert str(caught.value).startswith(f"{tmp_path} ")


def test_a_folder_in_which_nothing_lies_says_so(tmp_path):
    with pytest.raises(UserError, match=r"expected anna/neutral\.png and anna/12\.png; found nothing$"):
        NamedFaces(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [(picture(1, kind="PNG"), None), (picture(1), None), (b"", "the file is empty"), (None, "cannot be read: torn")],
)
def test_of_a_picture_no_more_than_its_first_eight_bytes_are_read_to_tell_that_it_is_one(
    root, monkeypatch, content, why
):
    dataset, limits = NamedFaces(root), []

    def begin(name, limit=None):
        limits.append(limit)
        if content is None:
            raise Unreadable("cannot be read: {}", "torn", file=name)
        return content[:limit]

    monkeypatch.setattr(dataset.tree, "read_bytes", begin)
    assert dataset.begins_like_an_image("anna/12.png") == (why is None)
    assert limits == [8] and [entry.why for entry in dataset.skipped] == ([why] if why else [])


def test_a_frame_of_which_nobody_knows_how_it_moves_has_a_flow_of_zeros(root):
    dataset = NamedFaces(root)
    flow = dataset.flow(dataset.frames[0])
    assert flow.shape == (3, 64, 64) and flow.dtype == np.float32 and not flow.any()


def test_a_damaged_picture_is_named_when_it_is_read(root):
    dataset = NamedFaces(root)
    write(root / "bert/25.png", picture(1, kind="PNG")[:-60])
    for which in ("bert/25.png", next(frame for frame in dataset.frames if frame.image == "bert/25.png")):
        with pytest.raises(UserError, match=r"^bert/25\.png "):
            dataset.read(which)


@pytest.fixture(params=MAKE)
def layout(request, tmp_path):
    return request.param, MAKE[request.param](tmp_path / "data")


def test_a_word_and_a_root_open_each_layout_and_the_other_one_is_recognized(layout):
    kind, root = layout
    assert open_dataset(f"{kind}:{root}").kind == {"disfaplus": "disfa_plus", "ckplus": "ck_plus"}[kind]
    if kind == "disfaplus":
        assert open_dataset(f"scanfaces:{root}").kind == "scan_faces"
    for other in {"disfaplus": ["ckplus"], "ckplus": ["disfaplus", "scanfaces"]}[kind]:
        with pytest.raises(UserError, match=f"layout: expected .*; found .*; it looks like {kind}:{root}"):
            open_dataset(f"{other}:{root}")


def test_a_zip_archive_gives_the_same_frames_and_pixels_as_the_folder(layout):
    kind, root = layout
    folder, archive = open_dataset(f"{kind}:{root}"), open_dataset(f"{kind}:{trees.zipped(root)}")
    assert folder.frames == archive.frames
    assert all(np.array_equal(folder.face(frame), archive.face(frame)) for frame in folder.frames[::3])


def test_litter_small_letters_and_a_folder_around_change_nothing(layout):
    kind, root = layout
    before = labelled(open_dataset(f"{kind}:{root}"))
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        for litter in (".DS_Store", "._000.jpg", "Thumbs.db", "TimeStamp.txt"):
            write(folder / litter, b"\0\1")
    for person in [*root.glob("*/SN027"), *root.glob("*/S037")]:
        person.rename(person.with_name(person.name.lower()))
    dataset = open_dataset(f"{kind}:{root.parent}")
    assert labelled(dataset) == before
    assert dataset.skipped == [] and dataset.test_subjects in {("SN027",), ("S037",)}


@pytest.mark.fault("Data sets", "a second copy of a person", "named, not counted twice")
def test_a_second_copy_is_named_and_not_counted_twice(layout):
    kind, root = layout
    before = open_dataset(f"{kind}:{root}").frames
    person = before[0].subject
    files = [path for path in root.rglob(f"*/{person}/**/*.*") if path.name != "TimeStamp.txt"]
    for part in root.glob(f"*/{person}"):
        shutil.copytree(part, root / "copy" / part.relative_to(root))
    dataset = open_dataset(f"{kind}:{root}")
    assert dataset.frames == before
    names = [path.relative_to(root).as_posix() for path in files]
    assert whys(dataset) == {f"copy/{name}": f"a second copy of {name}" for name in names}


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "the file is empty"), (b"no picture at all", "not a JPEG or PNG picture")]
)
@pytest.mark.fault("Data sets", "pictures that are empty or no pictures", "named, the rest is used")
def test_a_broken_picture_is_named_and_does_not_stop_the_rest(layout, content, why):
    kind, root = layout
    whole = open_dataset(f"{kind}:{root}")
    broken = whole.targets()[0]
    write(root / broken.image, content)
    dataset = open_dataset(f"{kind}:{root}")
    assert whys(dataset)[broken.image] == why
    # Without its peak a sequence of CK+ is lost.
    lost = {f for f in whole.frames if f == broken or (kind == "ckplus" and f.trial == broken.trial)}
    assert set(dataset.frames) == {f for f in whole.frames if f.subject != broken.subject or f not in lost}


@pytest.mark.parametrize("name", re.split("  |\n", STRANGERS))
@pytest.mark.fault("Data sets", "files whose names fit nowhere, as sync programs make them", "each is named")
def test_a_file_whose_name_fits_nowhere_is_noted_and_changes_nothing(tmp_path, name):
    kind = "disfaplus" if "SN001" in name else "ckplus"
    root = MAKE[kind](tmp_path)
    before = open_dataset(f"{kind}:{root}").frames
    write(root / name, label_file({"000.jpg": 1}) if name.endswith("txt") else picture(1))
    dataset = open_dataset(f"{kind}:{root}")
    assert dataset.frames == before
    assert [str(entry) for entry in dataset.skipped] == [f"{name}: its name is none of this layout, so it is not used"]


@pytest.mark.fault(
    "Data sets",
    "links out of a data set, to themselves and to devices; pipes",
    "named, never opened; nothing waits",
)
def test_what_a_tree_leaves_out_is_noted_and_never_opened(tmp_path):
    pipe = trees.disfa_plus(tmp_path) / "Images/SN001/A1_AU1_TrailNo_1/001.jpg"
    pipe.unlink()
    os.mkfifo(pipe)
    dataset = DISFAPlus(tmp_path)
    assert "is not opened" in whys(dataset)[pipe.relative_to(tmp_path).as_posix()] and len(dataset.frames) == 17


@pytest.mark.parametrize(("kind", "start", "count"), [("ck_plus", "S", 12), ("disfa_plus", "SN", 1)])
def test_as_many_listed_people_as_in_the_paper_are_held_out_or_else_the_last_tenth(kind, start, count):
    listed = held_out(kind, EVERYBODY[start], None)[1]
    assert len(listed) == count
    others = [subject for subject in EVERYBODY[start] if subject not in listed][:30]
    assert held_out(kind, others[::-1], None)[1] == tuple(others[-3:])
    assert held_out(kind, [*others, listed[-1]], None)[1] == (listed[-1],)
    assert held_out(kind, others[:2], None)[1] == (others[1],)
    assert held_out(kind, others[:1], None)[1] == ()
    assert held_out("holiday_pictures", others, None)[1] == tuple(others[-3:])


def test_identities_are_never_shared_and_no_frame_is_lost(layout):
    dataset = open_dataset("{}:{}".format(*layout))
    train, test = split(dataset, "train"), split(dataset, "test")
    assert {frame.subject for frame in test} == set(dataset.test_subjects)
    assert {frame.subject for frame in train}.isdisjoint(dataset.test_subjects)
    assert len({*train, *test}) == len(train) + len(test) == len(dataset.frames)
    with pytest.raises(UserError, match=r"^there is no part 'x{80}' of a dataset: say train, validation, test$"):
        split(dataset, "x" * 99)


def test_where_there_are_three_parts_each_has_its_own_people(tmp_path, monkeypatch):
    people = {"train": "SN001", "validation": "SN097", "test": "SN901"}
    for person in people.values():
        write(tmp_path / person / "neutral.png", picture(1, kind="PNG"))
    monkeypatch.setattr(NamedFaces, "kind", "scan_faces")
    dataset = NamedFaces(tmp_path)
    assert {part: [frame.subject for frame in split(dataset, part)] for part in people} == {
        part: [person] for part, person in people.items()
    }


def test_test_subjects_can_be_chosen_but_must_exist(tmp_path):
    root = trees.disfa_plus(tmp_path)
    assert DISFAPlus(root, test_subjects=["SN003", "SN001"]).test_subjects == ("SN001", "SN003")
    assert split(DISFAPlus(root, test_subjects=[]), "test") == ()
    with pytest.raises(UserError, match=r"^the test subjects SN999 are not in the dataset: it has SN001 \.\. SN027$"):
        DISFAPlus(root, test_subjects=["SN999"])
    with pytest.raises(UserError, match=r"^there is no subject 'x{80}' in .*: it has SN001 \.\. SN027$"):
        DISFAPlus(root).neutral("x" * 99)


LISTED = [f"SN{number:03d}" for number in (1, 2, 97, 98, 105, 901, 902)]


@pytest.mark.parametrize(
    ("kind", "subjects", "test", "expected"),
    [
        ("scan_faces", LISTED, None, (("SN097", "SN098"), ("SN901", "SN902"))),
        ("scan_faces", LISTED[:5], None, (("SN097", "SN098"), ())),  # as in an archive to train on
        ("scan_faces", LISTED, ["SN002"], (("SN097", "SN098"), ("SN002",))),
        ("disfa_plus", ["SN001", "SN003", "SN027"], None, (("SN027",), ("SN027",))),  # the paper has two parts
        ("disfa_plus", ["SN001", "SN003"], None, (("SN003",), ("SN003",))),  # nobody of the list is here
        ("disfa_plus", ["SN001"], None, ((), ())),
    ],
)
def test_who_guides_decisions_and_who_is_asked_once(kind, subjects, test, expected):
    assert held_out(kind, subjects, test) == expected


@pytest.mark.parametrize("kind", ["ckplus", "disfaplus", "scanfaces"])
def test_words_that_name_no_dataset_say_what_to_add(kind):
    told = {spec: "say scanfaces, disfaplus:ROOT or" for spec in ("", "celeba", "/data/ck", f"{kind}+:/data")}
    told |= {f"{kind}:": f"say {kind}:ROOT", f"{kind}:/nowhere": "no folder or zip archive at /nowhere"}
    for spec, why in told.items():
        with pytest.raises(UserError, match=why):
            open_dataset(spec)
