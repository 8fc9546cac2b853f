"""Sets of tensors in one file or several: no file too large, and nothing that is not whole is taken for whole."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lfes_core.errors import UserError
from lfes_core.weights.shards import check_digest, digest, read_tensors, write_tensors

LIMIT = 20_000
HEADER = {"format": "test", "config": '{"text": "with \\"quotes\\""}'}


def some_tensors(seed: int = 0, count: int = 12) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {f"layer.{n}.weight": torch.randn(40, 20 + n, generator=generator) for n in range(count)}


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    return write_tensors(tmp_path / "set.safetensors", some_tensors(), HEADER, LIMIT)


def test_no_shard_is_larger_than_it_may_be_and_all_together_hold_everything(shards: list[Path]) -> None:
    sizes = [path.stat().st_size for path in shards]
    assert len(shards) > 1 and max(sizes) <= LIMIT
    assert min(sizes[:-1]) > LIMIT / 2  # filled, not one tensor each
    found = read_tensors(shards[0].with_name("set.safetensors"))
    assert found.tensors.keys() == some_tensors().keys()
    for name, tensor in some_tensors().items():
        torch.testing.assert_close(found.tensors[name], tensor, rtol=0, atol=0)
    check_digest(shards[0], found)
    assert found.header == HEADER | {"sha256": digest(some_tensors())}


def test_many_small_tensors_keep_the_limit_too(tmp_path: Path) -> None:
    tensors = {f"a.rather.long.name.of.a.bias.{n}": torch.zeros(1) for n in range(2_000)}
    for path in write_tensors(tmp_path / "set.safetensors", tensors, HEADER, LIMIT):
        assert path.stat().st_size <= LIMIT


def test_any_one_shard_finds_the_others(shards: list[Path]) -> None:
    assert {read_tensors(path).sha256 for path in shards} == {digest(some_tensors())}


def test_what_fits_into_one_file_stays_one_file(tmp_path: Path) -> None:
    path = tmp_path / "set.safetensors"
    assert write_tensors(path, some_tensors(count=2), HEADER, LIMIT) == [path]
    assert [file.name for file in tmp_path.iterdir()] == ["set.safetensors"]


def test_a_new_export_leaves_nothing_of_the_old_one(shards: list[Path]) -> None:
    path = shards[0].with_name("set.safetensors")
    other = write_tensors(path.with_name("set-b.safetensors"), some_tensors(count=2), HEADER)
    for count in (2, 30, 7):
        files = write_tensors(path, some_tensors(count=count), HEADER, LIMIT)
        assert set(path.parent.iterdir()) == {*files, *other}
        assert len(read_tensors(path).tensors) == count


def test_a_missing_shard_is_named(shards: list[Path]) -> None:
    shards[1].unlink()
    with pytest.raises(UserError, match=rf"{shards[1].name}.*missing"):
        read_tensors(shards[0])


def test_a_shard_of_another_set_is_named(shards: list[Path], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    others = write_tensors(tmp_path / "other" / "set.safetensors", some_tensors(seed=1), HEADER, LIMIT)
    assert [path.name for path in others] == [path.name for path in shards]
    shutil.copy(others[1], shards[1])
    with pytest.raises(UserError, match=rf"{shards[1].name}: belongs to another set") as raised:
        read_tensors(shards[0])
    assert "\n" not in str(raised.value)


def test_shards_of_two_divisions_are_not_guessed_at(shards: list[Path]) -> None:
    shutil.copy(shards[0], shards[0].with_name("set-00001-of-00009.safetensors"))
    with pytest.raises(UserError, match="different counts"):
        read_tensors(shards[0])


def test_a_changed_byte_in_any_shard_is_found(shards: list[Path]) -> None:
    for path in shards:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(UserError, match="damaged"):
            check_digest(path, read_tensors(path))
        path.write_bytes(content)


def test_a_cut_shard_is_named(shards: list[Path]) -> None:
    shards[2].write_bytes(shards[2].read_bytes()[:-100])
    with pytest.raises(UserError, match=rf"{shards[2].name}: not a weights file"):
        read_tensors(shards[0])


def test_a_tensor_larger_than_a_shard_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"big.*more than a shard"):
        write_tensors(tmp_path / "set.safetensors", {"big": torch.zeros(6_000)}, HEADER, LIMIT)
    assert list(tmp_path.iterdir()) == []


def test_the_checksum_depends_on_names_types_shapes_and_bytes() -> None:
    zeros = torch.zeros(4)
    different = [{"a": zeros}, {"b": zeros}, {"a": zeros.half()}, {"a": zeros.view(2, 2)}, {"a": zeros + 1}]
    assert len({digest(tensors) for tensors in different}) == len(different)
    assert digest({"a": zeros, "b": zeros + 1}) == digest({"b": zeros + 1, "a": zeros})
