"""One file from which a run continues exactly: networks, average, optimizers, step, random states, configuration.

The file is safetensors with a JSON header; nothing in it can run code when it is read. It is written under another
name and then put in place in one move, so that a kill at any moment leaves the last whole checkpoint.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from lfes_core.errors import UserError

FORMAT = "lfes checkpoint 1"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint that was read: tensors by full name, and the facts of its header."""

    path: Path
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]

    def restore(self, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]) -> None:
        """Puts the stored state into networks and optimizers that were built from the same configuration.

        Raises:
            UserError: a network has other tensors than the file (it was written by another version).
        """
        for name, network in networks.items():
            try:
                network.load_state_dict(self._part(f"{name}."))
            except RuntimeError as error:
                raise UserError(f"{self.path}: its tensors do not fit {name}; start the run anew") from error
        for name, optimizer in optimizers.items():
            state: dict[int, dict[str, Tensor]] = {}
            for key, tensor in self._part(f"optimizer.{name}.").items():
                number, entry = key.split(".", 1)
                state.setdefault(int(number), {})[entry] = tensor
            groups = optimizer.state_dict()["param_groups"]
            for group, stored in zip(groups, self.facts["optimizers"][name], strict=True):
                group.update({key: tuple(v) if isinstance(v, list) else v for key, v in stored.items()})
            optimizer.load_state_dict({"state": state, "param_groups": groups})

    def random_states(self) -> list[dict[str, Tensor]]:
        """The states of the random generators, one dictionary for each process that wrote the file."""
        states: dict[int, dict[str, Tensor]] = {}
        for key, tensor in self._part("random.").items():
            rank, kind = key.split(".", 1)
            states.setdefault(int(rank), {})[kind] = tensor
        return [states[rank] for rank in sorted(states)]

    def _part(self, start: str) -> dict[str, Tensor]:
        return {k.removeprefix(start): tensor for k, tensor in self.tensors.items() if k.startswith(start)}


def save_checkpoint(
    path: Path,
    *,
    networks: Mapping[str, nn.Module],
    optimizers: Mapping[str, Optimizer],
    random_states: Sequence[Mapping[str, Tensor]],
    facts: Mapping[str, Any],
) -> None:
    """Writes a checkpoint in place of the last one, in one move.

    Args:
        path: the file; what was there stays whole until the new one is.
        networks: modules by name; their state in full precision.
        optimizers: by name; step sizes and both moments.
        random_states: for each process its generators' states, from `random_state`.
        facts: what JSON can hold: configuration, vocabulary, stage, step, numbers.
    """
    tensors = {f"{name}.{key}": value for name, network in networks.items()
               for key, value in network.state_dict().items()}  # fmt: skip
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, optimizer in optimizers.items():
        stored = optimizer.state_dict()
        for number, entries in stored["state"].items():
            tensors |= {f"optimizer.{name}.{number}.{entry}": value for entry, value in entries.items()}
        groups[name] = [{k: v for k, v in group.items() if k != "params"} for group in stored["param_groups"]]
    for rank, state in enumerate(random_states):
        tensors |= {f"random.{rank}.{kind}": value for kind, value in state.items()}
    header = {"format": FORMAT, "facts": json.dumps({**facts, "optimizers": groups})}
    write_tensors(path, tensors, header)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Writes a safetensors file that is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    save_file(plain, unfinished, metadata=dict(header))
    unfinished.chmod(0o644)  # safetensors makes files that only their owner can read
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint.

    Raises:
        UserError: there is none, or the file is not one.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        facts = json.loads(header["facts"]) if header.get("format") == FORMAT else None
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: not a readable checkpoint; start the run anew in another folder") from error
    if facts is None:
        raise UserError(f"{path}: not a checkpoint of a run (its format is {header.get('format')!r})")
    return Checkpoint(path=path, tensors=tensors, facts=facts)


def random_state() -> dict[str, Tensor]:
    """States of this process's global random generators."""
    state = {"cpu": torch.get_rng_state()}
    return state | ({"cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def set_random_state(state: Mapping[str, Tensor]) -> None:
    """Puts the generators back where `random_state` found them; a GPU's state is left out where there is no GPU."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
