"""How many threads compute, and how they wait for each other: settled when the package is imported.

PyTorch's threads (OpenMP) by default spin while they wait, and there are as many as the machine has cores. Beside other
work, or in a container that may use only a part of the machine, they then take time from each other and from everybody.
OpenMP reads its settings when PyTorch is loaded, so this comes first.

Threads that sleep at once are slow to wake: a picture took 60 ms on two idle cores, and 45 ms when a thread looks for
work about 600 times before it sleeps, which is as quick as PyTorch's default and, beside other work, quicker still.
"""

import os
import sys
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def prepare() -> None:
    """Lets threads sleep while they wait, and starts as many as this process may use cores.

    What the user has set (``OMP_WAIT_POLICY``, ``OMP_NUM_THREADS``) stays. Where PyTorch is loaded already only the
    number of threads can still be changed.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "600")  # of GNU's OpenMP, with which PyTorch is built
    if "OMP_NUM_THREADS" in os.environ:
        return
    os.environ["OMP_NUM_THREADS"] = str(cores())
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(min(torch.get_num_threads(), cores()))


def cores() -> int:
    """The cores that this process may use: those it is bound to, and no more than its container's quota."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, round(quota() or bound)))


def quota() -> float | None:
    """How many cores' time the container gives (cgroup version 2 or 1); None where nobody limits it."""
    for limit, period in (("cpu.max", None), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            numbers = (CGROUP / limit).read_text("ascii").split()
            numbers += (CGROUP / period).read_text("ascii").split() if period else []
            time, each = (float(number) for number in numbers)
        except (OSError, ValueError):  # "max" is no number: no limit
            continue
        if time > 0:
            return time / each
    return None
