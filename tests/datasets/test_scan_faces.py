from pathlib import Path

import numpy as np
import pytest

from lfes_core.datasets import DISFAPlus, ScanFaces, scan_faces, unpack
from lfes_core.errors import UserError
from tests.datasets import trees


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small archive in the place of the shipped one."""
    root = trees.disfa_plus(tmp_path / "faces")
    trees.write(root / "Labels/SN001/gender.txt", "1")
    stills = {f"00{number}.jpg": {12: number} for number in range(6)}  # more than the three of a filmed trial
    trees.write_trial(root, "SN001", "C1_TrailNo_1", stills)
    small = trees.zipped(root)
    monkeypatch.setattr(scan_faces, "ARCHIVE", small)
    return small


def test_it_is_read_by_the_code_of_disfa_plus_and_every_expression_is_a_target(archive: Path) -> None:
    dataset = ScanFaces()
    assert isinstance(dataset, DISFAPlus)
    assert dataset.frames == DISFAPlus(archive).frames
    assert dataset.targets() == tuple(frame for frame in dataset.frames if not frame.is_neutral)
    assert dataset.frames[0].gender == "woman"


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
