"""The real training loop, taken step by step in a process of its own, and timed part by part.

A process, because the allocator cannot be changed back, and because its peak memory is then the schedule's own.
"""

import math
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext
from itertools import count
from multiprocessing import get_context
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.optim import Optimizer
from torch.utils.flop_counter import FlopCounterMode

from lfes_core.bench.reference import switched_off
from lfes_core.config import Config
from lfes_core.datasets import ExpressionPairs, open_dataset
from lfes_core.datasets.pairs import Batch, collate
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.networks import Discriminators, Generator
from lfes_core.sentences import VOCABULARIES
from lfes_core.training.adversarial import train_adversarially
from lfes_core.training.compute import keep_freed_memory, launch, peak_memory
from lfes_core.training.matching import train_matching
from lfes_core.training.run import Run

Told = dict[str, Any]
STAGES = ("matching", "adversarial")
SHOWN = 10**9  # no step is so far, so that none of them is followed by a row, a picture, or a checkpoint


class DrivenRun(Run):
    """A run that takes the steps it is asked for, on the same pairs, writes nothing, and tells of each step.

    ``asked`` gives the stage of the next step and whether its operations are to be counted, or None at the end;
    ``tell`` gets seconds and processor seconds of each part, the losses, and the operations.
    """

    is_first = False
    _since: tuple[float, float]

    def __init__(
        self,
        config: Config,
        fabric: Fabric,
        batches: Mapping[str, Batch],
        asked: Callable[[], tuple[str, bool] | None],
        tell: Callable[[Told], None],
    ) -> None:
        far = {
            f"{stage}.{name}": SHOWN for stage in STAGES for name in ("steps", "log_interval", "checkpoint_interval")
        }
        self.config = config.overridden(far | {"adversarial.grid_interval": SHOWN, "adversarial.warmup": 0})
        self.fabric, self._batches, self._asked, self._tell = fabric, batches, asked, tell
        self._skipped, self._skipped_in_a_row, self._saved = 0, Counter[int](), None
        self._next = asked()
        self.means = self.stop = self  # type: ignore[assignment]

    def reason(self) -> None:
        """Nothing but the one who asks ends this run."""

    def enter(self, stage: str, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]) -> bool:
        """Begins a stage as if it were resumed, past the steps that keep a snapshot."""
        self.stage, self.step, self._networks = stage, 1, networks
        if stage == "adversarial":
            networks["generator"].register_forward_hook(lambda *_: self._mark("synthesis"))
            self._sides = ["discriminators", "generator"]
        return True

    def steps(self, same_person: int = 1) -> Iterator[tuple[int, Batch]]:  # type: ignore[override]
        """The stage's batch, again and again, as long as it is asked for."""
        for self.step in count(2):
            if self._next is None or self._next[0] != self.stage:
                return
            counter = FlopCounterMode(display=False) if self._next[1] else None
            self._parts: dict[str, tuple[float, float]] = {}
            self._updates = 0
            self._mark(None)
            with counter or nullcontext():
                yield self.step, self._batches[self.stage]
            told: Told = {"parts": self._parts, "losses": self._losses}
            self._tell(told | ({"operations": counter.get_total_flops()} if counter else {}))
            self._next = self._asked()

    def update(self, optimizer: Optimizer, clip: float = math.inf) -> float:
        """An update of the run, which ends a part of the step and is one itself."""
        self._mark(self._sides[self._updates] if self.stage == "adversarial" else "matching")
        self._updates += 1
        norm = super().update(optimizer, clip)
        self._mark("update")
        return norm

    def add(self, losses: Mapping[str, float]) -> None:
        """The last thing that a step does: its losses, in the place of their means."""
        self._mark("update")
        self._losses = dict(losses)

    def _mark(self, part: str | None) -> None:
        """What happened since the last mark was this part of the step."""
        if self.fabric.device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter(), time.process_time()
        if part is not None:
            before = self._parts.get(part, (0.0, 0.0))
            self._parts[part] = (before[0] + now[0] - self._since[0], before[1] + now[1] - self._since[1])
        self._since = now


def drive(run: DrivenRun, encoders: LanguageVisualSemanticNetwork, *sides: nn.Module) -> None:
    """Both stages of training, with generator and discriminators, until nobody asks for steps."""
    generator, discriminators = sides
    train_matching(run, encoders, generator, discriminators)
    assert isinstance(generator, Generator) and isinstance(discriminators, Discriminators)
    train_adversarially(run, encoders, generator, discriminators)


def networks_of(
    config: Config, vocabulary: Any, measures_off: Collection[str] = ()
) -> tuple[LanguageVisualSemanticNetwork, Generator, Discriminators]:
    """Random networks of a configuration, the same ones each time."""
    torch.manual_seed(config.seed)
    found = LanguageVisualSemanticNetwork(config, vocabulary), Generator(config.networks)
    every = (*found, Discriminators(config.networks.discriminator))
    if "channels last" not in measures_off:
        for network in every:
            convert_conv2d_weight_memory_format(network, torch.channels_last)
    return every


def measured_peak(dtype: torch.dtype, device: torch.device, side: int = 2048, repeats: int = 5) -> float:
    """Operations a second in the product of two large square matrices: the best of several."""
    matrix = torch.randn(side, side, dtype=dtype, device=device)
    best = math.inf
    for _ in range(repeats):
        began = time.perf_counter()
        float((matrix @ matrix)[0, 0])  # waits for a GPU
        best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best


def _serve(connection: Any, config: Config, measures_off: Collection[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks says when it ends
    fabric = launch(precision="32-true" if "bfloat16" in measures_off else "auto")
    vocabulary = VOCABULARIES[config.networks.language.input]()
    pairs = ExpressionPairs(open_dataset("scanfaces"), "train", vocabulary)
    sizes = config.matching.batch_size, config.adversarial.batch_size
    batches = {
        stage: collate([pairs[i * 7 % len(pairs)] for i in range(size)]).to(fabric.device)
        for stage, size in zip(STAGES, sizes, strict=True)
    }
    if fabric.device.type == "cpu" and "kept memory" not in measures_off:
        keep_freed_memory()
    precision = fabric._precision.precision
    dtype = torch.bfloat16 if precision == "bf16-mixed" else torch.float32
    connection.send(
        {"precision": precision, "threads": torch.get_num_threads(), "peak": measured_peak(dtype, fabric.device)}
    )
    with switched_off(measures_off):
        run = DrivenRun(config, fabric, batches, connection.recv, connection.send)
        drive(run, *networks_of(config, vocabulary, measures_off))
    connection.send({"memory": peak_memory(fabric.device)})


class Driven:
    """A schedule at work in a process: ours without some of its measures. ``about``: precision, threads, peak."""

    def __init__(self, config: Config, measures_off: Collection[str] = ()) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, config, tuple(measures_off)), daemon=True)
        self._process.start()
        theirs.close()  # so that the end of the process is noticed
        self.about = self._told()

    def step(self, stage: str, counted: bool = False) -> Told:
        """One step of a stage; stage 1 cannot follow stage 2."""
        self._connection.send((stage, counted))
        return self._told()

    def end(self) -> int:
        """Ends the process; the bytes that it held at most."""
        self._connection.send(None)
        memory: int = self._told()["memory"]
        self._process.join()
        return memory

    def _told(self) -> Told:
        try:
            told: Told = self._connection.recv()
        except EOFError as error:
            raise UserError("bench: a schedule's process ended early; is there memory for it?") from error
        return told
