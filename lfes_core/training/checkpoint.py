"""One file from which a run continues exactly: networks, average, optimizers, step, random states, configuration.

The file is safetensors with a JSON header, under checksums; nothing in it can run code when it is read. It takes the
place of the last one in one move, so that a kill at any moment leaves a whole checkpoint.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lfes_core.config import Config
from lfes_core.errors import UserError, shortened
from lfes_core.files import parse_json
from lfes_core.weights import read_tensors, write_tensors

FORMAT = "lfes checkpoint 2"

#: Stages of a run, in their order, and the optimizers of each.
STAGES = {"matching": ("encoders",), "adversarial": ("generator", "discriminators")}

#: Settings that say how long a run goes on and how often it tells of itself: they may change when it resumes.
CHANGEABLE = frozenset(
    {
        "adversarial.steps",
        "adversarial.log_interval",
        "adversarial.grid_interval",
        "adversarial.checkpoint_interval",
        "matching.log_interval",
        "matching.checkpoint_interval",
    }
)

_ADVICE = "start the run anew in another folder"


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
        name = ""
        try:
            for name, network in networks.items():
                network.load_state_dict(self.part(f"{name}."))
            for name, optimizer in optimizers.items():
                state: dict[int, dict[str, Tensor]] = {}
                for key, tensor in self.part(f"optimizer.{name}.").items():
                    place, entry = key.split(".", 1)
                    state.setdefault(int(place), {})[entry] = tensor
                groups = optimizer.state_dict()["param_groups"]
                parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
                for number, moments in state.items():
                    shapes = [moments[moment].shape for moment in ("exp_avg", "exp_avg_sq")]
                    if shapes != [parameters[number].shape] * 2 or moments["step"].numel() != 1:
                        raise ValueError("moments of another shape")
                optimizer.load_state_dict({"state": state, "param_groups": groups})
        except (RuntimeError, ValueError, LookupError) as error:
            raise UserError(f"{self.path}: its tensors do not fit {name}; {_ADVICE}") from error

    def random_states(self) -> list[dict[str, Tensor]]:
        """The states of the random generators, one dictionary for each process that wrote the file."""
        states: dict[str, dict[str, Tensor]] = {}
        for key, tensor in self.part("random.").items():
            rank, kind = key.split(".", 1)
            states.setdefault(rank, {})[kind] = tensor
        return [states[rank] for rank in sorted(states, key=lambda rank: (len(rank), rank))]

    def part(self, start: str) -> dict[str, Tensor]:
        """The tensors whose names begin so, without that beginning."""
        return {k.removeprefix(start): tensor for k, tensor in self.tensors.items() if k.startswith(start)}

    def check(self, config: Config, data: Mapping[str, Any], vocabulary: Sequence[str]) -> None:
        """Compares what the checkpoint says of itself with the run that wants to continue from it.

        Raises:
            UserError: a fact is missing or impossible, or the checkpoint is of another run, data set or vocabulary.
        """
        facts = self.facts
        try:
            stored = Config.from_json(facts.get("config"))
        except UserError as error:
            raise UserError(f"{self.path}: {error}; {_ADVICE}") from error
        different = first_difference(stored.flat(), config.flat())
        if different is not None:
            key, before, now = different
            raise UserError(
                f"{self.path}: of a run with {key} = {shortened(repr(before))}, and here it is {now!r}; put this "
                f"run's own checkpoint back or {_ADVICE}"
            )
        stage = str(facts.get("stage"))
        steps = {"matching": stored.matching.steps, "adversarial": stored.adversarial.steps}.get(stage, -1)
        means = facts.get("means")
        right = {
            "stage": stage in STAGES,
            "step": _is_number(facts.get("step"), steps, whole=True),
            "skipped": _is_number(facts.get("skipped"), whole=True),
            "seconds": _is_number(facts.get("seconds")),
            "means": isinstance(means, dict)
            and _is_number(means.get("count"), whole=True)
            and _are_numbers(means.get("sums")),
            "numbers": facts.get("numbers", 0) is None or _are_numbers(facts.get("numbers")),
            "data": isinstance(facts.get("data"), dict),
            "matching_from": _is_taken(facts.get("matching_from", 0)),
            "start_from": _is_taken(facts.get("start_from", 0)),
            "random state": self._has_random_states(),
        }
        wrong = [name for name, holds in right.items() if not holds]
        for name in STAGES[stage] if not wrong else ():
            rest = stored.adversarial.warmup if name == "discriminators" else 0
            if facts["step"] - facts["skipped"] > rest and not self.part(f"optimizer.{name}."):
                wrong.append(f"optimizer of the {name}")
        if wrong:
            raise UserError(f"{self.path}: its {wrong[0]} is missing or makes no sense; {_ADVICE}")
        for name, value in data.items():
            if facts["data"].get(name) != value:
                raise UserError(
                    f"{self.path}: the run was started on data with {name} = "
                    f"{shortened(repr(facts['data'].get(name)))}, and now it is {value!r}; resume with the same data "
                    "or choose another folder"
                )
        if facts.get("vocabulary") != list(vocabulary):
            raise UserError(f"{self.path}: written with another vocabulary; {_ADVICE}")

    def _has_random_states(self) -> bool:
        mine = torch.get_rng_state()
        states = [state.get("cpu", torch.empty(0)) for state in self.random_states()]
        return bool(states) and all((s.shape, s.dtype) == (mine.shape, mine.dtype) for s in states)


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
        optimizers: by name; the moments of each weight. Their settings are the configuration's.
        random_states: for each process its generators' states, from `random_state`.
        facts: what JSON can hold: configuration, vocabulary, stage, step, numbers.

    Raises:
        UserError: the file cannot be written (no permission, no space).
    """
    tensors = {
        f"{name}.{key}": value
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    for name, optimizer in optimizers.items():
        for number, entries in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{name}.{number}.{entry}": value for entry, value in entries.items()}
    for rank, state in enumerate(random_states):
        tensors |= {f"random.{rank}.{kind}": value for kind, value in state.items()}
    write_tensors(path, tensors, {"format": FORMAT, "facts": json.dumps(facts)})


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint.

    Raises:
        UserError: there is none, or the file is not one, or it was damaged.
    """
    file = read_tensors(path, FORMAT, _ADVICE)
    facts = parse_json(file.header.get("facts", ""), path)
    if not isinstance(facts, dict):
        raise UserError(f"{path}: not a checkpoint of a run; {_ADVICE}")
    return Checkpoint(path=path, tensors=file.tensors, facts=facts)


def random_state() -> dict[str, Tensor]:
    """States of this process's global random generators."""
    state = {"cpu": torch.get_rng_state()}
    return state | ({"cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def set_random_state(state: Mapping[str, Tensor]) -> None:
    """Puts the generators back where `random_state` found them; a GPU's state is left out where there is no GPU."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


def first_difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, Any, Any] | None:
    """The first of two runs' flat settings that must not differ and does: key, old value, new."""
    for key in [*now, *(key for key in before if key not in now)]:
        if key not in CHANGEABLE and before.get(key) != now.get(key):
            return key, before.get(key), now.get(key)
    return None


def _is_number(value: Any, most: float | int = math.inf, *, whole: bool = False) -> bool:
    """Whether it is a finite number from 0 on."""
    return type(value) in ((int,) if whole else (int, float)) and 0 <= value <= most and value != math.inf


def _are_numbers(values: Any) -> bool:
    return isinstance(values, dict) and all(type(value) in (int, float) for value in values.values())


def _is_taken(value: Any) -> bool:
    """Whether it says whose weights were taken, or that none were."""
    return value is None or (
        isinstance(value, dict) and {type(value.get(key)) for key in ("run", "sha256")} == {str}
    )
