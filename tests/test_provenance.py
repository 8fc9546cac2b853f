import pytest
from PIL import Image

from lfes_core.__main__ import main
from lfes_core.errors import UserError
from lfes_core.provenance import DISCLAIMER, note, read_note

SHA256 = "ab" * 32


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "made.png"
    Image.new("RGB", (32, 32), "red").save(path, pnginfo=note(["A woman smiles “so”."], SHA256))
    return path


def test_a_note_is_read_back_with_sentence_and_weights(written):
    found = read_note(written)
    assert found["Description"] == "A woman smiles “so”." and found["Disclaimer"] == DISCLAIMER
    assert found["Source"].endswith(SHA256) and found["Software"].split()[0] == "lfes"
    with Image.open(written) as image:
        assert image.text["Disclaimer"] == DISCLAIMER  # other readers of PNG find it under the usual keywords


def test_random_weights_are_called_random(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png", pnginfo=note(["x"], None))
    assert read_note(tmp_path / "a.png")["Source"] == "random weights"


def test_a_picture_without_our_note_has_none(written, tmp_path):
    with Image.open(written) as image:
        image.save(tmp_path / "copy.jpg")
        image.crop((0, 0, 16, 16)).save(tmp_path / "crop.png")
    assert read_note(tmp_path / "copy.jpg") is None and read_note(tmp_path / "crop.png") is None


@pytest.mark.fault("Pictures", "the note is asked of what is no picture", "one line")
def test_what_is_no_picture_is_told_in_one_line(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for name in ("text.png", "missing.png"):
        with pytest.raises(UserError, match=name):
            read_note(tmp_path / name)


def test_the_note_of_another_program_is_not_ours(tmp_path):
    other = note(["x"], None).__class__()
    other.add_text("Software", "lfesque")
    Image.new("L", (8, 8)).save(tmp_path / "a.png", pnginfo=other)
    assert read_note(tmp_path / "a.png") is None


@pytest.mark.parametrize("options", [[], ["--strip"], ["--crop"]])
def test_synthesize_writes_the_note_into_a_png(tmp_path, options):
    face, out = tmp_path / "face.png", tmp_path / "out.png"
    Image.new("RGB", (256, 256), "gray").save(face)
    assert main(["synthesize", str(face), "eyes shut", "-o", str(out), "--weights", "tiny_moving", *options]) == 0
    found = read_note(out)
    assert found["Description"] == "A person's eyes are shut."  # as it was understood
    assert found["Source"].startswith("weights with SHA-256 ")
