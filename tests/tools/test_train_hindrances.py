"""The training of what sees open mouths and glasses: its labels, its pictures, and a tiny run of the command."""

import math

import pytest
import torch
from PIL import Image
from skimage import data

from lfes_core.datasets import ScanFaces
from lfes_core.datasets.frames import Frame
from lfes_core.hindrances import Watcher
from tests.test_hindrances import WEARERS
from tools import train_hindrances
from tools.train_hindrances import card, main, open_mouth, read_crops, varied, wearers


@pytest.mark.parametrize(
    ("units", "label"),
    [({}, 0), ({1: 5, 43: 5}, 0), ({25: 5, 27: 5}, 1), ({25: 3}, 1), ({25: 1}, math.nan), ({12: 5}, 0)],
)
def test_a_mouth_is_open_closed_or_in_between(units, label):
    found = open_mouth(Frame("SN001", "A", "000", "000.jpg", units))
    assert found == label or (math.isnan(found) and math.isnan(label))


def test_the_same_people_wear_glasses_however_many_there_are():
    assert wearers(1) & {f"SN{n:03d}" for n in (97, *range(98, 105), *range(901, 917))} == WEARERS
    assert wearers(1) < wearers(120) < wearers(200)


def test_half_of_the_crops_wear_glasses_and_the_seed_decides():
    faces = ScanFaces()
    people = faces.test_subjects[:8]
    once, again, other = (read_crops(faces, people, 1, seed) for seed in (0, 0, 1))
    assert once[0].shape == (16, 3, 80, 80) and once[1][:, 1].tolist() == 4 * [1, 1, 0, 0]
    assert torch.equal(once[0], again[0]) and not torch.equal(once[0], other[0])
    assert (once[1][::2, 0] == 0).all()  # neutral faces
    shown = [varied(once[0], torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(shown[0], shown[1]) and not torch.equal(shown[0], shown[2])
    assert shown[0].shape == once[0].shape and 0 <= shown[0].min() and shown[0].max() <= 1


def test_the_command_trains_measures_and_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(train_hindrances, "BATCH", 8)
    monkeypatch.setattr(train_hindrances, "HELD_OUT", 1)
    Image.fromarray(data.astronaut()).save(tmp_path / "astronaut.png")
    Image.fromarray(data.cat()).save(tmp_path / "cat.png")
    table = tmp_path / "table.csv"
    table.write_text("file,set,mouth,glasses\nastronaut.png,photographs,,0\ncat.png,photographs,1,1\n")
    out = tmp_path / "watcher.safetensors"
    line = ["--out", str(out), "--pairs", "1", "--steps", "2", "--photographs", str(table)]
    assert main(line) == 0
    facts = Watcher.load(out).facts
    assert facts["people"] == 96 and facts["pictures"] == 192 and facts["steps"] == 2
    assert sum(facts["found"]["held-out people"]["glasses"][::2]) == 48
    assert facts["found"]["photographs"]["mouth"] == [0, 0, 0, 0]
    assert facts["found"]["photographs"]["glasses"][:3] == [0, 0, 1]
    assert sorted(path.name for path in tmp_path.glob("watcher*")) == ["watcher.md", "watcher.safetensors"]
    assert out.with_suffix(".md").read_text() == card(Watcher.load(out), out)


def test_the_card_of_the_shipped_network_is_true():
    assert Watcher.SHIPPED.with_suffix(".md").read_text() == card(Watcher.load(), Watcher.SHIPPED)
