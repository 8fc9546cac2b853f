"""The synthesizer as people use it: one call, the same answer every time, and words that matter."""

import gc
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer

SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    torch.manual_seed(0)
    return Synthesizer(preset("tiny"), Vocabulary())


@pytest.fixture(scope="module")
def face() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_gives_picture_levels_attention_words_and_description(synthesizer: Synthesizer, face: Image.Image) -> None:
    synthesis = synthesizer(face, SENTENCE)
    assert synthesis.image.size == (256, 256) and synthesis.image.mode == "RGB"
    assert [level.size for level in synthesis.levels] == [(64, 64), (128, 128), (256, 256)]
    assert synthesis.words == SENTENCE.rstrip(".").lower().split()
    words = len(synthesis.words)
    assert [beta.shape for beta in synthesis.attention] == [(words, 64, 64), (words, 128, 128)]
    assert all(beta.dtype == np.float32 for beta in synthesis.attention)
    for beta in synthesis.attention:
        np.testing.assert_allclose(beta.sum(axis=0), 1, atol=1e-5)
    assert synthesis.description.to_json() == {"subject": "woman", "emotion": None, "action_units": {"25": 5, "26": 5}}


def test_nothing_is_left_to_chance_without_a_seed_for_the_condition_is_the_mean(face: Image.Image) -> None:
    torch.manual_seed(0)
    synthesizer = Synthesizer(preset("tiny"), Vocabulary())

    def pixels(seed: int | None = None) -> bytes:
        return synthesizer(face, SENTENCE, seed).image.tobytes()

    first, drawn = pixels(), pixels(seed=5)
    torch.manual_seed(2)
    assert pixels() == first
    assert pixels(seed=5) == drawn != pixels(seed=6)
    synthesizer.conditioning_augmentation.layer.bias[512:] += 2.0  # log-variances only
    assert pixels() == first
    assert pixels(seed=5) != drawn


def test_what_the_weights_have_never_seen_is_called_a_guess(face: Image.Image) -> None:
    torch.manual_seed(0)
    synthesizer = Synthesizer(preset("tiny"), Vocabulary(), {"action_units": [12, 25]})
    assert synthesizer(face, "A woman with a smile.").warnings == ()
    (warning,) = synthesizer(face, "A woman with highly parted lips and dilated nostrils.").warnings
    assert "no picture of Action Unit 38 (nostril dilator)" in warning


def test_takes_path_array_and_picture(synthesizer: Synthesizer, face: Image.Image, tmp_path: Path) -> None:
    face.save(tmp_path / "face.png")
    expected = synthesizer(face, SENTENCE).image.tobytes()
    array = np.asarray(face)
    for source in (array, array / 255.0, tmp_path / "face.png", str(tmp_path / "face.png")):
        assert synthesizer(source, SENTENCE).image.tobytes() == expected


def test_words_and_order_reach_the_picture(synthesizer: Synthesizer, face: Image.Image) -> None:
    first = synthesizer(face, "A woman with highly parted lips.")
    other = synthesizer(face, "A woman with slightly parted lips.")
    assert first.image.tobytes() != other.image.tobytes()


def test_wording_that_no_protocol_writes_is_read_in_known_words(synthesizer: Synthesizer, face: Image.Image) -> None:
    synthesis = synthesizer(face, "A man with significantly crease nose")
    assert dict(synthesis.description.action_units) == {9: 5}
    assert all(word in synthesizer.vocabulary for word in synthesis.words)
    assert synthesis.words[-1] == "nose"


@pytest.mark.parametrize("sentence", ["", " ", "A woman with highly parted lisp.", "highly parted"])
def test_refuses_sentences_it_does_not_understand(synthesizer: Synthesizer, face: Image.Image, sentence: str) -> None:
    with pytest.raises(UserError) as raised:
        synthesizer(face, sentence)
    assert "\n" not in str(raised.value)


def test_a_synthesizer_without_attention_has_no_maps(face: Image.Image) -> None:
    plain = Synthesizer(preset("tiny").overridden({"networks.synthesizer.attention": False}), Vocabulary())
    assert plain(face, SENTENCE).attention == ()


@pytest.mark.skipif(sys.platform != "linux", reason="the memory that a process holds, told by Linux")
@pytest.mark.fault("Loaded and small machines", "one picture after the other in one process", "memory stays flat")
def test_pictures_leave_nothing_behind(synthesizer: Synthesizer, face: Image.Image) -> None:
    def held_after(pictures: int) -> int:
        for number in range(pictures):
            synthesizer(face, (SENTENCE, "a man smiling broadly", "a person with raised brows")[number % 3])
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = held_after(20)
    # Had each kept a quarter of its picture as numbers (786 kB), that were 12 MB more.
    assert held_after(60) - before < 12_000_000
