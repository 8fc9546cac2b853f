"""``synthesize`` with photographs: one or many, the whole picture or the face, and the strip for a slide."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data

from lfes_core.command_line import main
from lfes_core.datasets import ScanFaces

SENTENCE = "A woman with highly parted lips."


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A photograph of one face, one of two, and one of a cat."""
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(data.astronaut()).save(folder / "one.png")
    Image.fromarray(data.cat()).save(folder / "cat.png")
    faces = ScanFaces()
    two = Image.new("RGB", (640, 320), "gray")
    for place, person in enumerate(faces.validation_subjects[:2]):
        two.paste(Image.fromarray(faces.face(faces.neutral(person))), (320 * place + 32, 32))
    two.save(folder / "two.jpg", quality=95)
    return folder


def call(*words):
    return main(["synthesize", *map(str, words)])


def test_a_photograph_keeps_its_size_and_its_face_alone_has_that_of_the_frame(capsys, pictures, tmp_path):
    whole, face = tmp_path / "whole.png", tmp_path / "face.png"
    assert call(pictures / "one.png", SENTENCE, "-o", whole, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["image"] == str(whole) and np.array(told["face"]).shape == (5, 2)
    assert call(pictures / "one.png", SENTENCE, "-o", face, "--crop") == 0
    with Image.open(whole) as one, Image.open(face) as other:
        assert one.size == (512, 512) and other.size == (256, 256)
        assert (np.asarray(one)[:20] == data.astronaut()[:20]).all()


def test_several_pictures_and_sentences_go_to_a_folder_and_one_without_a_face_stops_none(capsys, pictures, tmp_path):
    out = tmp_path / "out"
    given = [pictures / "one.png", pictures / "cat.png", SENTENCE, "--and", "a man smiling", "-o", out, "--json"]
    assert call(*given) == 2
    printed = capsys.readouterr()
    assert [json.loads(line)["image"] for line in printed.out.splitlines()] == [
        str(out / f"one_{number}.png") for number in (1, 2)
    ]
    complaints = [line for line in printed.err.replace("\r", "\n").splitlines() if line.startswith("error: ")]
    assert len(complaints) == 2 and all("cat.png shows no face" in line for line in complaints)
    assert {path.name for path in out.iterdir()} == {"one_1.png", "one_2.png"}


def test_which_face_is_said_by_its_number_or_its_points(capsys, pictures, tmp_path):
    two, out = pictures / "two.jpg", tmp_path / "out.png"
    assert call(two, SENTENCE, "-o", out) == 2
    assert "two.jpg shows 2 faces" in capsys.readouterr().err and not out.exists()
    changed = []
    points = "128,139,192,139,160,207"  # of the left one
    for where in (["--face", "1"], ["--face", "2"], ["--points", points]):
        assert call(two, SENTENCE, "-o", out, *where) == 0
        with Image.open(two) as before, Image.open(out) as after:
            different = np.abs(np.asarray(before).astype(int) - np.asarray(after)).max(axis=2) > 30
        changed.append(np.nonzero(different)[1].mean() > 320)
    assert changed == [False, True, False]


def test_a_strip_shows_each_face_neutral_and_from_the_weakest_to_the_strongest(capsys, pictures, tmp_path):
    out = tmp_path / "strip.png"
    options = ["--face", "1", "--strip", "-o", out]
    assert call(pictures / "one.png", pictures / "two.jpg", SENTENCE, "--and", "a man smiling", *options) == 0
    with Image.open(out) as strip:
        pixels = np.asarray(strip).astype(int)
    assert pixels.shape == (26 + 4 * 290, 6 * 264 - 8, 3)
    row = [pixels[52:308, 264 * place : 264 * place + 256] for place in range(6)]
    changes = [np.abs(one - row[0]).mean() for one in row]
    assert changes[0] == 0 and changes == sorted(changes) and changes[5] > 2 * changes[1]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-o", "out.png", "--and", "a smile"], "several pictures go to a folder"),
        (["-o", "out", "--and", "a smile", "--attention", "maps.npz"], "--attention is of one picture"),
        (["-o", "out", "{same}"], "two of the pictures have the same name"),
        (["-o", "out", "--and", "a smile", "--weights", "missing"], "missing"),
        (["-o", "missing/out", "--and", "a smile"], "missing/out: its folder does not exist"),
        (["-o", "out.png", "--points", "1,2,x"], "argument --points: give six numbers with commas"),
        (["-o", "out.png", "--points", "1,2,3"], "six numbers"),
        (["-o", "out.png", "--face", "3"], "there is no face 3: the picture has 1"),
    ],
)
def test_calls_that_cannot_be_meant_are_refused_before_anything_is_written(
    capsys, pictures, tmp_path, monkeypatch, options, why
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    Image.fromarray(data.astronaut()).save(tmp_path / "sub" / "one.png")
    before = sorted(tmp_path.rglob("*"))
    extra = [str(tmp_path / "sub" / "one.png")] if "{same}" in options else []
    options = [option for option in options if option != "{same}"]
    assert call(pictures / "one.png", *extra, SENTENCE, *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and why in line
    assert sorted(tmp_path.rglob("*")) == before
