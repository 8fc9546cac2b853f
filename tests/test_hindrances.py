"""An open mouth and glasses are seen on photographs, and seldom where they are not; the file is checked."""

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from skimage import data

from lfes_core.datasets import ScanFaces
from lfes_core.errors import UserError
from lfes_core.hindrances import WARNINGS, Watcher, hindrances
from lfes_core.images import face_crop
from lfes_core.photographs import lay_on_frame

MOUTH, GLASSES = WARNINGS.values()
WEARERS = {"SN103", "SN906", "SN907", "SN910", "SN912", "SN914"}
"""Of the people who are held out, as the renderer dressed them."""


@pytest.fixture(scope="module")
def faces():
    return ScanFaces()


@pytest.fixture(scope="module")
def held_out(faces):
    return (*faces.validation_subjects, *faces.test_subjects)


def seen(faces, people, units):
    return {person: hindrances(faces.face(faces.truth(person, units))) for person in people}


def test_neutral_people_without_glasses_are_warned_of_nothing(faces, held_out):
    people = [person for person in held_out if person not in WEARERS]
    for units in ({}, {1: 5}, {4: 5}, {43: 5}, {14: 5}, {24: 5}):
        assert np.mean([warned == () for warned in seen(faces, people, units).values()]) >= 0.94, units


def test_glasses_are_seen_on_all_who_wear_them_and_an_open_mouth_on_everybody(faces, held_out):
    for person, warned in seen(faces, held_out, {}).items():
        assert (GLASSES in warned) == (person in WEARERS), person
    for person, warned in seen(faces, held_out, {25: 5, 27: 5}).items():
        assert MOUTH in warned, person


def test_a_photograph_is_warned_of_and_a_picture_on_the_frame_is_not(faces):
    open_mouth = faces.face(faces.truth("SN906", {25: 5, 27: 5}))
    photograph = Image.new("RGB", (900, 700), (120, 130, 140))
    photograph.paste(Image.fromarray(open_mouth).resize((420, 420)), (240, 140))
    assert lay_on_frame(photograph).warnings == (MOUTH, GLASSES)
    assert lay_on_frame(open_mouth).warnings == ()


def test_a_smile_that_shows_teeth_is_an_open_mouth(faces):
    assert lay_on_frame(data.astronaut()).warnings == (MOUTH,)


def test_the_light_and_the_contrast_of_a_picture_change_little(faces):
    crop = face_crop(faces.face(faces.truth("SN906", {25: 5, 27: 5}))[None])
    dim = (crop.float() * 0.5 + 20).round().to(torch.uint8)
    watcher = Watcher.load()
    torch.testing.assert_close(watcher.shares(crop), watcher.shares(dim), atol=0.1, rtol=0)
    torch.testing.assert_close(watcher.shares(crop), watcher.shares(crop.flip(-1)))
    assert watcher.shares(torch.full_like(crop, 90)).isfinite().all()


def test_the_file_keeps_the_network_and_the_facts_and_is_small(tmp_path):
    torch.manual_seed(0)
    watcher = Watcher({"steps": 3}).eval()
    watcher.save(tmp_path / "watcher.safetensors")
    loaded = Watcher.load(tmp_path / "watcher.safetensors")
    crops = torch.randint(0, 256, (3, 3, 80, 80), dtype=torch.uint8)
    assert loaded.facts == {"steps": 3}
    torch.testing.assert_close(loaded.shares(crops), watcher.shares(crops), atol=0.01, rtol=0)
    assert Watcher.SHIPPED.stat().st_size < 2**17


@pytest.mark.parametrize("content", ["nothing", "text", "another kind", "other tensors", "a changed byte"])
def test_other_files_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "watcher.safetensors"
    if content == "text":
        path.write_text("hello")
    elif content == "another kind":
        save_file({"a": torch.zeros(1)}, path, metadata={"format": "something"})
    elif content == "other tensors":
        other = Watcher()
        other.features = torch.nn.Sequential(torch.nn.Linear(2, 2))
        other.save(path)
    elif content == "a changed byte":
        whole = Watcher.SHIPPED.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(UserError) as raised:
        Watcher.load(path)
    assert "\n" not in str(raised.value) and str(path) in str(raised.value)
