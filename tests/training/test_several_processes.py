"""The same call under torchrun: two processes on one machine train one set of networks."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lfes_core.training.checkpoint import load_checkpoint
from tests.training.faces import drawn_faces, small

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys
from pathlib import Path
import torch
from lfes_core.config import Config
from lfes_core.datasets import DISFAPlus
from lfes_core.training import Options, adversarial, train

torch.set_num_threads(1)
folder = Path(sys.argv[1])
averaged, networks = adversarial.averaged, []
adversarial.averaged = lambda network, decay: networks.append(network) or averaged(network, decay)
config = Config.from_json(json.loads((folder / "settings.json").read_text()))
result = train(config, DISFAPlus(folder / "data"), folder / "run", Options(precision="32-true", progress=False))
total = sum(parameter.double().sum().item() for parameter in networks[0].parameters())
rank = torch.distributed.get_rank()
(folder / f"rank_{rank}.json").write_text(json.dumps({"total": total, "stopped": result.stopped}))
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module", params=(0, 1), ids=("all levels", "level 1 alone at first"))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    drawn_faces(folder / "data")
    config = small(
        matching__steps=1, matching__batch_size=4,
        adversarial__steps=3, adversarial__warmup=2, adversarial__level_1_alone=request.param,
    )  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(config.to_json()))
    (folder / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    done = subprocess.run(
        [*command, str(folder / "program.py"), str(folder)],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    (folder / "printed").write_text(done.stdout)
    return folder


def test_two_processes_end_with_the_same_weights(folder):
    first, second = (json.loads((folder / f"rank_{rank}.json").read_text()) for rank in (0, 1))
    assert first["stopped"] == second["stopped"] == "finished"
    assert first["total"] == second["total"]


def test_one_process_writes_and_the_random_states_of_both_are_kept(folder):
    lines = (folder / "run" / "metrics.csv").read_text().splitlines()
    assert sum(line.startswith("stage,") for line in lines) == 1
    assert sum(line.startswith("adversarial,1,") for line in lines) == 1
    assert (folder / "printed").read_text().count("2 x cpu") == 1
    (start,) = json.loads((folder / "run" / "run.json").read_text())["starts"]
    assert (start["processes"], start["stopped"]) == (2, "finished")
    assert {path.name for path in (folder / "run" / "tensorboard").iterdir()} == {"matching", "adversarial"}
    states = load_checkpoint(folder / "run" / "checkpoint.safetensors").random_states()
    assert len(states) == 2
    assert not torch.equal(states[0]["cpu"], states[1]["cpu"])
