"""Files of weights from anybody: the networks, or one line, before anything large is built and with nothing run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import SYNTHESIZER, load, read_tensors, write_tensors
from lfes_core.weights import save as save_weights

CONFIG = preset("tiny")
FITTING: dict[str, Any] = {
    "config": CONFIG.to_json(),
    "vocabulary": Vocabulary().to_json(),
    "facts": {"steps": 7, "action_units": [1, 2]},
    "shapes": {},
}


def is_refused(path: Path, read: Callable[[Path], object] = Synthesizer.load) -> None:
    with pytest.raises(UserError) as caught:
        read(path)
    assert path.name in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


DEEP = ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000, "", "NaN", "1e999"]
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from([2**70, 10**6])
NAMED = st.sampled_from(
    ["networks", "preset", "losses", "seed", "action_units", "a", "conditioning_augmentation.layer"]
)
ANY = st.recursive(LEAF, lambda one: st.lists(one, max_size=7) | st.dictionaries(NAMED, one, max_size=4), max_leaves=9)
TEXT = st.one_of(ANY.map(json.dumps), st.sampled_from(DEEP), st.text(max_size=20))


@pytest.mark.fault("Weights and checkpoints", "any JSON in the header of a file of weights", "one line")
@settings(max_examples=150)
@given(st.sampled_from(sorted(FITTING)), TEXT)
def test_any_header_is_refused_in_one_line(folder: Path, name: str, text: str) -> None:
    """Even one that makes sense: there are no tensors in the file."""
    path = folder / "a.safetensors"
    header = {key: json.dumps(value) for key, value in FITTING.items()} | {name: text}
    write_tensors(path, {}, {"format": SYNTHESIZER, "bits": "16", **header})
    is_refused(path)


WIDEST = {
    "networks.facial.channels": [4_096] * 6 + [512],
    "networks.synthesizer.level_1": [4_096] * 6,
    "networks.synthesizer.level_2": 4_096,
    "networks.synthesizer.residual_blocks": 64,
}
HEADERS: dict[str, dict[str, Any]] = {
    "the widest networks that there may be": {"config": CONFIG.overridden(WIDEST).to_json()},
    "words for a twin without words": {
        "config": CONFIG.overridden({"networks.language.input": "action_units", "losses.language_visual": 0}).to_json()
    },
    "words that are numbers": {"vocabulary": [*FITTING["vocabulary"][:-1], 3]},
    "a word that is missing": {"vocabulary": FITTING["vocabulary"][:-1]},
    "facts that are no dictionary": {"facts": [1]},
    "Action Units that are no numbers": {"facts": {"action_units": ["25"]}},
    "a packed tensor that would be huge": {"shapes": {"conditioning_augmentation.layer.weight": [1_024, 10**12]}},
}


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    torch.manual_seed(0)
    path = folder / "whole.safetensors"
    save_weights(path, SYNTHESIZER, Synthesizer(CONFIG, Vocabulary()).state_dict(), CONFIG, Vocabulary(), {})
    return path


@pytest.mark.fault("Weights and checkpoints", "a header that makes sense beside other tensors", "one line")
@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
def test_a_header_that_does_not_belong_to_the_tensors_is_refused(whole: Path, tmp_path: Path, change: Any) -> None:
    path = tmp_path / "a.safetensors"
    header = {key: json.dumps(value) for key, value in {**FITTING, **change}.items()}
    tensors = dict(read_tensors(whole, SYNTHESIZER, "").tensors)
    tensors["conditioning_augmentation.layer.weight.scale"] = torch.ones(1_024)
    if "shapes" not in change:
        del tensors["conditioning_augmentation.layer.weight.scale"]
    write_tensors(path, tensors, {"format": SYNTHESIZER, "bits": "5", **header})
    is_refused(path)


NAME = "conditioning_augmentation.layer.weight"
TENSORS: dict[str, Callable[[Tensor], Tensor]] = {
    "NaN": lambda x: x * torch.nan,
    "infinite": lambda x: x / 0,
    "infinite in 32 bits": lambda x: x.double() + 1e300,
    "whole numbers": lambda x: x.int(),
    "yes and no": lambda x: x.bool(),
    "bytes": lambda x: x.to(torch.uint8),
    "complex": lambda x: x.float() + 0j,
    "empty": lambda x: x[:0],
    "one number": lambda x: x.sum(),
    "turned": lambda x: x.T,
}


@pytest.mark.fault("Weights and checkpoints", "a tensor of another type or shape, NaN or infinite", "one line")
@pytest.mark.parametrize("change", TENSORS.values(), ids=TENSORS)
def test_a_tensor_of_another_kind_is_refused(whole: Path, tmp_path: Path, change: Callable[[Tensor], Tensor]) -> None:
    file = read_tensors(whole, SYNTHESIZER, "")
    header = {name: text for name, text in file.header.items() if name != "sha256"}
    path = tmp_path / "a.safetensors"
    write_tensors(path, {**file.tensors, NAME: change(file.tensors[NAME])}, header)
    is_refused(path)


@pytest.mark.fault("Weights and checkpoints", "weights whose picture has no numbers", "one line, no black picture")
def test_weights_whose_picture_is_not_finite_make_none(whole: Path, tmp_path: Path) -> None:
    stored = load(whole, SYNTHESIZER)
    tensors = {name: x * 1e30 if name.startswith("multi_level") else x for name, x in stored.tensors.items()}
    path = tmp_path / "a.safetensors"
    save_weights(path, SYNTHESIZER, tensors, CONFIG, Vocabulary(), {}, bits=32)
    synthesizer = Synthesizer.load(path)
    with pytest.raises(UserError, match="not finite"):
        synthesizer(torch.full((3, 256, 256), 0.5), "A man with parted lips.")


@pytest.mark.fault("Weights and checkpoints", "changed, missing or added bytes", "one line, never half of it")
@settings(max_examples=150)
@given(st.floats(0, 1), st.sampled_from(["put", "insert", "cut", "leave out"]), st.binary(min_size=1, max_size=9))
def test_a_file_with_changed_bytes_is_refused(folder: Path, place: float, how: str, piece: bytes) -> None:
    path = folder / "b.safetensors"
    write_tensors(path, {"a": torch.arange(9.0)}, {"format": "kind 1", "facts": "{}"})
    content = path.read_bytes()
    at = int(place * len(content))
    rest = {"put": at + len(piece), "insert": at, "cut": len(content), "leave out": at + len(piece)}[how]
    changed = content[:at] + (piece if how in ("put", "insert") else b"") + content[rest:]
    path.write_bytes(changed)
    if changed != content:
        is_refused(path, lambda one: read_tensors(one, "kind 1", "try again"))
