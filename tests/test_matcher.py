"""A matcher computes what its two networks compute, on whatever it is given, and says what is wrong in one line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.config import Config, preset
from lfes_core.errors import UserError
from lfes_core.retrieval import Matcher, cosines
from lfes_core.sentences import Vocabulary
from lfes_core.weights import save_matching

CONFIG = preset("tiny").overridden({"networks.language.embedding": 8})
SENTENCES = ["A man with a highly lifted inner brow.", "A woman with slightly parted lips."]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    torch.manual_seed(0)
    return Matcher(CONFIG, Vocabulary(), {"step": 7})


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    generator = np.random.default_rng(0)
    return [Image.fromarray(generator.integers(0, 256, (80, 64, 3), dtype=np.uint8)) for _ in range(2)]


def test_pictures_and_sentences_meet_as_cosines(matcher: Matcher, pictures: list[Image.Image]) -> None:
    images, sentences = matcher.images(pictures), matcher.sentences(SENTENCES)
    assert images.shape == sentences.shape == (2, 512)
    scores = matcher.scores(pictures, SENTENCES)
    assert torch.allclose(scores, cosines(images, sentences))
    by_hand = torch.cosine_similarity(images[0], sentences[1], dim=0)
    assert float(scores[0, 1]) == pytest.approx(float(by_hand), abs=1e-5)


def test_a_sentence_is_read_the_same_alone_and_beside_a_longer_one(matcher: Matcher) -> None:
    alone = torch.cat([matcher.sentences([sentence]) for sentence in SENTENCES])
    assert torch.allclose(matcher.sentences(SENTENCES), alone, atol=1e-6)
    assert not torch.allclose(alone[0], alone[1], atol=1e-3)


def test_everyday_words_are_read_as_the_sentence_they_mean(matcher: Matcher) -> None:
    everyday, protocol = matcher.sentences(
        ["a woman smiling broadly", "A woman with a stretched lip corner."]
    )
    assert everyday.isfinite().all() and not torch.allclose(everyday, protocol)


def test_pictures_come_as_files_arrays_or_tensors(
    matcher: Matcher, pictures: list[Image.Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures[0].save(tmp_path / "face.png")
    wanted = matcher.images(pictures)
    assert torch.equal(matcher.images([tmp_path / "face.png", np.asarray(pictures[1])]), wanted)
    seen: list[torch.Tensor] = []

    def note(image: torch.Tensor) -> None:
        seen.append(image)

    handle = matcher.visual_semantic_encoder.register_forward_pre_hook(lambda _, inputs: note(inputs[0]))
    matcher.images(pictures)
    handle.remove()
    monkeypatch.setattr("lfes_core.retrieval._AT_ONCE", 1)
    assert torch.allclose(matcher.images(seen[0]), wanted, atol=1e-5)
    assert float(seen[0].min()) < -0.5 and float(seen[0].max()) > 0.5


def test_nothing_given_gives_nothing(matcher: Matcher) -> None:
    assert matcher.scores([], []).shape == (0, 0)


def test_what_is_loaded_is_what_was_saved(
    matcher: Matcher, pictures: list[Image.Image], tmp_path: Path
) -> None:
    save_matching(
        tmp_path / "matching.safetensors", matcher.networks, CONFIG, Vocabulary(), {"step": 7}, bits=8
    )
    for place in (tmp_path, str(tmp_path / "matching.safetensors")):
        loaded = Matcher.load(place)
        assert loaded.facts == {"step": 7} and loaded.config == CONFIG
        assert not any(network.training for network in loaded.networks.values())
        assert torch.allclose(loaded.sentences(SENTENCES), matcher.sentences(SENTENCES), atol=1e-2)
        assert float(cosines(loaded.images(pictures), matcher.images(pictures)).diag().min()) > 0.99


def test_loading_asks_for_no_weights_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("ImageNet weights were asked for")

    monkeypatch.setattr("lfes_core.networks.inception._pretrained", refuse)
    visual = replace(CONFIG.networks.visual, pretrained=True)
    config: Config = replace(CONFIG, networks=replace(CONFIG.networks, visual=visual))
    assert Matcher(config, Vocabulary()).config == config


def test_errors_are_one_line(matcher: Matcher, tmp_path: Path) -> None:
    (tmp_path / "matching.safetensors").write_bytes(b"no weights")
    for attempt in (
        lambda: Matcher.load(tmp_path / "nowhere"),
        lambda: Matcher.load(tmp_path),
        lambda: matcher.images([tmp_path / "none.png"]),
        lambda: matcher.sentences(["A woman with a purple elephant."]),
    ):
        with pytest.raises(UserError) as caught:
            attempt()
        assert "\n" not in str(caught.value) and len(str(caught.value)) > 20
