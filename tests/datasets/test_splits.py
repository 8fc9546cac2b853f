from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.datasets import CKPlus, DISFAPlus, split
from lfes_core.datasets.held_out import held_out_subjects, listed_test_subjects
from lfes_core.errors import UserError
from tests.datasets import trees

KINDS = ("ck_plus", "disfa_plus", "scan_faces")
subject_numbers = st.sets(st.integers(1, 140), min_size=1, max_size=130)


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


def test_the_listed_subjects_are_held_out_where_they_are_there(tmp_path: Path) -> None:
    assert DISFAPlus(trees.disfa_plus(tmp_path / "d")).test_subjects == ("SN027",)
    assert CKPlus(trees.ck_plus(tmp_path / "c")).test_subjects == ("S037",)


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
