"""When a run stops: at its time limit, or when it is interrupted or told to end; always after a whole step."""

import re
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Literal, cast

import torch
from lightning_fabric import Fabric

from lfes_core.errors import UserError

StopReason = Literal["time limit", "interrupted"]

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(text: str) -> float:
    """Seconds in a duration such as ``90s``, ``9m`` or ``1.5h``.

    Raises:
        UserError: the text is no positive number followed by s, m or h.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if seconds <= 0:
        raise UserError(
            f"time limit {text!r} is not understood; give a positive number and a unit: 90s, 9m or 2h"
        )
    return seconds


class Stop:
    """Asks, after each step, whether the run should end; a context manager that also catches Ctrl-C and SIGTERM.

    SIGTERM is what a cluster sends to a job whose time is up. The first of these signals lets the step finish, so
    that a checkpoint can be written; the second one ends the program at once, as usual. Outside the main thread
    signals are left alone.

    Args:
        fabric: the processes must agree, so one that wants to stop stops all.
        time_limit: a duration as `parse_duration` reads it, counted from now; None for no limit.
        clock: seconds from any start, for tests.
    """

    def __init__(
        self, fabric: Fabric, time_limit: str | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fabric = fabric
        self._limit = None if time_limit is None else parse_duration(time_limit)
        self._clock = clock
        self._interrupted = False
        self._previous: dict[int, Any] = {}
        self._start = clock()

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._on_interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave_signals_alone()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def reason(self) -> StopReason | None:
        """Why to stop now, the same answer in every process; None to go on. Every process must ask."""
        late = self._limit is not None and self.seconds >= self._limit
        wish = 2 if self._interrupted else int(late)
        if self._fabric.world_size > 1:
            wishes = torch.tensor(wish, device=self._fabric.device)
            wish = int(cast(torch.Tensor, self._fabric.all_reduce(wishes, reduce_op="max")))
        answers: tuple[StopReason | None, ...] = (None, "time limit", "interrupted")
        return answers[wish]

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = True
        self._leave_signals_alone()

    def _leave_signals_alone(self) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)
        self._previous = {}
