from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.datasets.labels import (
    read_facs,
    read_frame_intensities,
    read_landmarks,
    read_single_number,
    whole_number,
)
from lfes_core.errors import UserError
from tests.datasets.trees import face_points, facs_lines, label_file, landmark_file

READERS = (whole_number, read_single_number, read_frame_intensities, read_facs, read_landmarks)
numberlike = st.from_regex(r"[-+]?[0-9]{0,6}\.?[0-9]{0,8}([eE][-+]?[0-9]{1,5})?", fullmatch=True)
words = st.one_of(
    numberlike,
    st.sampled_from(["nan", "inf", "1e999", "1_0", "\u0663", "9" * 5000, "000.jpg", "#", "\x00", "\x1c"]),
    st.text(max_size=8),
)
lines = st.lists(words, max_size=4).map(" ".join)
files = st.one_of(st.text(), st.lists(lines, max_size=70).map("\n".join))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(READERS), files)
def test_no_text_makes_a_reader_raise_anything_but_a_user_error(
    reader: Callable[[str], object], text: str
) -> None:
    try:
        reader(text)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 200


@given(st.integers(-99, 99))
def test_a_whole_number_may_be_written_in_any_way(number: int) -> None:
    assert [whole_number(f"{number}"), whole_number(f"{number:.7e}"), whole_number(f"{number}.0")] == [
        number
    ] * 3


@pytest.mark.parametrize("token", ["nan", "inf", "-inf", "1e999", "four", "1L", "1_0", "\u0663", ""])
def test_what_is_no_finite_number_is_refused(token: str) -> None:
    with pytest.raises(UserError, match="is not a number"):
        whole_number(token)


@pytest.mark.parametrize("token", ["0.6", "1.5", "-0.3", "3.4", "2.0011"])
def test_what_is_no_whole_number_is_refused_and_never_rounded(token: str) -> None:
    with pytest.raises(UserError, match=f"'{token}' is no whole number"):
        whole_number(token)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), (" \n", "empty"), ("1 2", "2 words"), ("x", "'x'"), ("0.6", "no whole number")],
)
def test_a_file_of_one_number_holds_one_number(text: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        read_single_number(text)


@given(st.dictionaries(st.integers(1, 64), st.integers(0, 5), min_size=1))
def test_facs_lines_in_scientific_notation_are_read_and_zero_means_not_given(units: dict[int, int]) -> None:
    present = {unit: intensity or None for unit, intensity in units.items()}
    assert read_facs(facs_lines(units)) == (present, (), [])


@pytest.mark.parametrize("intensity", ["-1", "6", "9", "2.5", "5.4", "0.4", "-0.3", "1e308"])
def test_an_intensity_that_is_none_of_the_scale_is_a_missing_label_and_is_noted(intensity: str) -> None:
    present, missing, notes = read_facs(facs_lines({4: 2}) + f"12 {intensity}\n")
    assert (present, missing) == ({4: 2}, (12,))
    assert [why.format(detail) for why, detail in notes] == [
        "AU 12: the intensity is none of 0 to 5, so it is not known"
    ]


@pytest.mark.parametrize(
    ("second", "present", "missing"),
    [("12 3", {4: 2, 12: 3}, ()), ("12 2", {4: 2}, (12,)), ("12 0", {4: 2}, (12,)), ("12 9", {4: 2}, (12,))],
)
def test_an_action_unit_that_stands_there_twice_is_known_only_if_both_agree(
    second: str, present: dict[int, int], missing: tuple[int, ...]
) -> None:
    read = read_facs(facs_lines({4: 2, 12: 3}) + second)
    assert read[:2] == (present, missing)
    assert "AU 12 stands there twice" in [why.format(detail) for why, detail in read[2]][-1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.0 2.0 3.0", "line 2"),
        ("4", "line 2"),
        ("AU1 3", "is not a number"),
        ("1 nan", "is not a number"),
        ("1.4 3", "'1.4' is no whole number"),
        ("0 3", "line 2: '0' is no Action Unit"),
        ("-4 3", "line 2: '-4' is no Action Unit"),
        ("100 3", "line 2: '100' is no Action Unit"),
        ("1e12 3", "line 2: '1e12' is no Action Unit"),
    ],
)
def test_a_facs_line_without_an_action_unit_and_a_number_is_an_error(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_facs(facs_lines({4: 2}) + text)


@given(st.dictionaries(st.integers(0, 999).map("{:03d}.jpg".format), st.integers(-3, 12), min_size=1))
def test_every_frame_of_a_disfa_plus_label_file_is_read_and_nonsense_is_missing(
    labels: dict[str, int],
) -> None:
    intensities, notes = read_frame_intensities(label_file(labels))
    assert intensities == {name: value if 0 <= value <= 5 else None for name, value in labels.items()}
    outside = list(intensities.values()).count(None)
    assert notes == ([("labels outside 0 to 5, which count as missing: {}", outside)] if outside else [])


@pytest.mark.parametrize(
    ("text", "label", "note"),
    [
        ("3", 3, None),
        ("3.0", 3, None),
        ("3.0000000e+00", 3, None),
        ("-1", None, "labels outside 0 to 5, which count as missing: 1"),
        ("6", None, "labels outside 0 to 5, which count as missing: 1"),
        ("9" * 300, None, "labels outside 0 to 5, which count as missing: 1"),
        ("9" * 5000, "none", "line 4 could not be understood; the others are used"),
        ("2.5", "none", "line 4 could not be understood; the others are used"),
        ("three", "none", "line 4 could not be understood; the others are used"),
        ("3\n001.jpg 3", 3, "pictures labelled twice (where the two differ, the label counts as missing): 1"),
        (
            "3\n001.jpg 1",
            None,
            "pictures labelled twice (where the two differ, the label counts as missing): 1",
        ),
    ],
)
def test_a_label_is_read_or_it_is_noted(text: str, label: object, note: str | None) -> None:
    intensities, notes = read_frame_intensities(label_file({"000.jpg": 1}) + f"001.jpg {text}\n")
    assert intensities["000.jpg"] == 1 and intensities.get("001.jpg", "none") == label
    assert [why.format(detail) for why, detail in notes] == ([] if note is None else [note])


def test_a_file_without_any_line_of_a_frame_is_an_error() -> None:
    with pytest.raises(UserError, match=r"no line such as '000\.jpg     0'"):
        read_frame_intensities("# AU intensity\n# frame  value\n")


def test_a_torn_line_is_reported_by_its_number_and_the_others_are_read() -> None:
    intensities, notes = read_frame_intensities(label_file({"000.jpg": 1}) + "001.jp\n\n003.jpg 4\n")
    assert intensities == {"000.jpg": 1, "003.jpg": 4}
    assert notes == [("line {} could not be understood; the others are used", "4")]


def test_landmarks_are_read_to_the_last_digit_of_the_release() -> None:
    points = face_points((213.61725, 187.2095), (305.4, 190.0), (260.1, 290.33))
    assert np.allclose(read_landmarks(landmark_file(points)), points, atol=1e-4)
    assert np.allclose(read_landmarks("\n" + landmark_file(points).replace("\n", "\r\n")), points, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "found 0 lines"),
        (landmark_file(face_points()[:67]), "found 67 lines"),
        (landmark_file(face_points()) + "1 2\n", "found 69 lines"),
        (landmark_file(face_points()).replace("\n", " 3\n", 1), "found 3 words in one"),
        (landmark_file(face_points()[:67]) + "nan 2\n", "'nan' is not a number"),
    ],
    ids=["empty", "one too few", "one too many", "three numbers", "not a number"],
)
def test_a_landmark_file_that_is_no_list_of_68_points_is_an_error(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_landmarks(text)
