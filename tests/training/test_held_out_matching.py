"""Held-out retrieval: encoders that know get everything, encoders that know gender only are found out."""

import pytest
import torch
from lightning_fabric import Fabric

from lfes_core.datasets import DISFAPlus, ExpressionPairs
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualFeatures
from lfes_core.sentences import Vocabulary
from lfes_core.training import held_out_matching
from lfes_core.training.held_out_matching import measure_matching
from tests.training.faces import drawn_faces


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> ExpressionPairs:
    """Three people with the same three expressions: a woman, a man, a woman."""
    root = tmp_path_factory.mktemp("faces") / "data"
    drawn_faces(root)
    for number, gender in enumerate("101"):
        (root / f"Labels/SN{901 + number}/gender.txt").write_text(gender)
    return ExpressionPairs(DISFAPlus(root), "train", Vocabulary(), seed=0)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


class Knowing:
    """Encoders that recognize each pair by its picture, and say of it what they were told to say."""

    def __init__(self, pairs: ExpressionPairs, said: torch.Tensor) -> None:
        self.known = [(pair.target, pair.tokens) for pair in (pairs[index] for index in range(len(pairs)))]
        self.said = said

    def __call__(self, images, tokens, lengths):
        pictures = [
            next(number for number, (target, _) in enumerate(self.known) if torch.equal(target, image))
            for image in images
        ]
        zeros = torch.zeros(len(images), 512, 1)
        sentence = self.said[pictures]
        mask = torch.ones(len(images), 1, dtype=torch.bool)
        return LanguageFeatures(zeros, sentence, mask), VisualFeatures(zeros[..., None], sentence)


def test_encoders_that_know_the_expression_find_everything(fabric, pairs, monkeypatch):
    monkeypatch.setattr(held_out_matching, "_PART", 4)
    said = torch.eye(512)[torch.tensor(pairs.labels)]
    measured = measure_matching(fabric, Knowing(pairs, said), pairs)
    assert measured.row()["r1_image_to_sentence"] == measured.row()["r1_sentence_to_image"] == 1
    assert measured.row()["r1_chance"] == pytest.approx(1 / 3)  # three expressions, each by three people
    assert measured.row()["pairs"] == 9
    assert measured.facts()["group_size"] == 9 and measured.facts()["groups"] == 1
    assert measured.facts()["r1_image_to_sentence_spread"] is None
    assert set(measured.retrieval.image_to_sentence.by_subject) == {frame.subject for frame in pairs.frames}


def test_encoders_that_know_gender_only_are_found_out(fabric, pairs):
    women = torch.tensor([frame.gender == "woman" for frame in pairs.frames])
    assert women.tolist() == 3 * [True] + 3 * [False] + 3 * [True]
    measured = measure_matching(fabric, Knowing(pairs, torch.eye(512)[women.long()]), pairs)
    assert measured.row()["gender_share"] == pytest.approx(1)
    assert measured.row()["r1_image_to_sentence"] == pytest.approx(measured.row()["r1_chance"])
    assert "woman or man is 100% of the variance" in measured.in_words()
    expressions = torch.eye(512)[torch.tensor(pairs.labels)]
    assert measure_matching(fabric, Knowing(pairs, expressions), pairs).gender_share == pytest.approx(0)


def test_few_pairs_are_spread_over_the_whole_part(fabric, pairs, monkeypatch):
    monkeypatch.setattr(held_out_matching, "PAIRS", 3)
    said = torch.eye(512)[torch.arange(9)]
    measured = measure_matching(fabric, Knowing(pairs, said), pairs)
    assert measured.row()["pairs"] == 3
    assert len(measured.retrieval.image_to_sentence.by_subject) == 3
