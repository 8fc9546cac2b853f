import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from lfes_core.datasets import ScanFaces
from tests.datasets import trees
from tools.scan_faces import figures

LEVELS = range(1, 6)


def picture(form, pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, quality=95)
    return buffer.getvalue()


def gray(value):
    return picture("JPEG", np.full((256, 256, 3), value, np.uint8))


@pytest.fixture
def tree(tmp_path):
    """Two people; the validation person gets lighter with AU 12 and, but for D, darker with AU 9."""
    root = trees.disfa_plus(tmp_path / "faces", subjects=("SN001",))
    trees.write(root / "Labels/SN001/gender.txt", "1")
    smiles, wrinkles = {f"00{i}.jpg": {12: i} for i in LEVELS}, {f"01{i}.jpg": {9: i} for i in LEVELS}
    trees.write_trial(root, "SN097", "A1_Single_TrailNo_1", {"000.jpg": {}, **smiles, **wrinkles})
    folder = root / "Images/SN097/A1_Single_TrailNo_1"
    trees.write(folder / "000.jpg", gray(100))
    for i in LEVELS:
        trees.write(folder / f"00{i}.jpg", gray(100 + 10 * i))
        trees.write(folder / f"01{i}.jpg", gray(100 - 10 * (2 if i == 4 else i)))
    moves = np.zeros((256, 256), np.uint8)
    moves[100:150, 100:150] = 20
    for unit in (9, 12):
        trees.write(root / f"Regions/SN097/AU{unit}.png", picture("PNG", moves))
    return root


def test_contents_are_counted_by_part_unit_and_intensity(tree):
    archive = trees.zipped(tree)
    dataset = ScanFaces(archive)
    assert {
        "| people | 1 | 1 | 0 | 2 |",
        "| of them shown as women | 1 | 0 | 0 | 1 |",
        "| pictures | 6 | 11 | 0 | 17 |",
        "| one Action Unit (26 and 27 with 25) | 1 | 10 | 0 | 11 |",
        "| region maps | 0 | 2 | 0 | 2 |",
        f"`{hashlib.sha256(archive.read_bytes()).hexdigest()}`.",
        "| 12 | 0+1+0 | 1+1+0 | 0+1+0 | 1+1+0 | 1+1+0 | 3+5+0 |",
        "| 9 | 0+1+0 | 0+1+0 | 0+1+0 | 0+1+0 | 0+1+0 | 0+5+0 |",
    } <= {*figures.contents(dataset), *figures.counts(dataset)}


def test_a_series_that_does_not_go_up_is_named_and_without_maps_there_is_none(tree, tmp_path):
    text = " ".join(figures.order(ScanFaces(tree)))
    assert "grows in 7 of 8 steps" in text and "1 of 2 series (50.0%); not for AU 9 of SN097." in text
    (none,) = figures.order(ScanFaces(trees.disfa_plus(tmp_path / "bare")))
    assert none == "No person for validation shows an Action Unit from A to E with a region map."


def test_the_cascade_finds_a_photographed_face_in_the_middle_and_none_elsewhere():
    cascade = figures.Cascade(figures.lbp_frontal_face_cascade_filename())
    face = np.array(Image.fromarray(data.astronaut()[0:260, 90:350]).resize((256, 256)))
    assert figures.finds_the_face(cascade, face)
    for rows, columns in (((300, 0), (0, 0)), ((0, 300), (0, 0)), ((0, 0), (300, 0)), ((0, 0), (0, 300))):
        aside = np.pad(face, (rows, columns, (0, 0)), constant_values=120)
        assert not figures.finds_the_face(cascade, aside)


def test_pictures_in_which_the_face_is_found_are_counted(tree, monkeypatch):
    monkeypatch.setattr(figures, "finds_the_face", lambda _, picture: picture.mean() > 95)
    (line,) = (line for line in figures.detection(ScanFaces(tree)) if line.startswith("| scikit-image LBP |"))
    assert "| 6 of 11 (54.5%) |" in line and line.endswith("| 0 of 0 (0.0%) |")


def test_the_figures_of_a_page_are_replaced_and_nothing_else(tmp_path):
    page = tmp_path / "card.md"
    page.write_text(f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n")
    for _ in range(2):
        figures.write_card(page, "new\n")
    assert page.read_text() == f"before\n{figures.BEGIN}\n\nnew\n\n{figures.END}\nafter\n"
