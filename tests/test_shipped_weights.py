"""The weights that come with the package: small, whole, described, and they draw the person and hear the sentence."""

import hashlib
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
from lfes_core.shipped import (
    DEFAULT,
    FOLDER,
    card,
    discriminators_file,
    in_one_line,
    matching_file,
    shipped_sets,
    synthesizer_file,
)
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import MATCHING, SYNTHESIZER, Stored, load

SETS = shipped_sets()
EVERYTHING = sorted(FOLDER.rglob("*.safetensors"))

#: Of 255 steps, mean over the moved region: a change that is seen when two pictures lie side by side.
VISIBLE = 4.0


@cache
def synthesizer(name: str) -> Synthesizer:
    return Synthesizer.load(name)


def drawn(name: str, faces: ScanFaces, person: str, units: dict[int, int]) -> np.ndarray:
    """A validation person with an expression, in 0..1."""
    neutral = faces.neutral(person)
    sentence = describe(Description(subject=neutral.gender, action_units=units), "with", seed=0)
    return np.asarray(synthesizer(name)(faces.face(neutral), sentence).image) / 255.0


def test_all_files_together_are_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for path in EVERYTHING]
    assert max(sizes) <= 25_000_000 and sum(sizes) <= 52_000_000


def test_the_default_set_is_there_and_every_file_belongs_to_a_set() -> None:
    assert DEFAULT in SETS
    both = (synthesizer_file, discriminators_file)
    assert {file(name) for file in both for name in SETS} | {matching_file()} == set(EVERYTHING)


@pytest.mark.parametrize("file", sorted(FOLDER.parent.rglob("*.safetensors")), ids=lambda path: path.name)
def test_a_copy_of_a_file_can_be_compared_with_its_card(file: Path) -> None:
    described = file.parents[file.parent.name == "discriminators"] / f"{file.stem}.md"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"| `{file.relative_to(described.parent).as_posix()}` | SHA-256 `{digest}`" in described.read_text("utf-8")


@cache
def stored(name: str) -> Stored:
    return load(matching_file(), MATCHING) if name == "matching" else load(synthesizer_file(name), SYNTHESIZER)


@pytest.mark.parametrize("name", [*SETS, "matching"])
def test_each_card_describes_these_very_weights(name: str) -> None:
    text, facts = card(name).read_text("utf-8"), stored(name).facts
    assert stored(name).sha256 in text and f"| hardware | {facts['hardware']} |" in text
    assert facts["step"] > 0 and facts["data"]["kind"] == "scan_faces"
    assert "\n## Numbers\n" in text and len(text.partition("\n## Limits\n")[2]) > 100
    assert 40 < len(in_one_line(name)) < 160


@pytest.mark.parametrize("name", SETS)
def test_sentences_mean_the_same_to_every_set_and_to_the_matching(name: str) -> None:
    ours, shared = (stored(one).part("language_semantic_encoder") for one in (name, "matching"))
    assert ours.keys() == shared.keys()
    assert all(torch.equal(tensor, shared[key]) for key, tensor in ours.items())


@pytest.mark.parametrize("name", SETS)
def test_each_held_out_person_is_drawn_and_recognizable(name: str, faces: ScanFaces) -> None:
    neutrals = {person: faces.face(faces.neutral(person)) / 255.0 for person in faces.validation_subjects}
    right = 0
    for person, neutral in neutrals.items():
        picture = drawn(name, faces, person, {})
        assert ssim(picture, neutral) > 0.5  # noise and gray planes are far below
        distance = {other: np.abs(picture - face).mean() for other, face in neutrals.items()}
        right += min(distance, key=lambda other: distance[other]) == person
    assert right >= 6


@pytest.mark.parametrize("unit", DISFA_PLUS_ACTION_UNITS)
@pytest.mark.parametrize("name", SETS)
def test_an_expression_is_seen_where_the_true_one_moves(name: str, unit: int, faces: ScanFaces) -> None:
    """Against the same person with a neutral sentence; mean over two validation people."""
    inside, outside = [], []
    for person in (faces.validation_subjects[1], faces.validation_subjects[4]):
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
