"""Tensors with a header in one safetensors file, or in shards that belong together; one checksum over all."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from lfes_core.errors import UserError
from lfes_core.weight_files import files_of, old_files, shard_paths

SHARD_BYTES = 16_000_000
"""Files of the package are not larger than this."""

_ENTRY_BYTES = 160
"""More than safetensors writes about one tensor besides its name."""


@dataclass(frozen=True, kw_only=True)
class TensorSet:
    """What `read_tensors` found: header and tensors as they were stored, and the checksum of the tensors."""

    header: Mapping[str, str]
    tensors: Mapping[str, Tensor]
    sha256: str


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str], shard_bytes: int | None = None
) -> list[Path]:
    """Writes a set; an earlier one under the same name is replaced.

    Args:
        path: the file; where several are needed, the name that they share.
        tensors: on the CPU and contiguous.
        header: kept in every shard, with the checksum.
        shard_bytes: no file gets larger than this; one file of any size when not given.

    Returns:
        the files.

    Raises:
        ValueError: one tensor alone is larger than a shard.
    """
    header = {**header, "sha256": digest(tensors)}
    parts = [dict(tensors)]
    if shard_bytes is not None:
        parts = _divide(tensors, shard_bytes - len(json.dumps(header)) - _ENTRY_BYTES)
    targets = shard_paths(path, len(parts))
    unfinished = {target: target.with_name(f"{target.name}.{os.getpid()}.unfinished") for target in targets}
    try:
        for target, part in zip(targets, parts, strict=True):
            unfinished[target].write_bytes(save(part, metadata=header))
        for target, temporary in unfinished.items():
            temporary.replace(target)
    finally:
        for temporary in unfinished.values():
            temporary.unlink(missing_ok=True)
    for old in old_files(path, targets):
        old.unlink()
    return targets


def read_tensors(path: Path) -> TensorSet:
    """Reads a set: one file, or all shards by the name that they share or by one of them.

    The checksum is computed and not yet compared: the caller knows which headers promise one (`check_digest`).

    Raises:
        UserError: no such file, no safetensors file, a missing shard, or shards of different sets.
    """
    headers: list[dict[str, str]] = []
    tensors: dict[str, Tensor] = {}
    files = files_of(path)
    for source in files:
        try:
            with safe_open(source, framework="pt") as file:
                headers.append(file.metadata() or {})
                tensors |= {name: file.get_tensor(name) for name in file.keys()}
        except (SafetensorError, OSError) as error:
            raise UserError(
                f"{source}: not a weights file (safetensors cannot read it); give a run folder or a file that "
                "was exported"
            ) from error
        if headers[-1] != headers[0]:
            raise UserError(
                f"{source}: belongs to another set than {files[0].name}; copy the whole set again"
            )
    return TensorSet(header=headers[0], tensors=tensors, sha256=digest(tensors))


def check_digest(path: Path, found: TensorSet) -> None:
    """Compares the tensors with the checksum of their header.

    Raises:
        UserError: they are not those that were written.
    """
    if found.header.get("sha256") != found.sha256:
        raise UserError(f"{path}: damaged, its tensors do not match their checksum; copy or export it again")


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return total.hexdigest()


def in_half_precision(name: str, tensor: Tensor) -> Tensor:
    """A tensor as it is stored: floating-point numbers in float16, others as they are.

    Raises:
        ValueError: a number is not finite in float16.
    """
    value = tensor.detach().cpu()
    if value.is_floating_point():
        value = value.half()
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"{name} is not finite in float16")
    return value.contiguous().clone()


def _divide(tensors: Mapping[str, Tensor], room: int) -> list[dict[str, Tensor]]:
    """Fills one shard after the other, in the order of the tensors."""
    parts: list[dict[str, Tensor]] = [{}]
    used = 0
    for name, tensor in tensors.items():
        size = tensor.nbytes + len(name) + _ENTRY_BYTES
        if size > room:
            raise ValueError(f"{name} alone has {tensor.nbytes} bytes, more than a shard holds")
        if used + size > room:
            parts.append({})
            used = 0
        parts[-1][name] = tensor
        used += size
    return parts
