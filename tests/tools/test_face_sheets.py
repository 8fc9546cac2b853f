"""The sheets of faces show for each Action Unit its own sentence and its own true picture."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import ScanFaces
from lfes_core.sentences import parse
from tests.book.modules import GrayFaces, gray_face
from tools.book import face_sheets
from tools.book.face_sheets import UNITS, all_units, clearest_targets, sheet, two_people
from tools.scan_faces.expression import ACTION_UNITS as DRAWN


@pytest.fixture
def sheets(monkeypatch):
    drawn = []
    monkeypatch.setattr(face_sheets, "sheet", lambda *parts: drawn.append(parts))
    return drawn


def synthesizer(face, sentence):
    """Paints what the sentence says, so that synthesized and true pictures should be the same."""
    return SimpleNamespace(image=Image.fromarray(gray_face(parse(sentence).action_units)))


def test_beside_each_true_picture_stands_what_was_made_of_its_sentence(sheets):
    all_units(GrayFaces(), synthesizer)
    ((rows, names, heads),) = sheets
    assert len(rows) == len(names) == 1 + 22 and len(heads) == 2 * len(GrayFaces().validation_subjects)
    for row in rows[1:]:
        for true, made in zip(row[::2], row[1::2], strict=True):
            assert np.array_equal(true, made)
    assert [name.split()[1] for name in names[1:]] == [str(unit) for unit in DRAWN]


def test_intensities_stand_side_by_side_up_to_the_true_maximum(sheets):
    two_people(GrayFaces(), synthesizer)
    ((rows, names, heads),) = sheets
    assert len(rows) == len(names) == 12 and heads == ["neutral", "A", "C", "E", "true E"] * 2
    for unit, row in zip(UNITS, rows, strict=True):
        lips = [25] if unit == 26 else []
        wanted = [gray_face(dict.fromkeys([*lips, unit], level)) for level in (1, 3, 5, 5)]
        assert np.array_equal(row[1:5], wanted)


def test_a_sheet_has_a_place_for_each_picture_and_no_background(monkeypatch):
    white = np.full((256, 256, 3), 255, np.uint8)
    monkeypatch.setitem(plt.rcParams, "savefig.bbox", "tight")  # as the style of the book sets it
    drawn = np.asarray(sheet([[white, white], [None, white]], ["true", "made"], ["AU 1", "AU 2"]))
    assert drawn.shape == (260, 310, 4)
    shown = drawn[[80, 80, 200, 200], [130, 250, 130, 250], 3]
    assert shown.tolist() == [255, 255, 0, 255]


def test_the_landing_picture_shows_other_movements_in_each_column():
    chosen = clearest_targets(ScanFaces(), 4)
    assert len({subject for subject, _ in chosen}) == 4
    assert all(2 <= len(frame.action_units) <= 3 and frame.subject == subject for subject, frame in chosen)
    assert len({number for _, frame in chosen for number in frame.action_units}) >= 8
