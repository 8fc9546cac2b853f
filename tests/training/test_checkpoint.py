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
    for name, tensor in (
        ("optimizer.network.0.exp_avg", torch.zeros(2)),
        ("optimizer.network.9.step", torch.zeros(())),
        ("optimizer.network.x.step", torch.zeros(())),
    ):
        spoiled = Checkpoint(path=stored.path, tensors={**stored.tensors, name: tensor}, facts={})
        with pytest.raises(UserError, match="do not fit network"):
            spoiled.restore({"network": network}, {"network": optimizer})


CONFIG = preset("tiny")
DATA = {"kind": "scan_faces", "training_pairs": 9}
WORDS = ["a", "woman"]
FACTS = {
    "stage": "adversarial",
    "step": 160,
    "skipped": 0,
    "seconds": 12.5,
    "means": {"sums": {"generator": 1.0}, "count": 3},
    "numbers": {"ssim": 0.5, "ssim_moved": float("nan")},
    "data": DATA,
    "matching_from": {"run": "matched", "sha256": "ab"},
    "start_from": None,
    "config": CONFIG.to_json(),
    "vocabulary": WORDS,
}
TENSORS = {
    "optimizer.generator.0.step": torch.tensor(1.0),
    "optimizer.discriminators.0.step": torch.tensor(1.0),
    "random.0.cpu": torch.get_rng_state(),
}


def refusal(facts, tensors=None) -> str:
    stored = Checkpoint(path=Path("file"), tensors=TENSORS if tensors is None else tensors, facts=facts)
    with pytest.raises(UserError) as caught:
        stored.check(CONFIG, DATA, WORDS)
    assert str(caught.value).startswith("file: ") and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


def test_the_facts_that_a_run_writes_are_taken():
    Checkpoint(path=Path("file"), tensors=TENSORS, facts=FACTS).check(CONFIG, DATA, WORDS)
    early = {k: v for k, v in TENSORS.items() if "discriminators" not in k}  # they rest while the run warms up
    Checkpoint(path=Path("file"), tensors=early, facts=FACTS | {"step": 150}).check(CONFIG, DATA, WORDS)


def test_facts_and_states_that_are_missing_or_of_another_type_are_refused():
    for name in FACTS:
        refusal({key: value for key, value in FACTS.items() if key != name})
        for value in ("x" * 1_000, [1], -5, {"sums": "x"}, 1e999):
            refusal(FACTS | {name: value})
    for name in TENSORS:
        refusal(FACTS, {key: value for key, value in TENSORS.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", 201),  # more than the run has
        ("step", 1.5),
        ("skipped", -1),
        ("seconds", float("nan")),
        ("means", {"sums": {"generator": "1"}, "count": 3}),
        ("means", {"sums": {}, "count": -3}),
        ("start_from", {"run": 5, "sha256": "ab"}),
        ("config", CONFIG.to_json() | {"seed": 5}),  # the checkpoint of another run
        ("config", CONFIG.to_json() | {"sede": 5}),
        ("data", DATA | {"training_pairs": 8}),
        ("vocabulary", ["a", "man"]),
    ],
)
def test_a_fact_that_cannot_be_is_refused(name, value):
    refusal(FACTS | {name: value})


@pytest.mark.parametrize("state", [torch.zeros(3, dtype=torch.uint8), torch.zeros(5056)])
def test_a_random_state_that_is_none_is_refused(state):
    refusal(FACTS, TENSORS | {"random.0.cpu": state})
