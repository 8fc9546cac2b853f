"""Memory: how it is handed out, what a process has used at most, and whether a data set's pictures fit beside it."""

import ctypes
import os
import sys
from pathlib import Path

import torch

from lfes_core.config import IMAGE_SIZE
from lfes_core.datasets.pairs import Cache

#: Share of the free memory that decoded pictures may take.
SHARE_FOR_PICTURES = 0.25

_PICTURE = 3 * IMAGE_SIZE**2

#: A container's limit and use, in bytes; "max" stands for no limit.
_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))


#: glibc's M_MMAP_MAX, M_TRIM_THRESHOLD and M_TOP_PAD, and what `keep_freed_memory` sets them to.
_ALLOCATOR = ((-4, 0), (-1, 2**31 - 1), (-2, 64 * 2**20))


def keep_freed_memory() -> bool:
    """Lets this process keep the memory it frees, to take it again in the next step.

    Otherwise glibc gives each large tensor back to the system, which must fill its pages with zeros when the next step
    asks for as many: 55,000 pages a step of ``tiny``, a third of its time on a CPU. The price was a tenth more memory.

    Returns:
        whether the C library knows the settings; others than glibc are left alone.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None)
    if not (hasattr(library, "gnu_get_libc_version") and hasattr(library, "mallopt")):
        return False
    return all([library.mallopt(setting, value) == 1 for setting, value in _ALLOCATOR])


def peak_memory(device: torch.device) -> int:
    """Bytes that this process has held at most: on the GPU where it computes on one, else of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":
        return 0  # not told there
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def available_memory() -> int | None:
    """Bytes that could be taken without swapping, a container's limit included; None where nobody tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    try:
        limit, used = (path.read_text(encoding="ascii").strip() for path in _CONTAINER)
        return free if limit == "max" else min(free, int(limit) - int(used))
    except (OSError, ValueError):
        return free


def installed_memory() -> int | None:
    """Bytes of the machine; None where nobody tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def cache_that_fits(pictures: int, processes: int) -> Cache:
    """Which decoded pictures to keep: all of them if they take little of what is free, else the neutral ones.

    A picture is 197 kB, so 20,000 are 3.9 GB. Each process of a machine keeps its own.
    """
    free = available_memory()
    fits = free is not None and pictures * _PICTURE * processes <= SHARE_FOR_PICTURES * free
    return "all" if fits else "neutrals"
