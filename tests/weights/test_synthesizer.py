"""The exported synthesizer: what goes in comes out, and a file that is not right is named."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.sentences import ActionUnitVocabulary, Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import load_synthesizer, save_synthesizer


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    torch.manual_seed(0)
    return Synthesizer(preset("tiny"), Vocabulary())


@pytest.fixture
def exported(synthesizer: Synthesizer, tmp_path: Path) -> Path:
    path = tmp_path / "synthesizer.safetensors"
    facts = {"steps": 7, "data": "scanfaces"}
    save_synthesizer(path, synthesizer.networks, synthesizer.config, synthesizer.vocabulary, facts)
    return path


def test_what_goes_in_comes_out_in_half_precision(synthesizer: Synthesizer, exported: Path) -> None:
    loaded = Synthesizer.load(exported)
    assert loaded.config == synthesizer.config
    assert loaded.vocabulary == synthesizer.vocabulary
    assert loaded.facts == {"steps": 7, "data": "scanfaces"}
    for name, network in synthesizer.networks.items():
        for key, value in network.state_dict().items():
            torch.testing.assert_close(
                loaded.networks[name].state_dict()[key], value.half().float(), rtol=0, atol=0
            )


def test_weights_of_the_twin_come_back_with_their_own_vocabulary_and_encoder(tmp_path: Path) -> None:
    config = preset("tiny").overridden(
        {"networks.language.input": "action_units", "losses.language_visual": 0}
    )
    twin = Synthesizer(config, ActionUnitVocabulary())
    save_synthesizer(tmp_path / "twin.safetensors", twin.networks, twin.config, twin.vocabulary)
    loaded = Synthesizer.load(tmp_path / "twin.safetensors")
    assert loaded.config == config and loaded.vocabulary == twin.vocabulary
    tokens = torch.tensor([twin.vocabulary.encode("A man's jaw is highly dropped.")])
    before, after = (one.language_semantic_encoder(tokens, torch.tensor([1])) for one in (twin, loaded))
    assert torch.equal(before.words, after.words) and torch.equal(before.sentence, after.sentence)


def test_a_run_folder_is_as_good_as_its_export(exported: Path) -> None:
    assert Synthesizer.load(exported.parent).config == Synthesizer.load(exported).config


def test_the_file_holds_half_precision_and_no_other_file_is_left(
    synthesizer: Synthesizer, exported: Path
) -> None:
    numbers = sum(
        value.numel() for net in synthesizer.networks.values() for value in net.state_dict().values()
    )
    assert 2 * numbers < exported.stat().st_size < 2 * numbers + 50_000
    assert [path.name for path in exported.parent.iterdir()] == [exported.name]
    beside = exported.with_name("beside.txt")
    beside.touch()
    assert exported.stat().st_mode == beside.stat().st_mode  # others may read it as any other file


def test_weights_that_are_not_finite_are_not_written(synthesizer: Synthesizer, tmp_path: Path) -> None:
    broken = Synthesizer(synthesizer.config, synthesizer.vocabulary)
    next(broken.facial_feature_encoder.parameters()).data.fill_(1e6)
    with pytest.raises(ValueError, match=r"facial_feature_encoder.*not finite"):
        save_synthesizer(tmp_path / "x.safetensors", broken.networks, broken.config, broken.vocabulary)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_network_is_an_error_of_the_caller(synthesizer: Synthesizer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="conditioning_augmentation"):
        save_synthesizer(tmp_path / "x.safetensors", {}, synthesizer.config, synthesizer.vocabulary)


def test_networks_of_another_width_are_refused_and_stay_as_they_were(
    synthesizer: Synthesizer, exported: Path
) -> None:
    wider = Synthesizer(
        synthesizer.config.overridden({"networks.synthesizer.level_3": 12}), synthesizer.vocabulary
    )
    before = {key: value.clone() for key, value in wider.language_semantic_encoder.state_dict().items()}
    with pytest.raises(UserError, match="preset 'tiny' do not fit"):
        load_synthesizer(exported).load_into(wider.networks)
    for key, value in wider.language_semantic_encoder.state_dict().items():
        torch.testing.assert_close(value, before[key], rtol=0, atol=0)


def test_a_file_without_our_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(2)}, path, metadata={"format": "pt"})
    with pytest.raises(UserError, match="not an exported synthesizer"):
        load_synthesizer(path)


def test_a_changed_byte_is_found(exported: Path) -> None:
    content = bytearray(exported.read_bytes())
    content[-1] ^= 1
    exported.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        load_synthesizer(exported)


def test_shards_hold_the_same_set_as_one_file(synthesizer: Synthesizer, exported: Path) -> None:
    facts = {"steps": 7, "data": "scanfaces"}
    apart = exported.with_name("apart.safetensors")
    parts = (synthesizer.networks, synthesizer.config, synthesizer.vocabulary, facts)
    shards = save_synthesizer(apart, *parts, shard_bytes=3_000_000)
    assert [path.name for path in shards] == [f"apart-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
    whole, divided = load_synthesizer(exported), load_synthesizer(apart)
    assert divided.sha256 == whole.sha256 and divided.facts == whole.facts
    assert Synthesizer.load(shards[1]).config == synthesizer.config
