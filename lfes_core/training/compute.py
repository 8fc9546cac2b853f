"""Where a run computes, how long, and with how much memory: Lightning Fabric, signals and the time limit, allocator."""

import ctypes
import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Literal, cast

import torch
from lightning_fabric import Fabric

from lfes_core.config import IMAGE_SIZE
from lfes_core.datasets.pairs import Cache
from lfes_core.errors import UserError, shortened
from lfes_core.threads import available_memory

Accelerator = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "32-true", "bf16-mixed"]
StopReason = Literal["time limit", "interrupted"]

#: Bytes that the decoded pictures of a data set may take, in all processes of a machine together.
MOST_FOR_PICTURES = 4_000_000_000

#: Seconds within which further signals belong to the first: `timeout` and torchrun send one wish two times.
SAME_WISH = 1.0

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: glibc's M_MMAP_MAX, M_TRIM_THRESHOLD and M_TOP_PAD, what `keep_freed_memory` sets them to, and the usual.
_ALLOCATOR = ((-4, 0, 65_536), (-1, 2**31 - 1, 128 * 2**10), (-2, 64 * 2**20, 128 * 2**10))


def launch(devices: int = 1, precision: Precision = "auto", accelerator: Accelerator = "auto") -> Fabric:
    """A started Fabric; UserError if there are fewer devices than asked for, or they cannot compute in that format.

    Args:
        devices: GPUs, or processes on a CPU, of this machine; each gets a process of its own. Not read under torchrun.
        precision: ``bf16-mixed`` has weights in float32 and most products in bfloat16; ``auto`` is that where the
            hardware multiplies bfloat16, and ``32-true`` elsewhere.
        accelerator: what computes; ``auto`` is the GPU where CUDA finds one, else the CPU. Apple's ``mps`` has to be
            asked for: it has not been tried.
    """
    gpus = torch.cuda.device_count() if accelerator in ("auto", "cuda") else 0
    chosen = accelerator if accelerator != "auto" else "cuda" if gpus else "cpu"
    if (chosen == "cuda" and not gpus) or (chosen == "mps" and not torch.backends.mps.is_available()):
        raise UserError(f"PyTorch finds no {chosen} on this machine; leave --accelerator out, or say cpu")
    local = int(os.environ.get("LOCAL_WORLD_SIZE", devices))
    processes = int(os.environ.get("WORLD_SIZE", local))
    if gpus and local > gpus:
        raise UserError(f"{local} devices were asked for and this machine has {gpus}; ask for fewer")
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # a run tells its number format itself
    fast = chosen != "mps" and multiplies_bfloat16(gpu=chosen == "cuda")
    if precision == "bf16-mixed" and not fast:
        raise UserError("this machine cannot multiply bfloat16; use the precision 32-true or auto")
    fabric = Fabric(
        accelerator=chosen,
        devices=local,
        num_nodes=max(1, processes // local),
        strategy="auto" if processes == 1 else "ddp",
        precision="bf16-mixed" if fast and precision != "32-true" else "32-true",
    )
    fabric.launch()
    # Pictures have one size throughout, so that the search for the fastest convolution pays.
    torch.backends.cudnn.benchmark = True
    return fabric


def multiplies_bfloat16(gpu: bool | None = None) -> bool:
    """Whether the GPU (where nothing is said: if there is one), or the CPU, has instructions for bfloat16 products.

    A CPU without them computes them slowly, by way of float32, and an LSTM not at all.
    """
    if torch.cuda.is_available() if gpu is None else gpu:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def parse_duration(text: str) -> float:
    """Seconds in a duration such as ``90s``, ``9m`` or ``1.5h``; UserError where the text is none."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh])", text.strip())
    seconds = float(found[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[found[2]] if found else 0.0
    if seconds <= 0:
        raise UserError(f"time limit {shortened(text)!r}: give a positive number and a unit: 90s, 9m or 2h")
    return seconds


class Stop:
    """Asks, after each step, whether the run should end; a context manager that also catches Ctrl-C and SIGTERM.

    SIGTERM is what a cluster sends to a job whose time is up. The first of these signals lets the step finish, so
    that a checkpoint can be written; one that comes more than `SAME_WISH` later ends the program at once, also while no
    step ends. Outside the main thread signals are left alone. The time limit is counted from now.
    """

    def __init__(self, fabric: Fabric, time_limit: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._fabric, self._clock = fabric, clock  # seconds from any start
        self._limit = None if time_limit is None else parse_duration(time_limit)
        self._interrupted: float | None = None
        self._previous: dict[int, Any] = {}
        self._start = clock()

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def reason(self) -> StopReason | None:
        """Why to stop now, the same answer in every process; None to go on. Every process must ask."""
        late = self._limit is not None and self.seconds >= self._limit
        wish = int(late) if self._interrupted is None else 2
        if self._fabric.world_size > 1:
            wishes = torch.tensor(wish, device=self._fabric.device)
            wish = int(cast(torch.Tensor, self._fabric.all_reduce(wishes, reduce_op="max")))
        return (None, "time limit", "interrupted")[wish]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._interrupted is None:
            self._interrupted = self._clock()
        elif self._clock() - self._interrupted > SAME_WISH:
            self.__exit__()
            signal.raise_signal(number)


def keep_freed_memory() -> bool:
    """Lets this process keep the memory it frees, to take it again in the next step.

    Otherwise glibc gives each large tensor back to the system, which must fill its pages with zeros when the next step
    asks for as many: 55,000 pages a step of ``tiny``, a third of its time on a CPU. The price was a tenth more memory.
    Returns False where the C library is another one, which is left alone.
    """
    done = [library.mallopt(name, value) == 1 for library in _glibc() for name, value, _ in _ALLOCATOR]
    return bool(done) and all(done)


@contextmanager
def freed_memory_given_back() -> Iterator[None]:
    """At the end of the block, or of a function under this decorator, the system gets what it freed and has kept."""
    try:
        yield
    finally:
        for library in _glibc():
            for name, _, usual in _ALLOCATOR:
                library.mallopt(name, usual)
            library.malloc_trim(0)


def _glibc() -> list[ctypes.CDLL]:
    """The C library where it is GNU's, else none."""
    if sys.platform != "linux":
        return []
    library = ctypes.CDLL(None)
    return [library] if hasattr(library, "gnu_get_libc_version") else []


def peak_memory(device: torch.device) -> int:
    """Bytes that this process has held at most: on the GPU where it computes on one, else of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":
        return 0  # not told there
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def cache_that_fits(pictures: int, processes: int) -> Cache:
    """Which decoded pictures each process keeps: all (20,000 are 3.9 GB), or the neutral ones if these are too many.

    All take at most an eighth of the memory that is left: on a small machine or in a container a step needs the rest.
    """
    free = available_memory()
    most = MOST_FOR_PICTURES if free is None else min(MOST_FOR_PICTURES, free // 8)
    return "all" if pictures * 3 * IMAGE_SIZE**2 * processes <= most else "neutrals"
