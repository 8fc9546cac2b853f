import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import DISFAPlus, ScanFaces, scan_faces, unpack
from lfes_core.errors import UserError
from tests.datasets import trees

SINGLES: trees.Trial = {
    "000.jpg": {},
    "001.jpg": {12: 4},
    "002.jpg": {12: 5},
    "003.jpg": {25: 3, 26: 3},
    "004.jpg": {25: 2, 27: 2},
    "005.jpg": {25: 1, 26: 3},
}
LEVELS = np.arange(256 * 256, dtype=np.uint32).reshape(256, 256).astype(np.uint8)


def png(levels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small archive in the place of the shipped one."""
    root = trees.disfa_plus(tmp_path / "faces")
    trees.write(root / "Labels/SN001/gender.txt", "1")
    stills = {f"00{number}.jpg": {12: number} for number in range(6)}  # more than the three of a filmed trial
    trees.write_trial(root, "SN001", "C1_TrailNo_1", stills)
    trees.write_trial(root, "SN097", "A1_Single_TrailNo_1", SINGLES)
    extra = {name: units.get(27, 0) for name, units in SINGLES.items()}
    trees.write(root / "Labels/SN097/A1_Single_TrailNo_1/AU27.txt", trees.label_file(extra))
    trees.write_trial(root, "SN097", "Z_HappyText_TrailNo_1", {"000.jpg": {6: 3, 12: 4}, "001.jpg": {12: 4}})
    trees.write(root / "Regions/SN097/AU12.png", png(LEVELS))
    trees.write(root / "Regions/SN097/AU9.png", b"no picture")
    trees.write(root / "Regions/SN097/AU1.png", png(LEVELS[:128]))
    small = trees.zipped(root)
    monkeypatch.setattr(scan_faces, "ARCHIVE", small)
    return small


def test_it_is_read_by_the_code_of_disfa_plus_and_every_expression_is_a_target(archive: Path) -> None:
    dataset = ScanFaces()
    assert isinstance(dataset, DISFAPlus)
    assert dataset.frames == DISFAPlus(archive).frames
    assert dataset.targets() == tuple(frame for frame in dataset.frames if not frame.is_neutral)
    assert dataset.frames[0].gender == "woman"


@pytest.mark.parametrize(
    ("action_units", "name"),
    [
        ({12: 4}, "001.jpg"),
        ({12: 5, 6: 0}, "002.jpg"),
        ({26: 3}, "003.jpg"),
        ({27: 2}, "004.jpg"),
        ({26: 3, 25: 1}, "005.jpg"),
        ({}, "000.jpg"),
        ({12: 0}, "000.jpg"),
    ],
)
def test_the_true_picture_of_an_expression_is_found(
    archive: Path, action_units: Mapping[int, int | None], name: str
) -> None:
    frame = ScanFaces().truth("SN097", action_units)
    assert frame is not None
    assert (frame.subject, frame.trial, frame.name) == ("SN097", "A1_Single_TrailNo_1", name)


@pytest.mark.parametrize("action_units", [{12: 3}, {12: None}, {26: 3, 25: 0}, {26: 4}, {99: 5}])
def test_an_expression_that_nobody_made_has_no_true_picture(
    archive: Path, action_units: Mapping[int, int | None]
) -> None:
    assert ScanFaces().truth("SN097", action_units) is None


def test_the_true_picture_of_an_emotion_is_found_by_its_action_units(archive: Path) -> None:
    frame = ScanFaces().truth("SN097", {6: 3, 12: 4})
    assert frame is not None and frame.emotion == "happiness"


def test_a_unit_without_a_label_file_is_absent_not_unknown(archive: Path) -> None:
    dataset = ScanFaces()
    assert {unit for frame in dataset.frames for unit in frame.action_units if unit == 27} == {27}
    assert not any(frame.missing for frame in dataset.frames)


def test_a_truth_is_asked_for_about_a_known_person_and_a_possible_intensity(archive: Path) -> None:
    dataset = ScanFaces()
    with pytest.raises(UserError, match="no subject 'SN200'"):
        dataset.truth("SN200", {12: 5})
    with pytest.raises(UserError, match="AU 12 has intensity 6"):
        dataset.truth("SN097", {12: 6})


def test_a_region_map_is_the_stored_levels_in_pixels_of_movement(archive: Path, tmp_path: Path) -> None:
    packed = ScanFaces().region_map("SN097", 12)
    assert packed.dtype == np.float32 and np.array_equal(packed, LEVELS * np.float32(0.2))
    unpacked = ScanFaces(unpack(tmp_path / "folder"))
    assert np.array_equal(unpacked.region_map("SN097", 12), packed)


@pytest.mark.parametrize(
    ("subject", "unit", "told"),
    [
        ("SN200", 12, "no subject 'SN200'"),
        ("SN001", 12, "SN001 has no region maps: the test subjects have, SN097 .. SN097"),
        ("SN097", 11, "no region map of AU 11 for SN097: there are maps of 1, 9, 12"),
        ("SN097", 9, "AU9.png in .* is damaged"),
        ("SN097", 1, "AU1.png in .* is not 256x256"),
    ],
)
def test_a_map_that_cannot_be_had_is_told_in_one_line(
    archive: Path, subject: str, unit: int, told: str
) -> None:
    with pytest.raises(UserError, match=told) as error:
        ScanFaces().region_map(subject, unit)
    assert "\n" not in str(error.value)


def test_a_tree_without_maps_says_which_one_has_them(tmp_path: Path) -> None:
    root = trees.disfa_plus(tmp_path / "plain")
    with pytest.raises(UserError, match="holds no region maps"):
        ScanFaces(root).region_map("SN001", 12)


def test_a_larger_tree_of_the_renderer_can_take_its_place(archive: Path, tmp_path: Path) -> None:
    root = trees.disfa_plus(tmp_path / "more", subjects=("SN001", "SN002", "SN097", "SN200"))
    assert ScanFaces(root).test_subjects == ("SN097",)


def test_the_unpacked_folder_is_the_dataset(archive: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    folder = unpack(tmp_path / "new" / "folder", lambda names: [seen.append(name) or name for name in names])
    packed, unpacked = ScanFaces(), ScanFaces(folder)
    assert unpacked.frames == packed.frames
    assert all(np.array_equal(packed.read(frame), unpacked.read(frame)) for frame in packed.frames)
    assert len(seen) == sum(1 for path in folder.rglob("*") if path.is_file())


def test_an_empty_folder_is_filled(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert ScanFaces(unpack(tmp_path / "empty")).subjects == ScanFaces().subjects


@pytest.mark.parametrize("kind", ["full folder", "file"])
def test_what_is_there_is_never_overwritten(archive: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "mine"
    precious = trees.write(target if kind == "file" else target / "precious.txt", "mine")
    with pytest.raises(UserError, match="name a new one"):
        unpack(target)
    assert precious.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "faces.zip", "mine"]


def test_an_interrupted_unpacking_leaves_nothing_behind(archive: Path, tmp_path: Path) -> None:
    def stop_after_three(names: tuple[str, ...]) -> list[str]:
        return [*names[:3], "no such file"]

    with pytest.raises(UserError, match="no such file"):
        unpack(tmp_path / "new", stop_after_three)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "faces.zip"]


def test_a_place_that_cannot_be_written_is_an_error(archive: Path, tmp_path: Path) -> None:
    trees.write(tmp_path / "file", "x")
    with pytest.raises(UserError, match="cannot be made"):
        unpack(tmp_path / "file" / "below")
