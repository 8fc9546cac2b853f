import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.datasets.labels import read_facs, read_frame_intensities, read_single_number, whole_number
from tests.datasets.trees import facs_lines, label_file


@given(st.integers(-99, 99))
def test_a_whole_number_may_be_written_in_any_way(number: int) -> None:
    assert [whole_number(f"{number}"), whole_number(f"{number:.7e}"), whole_number(f"{number}.0")] == [
        number
    ] * 3


def test_a_number_a_hair_below_is_rounded_and_not_cut() -> None:
    assert whole_number("3.9999999e+00") == 4


@pytest.mark.parametrize("token", ["nan", "inf", "-inf", "four", "1L", ""])
def test_what_is_no_finite_number_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        whole_number(token)


@pytest.mark.parametrize(
    ("text", "reason"), [("", "empty"), (" \n", "empty"), ("1 2", "2 words"), ("x", "'x'")]
)
def test_a_file_of_one_number_holds_one_number(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_single_number(text)


@given(st.dictionaries(st.integers(1, 64), st.integers(0, 5)))
def test_facs_lines_in_scientific_notation_are_read_and_zero_means_not_given(units: dict[int, int]) -> None:
    present, missing = read_facs(facs_lines(units))
    assert present == {unit: intensity or None for unit, intensity in units.items()}
    assert missing == ()


@pytest.mark.parametrize("intensity", [-1, 6, 9])
def test_an_intensity_outside_the_scale_is_a_missing_label_in_ck_plus(intensity: int) -> None:
    assert read_facs(facs_lines({4: 2, 12: intensity})) == ({4: 2}, (12,))


@pytest.mark.parametrize("text", ["1.0 2.0 3.0", "4", "AU1 3", "1 nan"])
def test_a_facs_line_that_is_no_pair_of_numbers_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 2|is not a number"):
        read_facs(facs_lines({4: 2}) + text)


@given(st.dictionaries(st.integers(0, 999).map("{:03d}.jpg".format), st.integers(-3, 12)))
def test_every_frame_of_a_disfa_plus_label_file_is_read_and_nonsense_is_missing(
    labels: dict[str, int],
) -> None:
    intensities, not_understood = read_frame_intensities(label_file(labels))
    assert intensities == {name: value if 0 <= value <= 5 else None for name, value in labels.items()}
    assert not_understood == []


@given(st.text())
def test_no_text_stops_the_reader_of_frame_labels(text: str) -> None:
    intensities, _ = read_frame_intensities(text)
    assert all(value is None or 0 <= value <= 5 for value in intensities.values())


def test_the_two_header_lines_may_say_anything() -> None:
    for header in ("# a\n# b\n", "AU1 intensity\nframe value\n", ""):
        assert read_frame_intensities(header + "000.jpg     3\n") == ({"000.jpg": 3}, [])


def test_a_torn_line_is_reported_by_its_number_and_the_others_are_read() -> None:
    text = label_file({"000.jpg": 1}) + "001.jp\n\n003.jpg 4\n"
    assert read_frame_intensities(text) == ({"000.jpg": 1, "003.jpg": 4}, [4])
