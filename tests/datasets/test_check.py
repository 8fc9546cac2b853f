import tracemalloc
import zipfile

import pytest

from lfes_core.datasets import CKPlus, DISFAPlus, ExpressionPairs, check_dataset
from lfes_core.errors import Unreadable, UserError
from lfes_core.sentences import Vocabulary
from tests.datasets import trees
from tests.datasets.trees import facs_lines, picture, write


def test_a_clean_tree_is_counted_to_the_last_picture(tmp_path):
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


def test_colored_and_gray_pictures_of_several_sizes_are_told_apart(tmp_path):
    lines = facs_lines({12: 2})
    trees.write_sequence(tmp_path, "S005", "001", lines, size=(49, 64))
    trees.write_sequence(tmp_path, "S005", "002", lines, mode="RGB", size=(48, 64), frames=2)
    pictures = check_dataset(CKPlus(tmp_path)).to_json()["pictures"]
    assert pictures == {"sizes": {"64x49": 2, "64x48": 2}, "gray": 2, "color": 2, "others": 1, "broken": 0}


@pytest.mark.fault("Data sets", "a data set of broken pictures only", "one line says so")
def test_where_nothing_can_be_used_one_line_says_why(tmp_path):
    root = trees.disfa_plus(tmp_path)
    for path in root.rglob("*.jpg"):
        path.write_bytes(b"\xff\xd8\xff and no more")
    with pytest.raises(UserError, match=r"18 of 18 pictures are broken, first: Images/SN001.*") as caught:
        check_dataset(DISFAPlus(root))
    assert "\n" not in str(caught.value)


@pytest.mark.fault(
    "Data sets",
    "a member of an archive that is a bomb and no picture",
    "named, without time and memory",
)
def test_a_picture_that_is_a_bomb_costs_no_time_and_no_memory(tmp_path):
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


def test_the_same_reason_is_one_group_whatever_name_and_number_it_speaks_of(tmp_path):
    dataset = CKPlus(trees.ck_plus(tmp_path))
    for path, units in (("A", "26"), ("B", "6, 12"), ("C", "1, 2, 3, 4, 5, 6, 7, 9, ..")):
        dataset.skip(f"Labels/{path}", "no label file for AU {}", units)
    for name in ("a.jpg", "b.jpg"):
        dataset.skip(f"copy/{name}", "a second copy of {}", f"Images/{name}")
    dataset.skip("Images/{a}.jpg", "has {no} label")
    dataset.skip("FACS/x.txt", Unreadable("{} is not a number", "'thr'"), so="; it is left out")
    found = check_dataset(dataset).to_json()["skipped"]
    counted = [(problem["reason"], len(problem["entries"])) for problem in found]
    assert counted[:2] == [("no label file for AU N", 3), ("a second copy of ..", 2)]
    assert counted[2:] == [("has {no} label", 1), ("'thr' is not a number; it is left out", 1)]
    assert found[1]["entries"][1] == {"path": "copy/b.jpg", "why": "a second copy of Images/b.jpg"}


def test_intensities_are_counted_over_all_frames_and_pairs_are_those_of_training(tmp_path):
    strengths = [0, 1, 3, 5, 5, 5, 2, 0]
    trial = {f"{number:03d}.jpg": {12: value} for number, value in enumerate(strengths)}
    for subject in ("SN001", "SN002"):
        trees.write_trial(tmp_path, subject, "A_TrailNo_1", trial)
    dataset, seen = DISFAPlus(tmp_path), []
    check = check_dataset(dataset, lambda names: [seen.append(name) or name for name in names])
    assert dict(check.units.loc[12]) == {"targets": 6, "not given": 0, "A": 2, "B": 2, "C": 2, "D": 0, "E": 6}
    assert len(check.frames) == len(set(seen)) == len(seen) == 16
    assert check.frames.neutral.sum() == 4 and check.frames.target.sum() == 6
    for part, counted in check.to_json()["parts"].items():
        assert counted["pairs"] == len(ExpressionPairs(dataset, part, Vocabulary()))


@pytest.mark.fault("Data sets", "pictures that end too early", "named, pairs without them are used")
def test_broken_pictures_are_found_wherever_they_lie_and_never_stop_the_rest(tmp_path):
    root = trees.ck_plus(tmp_path)
    folder, whole = "cohn-kanade-images/S005", picture(9, (49, 64), "L", "PNG")
    broken = {
        f"{folder}/001/S005_001_00000003.png": whole[:-60],  # a peak that begins well and ends too early
        f"{folder}/001/S005_001_00000002.png": whole[: len(whole) // 2],  # nobody uses this one
        f"{folder}/002/S005_002_00000002.png": b"",
        "cohn-kanade-images/S026/001/S026_001_00000001.png": whole[:-60],  # the neutral face of a pair
    }
    for name, content in broken.items():
        write(root / name, content)
    (root / "Landmarks/S037/001/S037_001_00000001_landmarks.txt").unlink()
    check = check_dataset(CKPlus(root))
    assert (check.broken, check.others, len(check.frames)) == (4, 4, 10)
    assert check.frames.target.sum() == 4 and check.frames.neutral.sum() == 5
    assert check.to_json()["faces"] == {"aligned": 8, "cropped": 2}
    assert {entry.path for entry in check.skipped} == {*broken, "Landmarks/S037/001"}
