"""Tensors with a header in one safetensors file, whole or not at all, and checked when they are read."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lfes_core.errors import UserError
from lfes_core.files import written_whole


@dataclass(frozen=True, kw_only=True)
class TensorFile:
    """What `read_tensors` found: texts of the header, tensors as they were stored, checksum of the tensors."""

    path: Path
    header: Mapping[str, str]
    tensors: Mapping[str, Tensor]
    sha256: str


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Writes tensors and header with checksums of both, in place of the file that was there.

    Args:
        path: the file; its folder must exist.
        tensors: by name; they are stored contiguous, from the CPU.
        header: ``format`` says what the file is; the names ``sha256`` and ``header_sha256`` are taken.

    Raises:
        UserError: the file cannot be written (no permission, no space).
    """
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    header = {**header, "sha256": digest(plain)}
    with written_whole(path) as unfinished:
        try:
            save_file(plain, unfinished, metadata={**header, "header_sha256": _seal(header)})
        except SafetensorError as error:
            raise UserError(f"{path}: cannot be written: {error}") from error
        os.chmod(unfinished, 0o644)  # safetensors makes files that only their owner can read


def read_tensors(path: Path, kind: str, advice: str) -> TensorFile:
    """Reads a file of `write_tensors` and checks that nobody has changed it.

    Args:
        path: the file.
        kind: what its header must name as its format.
        advice: what to do if this is no such file; the end of the message.

    Raises:
        UserError: there is no such file, it is of another kind, or it was damaged.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; {advice}")
    try:
        with safe_open(path, framework="pt") as file:
            header = dict(file.metadata() or {})
            found = header.get("format")
            tensors = {name: file.get_tensor(name) for name in file.keys()} if found == kind else {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: not a file of tensors (safetensors cannot read it); {advice}") from error
    if found != kind:
        raise UserError(f"{path}: its format is {(found or 'not named')[:80]!r}, expected {kind!r}; {advice}")
    sha256 = digest(tensors)
    seal = header.pop("header_sha256", None)
    if header.get("sha256") != sha256 or seal != _seal(header):
        raise UserError(f"{path}: damaged, it does not match its checksum; copy or export it again")
    return TensorFile(path=path, header=header, tensors=tensors, sha256=sha256)


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return total.hexdigest()


def _seal(header: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode()).hexdigest()
