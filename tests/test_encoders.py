"""Both encoders compute what their networks compute, on whatever they are given, and say what is wrong in one line."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.config import preset
from lfes_core.encoders import LanguageVisualSemanticNetwork, cosines
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary

SENTENCES = ["A man with a highly lifted inner brow.", "A woman with slightly parted lips."]


@pytest.fixture(scope="module")
def encoders() -> LanguageVisualSemanticNetwork:
    torch.manual_seed(0)
    config = preset("tiny").overridden({"networks.language.embedding": 8})
    return LanguageVisualSemanticNetwork(config, Vocabulary(), {"step": 7}).eval()


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    generator = np.random.default_rng(0)
    return [Image.fromarray(generator.integers(0, 256, (80, 64, 3), dtype=np.uint8)) for _ in range(2)]


def test_pictures_and_sentences_meet_as_cosines(
    encoders: LanguageVisualSemanticNetwork, pictures: list[Image.Image]
) -> None:
    images, sentences = encoders.images(pictures), encoders.sentences(SENTENCES)
    assert images.shape == sentences.shape == (2, 512)
    scores = encoders.scores(pictures, SENTENCES)
    assert torch.allclose(scores, cosines(images, sentences))
    by_hand = torch.cosine_similarity(images[0], sentences[1], dim=0)
    assert float(scores[0, 1]) == pytest.approx(float(by_hand), abs=1e-5)
    assert encoders.scores([], []).shape == (0, 0)


def test_a_sentence_is_read_the_same_alone_and_beside_a_longer_one(encoders: LanguageVisualSemanticNetwork) -> None:
    alone = torch.cat([encoders.sentences([sentence]) for sentence in SENTENCES])
    assert torch.allclose(encoders.sentences(SENTENCES), alone, atol=1e-6)
    assert not torch.allclose(alone[0], alone[1], atol=1e-3)
    everyday = encoders.sentences(["a woman smiling broadly", "A woman with a stretched lip corner."])
    assert everyday.isfinite().all() and not torch.allclose(*everyday)


def test_pictures_come_as_files_arrays_or_tensors(
    encoders: LanguageVisualSemanticNetwork,
    pictures: list[Image.Image],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures[0].save(tmp_path / "face.png")
    wanted = encoders.images(pictures)
    assert torch.equal(encoders.images([tmp_path / "face.png", np.asarray(pictures[1])]), wanted)
    seen: list[torch.Tensor] = []
    handle = encoders.visual_semantic_encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    encoders.images(pictures)
    handle.remove()
    monkeypatch.setattr("lfes_core.encoders._AT_ONCE", 1)
    assert torch.allclose(encoders.images(seen[0]), wanted, atol=1e-5)
    assert float(seen[0].min()) < -0.5 and float(seen[0].max()) > 0.5


def test_errors_are_one_line(encoders: LanguageVisualSemanticNetwork, tmp_path: Path) -> None:
    (tmp_path / "matching.safetensors").write_bytes(b"no weights")
    for attempt in (
        lambda: LanguageVisualSemanticNetwork.load(tmp_path / "nowhere"),
        lambda: LanguageVisualSemanticNetwork.load(tmp_path),
        lambda: encoders.images([tmp_path / "none.png"]),
        lambda: encoders.sentences(["A woman with a purple elephant."]),
    ):
        with pytest.raises(UserError) as caught:
            attempt()
        assert "\n" not in str(caught.value) and len(str(caught.value)) > 20
