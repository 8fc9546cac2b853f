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
CHANGEABLE = (
    *("adversarial.steps", "adversarial.grid_interval"),
    *("adversarial.log_interval", "adversarial.checkpoint_interval"),
    *("matching.steps", "matching.log_interval", "matching.checkpoint_interval"),
)

#: What Adam remembers of a weight.
MOMENTS = {"step", "exp_avg", "exp_avg_sq"}

ANEW = "start the run anew in another folder"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint that was read: tensors by full name, and the facts of its header."""

    path: Path
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]

    def restore(self, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]) -> None:
        """Puts the stored state into networks and optimizers that were built from the same configuration.

        UserError: one has other tensors than the file (it was written by another version).
        """
        name = ""
        try:
            for name, network in networks.items():
                network.load_state_dict(self.part(f"{name}."))
            for name, optimizer in optimizers.items():
                state = self.numbered(f"optimizer.{name}.")
                weights = [weight for group in optimizer.param_groups for weight in group["params"]]
                for place, moments in state.items():
                    for moment in ("exp_avg", "exp_avg_sq"):  # in memory as they were, or last bits would differ
                        moments[moment] = torch.empty_like(weights[place]).copy_(moments[moment])
                groups = optimizer.state_dict()["param_groups"]
                optimizer.load_state_dict({"state": state, "param_groups": groups})
        except (LookupError, RuntimeError, ValueError) as error:
            raise UserError(f"{self.path}: its tensors do not fit {name}; {ANEW}") from error

    def random_states(self) -> list[dict[str, Tensor]]:
        """The states of the random generators, one dictionary for each process that wrote the file."""
        return [state for _, state in sorted(self.numbered("random.").items())]

    def numbered(self, start: str) -> dict[int, dict[str, Tensor]]:
        """The tensors ``start`` + ``number.name``, by number and name."""
        found: dict[int, dict[str, Tensor]] = {}
        for key, tensor in self.part(start).items():
            number, name = key.split(".", 1)
            found.setdefault(int(number), {})[name] = tensor
        return found

    def part(self, start: str) -> dict[str, Tensor]:
        """The tensors whose names begin so, without that beginning."""
        return {k.removeprefix(start): tensor for k, tensor in self.tensors.items() if k.startswith(start)}

    def check_whole(self) -> None:
        """UserError unless it has all that a run goes on from, and in its range."""
        facts = self.facts
        try:
            stage, step, skipped, means = (facts[name] for name in ("stage", "step", "skipped", "means"))
            stored = Config.from_json(facts["config"])
            counts, steps = (step, skipped, means["count"]), getattr(stored, stage).steps
            _require(stage in STAGES, "its stage")
            _require(all(type(count) is int and count >= 0 for count in counts) and step <= steps, "its step")
            _require(0 <= facts["seconds"] < math.inf, "its seconds")
            _require(all(isinstance(one, int | float) for one in means["sums"].values()), "its means")
            _require(isinstance(facts["numbers"], dict | None), "its numbers")
            _require(isinstance(facts["data"], dict) and isinstance(facts["vocabulary"], list), "its data")
            for name in ("matching_from", "start_from"):
                _require(facts[name] is None or {"run", "sha256"} <= facts[name].keys(), name)
            _require(bool(states := self.random_states()), "no random state")
            for state in states:
                torch.Generator().set_state(state["cpu"])
            for name in STAGES[stage]:
                moments = self.numbered(f"optimizer.{name}.")
                resting = stored.adversarial.warmup if name == "discriminators" else 0
                _require(bool(moments) or step <= skipped + resting, f"no state of the optimizer of {name}")
                _require(all(MOMENTS <= one.keys() for one in moments.values()), f"the optimizer of {name}")
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            reason = shortened(" ".join(f"{error}".split()), 200)
            raise UserError(f"{self.path}: not what a run of this version wrote ({reason}); {ANEW}") from error

    def check(self, config: Config, data: Mapping[str, Any], vocabulary: Sequence[str]) -> None:
        """UserError: it is of a run with other settings, another data set or another vocabulary."""
        stored, whose = Config.from_json(self.facts["config"]), f"{self.path}: of a run"
        theirs, ours = (
            {**self.facts["data"], "vocabulary": self.facts["vocabulary"]},
            {**data, "vocabulary": vocabulary},
        )
        check_same(whose, stored.flat(), config.flat(), "resume with the same settings or choose another folder")
        check_same(whose, theirs, ours, "resume with the same data or choose another folder")
        if self.facts["stage"] != "matching" and (steps := stored.matching.steps) != config.matching.steps:
            raise UserError(f"{whose} whose matching ended at step {steps}; leave matching.steps as it was")


def save_checkpoint(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimizers: Mapping[str, Optimizer],
    random_states: Sequence[Mapping[str, Tensor]],
    facts: Mapping[str, Any],
) -> None:
    """Writes a checkpoint in place of the last one, in one move; UserError if it cannot be written.

    It holds the networks in full precision, of the optimizers the moments of each weight (their settings are the
    configuration's), each process's `random_state`, and ``facts``, which are what JSON can hold.
    """
    states: dict[str, Mapping[str, Tensor]] = {name: net.state_dict() for name, net in networks.items()}
    for name, optimizer in optimizers.items():
        moments = optimizer.state_dict()["state"]
        states |= {f"optimizer.{name}.{number}": entries for number, entries in moments.items()}
    states |= {f"random.{rank}": state for rank, state in enumerate(random_states)}
    tensors = {f"{start}.{key}": value for start, state in states.items() for key, value in state.items()}
    write_tensors(path, tensors, {"format": FORMAT, "facts": json.dumps(facts)})


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint. UserError: there is none, or the file is not one, or it was damaged."""
    file = read_tensors(path, FORMAT, ANEW)
    facts = parse_json(file.header.get("facts", ""), path)
    if not isinstance(facts, dict):
        raise UserError(f"{path}: its facts are not what was written; {ANEW}")
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


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def check_same(what: str, before: dict[str, Any], now: dict[str, Any], advice: str) -> None:
    """UserError where flat settings that are not `CHANGEABLE` differ, in the words "``what`` with KEY = OLD ..."."""
    for key in now | before:
        if key not in CHANGEABLE and before.get(key) != now.get(key):
            old, new = (shortened(repr(settings.get(key))) for settings in (before, now))
            raise UserError(f"{what} with {key} = {old}, and now it is {new}; {advice}")
