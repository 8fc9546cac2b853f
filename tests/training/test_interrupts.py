"""Signals as a terminal, a cluster or `timeout` sends them: to the run and its reader processes alike."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lfes_core.training.checkpoint import load_checkpoint
from tests.training.faces import drawn_faces

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_lets_the_step_end_and_saves(tmp_path, number):
    process = started(tmp_path, "steps")
    for _ in range(2):  # `timeout` sends its signal two times
        os.killpg(process.pid, number)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    stopped, step = eval(printed.splitlines()[-1])
    assert stopped == "interrupted" and step < 50
    assert load_checkpoint(tmp_path / "run" / "checkpoint.safetensors").facts["step"] == step


def test_a_second_signal_ends_a_run_at_once_whose_steps_do_not_end(tmp_path):
    process = started(tmp_path, "hangs")
    os.killpg(process.pid, signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=2)
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
