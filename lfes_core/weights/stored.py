"""What every weights file says beside its tensors: the configuration, the vocabulary and free facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.sentences import VOCABULARIES, Vocabulary


@dataclass(frozen=True, kw_only=True)
class StoredNetworks:
    """Tensors by full name (float32), the three parts of the header, and the checksum of what was stored."""

    names: ClassVar[tuple[str, ...]]
    """The networks in the file, by the names that prefix their tensors."""

    path: Path
    tensors: Mapping[str, Tensor]
    config: Config
    vocabulary: Vocabulary
    facts: Mapping[str, Any]
    sha256: str

    def load_into(self, networks: Mapping[str, nn.Module]) -> None:
        """Copies the stored weights into freshly built networks, all of them or none.

        Args:
            networks: one module for each of `names`.

        Raises:
            UserError: the networks have other tensors than the file, which happens when they were built from
                another preset or by another version of the package.
        """
        wanted = {name: value.shape for name, value in all_tensors(networks, self.names).items()}
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
        for name in self.names:
            start = f"{name}."
            part = {
                key.removeprefix(start): value for key, value in self.tensors.items() if key.startswith(start)
            }
            networks[name].load_state_dict(part)


def all_tensors(networks: Mapping[str, nn.Module], names: tuple[str, ...]) -> dict[str, Tensor]:
    """The states of the networks by full name, in the order of ``names``.

    Raises:
        ValueError: a network is missing.
    """
    missing = [name for name in names if name not in networks]
    if missing:
        raise ValueError(f"networks without {', '.join(missing)}")
    return {f"{name}.{key}": value for name in names for key, value in networks[name].state_dict().items()}


def to_header(
    kind: str, config: Config, vocabulary: Vocabulary, facts: Mapping[str, Any] | None
) -> dict[str, str]:
    """The header of a file of a format; safetensors keeps text only."""
    return {
        "format": kind,
        "config": json.dumps(config.to_json()),
        "vocabulary": json.dumps(vocabulary.to_json()),
        "facts": json.dumps(dict(facts or {})),
    }


def from_header(path: Path, header: Mapping[str, str]) -> tuple[Config, Vocabulary, Mapping[str, Any]]:
    """The three parts of a header.

    Raises:
        UserError: they do not make sense to this version of the package.
    """
    try:
        config = Config.from_json(json.loads(header["config"]))
        vocabulary = VOCABULARIES[config.networks.language.input].from_json(json.loads(header["vocabulary"]))
        return config, vocabulary, json.loads(header.get("facts", "{}"))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: header not understood ({_one_line(error)}); written by another version of the package"
        ) from error


def _shape(shape: torch.Size | None) -> str:
    return "absent" if shape is None else "x".join(str(size) for size in shape) or "one number"


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
