"""How many threads compute, and how they wait for each other, settled at import; what the container leaves us.

PyTorch's threads (OpenMP) by default spin while they wait, and there are as many as the machine has cores. Beside other
work, or in a container that may use only a part of the machine, they then take time from each other and from everybody.
OpenMP reads its settings when PyTorch is loaded, so this comes first.

Threads that sleep at once are slow to wake: a picture took 60 ms on two idle cores, and 45 ms when a thread looks for
work about 600 times before it sleeps, which is as quick as PyTorch's default and, beside other work, quicker still.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUP, PROC = Path("/sys/fs/cgroup"), Path("/proc")


def prepare() -> None:
    """Lets threads sleep while they wait, and starts as many as this process may use cores.

    What the user has set (``OMP_WAIT_POLICY``, ``OMP_NUM_THREADS``) stays. OpenBLAS, MKL and numexpr read the same;
    Numba and OpenCV are told. Where PyTorch is loaded already only the number of threads can still be changed.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "600")  # of GNU's OpenMP, with which PyTorch is built
    settled, ours = os.environ.get("OMP_NUM_THREADS", ""), str(cores())
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(name, settled if settled.isdecimal() else ours)
    if not settled and "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(min(torch.get_num_threads(), cores()))


def cores() -> int:
    """The cores that this process may use: those it is bound to, and no more than its container's quota."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, round(quota() or bound)))


def quota() -> float | None:
    """How many cores' time the container gives (cgroup version 2 or 1); None where nobody limits it."""
    found = list[float]()
    for group in _groups("cpu"):
        both = _numbers(group / "cpu.max")
        both = both or _numbers(group / "cpu.cfs_quota_us") + _numbers(group / "cpu.cfs_period_us")
        if len(both) == 2 and min(both) > 0:
            found.append(both[0] / both[1])
    return min(found, default=None)


def available_memory() -> int | None:
    """Bytes that can still be taken, from the machine and within the container's limit; None where nobody tells."""
    free = [1024 * number for number in _numbers(PROC / "meminfo", "MemAvailable:")]
    for group in _groups("memory"):
        both = _numbers(group / "memory.max") + _numbers(group / "memory.current")
        both = both or _numbers(group / "memory.limit_in_bytes") + _numbers(group / "memory.usage_in_bytes")
        if len(both) == 2:  # copies of files that nobody uses now are given back when somebody asks
            stat = group / "memory.stat"
            copies = _numbers(stat, "total_inactive_file") or _numbers(stat, "inactive_file")
            free.append(both[0] - both[1] + sum(copies))
    return max(0, int(min(free))) if free else None


def _groups(controller: str) -> Iterator[Path]:
    """The control groups that may limit this process, in both versions: its own, those around it, the container's."""
    yield from (CGROUP, CGROUP / controller)
    for line in _text(PROC / "self" / "cgroup").splitlines():
        _, names, path = (*line.split(":", 2), "", "")[:3]
        if ".." not in path and controller in (names or controller).split(","):
            place = PurePosixPath(path.lstrip("/"))
            yield from (CGROUP / (controller if names else "") / inner for inner in (place, *place.parents))


def _numbers(path: Path, name: str = "") -> list[float]:
    """The numbers of a file, or of its line of that name; none where there is no file, and "max" is none."""
    for line in _text(path).splitlines():
        if line.startswith(name):
            return [float(word) for word in line.removeprefix(name).split() if word.removeprefix("-").isdecimal()]
    return []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
