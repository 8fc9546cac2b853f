"""A checkpoint gives back exactly what was saved, and a kill while it is written loses nothing."""

from pathlib import Path

import pytest
import torch
from torch import nn

from lfes_core import weights
from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.training.checkpoint import Checkpoint, load_checkpoint, random_state, save_checkpoint


def trained(seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1, betas=(0.5, 0.9), fused=True)
    for _ in range(3):
        optimizer.zero_grad()
        network(torch.randn(5, 3)).square().sum().backward()
        optimizer.step()
    return network, optimizer


def save(path, network, optimizer, **facts):
    save_checkpoint(
        path,
        networks={"network": network},
        optimizers={"network": optimizer},
        random_states=[random_state()],
        facts=facts,
    )


@pytest.mark.fault(
    "Training",
    "Ctrl-C while a checkpoint is written",
    "the last whole one stays",
)
def test_a_kill_while_writing_leaves_the_last_whole_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.safetensors"
    network, optimizer = trained(0)
    save(path, network, optimizer, step=1)
    whole = path.read_bytes()

    def torn(tensors, file, metadata):
        file.write_bytes(whole[: len(whole) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "save_file", torn)
    with pytest.raises(KeyboardInterrupt):
        save(path, network, optimizer, step=2)
    assert path.read_bytes() == whole
    monkeypatch.undo()
    save(path, network, optimizer, step=2)
    assert load_checkpoint(path).facts["step"] == 2
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_tensors_and_moments_that_do_not_fit_are_refused(tmp_path):
    network, optimizer = trained(0)
    save(tmp_path / "checkpoint", network, optimizer)
    stored = load_checkpoint(tmp_path / "checkpoint")
    with pytest.raises(UserError, match="do not fit network"):
        stored.restore({"network": nn.Linear(3, 5)}, {})
    moments = {**stored.tensors, "optimizer.network.0.exp_avg": torch.zeros(2)}
    with pytest.raises(UserError, match="do not fit network"):
        Checkpoint(path=stored.path, tensors=moments, facts={}).restore({"network": network}, {"network": optimizer})


CONFIG = preset("tiny")
DATA = {"kind": "scan_faces", "training_pairs": 9}
WORDS = ["a", "woman"]
FACTS = {"stage": "adversarial", "data": DATA, "config": CONFIG.to_json(), "vocabulary": WORDS}


def test_the_facts_that_a_run_writes_are_taken():
    Checkpoint(path=Path("file"), tensors={}, facts=FACTS).check(CONFIG, DATA, WORDS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("config", CONFIG.to_json() | {"seed": 5}),
        ("config", CONFIG.overridden({"matching.steps": 7}).to_json()),
        ("data", DATA | {"training_pairs": 8}),
        ("vocabulary", ["a", "man"]),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(name, value):
    with pytest.raises(UserError, match=r"^file: ") as caught:
        Checkpoint(path=Path("file"), tensors={}, facts=FACTS | {name: value}).check(CONFIG, DATA, WORDS)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_the_checkpoint_of_a_run_that_is_older_than_a_setting_has_its_default():
    stored, longer = CONFIG.to_json(), {"adversarial.steps": 10_000, "adversarial.grid_interval": 5}
    del stored["networks"]["language"]["input"]
    checkpoint = Checkpoint(path=Path("file"), tensors={}, facts=FACTS | {"config": stored})
    checkpoint.check(CONFIG.overridden(longer), DATA, WORDS)
    other = CONFIG.overridden({"networks.language.input": "action_units", "losses.language_visual": 0})
    with pytest.raises(UserError, match="input = 'sentence', and now it is 'action_units'"):
        checkpoint.check(other, DATA, WORDS)
