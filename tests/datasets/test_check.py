import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from lfes_core.datasets import CKPlus, DISFAPlus, ExpressionPairs, ScanFaces, check_dataset
from lfes_core.errors import Unreadable, UserError
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import facs_lines, picture, write


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_clean_tree_is_counted_to_the_last_picture(tmp_path: Path) -> None:
    found = check_dataset(CKPlus(trees.ck_plus(tmp_path))).to_json()
    assert found["parts"] == {
        "train": {"subjects": ["S005", "S026"], "frames": 8, "pairs": 4},
        "test": {"subjects": ["S037"], "frames": 4, "pairs": 2},
    }
    assert found["neutral_frames"] == 6 and found["emotions"] == {"surprise": 3}
    assert found["pictures"] == {"sizes": {"64x49": 12}, "gray": 12, "color": 0, "others": 6, "broken": 0}
    assert found["faces"] == {"aligned": 12, "cropped": 0} and found["skipped"] == []
    units = found["action_units"]
    assert list(units) == ["1", "2", "5", "6", "12", "25", "27"]
    assert units["12"]["intensities"] == {"not given": 3, "1": 0, "2": 0, "3": 0, "4": 0, "5": 0}
    assert units["27"]["intensities"]["4"] == units["27"]["frames"] == 3
    assert units["6"]["name"] == "cheek raiser"


def test_intensities_are_counted_over_all_frames_and_targets_apart(tmp_path: Path) -> None:
    strengths = [0, 1, 3, 5, 5, 5, 2, 0]
    trial = {f"{number:03d}.jpg": {12: value} for number, value in enumerate(strengths)}
    trees.write_trial(tmp_path, "SN001", "A_TrailNo_1", trial)
    check = check_dataset(DISFAPlus(tmp_path))
    assert dict(check.units.loc[12]) == {"targets": 3, "not given": 0, "A": 1, "B": 1, "C": 1, "D": 0, "E": 3}
    assert len(check.frames) == 8 and not check.frames.gray.any() and not check.frames.aligned.any()
    assert check.frames.neutral.sum() == 2 and check.frames.target.sum() == 3


def test_pairs_are_those_of_training(tmp_path: Path) -> None:
    for dataset in (DISFAPlus(trees.disfa_plus(tmp_path / "d")), CKPlus(trees.ck_plus(tmp_path / "c"))):
        check = check_dataset(dataset)
        for part, counted in check.to_json()["parts"].items():
            assert counted["pairs"] == len(ExpressionPairs(dataset, part, Vocabulary()))


def test_broken_pictures_are_found_wherever_they_lie_and_never_stop_the_rest(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    folder = root / "cohn-kanade-images/S005"
    whole = picture(9, (49, 64), "L", "PNG")
    peak = write(folder / "001/S005_001_00000003.png", whole[:-60])  # begins well and ends too early
    between = write(folder / "001/S005_001_00000002.png", whole[: len(whole) // 2])  # nobody uses this one
    empty = write(folder / "002/S005_002_00000002.png", b"")
    before = snapshot(root)
    dataset = CKPlus(root)
    check = check_dataset(dataset)
    assert (check.broken, check.others, len(check.frames)) == (3, 4, 11)
    assert check.frames.target.sum() == 5 and check.frames.aligned.all()
    assert sorted(entry.path for entry in check.skipped) == sorted(
        path.relative_to(root).as_posix() for path in (peak, between, empty)
    )
    assert snapshot(root) == before


def test_an_expression_without_its_neutral_picture_is_no_pair(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    neutral = root / "cohn-kanade-images/S026/001/S026_001_00000001.png"
    neutral.write_bytes(neutral.read_bytes()[:-60])
    check = check_dataset(CKPlus(root))
    assert check.frames.target.sum() == 5 and check.frames.neutral.sum() == 5


def test_colored_and_gray_pictures_of_several_sizes_are_told_apart(tmp_path: Path) -> None:
    lines = facs_lines({12: 2})
    trees.write_sequence(tmp_path, "S005", "001", lines, size=(49, 64))
    trees.write_sequence(tmp_path, "S005", "002", lines, mode="RGB", size=(48, 64), frames=2)
    pictures = check_dataset(CKPlus(tmp_path)).to_json()["pictures"]
    assert pictures == {"sizes": {"64x49": 2, "64x48": 2}, "gray": 2, "color": 2, "others": 1, "broken": 0}


def test_faces_without_landmarks_are_counted(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    (root / "Landmarks/S005/001/S005_001_00000001_landmarks.txt").unlink()
    found = check_dataset(CKPlus(root)).to_json()
    assert found["faces"] == {"aligned": 10, "cropped": 2}
    assert [problem["reason"] for problem in found["skipped"]] == [
        "no landmarks of the neutral face; the middle square is used"
    ]


def test_progress_sees_every_picture_once(tmp_path: Path) -> None:
    seen: list[str] = []
    check_dataset(
        ScanFaces(trees.zipped(trees.disfa_plus(tmp_path / "d"))),
        lambda names: [seen.append(name) or name for name in names],
    )
    assert len(seen) == len(set(seen)) == 18 and all(name.endswith(".jpg") for name in seen)


def test_where_nothing_can_be_used_one_line_says_why(tmp_path: Path) -> None:
    root = trees.disfa_plus(tmp_path)
    for path in root.rglob("*.jpg"):
        path.write_bytes(b"\xff\xd8\xff and no more")
    with pytest.raises(UserError, match=r"18 of 18 pictures are broken, first: Images/SN001.*") as caught:
        check_dataset(DISFAPlus(root))
    assert "\n" not in str(caught.value)


def test_a_picture_that_is_a_bomb_costs_no_time_and_no_memory(tmp_path: Path) -> None:
    root = trees.disfa_plus(tmp_path / "disfa")
    write(root / "x.png", b"\0" * 1000)
    trees.zipped(root)
    archive = root.with_suffix(".zip")
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb.jpg", bytes(60 * 2**20))
    dataset = DISFAPlus(archive)
    tracemalloc.start()
    check = check_dataset(dataset)
    assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    tracemalloc.stop()
    assert check.broken == 2 and {entry.why for entry in check.skipped} == {"not a JPEG or PNG picture"}


def test_the_same_reason_is_one_group_whatever_name_and_number_it_speaks_of(tmp_path: Path) -> None:
    dataset = CKPlus(trees.ck_plus(tmp_path))
    for path, units in (("A", "26"), ("B", "6, 12"), ("C", "1, 2, 3, 4, 5, 6, 7, 9, ..")):
        dataset.skip(f"Labels/{path}", "no label file for AU {}", units)
    for name in ("a.jpg", "b.jpg"):
        dataset.skip(f"copy/{name}", "a second copy of {}", f"Images/{name}")
    dataset.skip("Images/{a}.jpg", "has {no} label")
    dataset.skip("FACS/x.txt", Unreadable("{} is not a number", "'thr'"), so="; it is left out")
    found = check_dataset(dataset).to_json()["skipped"]
    assert {problem["reason"]: len(problem["entries"]) for problem in found} == {
        "no label file for AU N": 3,
        "a second copy of ..": 2,
        "has {no} label": 1,
        "'thr' is not a number; it is left out": 1,
    }
    assert found[0]["reason"] == "no label file for AU N"
    assert found[1]["entries"][1] == {"path": "copy/b.jpg", "why": "a second copy of Images/b.jpg"}


def test_everything_is_in_the_json(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    write(root / "Emotion/S005/001/S005_001_00000003_emotion.txt", "nine")
    check = check_dataset(CKPlus(root))
    printed = json.loads(json.dumps(check.to_json()))
    assert printed == check.to_json() and printed["root"] == str(root)
    assert printed["skipped"][0]["entries"] == [
        {
            "path": "Emotion/S005/001/S005_001_00000003_emotion.txt",
            "why": "'nine' is not a number; the frame is used without an emotion",
        }
    ]
