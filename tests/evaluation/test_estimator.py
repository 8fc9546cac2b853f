"""The estimator of Action Units: it learns what is drawn, it resumes, and its file is checked."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lfes_core.errors import UserError
from lfes_core.evaluation import train_estimator
from lfes_core.evaluation.estimator import (
    CROP,
    LEFT,
    SHIPPED,
    SIZE,
    TOP,
    IntensityEstimator,
    IntensityMeter,
    face_crop,
)
from lfes_core.evaluation.estimator_card import estimator_card
from lfes_core.evaluation.train_estimator import Faces, disturbed, fit, main, read_faces, units_of
from tests.training.faces import drawn_faces


def test_the_crop_is_the_mean_of_four_pixels():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    found = face_crop(pictures)
    assert found.shape == (2, 3, SIZE, SIZE) and CROP == 2 * SIZE
    for row, column, color in [(0, 0, 0), (7, 31, 1), (79, 79, 2)]:
        y, x = TOP + 2 * row, LEFT + 2 * column
        four = [int(pictures[1, y + dy, x + dx, color]) for dy in (0, 1) for dx in (0, 1)]
        assert abs(int(found[1, color, row, column]) - sum(four) / 4) <= 0.5


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
    picture, neutral = torch.rand(2, 16, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    once, again = (disturbed(picture, neutral, torch.Generator().manual_seed(1)) for _ in range(2))
    for first, second in zip(once, again, strict=True):
        assert torch.equal(first, second)
        assert first.shape == picture.shape and 0 <= first.min() and first.max() <= 1
    assert not torch.equal(once[0], picture)


def random_faces():
    generator = torch.Generator().manual_seed(0)
    pictures, neutrals = torch.randint(0, 256, (2, 8, 3, SIZE, SIZE), generator=generator, dtype=torch.uint8)
    return Faces(pictures, neutrals, torch.arange(16.0).reshape(8, 2) % 6)


def test_an_interrupted_training_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    monkeypatch.setattr(train_estimator, "CHECKPOINT_INTERVAL", 1)
    monkeypatch.setattr(train_estimator, "BATCH", 4)
    faces = random_faces()
    whole, _ = fit(faces, (12, 26), 3, 0, tmp_path / "whole")
    real = train_estimator._loss
    calls = []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(train_estimator, "_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(faces, (12, 26), 3, 0, tmp_path / "broken")
    resumed, _ = fit(faces, (12, 26), 3, 0, tmp_path / "broken")
    assert len(calls) == 4  # the third step, made again
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_checkpoint_of_other_settings_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(train_estimator, "CHECKPOINT_INTERVAL", 1)
    monkeypatch.setattr(train_estimator, "BATCH", 2)
    fit(random_faces(), (12, 26), 1, 0, tmp_path / "kept")
    with pytest.raises(UserError, match="other settings"):
        fit(random_faces(), (12, 26), 2, 0, tmp_path / "kept")


def test_the_file_keeps_the_network_and_the_facts(tmp_path):
    torch.manual_seed(0)
    meter = IntensityMeter(IntensityEstimator((4, 12)).eval(), {"steps": 3})
    meter.save(tmp_path / "meter.safetensors")
    loaded = IntensityMeter.load(tmp_path / "meter.safetensors")
    assert loaded.units == (4, 12) and loaded.facts == {"steps": 3}
    pictures = np.random.default_rng(0).integers(0, 256, (2, 70, 256, 256, 3), dtype=np.uint8)
    found = loaded.measure(*pictures)
    assert found.shape == (70, 2)
    np.testing.assert_allclose(found, meter.measure(*pictures), atol=0.02)
    # 70 pictures are more than one part
    np.testing.assert_allclose(found[-1:], loaded.measure(pictures[0, -1:], pictures[1, -1:]), atol=1e-5)


def test_other_files_are_refused_in_one_line(tmp_path):
    other = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(1)}, other, metadata={"format": "something"})
    text = tmp_path / "text.safetensors"
    text.write_text("hello")
    for path in (other, text, tmp_path / "none.safetensors"):
        with pytest.raises(UserError) as raised:
            IntensityMeter.load(path)
        assert "\n" not in str(raised.value) and str(path) in str(raised.value)


def test_the_command_trains_measures_and_writes(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(train_estimator, "BATCH", 4)
    drawn_faces(tmp_path / "faces")
    out = tmp_path / "meter.safetensors"
    assert main(["--data", f"disfaplus:{tmp_path / 'faces'}", "--out", str(out), "--steps", "2"]) == 0
    facts = IntensityMeter.load(out).facts
    assert facts["data"]["training_people"] == 3 and facts["steps"] == 2
    assert facts["held_out"]["12"]["n"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces", "meter.md", "meter.safetensors"]
    assert "| 12 lip corner puller | " in out.with_suffix(".md").read_text()
    assert main(["--data", "disfaplus:nowhere", "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_shipped_estimator_is_small_and_good_on_held_out_people():
    assert SHIPPED.stat().st_size < 2 * 2**20
    meter = IntensityMeter.load()
    twelve = [meter.facts["held_out"][str(unit)] for unit in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)]
    assert np.mean([unit["icc"] for unit in twelve]) > 0.8
    assert SHIPPED.with_suffix(".md").read_text() == estimator_card(meter)
