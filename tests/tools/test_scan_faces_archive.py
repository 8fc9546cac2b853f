"""The archive that comes with the package is what the plan says, to the last label."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.scan_faces.dataset import trial_files
from tools.scan_faces.expression import ACTION_UNITS
from tools.scan_faces.plan import plan

ARCHIVE = Path(__file__).parents[2] / "lfes_core/assets/scan_faces.zip"
TRAIN, TEST, SEED, FRAMES = 96, 8, 1, 15


@pytest.fixture(scope="module")
def archive():
    with zipfile.ZipFile(ARCHIVE) as opened:
        yield opened


@pytest.fixture(scope="module")
def subjects():
    return plan(TRAIN, TEST, SEED, FRAMES)


def picture(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"), dtype=int)


def test_its_files_are_exactly_those_of_the_plan_and_whole(archive, subjects):
    expected = {"README.txt", "LICENSE.txt"}
    for subject in subjects:
        expected.add(f"Labels/{subject.name}/gender.txt")
        for trial in subject.trials:
            images = [f"{i:03d}.jpg" for i in range(len(trial.expressions))]
            expected |= {f"Images/{subject.name}/{trial.name}/{name}" for name in images}
            expected |= {name for name, _ in trial_files(subject.name, trial)}
        if subject.test:
            expected |= {f"Regions/{subject.name}/AU{unit}.png" for unit in ACTION_UNITS}
    names = archive.namelist()
    assert len(names) == len(set(names)) and set(names) == expected
    assert archive.testzip() is None


def test_its_labels_are_those_of_the_plan(archive, subjects):
    for subject in subjects:
        gender = archive.read(f"Labels/{subject.name}/gender.txt").strip()
        assert gender == (b"1" if subject.gender == "woman" else b"0")
        for trial in subject.trials:
            for name, content in trial_files(subject.name, trial):
                assert archive.read(name) == content


def test_subjects_are_told_apart_and_stay_themselves(archive, subjects):
    neutral = {s.name: picture(archive, f"Images/{s.name}/{s.trials[0].name}/000.jpg") for s in subjects}
    shrunk = np.stack([face[::16, ::16].ravel() for face in neutral.values()])
    apart = np.abs(shrunk[:, None] - shrunk[None]).mean(2) + 99 * np.eye(len(shrunk))
    assert apart.min() > 6
    for subject in subjects[::8]:
        face = neutral[subject.name]
        same = picture(archive, f"Images/{subject.name}/{subject.trials[1].name}/000.jpg")
        # The backdrop in the upper corners and the shirt below do not change with the expression, the face does.
        assert np.abs(face[:40, :30] - same[:40, :30]).mean() < 1.5
        assert np.abs(face[:40, -30:] - same[:40, -30:]).mean() < 1.5
        assert np.abs(face[60:200, 60:200] - same[60:200, 60:200]).mean() > 0.5


def test_every_region_map_lies_on_the_face_and_is_different_for_every_unit(archive, subjects):
    for subject in (subject for subject in subjects if subject.test):
        files = {unit: archive.read(f"Regions/{subject.name}/AU{unit}.png") for unit in ACTION_UNITS}
        assert len(set(files.values())) == len(ACTION_UNITS)
        for unit, file in files.items():
            image = Image.open(io.BytesIO(file))
            levels = np.asarray(image)
            assert image.mode == "L" and levels.shape == (256, 256)
            assert 5 < levels.max() < 255, f"AU {unit} of {subject.name}"
            # It moves something, but neither the backdrop nor most of the picture.
            assert 0.005 < (levels > 2).mean() < 0.4
            assert not levels[:60, :20].any() and not levels[:60, -20:].any()


def test_it_names_its_makers_license_and_the_command_that_made_it(archive):
    license_text, about = archive.read("LICENSE.txt").decode(), archive.read("README.txt").decode()
    assert "MIT License" in license_text and "USC Institute for Creative Technologies" in license_text
    assert "Learning Formation of Physically-Based Face Attributes" in license_text
    assert f"--subjects {TRAIN} --frames {FRAMES} --test-subjects {TEST} --seed {SEED}" in about
