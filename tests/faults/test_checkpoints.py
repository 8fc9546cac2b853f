"""A checkpoint that is another run's, or not what was written, is refused before anything changes."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lfes_core.config import Config
from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from lfes_core.training.checkpoint import FORMAT, Checkpoint, load_checkpoint
from lfes_core.weights import write_tensors
from tests.training.faces import quiet_run, refusal

Files = tuple[Config, DISFAPlus, Path]


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / "run")


class Payload:
    """What runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.trace,)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def rewrite(path: Path, kind: str = FORMAT, facts: str | None = None) -> None:
    """The same tensors under right checksums."""
    stored = load_checkpoint(path)
    write_tensors(path, stored.tensors, {"format": kind, "facts": json.dumps(stored.facts) if facts is None else facts})


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a bit is flipped": flip,
    "half of it": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "nothing in it": lambda path: path.write_bytes(b""),
    "a folder": make_folder,
    "pickled": lambda path: path.write_bytes(pickle.dumps(Payload(path.with_name("was_here")))),
    "pickled by PyTorch": lambda path: torch.save({"state": Payload(path.with_name("was_here"))}, path),
    "of somebody else's program": lambda path: save_file({"weight": torch.zeros(3)}, path),
    "of an older version": lambda path: rewrite(path, "lfes checkpoint 1"),
    "no facts": lambda path: rewrite(path, facts=""),
    "facts that end nowhere": lambda path: rewrite(path, facts="[" * 100_000),
    "facts that are none": lambda path: rewrite(path, facts="[1]"),
}


@pytest.mark.fault(
    "Weights and checkpoints",
    "a checkpoint is cut, changed, empty, pickled, of another program or of an older version",
    "it is refused in one line that says what to do; no code in it runs, no file of the run changes",
)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_checkpoint_that_is_not_what_was_written_is_refused(
    light: Config, data: DISFAPlus, folder: Path, damage: str
) -> None:
    DAMAGES[damage](folder / "checkpoint.safetensors")
    said = refusal(data, folder, light, resume=True)
    assert str(folder / "checkpoint.safetensors") in said
    assert "another folder" in said or "put it back" in said
    assert not (folder / "was_here").exists()


def without(name: str) -> Callable[[dict[str, Any], dict[str, torch.Tensor]], object]:
    return lambda facts, tensors: facts.pop(name)


def fact(name: str, value: object) -> Callable[[dict[str, Any], dict[str, torch.Tensor]], object]:
    return lambda facts, tensors: facts.update({name: value})


def tensors_gone(start: str, end: str = "") -> Callable[[dict[str, Any], dict[str, torch.Tensor]], object]:
    def change(facts: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
        for name in [name for name in tensors if name.startswith(start) and name.endswith(end)]:
            del tensors[name]

    return change


def tensor(name: str, value: torch.Tensor) -> Callable[[dict[str, Any], dict[str, torch.Tensor]], object]:
    return lambda facts, tensors: tensors.update({name: value})


NAMES = ("stage", "step", "seconds", "skipped", "numbers", "means", "matching_from", "data", "config", "vocabulary")
TAMPERED = {
    **{f"without {name}": without(name) for name in NAMES},
    **{f"step {value}": fact("step", value) for value in ("x", -5, 10**9, 1.5, None, True)},
    **{f"stage {value}": fact("stage", value) for value in ("xyz", "seed", 5)},
    **{f"seconds {value}": fact("seconds", value) for value in ("x", float("nan"), float("inf"), -1)},
    "means of words": fact("means", {"sums": {"generator": "x"}, "count": 1}),
    "a count below zero": fact("means", {"sums": {}, "count": -1}),
    "numbers in a list": fact("numbers", [1]),
    "start from a word": fact("start_from", "x"),
    "another data set": fact("data", 5),
    "other settings": fact("config", {"networks": 5}),
    "no random state": tensors_gone("random."),
    "a random state of three bytes": tensor("random.0.cpu", torch.zeros(3, dtype=torch.uint8)),
    "a random state of zeros": tensor("random.0.cpu", torch.zeros(5056, dtype=torch.uint8)),
    "a random state without a number": tensor("random.cpu", torch.zeros(3)),
    "no state of an optimizer": tensors_gone("optimizer.generator."),
    "half a state of an optimizer": tensors_gone("optimizer.discriminators.", "exp_avg_sq"),
    "a state of nobody": tensor("optimizer.generator.x.exp_avg", torch.zeros(1)),
}


@pytest.mark.fault(
    "Weights and checkpoints",
    "somebody changes what a checkpoint says of itself, and its checksums with it",
    "what no run can have written is refused in one line; no file of the run changes",
)
def test_facts_that_no_run_has_written_are_refused(light: Config, data: DISFAPlus, folder: Path) -> None:
    path = folder / "checkpoint.safetensors"
    stored = load_checkpoint(path)
    stored.check_whole()
    before = json.dumps(stored.facts)
    for tampered, change in TAMPERED.items():
        facts, tensors = json.loads(before), dict(stored.tensors)
        change(facts, tensors)
        with pytest.raises(UserError) as caught:
            Checkpoint(path=path, tensors=tensors, facts=facts).check_whole()
        said = str(caught.value)
        assert said.startswith(str(path)) and said.endswith("another folder") and "\n" not in said, tampered
    rewrite(path, facts=json.dumps(json.loads(before) | {"step": -5}))
    assert "not what a run of this version wrote (its step)" in refusal(data, folder, light, resume=True)


@pytest.mark.fault(
    "Weights and checkpoints",
    "the checkpoint of another run is put in the place of this one's",
    "the first setting that differs is named, and nothing is changed",
)
def test_a_checkpoint_that_was_swapped_is_refused(light: Config, data: DISFAPlus, folder: Path, tmp_path: Path) -> None:
    other = light.overridden({"seed": 5, "adversarial.steps": 0})
    quiet_run(data, tmp_path / "other", other)
    shutil.copy(tmp_path / "other/checkpoint.safetensors", folder / "checkpoint.safetensors")
    assert "of a run with seed = 5, and now it is 0" in refusal(data, folder, light, resume=True)
