"""The file of an exported synthesizer: what training writes once and everybody else reads.

One safetensors file holds the four networks that turn a face and a sentence into a picture, in float16, and
in its header, as JSON, the configuration, the vocabulary and free facts (steps, seconds, numbers). Nothing is
unpickled.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary

FORMAT = "lfes synthesizer 1"

#: The networks in the file, by the names that prefix their tensors. Order: the way of the data in Fig. 2.
NETWORKS = (
    "language_semantic_encoder",
    "conditioning_augmentation",
    "facial_feature_encoder",
    "multi_level_expression_synthesizer",
)


@dataclass(frozen=True, kw_only=True)
class StoredSynthesizer:
    """What an exported file says: tensors by full name (float32), and the three parts of its header."""

    path: Path
    tensors: Mapping[str, Tensor]
    config: Config
    vocabulary: Vocabulary
    facts: Mapping[str, Any]

    def load_into(self, networks: Mapping[str, nn.Module]) -> None:
        """Copies the stored weights into freshly built networks, all of them or none.

        Args:
            networks: one module for each name in `NETWORKS`.

        Raises:
            UserError: the networks have other tensors than the file, which happens when they were built from
                another preset or by another version of the package.
        """
        wanted = {
            f"{name}.{key}": value.shape
            for name in NETWORKS
            for key, value in networks[name].state_dict().items()
        }
        found = {name: tensor.shape for name, tensor in self.tensors.items()}
        if wanted != found:
            different = sorted(
                name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
            )
            first = different[0]
            raise UserError(
                f"{self.path}: weights of preset '{self.config.preset}' do not fit the networks "
                f"({len(different)} tensors differ; {first}: {_shape(found.get(first))} in the file, "
                f"{_shape(wanted.get(first))} expected); use the preset and version that wrote it"
            )
        for name in NETWORKS:
            start = f"{name}."
            part = {
                key.removeprefix(start): value for key, value in self.tensors.items() if key.startswith(start)
            }
            networks[name].load_state_dict(part)


def save_synthesizer(
    path: str | os.PathLike[str],
    networks: Mapping[str, nn.Module],
    config: Config,
    vocabulary: Vocabulary,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Writes the networks in float16 with all that a reader needs; an existing file is replaced at once.

    Args:
        path: where to; its folder must exist.
        networks: one module for each name in `NETWORKS` (give the averaged ones where an average is kept).
        config: the configuration that built them.
        vocabulary: the vocabulary whose ids the language encoder was trained on.
        facts: anything JSON can hold that a later reader should know: steps, seconds, dataset, numbers.

    Raises:
        ValueError: a network is missing, or a weight is not finite in float16.
    """
    missing = [name for name in NETWORKS if name not in networks]
    if missing:
        raise ValueError(f"networks without {', '.join(missing)}")
    tensors = {
        f"{name}.{key}": _stored(f"{name}.{key}", value)
        for name in NETWORKS
        for key, value in networks[name].state_dict().items()
    }
    header = {
        "format": FORMAT,
        "config": json.dumps(config.to_json()),
        "vocabulary": json.dumps(vocabulary.to_json()),
        "facts": json.dumps(dict(facts or {})),
        "sha256": digest(tensors),
    }
    target = Path(path)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(save(tensors, metadata=header))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def load_synthesizer(path: str | os.PathLike[str]) -> StoredSynthesizer:
    """Reads an exported file and checks that it is whole.

    Raises:
        UserError: there is no such file, it is no safetensors file, it is another kind of checkpoint, it was
            damaged, or its header does not make sense.
    """
    source = Path(path)
    if not source.is_file():
        raise UserError(f"{source}: no such weights file; give a run folder or its synthesizer.safetensors")
    try:
        with safe_open(source, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"{source}: not a weights file (safetensors cannot read it); give a run folder or its "
            "synthesizer.safetensors"
        ) from error
    if header.get("format") != FORMAT:
        raise UserError(
            f"{source}: not an exported synthesizer (its format is {header.get('format', 'not named')!r}, "
            f"expected {FORMAT!r}); training writes one as synthesizer.safetensors in its run folder"
        )
    if header.get("sha256") != digest(tensors):
        raise UserError(
            f"{source}: damaged, its tensors do not match their checksum; copy or export it again"
        )
    try:
        config = Config.from_json(json.loads(header["config"]))
        vocabulary = Vocabulary.from_json(json.loads(header["vocabulary"]))
        facts = json.loads(header["facts"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{source}: header not understood ({_one_line(error)}); written by another version of the package"
        ) from error
    return StoredSynthesizer(
        path=source,
        tensors={
            name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()
        },
        config=config,
        vocabulary=vocabulary,
        facts=facts,
    )


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return total.hexdigest()


def _stored(name: str, tensor: Tensor) -> Tensor:
    value = tensor.detach().cpu()
    if value.is_floating_point():
        value = value.half()
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"{name} is not finite in float16")
    return value.contiguous().clone()


def _shape(shape: torch.Size | None) -> str:
    return "absent" if shape is None else "x".join(str(size) for size in shape) or "one number"


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
