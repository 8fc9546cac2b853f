"""Threads wait asleep, and there are no more of them than cores that the process may use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lfes_core import threads


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "20000 100000\n"}, 1),
        ({"cpu.max": "3200000 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu.max": "nonsense"}, 8),
    ],
)
def test_the_quota_of_the_container_limits_the_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(threads, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert threads.cores() == cores


def settings(first: str, **environment: str) -> list[str]:
    """Wait policy, looks before sleeping and PyTorch's number of threads after an import in a new process."""
    code = (
        f"{first}; import os, lfes_core, torch; "
        "print(os.environ['OMP_WAIT_POLICY'], os.environ.get('GOMP_SPINCOUNT'), torch.get_num_threads())"
    )
    settled = ("NUM_THREADS", "WAIT_POLICY", "SPINCOUNT")
    own = {name: value for name, value in os.environ.items() if not name.endswith(settled)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own | environment
    )
    return done.stdout.split()


def test_importing_the_package_settles_it_also_after_pytorch() -> None:
    expected = ["PASSIVE", "600", str(threads.cores())]
    assert settings("pass") == expected
    assert settings("import torch; torch.set_num_threads(64)") == expected


def test_what_the_user_has_set_stays() -> None:
    assert settings("pass", OMP_WAIT_POLICY="ACTIVE", OMP_NUM_THREADS="1") == ["ACTIVE", "None", "1"]
