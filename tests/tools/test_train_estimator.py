"""The training of the estimator of Action Units: it sees training people only, and it goes on as if never stopped."""

import numpy as np
import pytest
import torch

from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.images import FACE_SIZE, face_crop
from tests.training.faces import drawn_faces
from tools import train_estimator
from tools.train_estimator import Faces, accuracy, disturbed, estimator_card, fit, main, read_faces, units_of


def test_only_training_people_are_shown(tmp_path):
    dataset = drawn_faces(tmp_path / "faces")
    units = units_of(dataset)
    assert units == (12, 26)
    faces, held_out = read_faces(dataset, "train", units), read_faces(dataset, "test", units)
    assert (len(faces.levels), len(held_out.levels)) == (12, 4)
    assert faces.levels[:4].tolist() == [[0, 0], [4, 0], [0, 4], [2, 5]]
    assert torch.equal(faces.pictures[0], faces.neutrals[3])
    smile = face_crop(dataset.face(dataset.targets()[0])[None])[0]
    assert torch.equal(faces.pictures[1], smile)


def test_disturbances_keep_the_shape_the_range_and_the_seed():
    picture, neutral = torch.rand(2, 16, 3, FACE_SIZE, FACE_SIZE, generator=torch.Generator().manual_seed(0))
    once, again = (disturbed(picture, neutral, torch.Generator().manual_seed(1)) for _ in range(2))
    for first, second in zip(once, again, strict=True):
        assert torch.equal(first, second)
        assert first.shape == picture.shape and 0 <= first.min() and first.max() <= 1
    assert not torch.equal(once[0], picture)


def random_faces():
    generator = torch.Generator().manual_seed(0)
    pictures, neutrals = torch.randint(0, 256, (2, 8, 3, FACE_SIZE, FACE_SIZE), generator=generator, dtype=torch.uint8)
    return Faces(pictures, neutrals, torch.arange(16.0).reshape(8, 2) % 6)


def test_an_interrupted_training_ends_as_an_unbroken_one_and_not_with_other_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(train_estimator, "CHECKPOINT_INTERVAL", 1)
    monkeypatch.setattr(train_estimator, "BATCH", 4)
    faces, real, calls = random_faces(), train_estimator._loss, []
    whole, _ = fit(faces, (12, 26), 3, 0, tmp_path / "whole")

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(train_estimator, "_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(faces, (12, 26), 3, 0, tmp_path / "broken")
    with pytest.raises(UserError, match="other settings"):
        fit(faces, (12, 26), 2, 0, tmp_path / "broken")
    resumed, _ = fit(faces, (12, 26), 3, 0, tmp_path / "broken")
    assert len(calls) == 4  # the third step, made again
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_the_command_trains_measures_and_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(train_estimator, "BATCH", 4)
    drawn_faces(tmp_path / "faces")
    out = tmp_path / "meter.safetensors"
    assert main(["--data", f"disfaplus:{tmp_path / 'faces'}", "--out", str(out), "--steps", "2"]) == 0
    facts = IntensityMeter.load(out).facts
    assert facts["data"]["training_people"] == 3 and facts["steps"] == 2
    assert facts["held_out"]["12"]["n"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "meter.md", "meter.safetensors"]
    assert "| 12 lip corner puller | " in out.with_suffix(".md").read_text()


def test_accuracy_leaves_out_what_is_not_known():
    named = np.array([[0.0, 1.0], [2.0, np.nan], [4.0, 3.0]])
    measured = np.array([[0.5, 1.0], [2.0, 9.0], [4.5, 3.0]])
    found = accuracy(named, measured, (1, 12))
    assert found["1"]["n"] == 3 and found["1"]["mae"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["12"] == {"icc": 1.0, "mae": 0.0, "n": 2}


def test_the_card_of_the_shipped_estimator_is_true():
    assert IntensityMeter.SHIPPED.with_suffix(".md").read_text() == estimator_card(
        IntensityMeter.load(), IntensityMeter.SHIPPED
    )
