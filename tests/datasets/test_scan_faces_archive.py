"""What the shipped archive promises: enough people, enough frames, every Action Unit at every intensity."""

import io
from collections import Counter
from itertools import product

import numpy as np
import pytest
from PIL import Image

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS, EMOTIONS
from lfes_core.datasets import split
from lfes_core.datasets.frames import subjects_of
from lfes_core.datasets.scan_faces import ARCHIVE

ACTION_UNITS_DRAWN = tuple(sorted((*DISFA_PLUS_ACTION_UNITS, 7, 10, 14, 16, 18, 22, 24, 27, 28, 43)))


@pytest.fixture
def dataset(faces):
    return faces


def test_it_is_small_enough_to_ship_and_has_the_people_and_frames_that_the_book_counts_on(dataset):
    assert ARCHIVE.stat().st_size <= 26_000_000 and dataset.skipped == []
    assert len(dataset.frames) >= 1940 and not any(frame.missing for frame in dataset.frames)
    neutral = Counter(frame.subject for frame in dataset.frames if frame.is_neutral)
    assert neutral == dict.fromkeys(dataset.subjects, 1)
    emotions = Counter(frame.emotion for frame in split(dataset, "train"))
    assert emotions.keys() == {None, *EMOTIONS} and emotions[None] > emotions.total() / 2
    assert [len(subjects_of(dataset, part)) for part in ("train", "validation", "test")] == [96, 8, 16]
    assert {frame.gender for frame in dataset.frames} == {"man", "woman"}


@pytest.mark.parametrize("part", ["train", "validation"])
def test_every_unit_is_in_both_parts_at_every_intensity(dataset, part):
    seen = Counter(item for frame in split(dataset, part) for item in frame.action_units.items())
    assert {unit for unit, _ in seen} == set(ACTION_UNITS_DRAWN)
    for unit, level in product(ACTION_UNITS_DRAWN, range(1, 6)):
        assert seen[unit, level] >= 8


def test_every_unit_of_every_validation_person_has_its_true_pictures_and_its_map(dataset):
    for subject in dataset.validation_subjects:
        neutral = dataset.neutral(subject)
        assert dataset.truth(subject, {}) == neutral
        for unit in ACTION_UNITS_DRAWN:
            truths = [dataset.truth(subject, {unit: level}) for level in range(1, 6)]
            assert all(frame and frame.action_units.keys() <= {unit, 25} for frame in truths)
            assert len(set(truths)) == 5
            assert dataset.region_map(subject, unit).max() > 1


def test_a_picture_changes_most_where_its_map_says_that_the_face_moves(dataset):
    for subject in dataset.validation_subjects[::4]:
        neutral = dataset.read(dataset.neutral(subject)).astype(float)
        for unit in ACTION_UNITS_DRAWN:
            change = np.abs(dataset.read(dataset.truth(subject, {unit: 5})) - neutral).mean(2)
            inside = dataset.region_map(subject, unit) > 1
            assert change[inside].mean() > 4 * change[~inside].mean(), f"AU {unit} of {subject}"


def test_every_picture_has_the_size_of_the_networks_and_the_promised_quality(dataset):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", quality=78)
    coarsest = sum(Image.open(buffer).quantization[0])
    for frame in dataset.frames:
        picture = Image.open(io.BytesIO(dataset.tree.read_bytes(frame.image)))
        assert picture.size == (256, 256) and picture.mode == "RGB"
        assert sum(picture.quantization[0]) <= coarsest
