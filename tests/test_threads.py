"""Threads wait asleep, and there are no more of them than cores that the process may use."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lfes_core import threads
from lfes_core.training.compute import cache_that_fits

SMALL = "Loaded and small machines"


DOCKER, V1 = "0::/docker/4f/inner\n", "7:memory:/a/b\n5:cpu,cpuacct:/a/b\n1:name=systemd:/a\n0::/\n"


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str], str], None]:
    """Puts this process into control groups: files and their contents, and what /proc says of its own group."""

    def contain(files: dict[str, str], own: str) -> None:
        for name, text in files.items():
            (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "cgroup" / name).write_text(text)
        (tmp_path / "self").mkdir()
        (tmp_path / "self" / "cgroup").write_text(own)
        (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable:    8000000 kB\n")
        monkeypatch.setattr(threads, "CGROUP", tmp_path / "cgroup")
        monkeypatch.setattr(threads, "PROC", tmp_path)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)

    return contain


@pytest.mark.fault(SMALL, "a container may use a part of the machine's cores", "no more threads than its quota gives")
@pytest.mark.parametrize(
    ("files", "own", "cores"),
    [
        ({}, "", 8),
        ({"cpu.max": "max 100000\n"}, "0::/\n", 8),
        ({"cpu.max": "200000 100000\n"}, "0::/\n", 2),
        ({"cpu.max": "150000 100000\n"}, "", 2),
        ({"cpu.max": "20000 100000\n"}, "0::/\n", 1),
        ({"cpu.max": "3200000 100000\n"}, "0::/\n", 8),
        ({"cpu.max": "300000 100000\n"}, DOCKER, 3),  # a container that sees its own group as the root
        ({"docker/4f/inner/cpu.max": "max 100000\n", "docker/cpu.max": "100000 50000\n"}, DOCKER, 2),
        ({"docker/4f/inner/cpu.max": "300000 100000\n", "docker/4f/cpu.max": "500000 100000\n"}, DOCKER, 3),
        ({"other/cpu.max": "100000 100000\n"}, DOCKER, 8),
        ({"cpu.max": "300000 100000\n"}, "0::/../elsewhere\n", 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, V1, 8),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, "", 1),
        ({"cpu/a/cpu.cfs_quota_us": "400000\n", "cpu/a/cpu.cfs_period_us": "200000\n"}, V1, 2),
        ({"cpu.max": "nonsense"}, "nonsense\n::\n", 8),
        ({"cpu.max": "0 0\n"}, "0::/\n", 8),
    ],
)
def test_the_quota_of_the_container_limits_the_threads(container, files: dict[str, str], own: str, cores: int) -> None:
    container(files, own)
    assert threads.cores() == cores


@pytest.mark.fault(SMALL, "a container may take a part of the machine's memory", "no more pictures are kept than fit")
@pytest.mark.parametrize(
    ("files", "own", "free", "kept"),
    [
        ({}, "", 8_192_000_000, "all"),
        ({"memory.max": "max\n", "memory.current": "10\n"}, "0::/\n", 8_192_000_000, "all"),
        ({"memory.max": "3000000000\n", "memory.current": "1000000000\n"}, "0::/\n", 2_000_000_000, "neutrals"),
        (
            {
                "docker/memory.max": "5000000000\n",
                "docker/memory.current": "1500000000\n",
                "docker/memory.stat": "anon 1\ninactive_file 500000000\n",
            },
            DOCKER,
            4_000_000_000,
            "all",
        ),
        (
            {
                "memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
                "memory/a/b/memory.usage_in_bytes": "1000\n",
                "memory/a/memory.limit_in_bytes": "2000000000\n",
                "memory/a/memory.usage_in_bytes": "600000000\n",
                "memory/a/memory.stat": "inactive_file 3\ntotal_inactive_file 100000000\n",
            },
            V1,
            1_500_000_000,
            "neutrals",
        ),
        ({"memory.max": "1000\n", "memory.current": "2000\n"}, "0::/\n", 0, "neutrals"),
    ],
)
def test_the_memory_of_the_container_limits_what_is_kept(
    container, files: dict[str, str], own: str, free: int, kept: str
) -> None:
    container(files, own)
    assert threads.available_memory() == free
    assert cache_that_fits(1_344, 1) == kept  # the shipped pictures: 264 MB


def test_where_nobody_tells_of_memory_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "CGROUP", tmp_path)
    monkeypatch.setattr(threads, "PROC", tmp_path)
    assert threads.available_memory() is None and cache_that_fits(20_000, 1) == "all"


ONE_CORE = """
import os, sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
spec = spec_from_file_location("threads", sys.argv[1])
spec.loader.exec_module(threads := module_from_spec(spec))
threads.CGROUP = Path(sys.argv[2])
threads.prepare()
import lfes_core, cv2, numpy, numba, torch
numpy.ones((500, 500)) @ numpy.ones((500, 500))
cv2.GaussianBlur(numpy.zeros((2000, 2000, 3), "uint8"), (9, 9), 0)
torch.nn.Conv2d(8, 8, 3)(torch.rand(4, 8, 128, 128, requires_grad=True)).sum().backward()
print(numba.get_num_threads(), cv2.getNumThreads(), torch.get_num_threads(), len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a quota is Linux's")
@pytest.mark.fault(SMALL, "a container with a quota of one core, on a machine that has more", "one thread computes")
def test_in_a_container_with_one_core_all_libraries_compute_in_one_thread(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    command = [sys.executable, "-c", ONE_CORE, str(threads.__file__), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unsettled())
    assert done.stdout.split() == ["1", "1", "1", "1"]


def unsettled() -> dict[str, str]:
    """This process's environment without what anybody has said about threads."""
    settled = ("NUM_THREADS", "THREADS_NUM", "WAIT_POLICY", "SPINCOUNT")
    return {name: value for name, value in os.environ.items() if not name.endswith(settled)}


def settings(first: str, **environment: str) -> list[str]:
    """Wait policy, looks before sleeping and PyTorch's number of threads after an import in a new process."""
    code = (
        f"{first}; import os, lfes_core, torch; "
        "print(os.environ['OMP_WAIT_POLICY'], os.environ.get('GOMP_SPINCOUNT'), torch.get_num_threads())"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unsettled() | environment)
    return done.stdout.split()


@pytest.mark.fault(SMALL, "threads that wait for each other beside other work", "they sleep")
def test_importing_the_package_settles_it_also_after_pytorch() -> None:
    expected = ["PASSIVE", "600", str(threads.cores())]
    assert settings("pass") == expected
    assert settings("import torch; torch.set_num_threads(64)") == expected


def test_what_the_user_has_set_stays() -> None:
    assert settings("pass", OMP_WAIT_POLICY="ACTIVE", OMP_NUM_THREADS="1") == ["ACTIVE", "None", "1"]
