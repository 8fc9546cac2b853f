from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import DISFAPlus, ScanFaces, scan_faces, unpack
from lfes_core.errors import UserError
from tests.datasets import trees

MADE = ({}, {12: 4}, {12: 5}, {25: 3, 26: 3}, {25: 2, 27: 2}, {25: 1, 26: 3})
SINGLES: trees.Trial = {f"00{number}.jpg": units for number, units in enumerate(MADE)}
LEVELS = np.arange(256 * 256, dtype=np.uint32).reshape(256, 256).astype(np.uint8)
SINGLE, HAPPY = "A1_Single_TrailNo_1", "Z_HappyText_TrailNo_1"
ASKED = ({}, {12: 4}, {12: 5, 6: 0}, {26: 3}, {27: 2}, {26: 3, 25: 1})  # for each of `MADE`


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A small archive in the place of the shipped one."""
    root = trees.disfa_plus(tmp_path / "faces")
    trees.write(root / "Labels/SN001/gender.txt", "1")
    stills = {f"00{number}.jpg": {12: number} for number in range(6)}  # more than the three of a filmed trial
    trees.write_trial(root, "SN001", "C1_TrailNo_1", stills)
    trees.write_trial(root, "SN097", SINGLE, SINGLES)
    extra = {name: units.get(27, 0) for name, units in SINGLES.items()}
    trees.write(root / f"Labels/SN097/{SINGLE}/AU27.txt", trees.label_file(extra))
    trees.write_trial(root, "SN097", HAPPY, {"000.jpg": {6: 3, 12: 4}, "001.jpg": {12: 4}})
    trees.write(root / "Regions/SN097/AU9.png", b"no picture")
    Image.fromarray(LEVELS).save(root / "Regions/SN097/AU12.png")
    small = trees.zipped(root)
    monkeypatch.setattr(scan_faces, "ARCHIVE", small)
    return small


@pytest.mark.parametrize(
    ("subject", "unit", "told"),
    [
        ("SN200", 12, "no subject 'SN200'"),
        ("SN001", 12, "no region map of AU 12 for SN001 in .*: there are maps of SN097"),
        ("SN097", 11, "no region map of AU 11 for SN097 in .*: there are maps of 9, 12"),
        ("SN097", 9, "AU9.png is not a picture that can be read"),
    ],
)
def test_a_map_that_cannot_be_had_is_told_in_one_line(archive, subject, unit, told):
    with pytest.raises(UserError, match=told) as error:
        ScanFaces().region_map(subject, unit)
    assert "\n" not in str(error.value)


def test_a_larger_tree_of_the_renderer_can_take_its_place_and_may_have_no_maps(archive, tmp_path):
    dataset = ScanFaces(trees.disfa_plus(tmp_path / "more", subjects=("SN001", "SN002", "SN097", "SN200")))
    assert (dataset.validation_subjects, dataset.test_subjects) == (("SN097",), ())
    with pytest.raises(UserError, match="of nobody here, but of validation and test subjects in the shipped archive"):
        dataset.region_map("SN001", 12)


def test_flow_fields_are_read_where_the_renderer_wrote_them_and_unknown_elsewhere(tmp_path):
    root = trees.disfa_plus(tmp_path / "more", subjects=("SN001", "SN097"))
    frame = next(frame for frame in ScanFaces(root).frames if frame.subject == "SN001" and frame.action_units)
    field = np.linspace(-0.5, 0.5, 3 * 64 * 64, dtype=np.float16).reshape(3, 64, 64)
    assert not ScanFaces(root).flow(frame).any()
    path = root / "Flows" / frame.subject / frame.trial / f"{Path(frame.name).stem}.npy"
    path.parent.mkdir(parents=True)
    np.save(path, field)
    dataset = ScanFaces(root)
    assert np.array_equal(dataset.flow(frame), field.astype(np.float32))
    assert not any(dataset.flow(other).any() for other in dataset.frames if other != frame)


@pytest.mark.fault(
    "Data sets",
    "a flow field is damaged, has another shape or holds numbers that are none (NaN)",
    "the file is named, and another pair stands in for it",
)
@pytest.mark.parametrize("content", [b"", b"no numbers", np.full((3, 64, 64), np.nan), np.zeros((3, 64))], ids=len)
def test_a_damaged_flow_field_is_refused_by_name(tmp_path, content):
    root = trees.disfa_plus(tmp_path / "more", subjects=("SN001", "SN097"))
    frame = next(frame for frame in ScanFaces(root).frames if frame.subject == "SN001" and frame.action_units)
    path = root / "Flows" / frame.subject / frame.trial / f"{Path(frame.name).stem}.npy"
    path.parent.mkdir(parents=True)
    path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)
    with pytest.raises(UserError, match=path.name):
        ScanFaces(root).flow(frame)


@pytest.mark.parametrize("place", ["empty", ".", "link", "litter", "~faces"])
def test_any_empty_folder_is_filled(archive, tmp_path, monkeypatch, place):
    folder = tmp_path / "empty"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    if place == "litter":
        trees.write(folder / ".DS_Store", "litter")
    monkeypatch.chdir(folder if place == "." else tmp_path)
    written = unpack("empty" if place == "litter" else place)
    assert ScanFaces(written).frames == ScanFaces().frames
    assert (tmp_path / "link").is_symlink() and folder.is_dir()
    assert {path.name for path in written.iterdir()} - {".DS_Store"} == {"Images", "Labels", "Regions"}


@pytest.mark.fault(
    "Files and folders",
    "unpacking the faces fails",
    "nothing is left behind",
)
@pytest.mark.parametrize("there", [False, True])
def test_a_failed_unpacking_leaves_nothing_behind(archive, tmp_path, there):
    if there:
        (tmp_path / "new").mkdir()
    with pytest.raises(UserError, match="no such file"):
        unpack(tmp_path / "new", lambda names: [*names[:3], "no such file"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "faces.zip", *["new"] * there]
    assert not there or not list((tmp_path / "new").iterdir())


def test_a_package_without_its_archive_says_so(archive, tmp_path):
    archive.unlink()
    with pytest.raises(UserError, match=r"faces\.zip is not a zip archive"):
        unpack(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_it_is_read_by_the_code_of_disfa_plus_and_every_expression_is_a_target(archive):
    dataset = ScanFaces()
    assert dataset.frames == DISFAPlus(archive).frames
    assert dataset.targets() == tuple(frame for frame in dataset.frames if not frame.is_neutral)
    assert dataset.frames[0].gender == "woman"
    # A further unit without a label file is absent, not unknown.
    assert any(27 in frame.action_units for frame in dataset.frames)
    assert not any(frame.missing for frame in dataset.frames)


@pytest.mark.parametrize(
    ("action_units", "trial", "name"),
    [
        *((units, SINGLE, f"00{number}.jpg") for number, units in enumerate(ASKED)),
        ({12: 0}, SINGLE, "000.jpg"),
        ({6: 3, 12: 4}, HAPPY, "000.jpg"),
        *((units, None, None) for units in ({12: 3}, {12: None}, {26: 3, 25: 0}, {26: 4}, {99: 5})),
    ],
)
def test_the_true_picture_of_an_expression_is_found_if_somebody_made_it(archive, action_units, trial, name):
    frame = ScanFaces().truth("SN097", action_units)
    assert (frame and (frame.subject, frame.trial, frame.name)) == (name and ("SN097", trial, name))
    for subject, told in (("SN200", "no subject 'SN200'"), ("SN097", "AU 12 has intensity 6")):
        with pytest.raises(UserError, match=told):
            ScanFaces().truth(subject, {12: 6})


@pytest.mark.fault(
    "Files and folders",
    "the faces are unpacked over files of somebody, or over older faces",
    "it is refused, and nothing is overwritten",
)
@pytest.mark.parametrize("kind", ["full folder", "file", "whole dataset", "below a file"])
def test_what_is_there_is_never_overwritten(archive, tmp_path, kind):
    target = tmp_path / "mine"
    if kind == "whole dataset":
        unpack(target)
    precious = trees.write(target if "file" in kind else target / "precious.txt", "mine")
    with pytest.raises(UserError, match="cannot be written" if kind == "below a file" else "name a new one"):
        unpack(target / "below" if kind == "below a file" else target)
    assert precious.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "faces.zip", "mine"]


def test_the_unpacked_folder_is_the_dataset(archive, tmp_path):
    seen = []
    folder = unpack(tmp_path / "new" / "folder", lambda names: [seen.append(name) or name for name in names])
    packed, unpacked = ScanFaces(), ScanFaces(folder)
    assert all(np.array_equal(packed.read(frame), unpacked.read(frame)) for frame in packed.frames)
    assert len(seen) == sum(1 for path in folder.rglob("*") if path.is_file())
    for dataset in (packed, unpacked):
        assert np.array_equal(dataset.region_map("SN097", 12), LEVELS * np.float32(0.2))
