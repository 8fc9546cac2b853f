"""The file of LSE and VSE: small, and both encoders see and read as before."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.networks import Generator
from lfes_core.sentences import Vocabulary
from lfes_core.training.checkpoint import write_tensors
from lfes_core.training.matching import LanguageVisualSemanticNetwork
from lfes_core.weights import load_matching, save_matching, save_synthesizer

CONFIG = preset("tiny")
VOCABULARY = Vocabulary()


def encoders(seed: int) -> LanguageVisualSemanticNetwork:
    torch.manual_seed(seed)
    return LanguageVisualSemanticNetwork(CONFIG.networks, len(VOCABULARY)).eval().requires_grad_(False)


def networks_of(both: LanguageVisualSemanticNetwork) -> dict[str, nn.Module]:
    return dict(both.named_children())


@pytest.fixture(scope="module")
def trained() -> LanguageVisualSemanticNetwork:
    """Encoders whose channels differ in size a thousandfold, as those of trained networks may.

    Batch normalization takes the sizes out again, so that the features stay as they were.
    """
    both = encoders(seed=0)
    generator = torch.Generator().manual_seed(0)
    for block in both.visual_semantic_encoder.modules():
        if hasattr(block, "conv") and hasattr(block, "bn"):
            sizes = 10 ** (3 * torch.rand(len(block.bn.weight), generator=generator) - 1.5)
            block.conv.weight *= sizes[:, None, None, None]
            block.bn.running_var.copy_(sizes.square())
    return both


@pytest.fixture(scope="module")
def files(trained: LanguageVisualSemanticNetwork, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    path = tmp_path_factory.mktemp("matching") / "matching.safetensors"
    return save_matching(path, networks_of(trained), CONFIG, VOCABULARY, {"step": 5})


@pytest.fixture(scope="module")
def loaded(files: list[Path]) -> LanguageVisualSemanticNetwork:
    both = encoders(seed=1)
    load_matching(files[0].with_name("matching.safetensors")).load_into(networks_of(both))
    return both


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


def test_lse_reads_what_it_read_in_half_precision(
    trained: LanguageVisualSemanticNetwork, loaded: LanguageVisualSemanticNetwork
) -> None:
    for name, value in trained.language_semantic_encoder.state_dict().items():
        stored = loaded.language_semantic_encoder.state_dict()[name]
        torch.testing.assert_close(stored, value.half().float(), rtol=0, atol=0)


def test_statistics_keep_their_size_where_half_precision_would_lose_it(tmp_path: Path) -> None:
    both = encoders(seed=0)
    block = both.visual_semantic_encoder.trunk.to_regions.Conv2d_1a_3x3
    block.bn.running_var[:3] = torch.tensor([3e-7, 1.0, 2e5])  # float16: two digits lost, fine, infinite
    files = save_matching(tmp_path / "matching.safetensors", networks_of(both), CONFIG, VOCABULARY)
    stored = load_matching(files[0])
    for name, value in both.state_dict().items():
        if name.startswith("visual_semantic_encoder") and value.ndim < 2:
            torch.testing.assert_close(stored.tensors[name], value, rtol=2**-11, atol=0)


def test_files_are_small_and_say_what_they_are(files: list[Path]) -> None:
    assert len(files) == 2 and all(path.stat().st_size <= 16_000_000 for path in files)
    assert sum(path.stat().st_size for path in files) < 20_500_000
    stored = load_matching(files[0].parent)
    assert (stored.config, stored.vocabulary, stored.facts) == (CONFIG, VOCABULARY, {"step": 5})
    assert stored.bits == 6


def test_a_file_of_a_run_is_read_in_full_precision(
    trained: LanguageVisualSemanticNetwork, tmp_path: Path
) -> None:
    header = {"config": json.dumps(CONFIG.to_json()), "vocabulary": json.dumps(VOCABULARY.to_json())}
    write_tensors(tmp_path / "matching.safetensors", trained.state_dict(), header)
    stored = load_matching(tmp_path)
    assert stored.bits == 32
    assert stored.tensors.keys() == trained.state_dict().keys()
    for name, value in trained.state_dict().items():
        assert torch.equal(stored.tensors[name], value)


def test_a_changed_byte_is_found(files: list[Path], tmp_path: Path) -> None:
    copies = [tmp_path / path.name for path in files]
    for path, copy in zip(files, copies, strict=True):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        copy.write_bytes(content if path == files[1] else path.read_bytes())
    with pytest.raises(UserError, match="damaged"):
        load_matching(tmp_path)


def beside(both: LanguageVisualSemanticNetwork, folder: Path) -> None:
    """A synthesizer that reads with the LSE of these encoders."""
    generator = dict(Generator(CONFIG.networks).named_children())
    networks = {"language_semantic_encoder": both.language_semantic_encoder, **generator}
    save_synthesizer(folder / "reader.safetensors", networks, CONFIG, VOCABULARY)


def test_an_lse_that_lies_beside_is_not_written_twice_and_is_read_from_there(
    trained: LanguageVisualSemanticNetwork, files: list[Path], tmp_path: Path
) -> None:
    beside(trained, tmp_path)
    path = tmp_path / "matching.safetensors"
    smaller = save_matching(path, networks_of(trained), CONFIG, VOCABULARY, language_from="reader")
    saved = sum(file.stat().st_size for file in files) - sum(file.stat().st_size for file in smaller)
    assert saved > 1_000_000
    whole, joined = load_matching(files[0].parent), load_matching(path)
    assert joined.tensors.keys() == whole.tensors.keys()
    assert all(torch.equal(joined.tensors[name], tensor) for name, tensor in whole.tensors.items())
    assert joined.sha256 == whole.sha256
    assert (joined.language_from, whole.language_from) == ("reader", None)


def test_another_lse_beside_is_noticed_when_it_is_written_and_when_it_is_read(
    trained: LanguageVisualSemanticNetwork, tmp_path: Path
) -> None:
    path = tmp_path / "matching.safetensors"
    beside(encoders(seed=7), tmp_path)
    with pytest.raises(ValueError, match=r"reader beside .* holds another LSE"):
        save_matching(path, networks_of(trained), CONFIG, VOCABULARY, language_from="reader")
    assert not list(tmp_path.glob("matching*"))
    beside(trained, tmp_path)
    save_matching(path, networks_of(trained), CONFIG, VOCABULARY, language_from="reader")
    beside(encoders(seed=7), tmp_path)
    with pytest.raises(UserError, match="needs the LSE of reader, and reader beside it holds another one"):
        load_matching(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match="not a file of LSE and VSE"):
        load_matching(tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=r"no matching\.safetensors in this folder"):
        load_matching(tmp_path)
