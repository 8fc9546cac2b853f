"""Runs as processes: signals reach one and its readers alike, and two under torchrun train one set of networks."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lfes_core.training.checkpoint import load_checkpoint
from tests.training.faces import drawn_faces, small

ROOT = Path(__file__).parents[2]

#: A run that writes a line when it begins to train, and whose steps after the first wait until they are told to end.
PROGRAM = """
import json, sys, time
from pathlib import Path
import torch
from lfes_core.datasets import DISFAPlus
from lfes_core.training import Options, matching, train
from tests.training.faces import small

folder, hangs = Path(sys.argv[1]), sys.argv[2] == "hangs"
loss = matching.language_visual_matching_loss

def slow(*arguments):
    print("step", flush=True)
    while hangs:
        time.sleep(0.1)
    time.sleep(1)
    return loss(*arguments)

matching.language_visual_matching_loss = slow
options = Options(precision="32-true", progress=False, workers=2, report=lambda line: None)
result = train(small(matching__steps=50), DISFAPlus(folder / "data"), folder / "run", options)
print(json.dumps([result.stopped, result.step]), flush=True)
"""


def started(folder: Path, how: str) -> subprocess.Popen[str]:
    """The program in a process group of its own, at its first step."""
    drawn_faces(folder / "data")
    (folder / "program.py").write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(folder / "program.py"), str(folder), how],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "step\n", process.communicate()[1]
    return process


@pytest.mark.fault(
    "Training",
    "Ctrl-C, or a cluster's SIGTERM, to the run and its readers",
    "the step ends, a checkpoint is written",
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_lets_the_step_end_and_saves(tmp_path, number):
    process = started(tmp_path, "steps")
    for _ in range(2):  # `timeout` sends its signal two times
        os.killpg(process.pid, number)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    stopped, step = json.loads(printed.splitlines()[-1])
    assert stopped == "interrupted" and step < 50
    assert load_checkpoint(tmp_path / "run" / "checkpoint.safetensors").facts["step"] == step


@pytest.mark.fault(
    "Training",
    "a second signal, while a step does not end",
    "the run ends at once",
)
def test_a_second_signal_ends_a_run_at_once_whose_steps_do_not_end(tmp_path):
    process = started(tmp_path, "hangs")
    os.killpg(process.pid, signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=2)
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


TOGETHER = """
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


@pytest.fixture(scope="module", params=(False, True), ids=("paper", "extension"))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    drawn_faces(folder / "data")
    config = small(
        matching__steps=1, matching__batch_size=4,
        adversarial__steps=3, adversarial__warmup=2, networks__synthesizer__moves=request.param,
    )  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(config.to_json()))
    (folder / "program.py").write_text(TOGETHER)
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


def test_two_processes_end_with_the_same_weights_and_one_writes_also_the_random_state_of_the_other(folder):
    first, second = (json.loads((folder / f"rank_{rank}.json").read_text()) for rank in (0, 1))
    assert first["stopped"] == second["stopped"] == "finished"
    assert first["total"] == second["total"]

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
