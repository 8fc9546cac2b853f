import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.datasets import CKPlus, DISFAPlus, ExpressionPairs, ScanFaces, Skipped, check_dataset
from lfes_core.datasets.check import LEVELS, group_problems
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import facs_lines, picture, write


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_clean_tree_is_counted_to_the_last_picture(tmp_path: Path) -> None:
    check = check_dataset(CKPlus(trees.ck_plus(tmp_path)))
    assert (check.train.subjects, check.train.frames, check.train.pairs) == (("S005", "S026"), 8, 4)
    assert (check.test.subjects, check.test.frames, check.test.pairs) == (("S037",), 4, 2)
    assert check.neutral == 6 and check.emotions == {"surprise": 3}
    assert check.sizes == {(64, 49): 12} and (check.gray, check.color) == (12, 0)
    assert (check.others, check.broken) == (6, 0)
    assert (check.aligned, check.cropped) == (12, 0)
    assert set(check.action_units) == {1, 2, 5, 6, 12, 25, 27}
    assert check.action_units[12].intensities == {None: 3, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0}
    assert check.action_units[27].intensities[4] == check.action_units[27].frames == 3
    assert check.problems == ()


def test_intensities_are_counted_over_all_frames_and_targets_apart(tmp_path: Path) -> None:
    strengths = [0, 1, 3, 5, 5, 5, 2, 0]
    trial = {f"{number:03d}.jpg": {12: value} for number, value in enumerate(strengths)}
    trees.write_trial(tmp_path, "SN001", "A_TrailNo_1", trial)
    check = check_dataset(DISFAPlus(tmp_path))
    assert check.action_units[12].intensities == {None: 0, 1: 1, 2: 1, 3: 1, 4: 0, 5: 3}
    assert (check.action_units[12].frames, check.action_units[12].targets) == (6, 3)
    assert check.color == 8 and check.cropped == 8 and check.neutral == 2


def test_pairs_are_those_of_training(tmp_path: Path) -> None:
    for dataset in (DISFAPlus(trees.disfa_plus(tmp_path / "d")), CKPlus(trees.ck_plus(tmp_path / "c"))):
        check = check_dataset(dataset)
        for part, counted in (("train", check.train), ("test", check.test)):
            assert counted.pairs == len(ExpressionPairs(dataset, part, Vocabulary()))


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
    assert (check.broken, check.others, sum(check.sizes.values())) == (3, 4, 11)
    assert (check.train.pairs, check.test.pairs) == (3, 2)
    assert check.train.frames + check.test.frames == 11 and check.aligned == 11
    assert sorted(entry.path for problem in check.problems for entry in problem.entries) == sorted(
        path.relative_to(root).as_posix() for path in (peak, between, empty)
    )
    assert snapshot(root) == before


def test_an_expression_without_its_neutral_picture_is_no_pair(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    neutral = root / "cohn-kanade-images/S026/001/S026_001_00000001.png"
    neutral.write_bytes(neutral.read_bytes()[:-60])
    check = check_dataset(CKPlus(root))
    assert check.train.pairs == 3 and check.neutral == 5


def test_colored_and_gray_pictures_of_several_sizes_are_told_apart(tmp_path: Path) -> None:
    lines = facs_lines({12: 2})
    trees.write_sequence(tmp_path, "S005", "001", lines, size=(49, 64))
    trees.write_sequence(tmp_path, "S005", "002", lines, mode="RGB", size=(48, 64), frames=2)
    check = check_dataset(CKPlus(tmp_path))
    assert check.sizes == {(64, 49): 2, (64, 48): 2} and (check.gray, check.color) == (2, 2)


def test_faces_without_landmarks_are_counted(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    (root / "Landmarks/S005/001/S005_001_00000001_landmarks.txt").unlink()
    check = check_dataset(CKPlus(root))
    assert (check.aligned, check.cropped) == (10, 2)
    assert [problem.reason for problem in check.problems] == [
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


def test_the_same_reason_is_one_group_whatever_name_and_number_it_speaks_of() -> None:
    skipped = [
        Skipped("Labels/SN001/A", "no label file for AU 26"),
        Skipped("Labels/SN003/B", "no label file for AU 6, 12"),
        Skipped("Images/a.jpg", "is not a picture that can be read (cut after 20 bytes)"),
        Skipped("Images/b.jpg", "is not a picture that can be read (cut after 7 bytes)"),
        Skipped("FACS/x.txt", "'thr' is not a number"),
        Skipped("copy/a.jpg", "a second copy of Images/a.jpg"),
        Skipped("copy/b.jpg", "a second copy of Images/b.jpg"),
        Skipped("Labels/SN003/C", "no label file for AU 1, 2, 3, 4, 5, 6, 7, 9, .."),
    ]
    groups = {problem.reason: len(problem.entries) for problem in group_problems(skipped)}
    assert groups == {
        "no label file for AU N": 3,
        "a second copy of ..": 2,
        "is not a picture that can be read (cut after N bytes)": 2,
        "'thr' is not a number": 1,
    }
    assert next(iter(groups)) == "no label file for AU N"


@given(st.lists(st.builds(Skipped, st.text(), st.text())))
def test_grouping_loses_no_entry(skipped: list[Skipped]) -> None:
    assert sorted(map(str, (e for p in group_problems(skipped) for e in p.entries))) == sorted(
        map(str, skipped)
    )


def test_everything_is_in_the_json(tmp_path: Path) -> None:
    root = trees.ck_plus(tmp_path)
    write(root / "Emotion/S005/001/S005_001_00000003_emotion.txt", "nine")
    check = check_dataset(CKPlus(root))
    printed = json.loads(json.dumps(check.to_json()))
    assert printed["parts"]["test"] == {"subjects": ["S037"], "frames": 4, "pairs": 2}
    assert printed["action_units"]["6"]["intensities"]["not given"] == 3
    assert set(printed["action_units"]["6"]["intensities"]) == {str(level or "not given") for level in LEVELS}
    assert printed["action_units"]["6"]["name"] == "cheek raiser"
    assert printed["pictures"] == {
        "sizes": {"64x49": 12},
        "gray": 12,
        "color": 0,
        "others": 6,
        "broken": 0,
    }
    assert printed["faces"] == {"aligned": 12, "cropped": 0}
    assert printed["skipped"][0]["entries"] == [
        {
            "path": "Emotion/S005/001/S005_001_00000003_emotion.txt",
            "why": "'nine' is not a number; the frame is used without an emotion",
        }
    ]
    assert replace(check, root="").to_json()["root"] == ""
