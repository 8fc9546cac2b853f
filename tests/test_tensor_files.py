"""A file of tensors is refused when anything in it is not what was written."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lfes_core.errors import UserError
from lfes_core.weights import digest, read_tensors, write_tensors

TENSORS = {"a": torch.arange(6.0).view(2, 3).T, "n": torch.tensor(3)}


def written(path: Path) -> Path:
    write_tensors(path, TENSORS, {"format": "kind 1", "facts": "{}"})
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    found = read_tensors(written(tmp_path / "a.safetensors"), "kind 1", "try again")
    assert found.sha256 == digest(TENSORS) == found.header["sha256"]
    assert found.header["facts"] == "{}"
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in TENSORS.items())
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.fault(
    "Weights and checkpoints",
    "any bit of a file of weights or of a checkpoint is another one",
    "it is refused in one line: header and numbers are under checksums, compared at every load",
)
def test_one_changed_bit_anywhere_is_found(tmp_path: Path) -> None:
    path = written(tmp_path / "a.safetensors")
    whole = path.read_bytes()
    for bit in range(0, 8 * len(whole), 13):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"a\.safetensors"):
            read_tensors(path, "kind 1", "try again")


@pytest.mark.fault(
    "Weights and checkpoints", "the header changed beside the right tensors", "one line: it does not match its checksum"
)
def test_a_changed_header_beside_the_right_tensors_is_found(tmp_path: Path) -> None:
    path = written(tmp_path / "a.safetensors")
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    save_file(load_file(path), path, metadata={**header, "facts": '{"step": 5}'})
    with pytest.raises(UserError, match="checksum"):
        read_tensors(path, "kind 1", "try again")


@pytest.mark.fault(
    "Weights and checkpoints",
    "a file of another version or kind, none, or one without tensors is given for weights",
    "one line names what was expected and what to do",
)
def test_another_kind_no_file_and_no_tensors_are_refused_with_advice(tmp_path: Path) -> None:
    path = written(tmp_path / "a.safetensors")
    with pytest.raises(UserError, match=r"format is 'kind 1', expected 'kind 2'; try again"):
        read_tensors(path, "kind 2", "try again")
    with pytest.raises(UserError, match="no such file; try again"):
        read_tensors(tmp_path / "b.safetensors", "kind 1", "try again")
    (tmp_path / "c.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(UserError, match="not a file of tensors"):
        read_tensors(tmp_path / "c.safetensors", "kind 1", "try again")
