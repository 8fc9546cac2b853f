"""A checkpoint gives back exactly what was saved, and a kill while it is written loses nothing."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from lfes_core.errors import UserError
from lfes_core.training import checkpoint as module
from lfes_core.training.checkpoint import load_checkpoint, random_state, save_checkpoint, set_random_state


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


def test_restored_training_goes_on_with_the_same_bits(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    network, optimizer = trained(0)
    save(path, network, optimizer, step=3)
    other, other_optimizer = trained(1)
    stored = load_checkpoint(path)
    stored.restore({"network": other}, {"network": other_optimizer})
    for each, its_optimizer in ((network, optimizer), (other, other_optimizer)):
        set_random_state(stored.random_states()[0])
        its_optimizer.zero_grad()
        each(torch.randn(5, 3)).square().sum().backward()
        its_optimizer.step()
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name
    assert stored.facts["step"] == 3


def test_a_kill_while_writing_leaves_the_last_whole_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.safetensors"
    network, optimizer = trained(0)
    save(path, network, optimizer, step=1)
    whole = path.read_bytes()

    def torn(tensors, file, metadata):
        file.write_bytes(whole[: len(whole) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "save_file", torn)
    with pytest.raises(KeyboardInterrupt):
        save(path, network, optimizer, step=2)
    assert path.read_bytes() == whole
    monkeypatch.undo()
    save(path, network, optimizer, step=2)
    assert load_checkpoint(path).facts["step"] == 2
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path):
    text, foreign = tmp_path / "text", tmp_path / "foreign"
    text.write_text("not tensors")
    save_file({"x": torch.zeros(1)}, foreign)
    for path in (text, foreign, tmp_path / "absent"):
        with pytest.raises(UserError) as caught:
            load_checkpoint(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_tensors_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    save(path, *trained(0))
    with pytest.raises(UserError, match="do not fit"):
        load_checkpoint(path).restore({"network": nn.Linear(3, 5)}, {})
