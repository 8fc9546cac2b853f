"""The weights that come with the package: they load, they draw the person, and they hear the sentence."""

import numpy as np
import pytest

from lfes_core.datasets import ScanFaces
from lfes_core.metrics import ssim
from lfes_core.synthesis import Synthesizer
from lfes_core.weight_files import files_of, shipped_sets, synthesizer_file


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    return Synthesizer.load()


@pytest.fixture(scope="module")
def faces() -> ScanFaces:
    return ScanFaces()


def test_weights_are_small_enough_to_ship_and_say_where_they_come_from(synthesizer: Synthesizer) -> None:
    files = [file for name in shipped_sets() for file in files_of(synthesizer_file(name))]
    assert max(file.stat().st_size for file in files) <= 16_000_000
    assert synthesizer.facts["step"] > 0 and synthesizer.facts["data"]["kind"] == "scan_faces"


def test_each_held_out_person_is_drawn_and_recognizable(synthesizer: Synthesizer, faces: ScanFaces) -> None:
    neutrals = {person: faces.face(faces.neutral(person)) / 255.0 for person in faces.test_subjects}
    right = 0
    for person, neutral in neutrals.items():
        gender = faces.neutral(person).gender
        drawn = np.asarray(synthesizer(neutral, f"A {gender} with a neutral face.").image) / 255.0
        assert ssim(drawn, neutral) > 0.5  # noise and gray planes are far below
        distance = {other: np.abs(drawn - picture).mean() for other, picture in neutrals.items()}
        right += min(distance, key=lambda other: distance[other]) == person
    assert right >= 6


def test_words_change_the_picture(synthesizer: Synthesizer, faces: ScanFaces) -> None:
    face = faces.face(faces.neutral(faces.test_subjects[1]))
    neutral = np.asarray(synthesizer(face, "A woman with a neutral face.").image, dtype=float)
    lips = np.asarray(synthesizer(face, "A woman with highly parted lips.").image, dtype=float)
    assert np.abs(lips - neutral).max() >= 10  # of 255 steps: more than rounding
