"""The files of the data set, and that the archive in the package holds those of the plan, to the last label."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets.scan_faces import ARCHIVE
from tools.scan_faces.dataset import jpeg_file, label_file, trial_files
from tools.scan_faces.expression import ACTION_UNITS, DISFA_PLUS
from tools.scan_faces.plan import Trial, plan

TRAIN, VALIDATION, TEST, SEED, FRAMES = 96, 8, 16, 1, 15


MAPPED = {"train": (), "validation": ACTION_UNITS, "test": DISFA_PLUS}


@pytest.fixture(scope="module")
def archive():
    with zipfile.ZipFile(ARCHIVE) as opened:
        yield opened


@pytest.fixture(scope="module")
def subjects():
    return plan(TRAIN, VALIDATION, TEST, SEED, FRAMES)


def picture(archive, name):
    return np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"), dtype=int)


def test_its_files_are_exactly_those_of_the_plan_and_whole_and_its_labels_too(archive, subjects):
    texts, others = {}, ["README.txt", "LICENSE.txt"]
    for subject in subjects:
        texts[f"Labels/{subject.name}/gender.txt"] = b"1\n" if subject.gender == "woman" else b"0\n"
        for trial in subject.trials:
            texts |= dict(trial_files(subject.name, trial))
            images = range(len(trial.expressions))
            others += [f"Images/{subject.name}/{trial.name}/{i:03d}.jpg" for i in images]
        others += [f"Regions/{subject.name}/AU{unit}.png" for unit in MAPPED[subject.part]]
    assert sorted(archive.namelist()) == sorted([*texts, *others]) and archive.testzip() is None
    assert {name: archive.read(name) for name in texts} == texts


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
    for subject in (subject for subject in subjects if subject.part != "train"):
        files = {unit: archive.read(f"Regions/{subject.name}/AU{unit}.png") for unit in MAPPED[subject.part]}
        assert len(set(files.values())) == len(files)
        for unit, file in files.items():
            levels = np.asarray(Image.open(io.BytesIO(file)))
            assert levels.dtype == np.uint8 and levels.shape == (256, 256)
            assert 5 < levels.max() < 255, f"AU {unit} of {subject.name}"
            # It moves something, but neither the backdrop nor most of the picture.
            assert 0.005 < (levels > 2).mean() < 0.4
            assert not levels[:60, :20].any() and not levels[:60, -20:].any()


def test_it_names_its_makers_license_and_the_command_that_made_it(archive):
    license_text, about = archive.read("LICENSE.txt").decode(), archive.read("README.txt").decode()
    assert "MIT License" in license_text and "USC Institute for Creative Technologies" in license_text
    assert "Learning Formation of Physically-Based Face Attributes" in license_text
    assert f"--subjects {TRAIN} --frames {FRAMES} --validation-subjects {VALIDATION} --test-subjects {TEST}" in about


SMILE = Trial("A1_Single_TrailNo_1", ({}, {12: 3}, {25: 2, 27: 2}))


def test_a_label_file_has_two_header_lines_and_a_line_for_every_picture():
    lines = label_file(SMILE, 12).splitlines()
    assert [line[0] for line in lines[:2]] == ["#", "#"]
    assert lines[2:] == ["000.jpg     0", "001.jpg     3", "002.jpg     0"]


def test_units_that_disfa_plus_lacks_have_a_label_file_only_where_they_occur():
    files = dict(trial_files("SN001", SMILE))
    folder = "SN001/A1_Single_TrailNo_1"
    assert files.keys() == {
        f"Images/{folder}/TimeStamp.txt",
        *(f"Labels/{folder}/AU{unit}.txt" for unit in (*DISFA_PLUS, 27)),
    }
    assert re.search(rb"^002\.jpg\s+2$", files[f"Labels/{folder}/AU27.txt"], re.M)
    assert files[f"Images/{folder}/TimeStamp.txt"].count(b"\n") == 3


def test_a_jpeg_has_the_asked_quality_and_color_at_half_the_resolution():
    ramp = np.add.outer(np.arange(256), np.arange(256)).astype(np.uint8)
    picture, plain = Image.fromarray(np.stack([ramp, ramp.T, 255 - ramp], -1)), io.BytesIO()
    picture.save(plain, "JPEG", quality=78)
    opened = Image.open(io.BytesIO(jpeg_file(picture, 78)))
    assert opened.quantization == Image.open(plain).quantization
    assert opened.layer[0][1:3] == (2, 2) and opened.size == (256, 256)
