"""Files of weights: what goes in comes out, small, and what is not right is named in one line."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lfes_core import weights
from lfes_core.config import Config, preset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.sentences import ActionUnitVocabulary, Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import MATCHING, SYNTHESIZER, read_tensors, write_tensors

CONFIG = preset("tiny")
FACTS = {"steps": 7, "data": "scanfaces"}


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    torch.manual_seed(0)
    return Synthesizer(CONFIG, Vocabulary())


@pytest.fixture
def exported(synthesizer: Synthesizer, tmp_path: Path) -> Path:
    path = tmp_path / "synthesizer.safetensors"
    weights.save(path, SYNTHESIZER, synthesizer.state_dict(), CONFIG, synthesizer.vocabulary, FACTS)
    return path


def test_a_synthesizer_comes_back_in_half_precision(synthesizer: Synthesizer, exported: Path) -> None:
    for place in (exported, exported.parent):
        loaded = Synthesizer.load(place)
        assert (loaded.config, loaded.vocabulary, loaded.facts) == (CONFIG, synthesizer.vocabulary, FACTS)
        for key, value in synthesizer.state_dict().items():
            assert torch.equal(loaded.state_dict()[key], value.half().float())
        assert not loaded.training and not any(p.requires_grad for p in loaded.parameters())


def test_weights_of_the_twin_come_back_with_their_own_vocabulary_and_encoder(tmp_path: Path) -> None:
    config = CONFIG.overridden({"networks.language.input": "action_units", "losses.language_visual": 0})
    twin = Synthesizer(config, ActionUnitVocabulary())
    weights.save(tmp_path / "twin.safetensors", SYNTHESIZER, twin.state_dict(), config, twin.vocabulary)
    loaded = Synthesizer.load(tmp_path / "twin.safetensors")
    assert loaded.config == config and loaded.vocabulary == twin.vocabulary
    tokens = torch.tensor([twin.vocabulary.encode("A man's jaw is highly dropped.")])
    before, after = (one.language_semantic_encoder(tokens, torch.tensor([1])) for one in (twin, loaded))
    assert torch.equal(before.words, after.words) and torch.equal(before.sentence, after.sentence)


def test_the_file_holds_half_precision_no_other_file_is_left_and_others_may_read_it(
    synthesizer: Synthesizer, exported: Path
) -> None:
    numbers = sum(value.numel() for value in synthesizer.state_dict().values())
    assert 2 * numbers < exported.stat().st_size < 2 * numbers + 50_000
    assert [path.name for path in exported.parent.iterdir()] == [exported.name]
    assert exported.stat().st_mode & 0o444 == 0o444


@pytest.mark.fault("Weights and checkpoints", "weights that are not finite are exported", "nothing is written")
@pytest.mark.parametrize(("bits", "value"), [(16, 1e6), (32, float("nan"))])
def test_weights_that_are_not_finite_are_not_written(tmp_path: Path, bits: int, value: float) -> None:
    broken = {"visual_semantic_encoder.a": torch.full((2, 2), value)}
    with pytest.raises(UserError, match="not finite"):
        weights.save(tmp_path / "x.safetensors", MATCHING, broken, CONFIG, Vocabulary(), bits=bits)
    assert list(tmp_path.iterdir()) == []


def test_networks_of_another_width_are_refused(exported: Path) -> None:
    wider = Synthesizer(CONFIG.overridden({"networks.synthesizer.level_3": 12}), Vocabulary())
    with pytest.raises(UserError, match="preset 'tiny' do not fit"):
        weights.load(exported, SYNTHESIZER).built(lambda: wider)


def test_another_kind_of_file_and_another_device_are_refused(exported: Path) -> None:
    with pytest.raises(UserError, match=r"its format is 'lfes synthesizer 1', expected 'lfes matching 1'"):
        LanguageVisualSemanticNetwork.load(exported)
    for device in ("xyz", "cuda:77"):
        with pytest.raises(UserError, match=f"device '{device}'.*use cpu"):
            Synthesizer.load(exported, device=device)


def _settings(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    *path, last = key.split(".")
    return lambda header: functools.reduce(dict.__getitem__, path, header["config"]).update({last: value})


HEADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "wide channels": _settings("networks.synthesizer.level_2", 10**6),
    "a setting of another version": _settings("networks.synthesizer.level_4", 16),
    "no config": lambda header: header.pop("config"),
}


@pytest.mark.fault("Weights and checkpoints", "a header of another version", "one line, nothing is built")
@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_of_another_version_is_refused_before_anything_is_built(
    exported: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    file = read_tensors(exported, SYNTHESIZER, "")
    header = {name: json.loads(file.header[name]) for name in ("config", "vocabulary", "facts", "shapes")}
    change(header)
    texts = {name: json.dumps(value) for name, value in header.items()}
    write_tensors(exported, file.tensors, {"format": SYNTHESIZER, "bits": "16", **texts})
    _refused(exported)


def test_a_tensor_of_another_shape_is_refused(exported: Path) -> None:
    file = read_tensors(exported, SYNTHESIZER, "")
    name = "conditioning_augmentation.layer.bias"
    tensors = {**file.tensors, name: file.tensors[name][None]}
    write_tensors(exported, tensors, {k: v for k, v in file.header.items() if k != "sha256"})
    _refused(exported)


def _refused(path: Path) -> None:
    with pytest.raises(UserError) as raised:
        Synthesizer.load(path)
    message = str(raised.value)
    assert path.name in message and "\n" not in message and len(message) < 700


@pytest.fixture(scope="module")
def trained() -> LanguageVisualSemanticNetwork:
    return LanguageVisualSemanticNetwork(CONFIG, Vocabulary()).eval().requires_grad_(False)


def test_a_run_keeps_both_in_full_precision(trained: LanguageVisualSemanticNetwork, tmp_path: Path) -> None:
    path = tmp_path / "matching.safetensors"
    weights.save(path, MATCHING, trained.state_dict(), CONFIG, Vocabulary(), bits=32)
    stored = weights.load(path, MATCHING)
    assert all(torch.equal(stored.tensors[name], value) for name, value in trained.state_dict().items())
    language = stored.part("language_semantic_encoder")
    assert language.keys() == {name for name in stored.tensors if name.startswith("language_semantic_encoder.")}


def test_loading_asks_for_no_weights_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("ImageNet weights were asked for")

    both = LanguageVisualSemanticNetwork(CONFIG, Vocabulary())
    wanted: Config = CONFIG.overridden({"networks.visual.pretrained": True})
    weights.save(tmp_path / "matching.safetensors", MATCHING, both.state_dict(), wanted, Vocabulary(), bits=32)
    monkeypatch.setattr("lfes_core.networks.visual_semantic_encoder._pretrained", refuse)
    assert LanguageVisualSemanticNetwork.load(tmp_path).config == wanted
