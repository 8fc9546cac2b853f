"""The file of an exported synthesizer: the four networks that turn a face and a sentence into a picture, in float16."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import nn

from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.weights.shards import check_digest, in_half_precision, read_tensors, write_tensors
from lfes_core.weights.stored import StoredNetworks, all_tensors, from_header, to_header

FORMAT = "lfes synthesizer 1"

#: The networks in the file, by the names that prefix their tensors. Order: the way of the data in Fig. 2.
NETWORKS = (
    "language_semantic_encoder",
    "conditioning_augmentation",
    "facial_feature_encoder",
    "multi_level_expression_synthesizer",
)


@dataclass(frozen=True, kw_only=True)
class StoredSynthesizer(StoredNetworks):
    """What the file of an exported synthesizer says."""

    names: ClassVar[tuple[str, ...]] = NETWORKS


def save_synthesizer(
    path: str | os.PathLike[str],
    networks: Mapping[str, nn.Module],
    config: Config,
    vocabulary: Vocabulary,
    facts: Mapping[str, Any] | None = None,
    *,
    shard_bytes: int | None = None,
) -> list[Path]:
    """Writes the networks in float16 with all that a reader needs; existing files are replaced at once.

    Args:
        path: where to; its folder must exist.
        networks: one module for each name in `NETWORKS` (give the averaged ones where an average is kept).
        config: the configuration that built them.
        vocabulary: the vocabulary whose ids the language encoder was trained on.
        facts: anything JSON can hold that a later reader should know: steps, seconds, dataset, numbers.
        shard_bytes: divide into shards of at most so many bytes; one file when not given.

    Returns:
        the files.

    Raises:
        ValueError: a network is missing, or a weight is not finite in float16.
    """
    tensors = {
        name: in_half_precision(name, value) for name, value in all_tensors(networks, NETWORKS).items()
    }
    return write_tensors(Path(path), tensors, to_header(FORMAT, config, vocabulary, facts), shard_bytes)


def load_synthesizer(path: str | os.PathLike[str]) -> StoredSynthesizer:
    """Reads an exported synthesizer, one file or shards, and checks that it is whole.

    Raises:
        UserError: there is no such file, it is no safetensors file, it is another kind of checkpoint, it was
            damaged, a shard is missing or of another set, or its header does not make sense.
    """
    source = Path(path)
    found = read_tensors(source)
    if found.header.get("format") != FORMAT:
        raise UserError(
            f"{source}: not an exported synthesizer (its format is {found.header.get('format', 'not named')!r}, "
            f"expected {FORMAT!r}); training writes one as synthesizer.safetensors in its run folder"
        )
    check_digest(source, found)
    config, vocabulary, facts = from_header(source, found.header)
    return StoredSynthesizer(
        path=source,
        tensors={
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in found.tensors.items()
        },
        config=config,
        vocabulary=vocabulary,
        facts=facts,
        sha256=found.sha256,
    )
