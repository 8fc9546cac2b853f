from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.datasets.labels import read_code, read_facs, read_frame_intensities, read_landmarks
from lfes_core.errors import UserError
from tests.datasets.trees import face_points, facs_lines, label_file, landmark_file

numberlike = st.from_regex(r"[-+]?[0-9]{0,6}\.?[0-9]{0,8}([eE][-+]?[0-9]{1,5})?", fullmatch=True)
strange = ["nan", "inf", "1e999", "1_0", "\u0663", "9" * 5000, "000.jpg", "#", "\x00", "\x1c"]
words = st.one_of(numberlike, st.sampled_from(strange), st.text(max_size=8))
files = st.one_of(st.text(), st.lists(st.lists(words, max_size=4).map(" ".join), max_size=70).map("\n".join))


def noted(reader, text):
    """What a reader makes of a text, and its notes as a person reads them."""
    notes = []
    return reader(text, note=lambda why, detail: notes.append(why.format(detail))), notes


LINE = facs_lines({4: 2})
POINTS = landmark_file(face_points())
READ_SEX = partial(read_code, codes=("man", "woman"))
READ_FACS, READ_FRAMES = partial(noted, read_facs), partial(noted, read_frame_intensities)
REFUSED = [
    *((READ_SEX, token, "is not a number") for token in ("nan", "-inf", "1_0", "\u0663")),
    *((READ_SEX, token, f"'{token}' is no whole number") for token in ("0.6", "-0.3", "3.4", "1.0011")),
    *((READ_SEX, text, f"found {len(text.split())} words") for text in ("", " \n", "1 2")),
    *((READ_SEX, text, f"'{text}' is none of 0 to 1") for text in ("2", "-1", "9" * 30)),
    (READ_FACS, "\n \n", "the file is empty"),
    (READ_FACS, LINE + "1.0 2.0 3.0", "line 2: expected an Action Unit and its intensity"),
    (READ_FACS, LINE + "AU1 3", "is not a number"),
    *((READ_FACS, f"{LINE}{unit} 3", f"line 2: '{unit}' is no Action Unit") for unit in ("0", "100")),
    (READ_FRAMES, "# AU intensity\n# frame  value\n", r"no line such as '000\.jpg     0'"),
    (read_landmarks, POINTS + "1 2\n", "found 69 lines"),
    (read_landmarks, POINTS.replace("\n", " 3\n", 1), "found 3 words in one"),
    (read_landmarks, landmark_file(face_points()[:67]) + "nan 2\n", "'nan' is not a number"),
]
NONE = "{}: the intensity is none of 0 to 5, so it is not known"
TWICE = "{} stands there twice; where the two differ, nothing is known"


@settings(max_examples=300)
@given(st.sampled_from((READ_SEX, READ_FACS, READ_FRAMES, read_landmarks)), files)
@pytest.mark.fault("Data sets", "any text in the place of labels", "read, or told in one line")
def test_no_text_makes_a_reader_raise_anything_but_a_user_error(reader, text):
    try:
        reader(text)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 200


@given(st.integers(0, 1))
def test_a_whole_number_may_be_written_in_any_way(code):
    assert {READ_SEX(text) for text in (f"{code}", f"{code:.7e}", f"{code}.0")} == {("man", "woman")[code]}


@pytest.mark.parametrize(("reader", "text", "why"), REFUSED)
@pytest.mark.fault(
    "Data sets",
    "labels that are fractions, no numbers, too many or none",
    "refused or missing, never rounded",
)
def test_what_cannot_be_read_is_refused_and_never_rounded(reader, text, why):
    with pytest.raises(UserError, match=why):
        reader(text)


@given(st.dictionaries(st.integers(0, 999).map("{:03d}".format), st.integers(-3, 12), min_size=1))
def test_every_frame_of_a_disfa_plus_label_file_is_read_and_nonsense_is_missing(written):
    levels, notes = noted(read_frame_intensities, label_file({f"{name}.JPG": written[name] for name in written}))
    assert levels == {name: value if 0 <= value <= 5 else None for name, value in written.items()}
    assert len(notes) == (None in levels.values())


@pytest.mark.parametrize(
    ("values", "level", "notes"),
    [
        *(([text], 3, []) for text in ("3", "3.0", "3.0000000e+00", "2.9999999")),
        *(([text], None, [NONE]) for text in ("-1", "6", "2.5", "5.4", "0.4", "-0.3", "1e308", "9" * 300)),
        (["3", "3"], 3, [TWICE]),
        *((["3", text], None, [TWICE]) for text in ("2", "0")),
        (["3", "9"], None, [NONE, TWICE]),
    ],
)
@pytest.mark.fault(
    "Data sets",
    "intensities below 0, above 5, between two, or two that differ",
    "the label is missing, and that is noted",
)
def test_an_intensity_is_one_of_the_scale_or_a_missing_label_that_is_noted(values, level, notes):
    for reader, whole, key, before, what in (
        (read_facs, LINE, 12, {4: 2}, "AU 12"),
        (read_frame_intensities, label_file({"000.jpg": 1}), "001", {"000": 1}, "picture 001"),
    ):
        name = "001.jpg" if key == "001" else key
        text = whole + "".join(f"{name} {value}\n" for value in values)
        assert noted(reader, text) == (before | {key: level}, [note.format(what) for note in notes])


@pytest.mark.parametrize("line", ["001.jp", "001.jpg three", "001.jpg", "001.jpg 3 4"])
@pytest.mark.fault("Data sets", "a torn line among labels", "noted by its number, the others are read")
def test_a_torn_line_is_reported_by_its_number_and_the_others_are_read(line):
    text = label_file({"000.jpg": 1}) + f"{line}\n\n003.jpg 4\n"
    notes = ["line 4 could not be understood; the others are used"]
    assert noted(read_frame_intensities, text) == ({"000": 1, "003": 4}, notes)


def test_landmarks_are_read_to_the_last_digit_of_the_release():
    points = face_points((213.61725, 187.2095), (305.4, 190.0), (260.1, 290.33))
    assert np.allclose(read_landmarks(landmark_file(points)), points, atol=1e-4)
    assert np.allclose(read_landmarks("\n" + landmark_file(points).replace("\n", "\r\n")), points, atol=1e-4)
