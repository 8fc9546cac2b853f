"""The same command gives the same weights, bit for bit; and the cards of the package's weights are such commands."""

import csv
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lfes_core import shipped
from lfes_core.command_line import command_line_parser
from lfes_core.command_line.train import configuration
from lfes_core.shipped import MATCHING, card, matching_file, shipped_sets, synthesizer_file
from lfes_core.training.checkpoint import load_checkpoint
from lfes_core.weights import MATCHING as MATCHING_KIND
from lfes_core.weights import SYNTHESIZER, Stored, digest, load
from tests.training.faces import quiet_run


def bits(folder: Path) -> str:
    """Checksum of all that a run has learned: networks, average, moments of the optimizers, random numbers."""
    return digest(load_checkpoint(folder / "checkpoint.safetensors").tensors)


@pytest.fixture(scope="module")
def once(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps of each stage."""
    return quiet_run(dataset, tmp_path_factory.mktemp("runs") / "once").run_folder


@pytest.mark.fault(
    "Reproducibility",
    "the same run is made again: after other work in the process, with two readers, in a folder of another name",
    "the same weights, bit for bit",
)
def test_the_same_seed_gives_the_same_bits(dataset, once, tmp_path):
    torch.rand(17), np.random.default_rng().random()
    quiet_run(dataset, tmp_path / "another name", workers=2)
    assert bits(tmp_path / "another name") == bits(once)
    exported = [load(folder / shipped.RUN_SYNTHESIZER, SYNTHESIZER) for folder in (once, tmp_path / "another name")]
    assert exported[0].sha256 == exported[1].sha256


def stored(name: str) -> Stored:
    return load(matching_file(), MATCHING_KIND) if name == MATCHING else load(synthesizer_file(name), SYNTHESIZER)


def told(name: str) -> list[str]:
    """The words of the command on a card."""
    (command,) = re.findall(r"^\| command \| `(.*)` \|$", card(name).read_text("utf-8"), re.MULTILINE)
    return shlex.split(command)


@pytest.mark.fault(
    "Reproducibility",
    "somebody trains what the package brings again, by the command on its card",
    "command and seed build exactly the settings that stand in the weights, and the run starts",
)
@pytest.mark.parametrize("name", [*shipped_sets(), MATCHING])
def test_the_command_on_each_card_builds_the_settings_of_its_weights_and_starts(name, dataset, tmp_path):
    python, module, package, *words = told(name)
    assert [python, module, package] == ["python", "-m", "lfes_core"]
    given = command_line_parser().parse_args(words)
    config, text = configuration(given), card(name).read_text("utf-8")
    assert config == stored(name).config and f"| seed | {config.seed} |" in text
    assert "| replay | that command, with that seed" in text

    # Its first step, in small batches of other faces. What it went on from is not part of the package.
    short: dict[str, Any] = {"matching.batch_size": 2, "adversarial.batch_size": 2, "adversarial.held_out_pairs": 2}
    short |= {"matching.steps": min(1, config.matching.steps), "adversarial.steps": min(1, config.adversarial.steps)}
    begun = {"matching_from": MATCHING, "start_from": name} if given.matching_from else {}
    result = quiet_run(dataset, tmp_path / "run", config.overridden(short), **begun)
    assert (result.stopped, result.step) == ("finished", min(1, config.adversarial.steps))
    with (tmp_path / "run" / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(row["stage"] in ("matching", "adversarial") for row in rows)
