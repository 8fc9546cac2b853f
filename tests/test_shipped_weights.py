"""The weights that come with the package: small, whole, described, and they draw the person and hear the sentence."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from lfes_core import describe
from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS
from lfes_core.datasets import ScanFaces
from lfes_core.metrics import moved_region, ssim
from lfes_core.sentences import Description
from lfes_core.synthesis import Synthesizer
from lfes_core.weight_files import (
    DEFAULT,
    FOLDER,
    MATCHING,
    SUFFIX,
    card,
    files_of,
    in_one_line,
    matching_file,
    shipped_sets,
    synthesizer_file,
)
from lfes_core.weights import load_matching, load_synthesizer

SETS = shipped_sets()
EVERYTHING = sorted(FOLDER.glob(f"*{SUFFIX}"))

#: Of 255 steps, mean over the moved region: a change that is seen when two pictures lie side by side.
VISIBLE = 4.0

#: Action Units that a set was measured to move visibly; its card says what it cannot do.
MOVES = dict.fromkeys(("tiny", "tiny_skips"), DISFA_PLUS_ACTION_UNITS)


@cache
def synthesizer(name: str) -> Synthesizer:
    return Synthesizer.load(name)


@pytest.fixture(scope="module")
def faces() -> ScanFaces:
    return ScanFaces()


def drawn(name: str, faces: ScanFaces, person: str, units: dict[int, int]) -> np.ndarray:
    """A test person with an expression, in 0..1."""
    neutral = faces.neutral(person)
    sentence = describe(Description(subject=neutral.gender, action_units=units), "with", seed=0)
    return np.asarray(synthesizer(name)(faces.face(neutral), sentence).image) / 255.0


def test_all_files_together_are_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for path in EVERYTHING]
    assert max(sizes) <= 16_000_000 and sum(sizes) <= 40_000_000


def test_the_default_set_is_there_and_every_file_belongs_to_a_set() -> None:
    assert DEFAULT in SETS
    known = {file for path in map(synthesizer_file, SETS) for file in files_of(path)}
    assert known | set(files_of(matching_file())) == set(EVERYTHING)


@pytest.mark.parametrize("name", SETS)
def test_each_set_loads_and_says_where_it_comes_from(name: str) -> None:
    facts = synthesizer(name).facts
    assert facts["step"] > 0 and facts["data"]["kind"] == "scan_faces"


@pytest.mark.parametrize("name", [*SETS, MATCHING])
def test_each_card_describes_these_very_weights(name: str) -> None:
    stored = load_matching() if name == MATCHING else load_synthesizer(synthesizer_file(name))
    text = card(name).read_text("utf-8")
    assert stored.sha256 in text
    assert "\n## Numbers\n" in text and len(text.partition("\n## Limits\n")[2]) > 100
    assert 40 < len(in_one_line(name)) < 160


@pytest.mark.parametrize("name", SETS)
def test_sentences_mean_the_same_to_every_set_and_to_the_matching(name: str) -> None:
    matching = load_matching().tensors
    for key, tensor in load_synthesizer(synthesizer_file(name)).tensors.items():
        if key.startswith("language_semantic_encoder."):
            assert torch.equal(tensor, matching[key])


@pytest.mark.parametrize("name", SETS)
def test_each_held_out_person_is_drawn_and_recognizable(name: str, faces: ScanFaces) -> None:
    neutrals = {person: faces.face(faces.neutral(person)) / 255.0 for person in faces.test_subjects}
    right = 0
    for person, neutral in neutrals.items():
        picture = drawn(name, faces, person, {})
        assert ssim(picture, neutral) > 0.5  # noise and gray planes are far below
        distance = {other: np.abs(picture - face).mean() for other, face in neutrals.items()}
        right += min(distance, key=lambda other: distance[other]) == person
    assert right >= 6


def test_every_set_was_measured() -> None:
    assert set(SETS) <= MOVES.keys()


@pytest.mark.parametrize(("name", "unit"), [(name, unit) for name in SETS for unit in MOVES.get(name, ())])
def test_an_expression_is_seen_where_the_true_one_moves(name: str, unit: int, faces: ScanFaces) -> None:
    """Against the same person with a neutral sentence; mean over two test people."""
    inside, outside = [], []
    for person in (faces.test_subjects[1], faces.test_subjects[4]):
        truth = faces.truth(person, {unit: 5})
        assert truth is not None
        moved = moved_region(faces.face(faces.neutral(person)) / 255.0, faces.face(truth) / 255.0)
        change = np.abs(drawn(name, faces, person, {unit: 5}) - drawn(name, faces, person, {})).mean(axis=-1)
        inside.append(255 * change[moved].mean())
        outside.append(255 * change[~moved].mean())
    assert np.mean(inside) >= VISIBLE
    assert np.mean(inside) > 2 * np.mean(outside)


def test_weights_are_read_from_the_package_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first synthesis on a new machine: no network, no cache, another working directory."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    face = np.full((256, 256, 3), 128, dtype=np.uint8)
    assert Synthesizer.load()(face, "A woman with highly parted lips.").image.size == (256, 256)
    assert list(tmp_path.iterdir()) == []
