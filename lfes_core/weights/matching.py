"""The file of LSE and VSE: what matching and retrieval need, small enough to come with the package.

A run writes both in full precision. The package keeps LSE and the first layers of VSE (Inception-v3) in float16, the
other weights of VSE in a few bits each, and its short vectors (biases, batch statistics) in float16 where that loses
nothing. LSE need not be written twice where a synthesizer that reads with it lies beside the file.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.weight_files import SUFFIX, matching_file
from lfes_core.weights.few_bits import pack, unpack
from lfes_core.weights.shards import (
    SHARD_BYTES,
    TensorSet,
    check_digest,
    digest,
    in_half_precision,
    read_tensors,
    write_tensors,
)
from lfes_core.weights.stored import StoredNetworks, all_tensors, from_header, to_header

FORMAT = "lfes matching 1"

MATCHING_NETWORKS = ("language_semantic_encoder", "visual_semantic_encoder")

BITS = 6
"""Of one weight of VSE after the first layers. With 8, the package's weights would pass 40 MB together."""

_FIRST_LAYERS = "visual_semantic_encoder.trunk.to_regions."
_FIRST_BLOCKS = ("Conv2d_", "Mixed_5")
"""These have a twentieth of the weights and make nearly all of the error: their sums have few terms, so that
rounding does not average out, and every later layer inherits it."""

_SCALE = ".scale"

_LANGUAGE = "language_semantic_encoder."


@dataclass(frozen=True, kw_only=True)
class StoredMatching(StoredNetworks):
    """What a file of LSE and VSE says.

    Attributes:
        bits: of one weight of VSE after the first layers; 32 in the file that a run writes.
        language_from: the set of synthesizer weights beside the file from which LSE was read, if it was.
    """

    names: ClassVar[tuple[str, ...]] = MATCHING_NETWORKS

    bits: int
    language_from: str | None = None


def save_matching(
    path: str | os.PathLike[str],
    networks: Mapping[str, nn.Module],
    config: Config,
    vocabulary: Vocabulary,
    facts: Mapping[str, Any] | None = None,
    *,
    bits: int = BITS,
    shard_bytes: int = SHARD_BYTES,
    language_from: str | None = None,
) -> list[Path]:
    """Writes LSE and VSE in the package's form.

    Args:
        path: where to, as ``matching.safetensors``; its folder must exist. Shards get numbers after that name.
        networks: one module for each name in `MATCHING_NETWORKS`.
        config: the configuration that built them.
        vocabulary: the vocabulary whose ids LSE was trained on.
        facts: anything JSON can hold that a later reader should know.
        bits: of one weight of VSE after the first layers, 2 to 8.
        shard_bytes: no file gets larger than this.
        language_from: name of a set of synthesizer weights in the same folder that holds the very same LSE, which
            is then read from there.

    Returns:
        the files.

    Raises:
        ValueError: a network is missing, a weight is not finite, or that set holds another LSE.
    """
    tensors: dict[str, Tensor] = {}
    shapes: dict[str, list[int]] = {}
    for name, value in all_tensors(networks, MATCHING_NETWORKS).items():
        if value.ndim < 2 and name.startswith("visual_semantic_encoder."):
            tensors[name] = _short(value)
        elif _in_full_numbers(name):
            tensors[name] = in_half_precision(name, value)
        else:
            tensors[name], tensors[name + _SCALE] = pack(value, bits)
            shapes[name] = list(value.shape)
    header = to_header(FORMAT, config, vocabulary, facts)
    header |= {"bits": str(bits), "shapes": json.dumps(shapes)}
    if language_from is not None:
        language = {name: tensors.pop(name) for name in list(tensors) if name.startswith(_LANGUAGE)}
        if digest(language) != digest(_language_of(Path(path), language_from)):
            raise ValueError(f"{language_from} beside {path} holds another LSE")
        header |= {"language_from": language_from, "language_sha256": digest(language)}
    return write_tensors(Path(path), tensors, header, shard_bytes)


def load_matching(run: str | os.PathLike[str] | None = None) -> StoredMatching:
    """Reads LSE and VSE, in the package's form or as a run wrote them in full precision.

    Args:
        run: a run folder, or a file (of shards one, or the name that they share); the shipped ones when not given.

    Raises:
        UserError: there is no such file, it is of another kind, it was damaged, a shard is missing or of another
            set, or its header does not make sense.
    """
    source = matching_file(run)
    found = read_tensors(source)
    kind = found.header.get("format")
    of_a_run = kind is None and "config" in found.header and _starts(found.tensors) == set(MATCHING_NETWORKS)
    if kind != FORMAT and not of_a_run:
        raise UserError(
            f"{source}: not a file of LSE and VSE (its format is {kind or 'not named'!r}, expected {FORMAT!r}); "
            "training writes one as matching.safetensors in its run folder"
        )
    if not of_a_run:
        check_digest(source, found)
        found = _with_language(source, found)
    config, vocabulary, facts = from_header(source, found.header)
    return StoredMatching(
        path=source,
        tensors=_in_full(source, found),
        config=config,
        vocabulary=vocabulary,
        facts=facts,
        sha256=found.sha256,
        bits=int(found.header.get("bits", 32)),
        language_from=found.header.get("language_from"),
    )


def _with_language(source: Path, found: TensorSet) -> TensorSet:
    """Adds LSE from the set beside the file, where the header names one; the checksum is then over both."""
    name = found.header.get("language_from")
    if name is None:
        return found
    language = _language_of(source, name)
    if digest(language) != found.header.get("language_sha256"):
        raise UserError(
            f"{source}: needs the LSE of {name}, and {name} beside it holds another one; copy both anew"
        )
    tensors = {**language, **found.tensors}
    return TensorSet(header=found.header, tensors=tensors, sha256=digest(tensors))


def _language_of(source: Path, name: str) -> dict[str, Tensor]:
    """LSE of the synthesizer of that name in the folder of a file."""
    stored = read_tensors(source.with_name(f"{name}{SUFFIX}")).tensors
    return {key: tensor for key, tensor in stored.items() if key.startswith(_LANGUAGE)}


def _in_full_numbers(name: str) -> bool:
    first = name.removeprefix(_FIRST_LAYERS).startswith(_FIRST_BLOCKS)
    return first or name.startswith(_LANGUAGE)


def _short(value: Tensor) -> Tensor:
    """A bias or a statistic: float16 unless that would lose more than its usual rounding, 1 in 2,048."""
    if not value.is_floating_point():
        return value.detach().cpu().clone()
    full = value.detach().cpu().float().clone()
    half = full.half()
    return half if torch.allclose(half.float(), full, rtol=2**-11, atol=0.0) else full


def _in_full(source: Path, found: TensorSet) -> dict[str, Tensor]:
    """All tensors in float32, whole numbers as they are; packed weights are unpacked."""
    tensors = {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in found.tensors.items()
    }
    try:
        for name, shape in json.loads(found.header.get("shapes", "{}")).items():
            scale = tensors.pop(name + _SCALE)
            tensors[name] = unpack(tensors[name], scale, tuple(shape), int(found.header["bits"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"{source}: packed weights not understood; written by another version of the package"
        ) from error
    return tensors


def _starts(tensors: Mapping[str, Tensor]) -> set[str]:
    return {name.partition(".")[0] for name in tensors}
