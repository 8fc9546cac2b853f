"""Files of weights: what goes in comes out, small, and what is not right is named in one line."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lfes_core import weights
from lfes_core.config import Config, preset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.sentences import ActionUnitVocabulary, Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import MATCHING, SYNTHESIZER, pack, read_tensors, unpack, write_tensors

CONFIG = preset("tiny")
FACTS = {"steps": 7, "data": "scanfaces"}
SHAPES = ((5, 3, 3, 3), (7, 11), (1, 1), (4, 2, 1, 7))


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


@pytest.mark.parametrize(("bits", "value"), [(16, 1e6), (32, float("nan")), (6, float("inf"))])
def test_weights_that_are_not_finite_are_not_written(tmp_path: Path, bits: int, value: float) -> None:
    broken = {"visual_semantic_encoder.a": torch.full((2, 2), value)}
    with pytest.raises(ValueError, match="not finite"):
        weights.save(tmp_path / "x.safetensors", MATCHING, broken, CONFIG, Vocabulary(), bits=bits)
    assert list(tmp_path.iterdir()) == []


def test_networks_of_another_width_are_refused_and_stay_as_they_were(exported: Path) -> None:
    wider = Synthesizer(CONFIG.overridden({"networks.synthesizer.level_3": 12}), Vocabulary())
    before = {key: value.clone() for key, value in wider.state_dict().items()}
    with pytest.raises(UserError, match="preset 'tiny' do not fit"):
        weights.load(exported, SYNTHESIZER).load_into(wider)
    assert all(torch.equal(value, before[key]) for key, value in wider.state_dict().items())


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
    "endless channels": _settings("networks.synthesizer.level_2", 10**6),
    "channels of 70 bits": _settings("networks.synthesizer.level_2", 2**70),
    "wide channels": _settings("networks.synthesizer.level_1", [4_096] * 6),
    "many blocks": _settings("networks.synthesizer.residual_blocks", 100_000),
    "no embedding": _settings("networks.language.embedding", 0),
    "negative embedding": _settings("networks.language.embedding", -5),
    "dropout of 7": _settings("networks.language.dropout", 7),
    "a limit that is no number": _settings("networks.conditioning.log_variance_limit", float("nan")),
    "no config": lambda header: header.pop("config"),
    "config 5": lambda header: header.update(config=5),
    "facts 5": lambda header: header.update(facts=5),
    "facts [1]": lambda header: header.update(facts=[1]),
    "facts NaN": lambda header: header.update(facts=float("nan")),
    "vocabulary 5": lambda header: header.update(vocabulary=5),
    "vocabulary in another order": lambda header: header.update(vocabulary=header["vocabulary"][::-1]),
    "shapes 5": lambda header: header.update(shapes=5),
    "a shape of nothing": lambda header: header.update(shapes={"nothing": [3, 3]}),
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_makes_no_sense_is_refused_before_anything_is_built(
    exported: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    """Also with right checksums, as somebody who means harm would write it."""
    file = read_tensors(exported, SYNTHESIZER, "")
    header = {name: json.loads(file.header[name]) for name in ("config", "vocabulary", "facts", "shapes")}
    change(header)
    texts = {name: json.dumps(value) for name, value in header.items()}
    write_tensors(exported, file.tensors, {"format": SYNTHESIZER, "bits": "16", **texts})
    _refused(exported)


TENSORS: dict[str, Callable[[Tensor], Tensor]] = {
    "whole numbers": Tensor.int,
    "booleans": Tensor.bool,
    "not a number": lambda tensor: tensor * float("nan"),
    "infinite": lambda tensor: tensor / 0,
    "another shape": lambda tensor: tensor[None],
}


@pytest.mark.parametrize("change", TENSORS.values(), ids=TENSORS.keys())
def test_tensors_that_are_no_weights_are_refused(exported: Path, change: Callable[[Tensor], Tensor]) -> None:
    file = read_tensors(exported, SYNTHESIZER, "")
    tensors = dict(file.tensors)
    name = "conditioning_augmentation.layer.bias"
    tensors[name] = change(tensors[name])
    write_tensors(exported, tensors, {k: v for k, v in file.header.items() if k != "sha256"})
    _refused(exported)


def test_a_header_nested_without_end_is_refused(exported: Path) -> None:
    file = read_tensors(exported, SYNTHESIZER, "")
    write_tensors(exported, file.tensors, {**file.header, "config": "[" * 100_000})
    _refused(exported)


def _refused(path: Path) -> None:
    with pytest.raises(UserError) as raised:
        Synthesizer.load(path)
    message = str(raised.value)
    assert path.name in message and "\n" not in message and len(message) < 700


# ---------------------------------------------------------------- few bits


def channels_of_every_size(shape: tuple[int, ...]) -> Tensor:
    """Output channels between a thousandth and a thousand; one scale for all would lose the small ones."""
    sizes = torch.logspace(-3, 3, shape[0]).view(-1, *[1] * (len(shape) - 1))
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)) * sizes


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("shape", SHAPES)
def test_each_channel_is_kept_to_half_a_step_and_takes_no_more_than_its_bits(shape: tuple[int, ...], bits: int) -> None:
    weight = channels_of_every_size(shape)
    packed, scale = pack(weight, bits)
    assert packed.dtype == torch.uint8 and packed.shape == (shape[0], -(-weight[0].numel() * bits // 8))
    again = unpack(packed, scale, shape, bits)
    assert again.shape == weight.shape and again.dtype == torch.float32
    torch.testing.assert_close(scale, weight.flatten(1).abs().amax(dim=1) / (2 ** (bits - 1) - 1))
    assert bool(((again - weight).flatten(1).abs().amax(dim=1) <= scale * 0.5001).all())


def test_zero_stays_zero_both_ends_are_reached_and_packing_twice_changes_nothing() -> None:
    weight = torch.tensor([[0.0, 0.0, 0.0], [-2.0, 0.0, 2.0], [0.0, 1.0, -0.5]])
    packed, scale = pack(weight, 7)
    again = unpack(packed, scale, (3, 3), 7)
    torch.testing.assert_close(again[:2], weight[:2])
    torch.testing.assert_close(again[2, :2], weight[2, :2])
    assert torch.equal(pack(again, 7)[0], packed)


@pytest.mark.parametrize("bits", [1, 9])
def test_other_bits_are_an_error_of_the_caller(bits: int) -> None:
    with pytest.raises(ValueError, match="2 to 8"):
        pack(torch.zeros(2, 2), bits)


# ---------------------------------------------------------------- LSE and VSE


@pytest.fixture(scope="module")
def trained() -> LanguageVisualSemanticNetwork:
    """Encoders whose channels differ in size a thousandfold, as those of trained networks may.

    Batch normalization takes the sizes out again, so that the features stay as they were.
    """
    torch.manual_seed(0)
    both = LanguageVisualSemanticNetwork(CONFIG, Vocabulary()).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for block in both.visual_semantic_encoder.modules():
        if hasattr(block, "conv") and hasattr(block, "bn"):
            sizes = 10 ** (3 * torch.rand(len(block.bn.weight), generator=generator) - 1.5)
            block.conv.weight *= sizes[:, None, None, None]
            block.bn.running_var.copy_(sizes.square())
    return both


@pytest.fixture(scope="module")
def packed(trained: LanguageVisualSemanticNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("matching") / "matching.safetensors"
    weights.save(path, MATCHING, trained.state_dict(), CONFIG, Vocabulary(), {"step": 5}, bits=weights.BITS)
    return path


@pytest.fixture(scope="module")
def loaded(packed: Path) -> LanguageVisualSemanticNetwork:
    return LanguageVisualSemanticNetwork.load(packed)


def features(both: LanguageVisualSemanticNetwork) -> tuple[Tensor, Tensor]:
    """f_s of 12 pictures of noise of different grain [12 512], and their regions one below the other."""
    generator = torch.Generator().manual_seed(3)
    grains = [torch.randn(1, 3, 2**n, 2**n, generator=generator) for n in range(1, 7) for _ in range(2)]
    pictures = torch.cat([nn.functional.interpolate(grain, (75, 75)) for grain in grains])
    seen = both.visual_semantic_encoder(pictures)
    return seen.image, seen.regions.flatten(2).transpose(1, 2).flatten(0, 1)


def test_vse_sees_almost_what_it_saw(
    trained: LanguageVisualSemanticNetwork, loaded: LanguageVisualSemanticNetwork
) -> None:
    """Compared without the mean: the part that all pictures share would hide what was lost.

    Untrained weights are the hard case (0.906 at least here); after training it was 0.9999.
    """
    for before, after in zip(features(trained), features(loaded), strict=True):
        cosine = torch.cosine_similarity(before - before.mean(0), after - after.mean(0), dim=1)
        assert float(cosine.min()) > 0.85 and float(cosine.mean()) > 0.95


def test_lse_reads_what_it_read_in_half_precision_and_the_file_is_small(
    trained: LanguageVisualSemanticNetwork, loaded: LanguageVisualSemanticNetwork, packed: Path
) -> None:
    for name, value in trained.language_semantic_encoder.state_dict().items():
        assert torch.equal(loaded.language_semantic_encoder.state_dict()[name], value.half().float())
    assert packed.stat().st_size < 20_500_000
    assert (loaded.config, loaded.vocabulary, loaded.facts) == (CONFIG, Vocabulary(), {"step": 5})


def test_statistics_keep_their_size_where_half_precision_would_lose_it(tmp_path: Path) -> None:
    both = LanguageVisualSemanticNetwork(CONFIG, Vocabulary())
    block = both.visual_semantic_encoder.trunk.to_regions.Conv2d_1a_3x3
    block.bn.running_var[:3] = torch.tensor([3e-7, 1.0, 2e5])  # float16: two digits lost, fine, infinite
    path = tmp_path / "matching.safetensors"
    weights.save(path, MATCHING, both.state_dict(), CONFIG, Vocabulary(), bits=6)
    stored = weights.load(path, MATCHING)
    for name, value in both.state_dict().items():
        if name.startswith("visual_semantic_encoder") and value.ndim < 2:
            torch.testing.assert_close(stored.tensors[name], value, rtol=2**-11, atol=0)


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
