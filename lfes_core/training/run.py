"""A run that has begun: what both stages ask for batches, updates, rows, checkpoints and the time."""

import json
import math
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from lfes_core import weights
from lfes_core.config import AdversarialConfig, MatchingConfig
from lfes_core.datasets.pairs import Batch
from lfes_core.errors import UserError
from lfes_core.files import write_text
from lfes_core.training.batches import epoch_and_position, training_batches
from lfes_core.training.checkpoint import STAGES, random_state, save_checkpoint, set_random_state
from lfes_core.training.compute import Stop, keep_freed_memory, peak_memory
from lfes_core.training.log import Log, RunningMeans, hardware_of
from lfes_core.training.opening import Opened

#: So many updates in a row that are not finite end a run.
GIVE_UP_AFTER = 5


@contextmanager
def begun(opened: Opened) -> Iterator["Run"]:
    """Writes what a run needs before its first step, tells of it, and from then on catches signals.

    What ends the block before its time is noted in ``run.json`` and ``log.txt``.
    """
    fabric, folder, options, pairs = opened.fabric, opened.folder, opened.options, opened.pairs
    fabric.barrier()  # every process has read what it needs before one of them writes
    if fabric.is_global_zero:
        if not options.resume:
            opened.taken.keep(folder)
        folder.samples.mkdir(exist_ok=True)
        # The configuration comes last, for with it the folder holds a run.
        write_text(folder.config, json.dumps(opened.config.to_json(), indent=2) + "\n")
    start = {
        "from": None if opened.checkpoint is None else "{} step {}".format(*opened.place),
        "processes": fabric.world_size,
        "precision": fabric._precision.precision,
        "threads": torch.get_num_threads(),
        "workers": options.workers,
        "cache": opened.cache,
    }
    with Log(folder, options.report, opened.about, start, opened.place, writes=fabric.is_global_zero) as log:
        for line in opened.in_lines():
            log.line(line)
        # Reader processes are copies of this one, and share what it has read.
        hidden = not (options.progress and fabric.is_global_zero)
        pairs.fill_cache(partial(tqdm, desc="reading pictures", disable=hidden))
        if (told := pairs.left_out()) is not None:
            log.line(told)
        if fabric.device.type == "cpu":
            keep_freed_memory()
        with Stop(fabric, options.time_limit) as stop:
            yield Run(opened, log, stop)
        if (now := pairs.left_out()) is not None and now != told:  # more turned out to be damaged
            log.line(now)


class Run:
    """What the two stages share; ``means`` are the losses since the last row, ``numbers`` the last held-out ones."""

    means: RunningMeans

    def __init__(self, opened: Opened, log: Log, stop: Stop) -> None:
        self.opened, self.log, self.stop = opened, log, stop
        self.config, self.folder, self.fabric = opened.config, opened.folder, opened.fabric
        self.is_first = bool(self.fabric.is_global_zero)
        self.stage = opened.place[0]
        self.numbers: Mapping[str, float | int] | None = None
        self._skipped = 0
        self._skipped_in_a_row: Counter[int] = Counter()
        self._saved: str | None = None

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a resume included."""
        return self.opened.seconds + self.stop.seconds

    def enter(self, stage: str, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]) -> int | None:
        """Begins a stage, or continues it where the checkpoint left it: weights, counters and random numbers.

        Processes draw different random numbers; one that the checkpoint does not know, because there were fewer then,
        draws anew. Returns the steps made before; None where the stage begins.
        """
        self.stage, self._networks, self._optimizers = stage, networks, optimizers
        self._settings: MatchingConfig | AdversarialConfig = (
            self.config.matching if stage == "matching" else self.config.adversarial
        )
        self.means = RunningMeans()
        self._images, self._stage_began, self._last_row = 0, self.stop.seconds, self.stop.seconds
        rank, seed = self.fabric.global_rank, self.config.seed * 10_000
        torch.manual_seed(seed + list(STAGES).index(stage) * 5_000 + rank + 1)
        checkpoint, (resumed_stage, step) = self.opened.checkpoint, self.opened.place
        if checkpoint is None or resumed_stage != stage:
            return None
        checkpoint.restore(networks, optimizers)
        facts, random_states = checkpoint.facts, checkpoint.random_states()
        self._saved = f"{stage} step {step}"
        self._skipped, self.numbers = facts["skipped"], facts["numbers"]
        self.means = RunningMeans(facts["means"]["sums"], facts["means"]["count"])
        if rank < len(random_states):
            set_random_state(random_states[rank])
        else:
            torch.manual_seed(seed + step + rank)
        return step

    def steps(self, first: int, same_person: int = 1) -> Generator[tuple[int, Batch]]:
        """The steps after ``first`` with this process's share of each batch, on its device; draws a progress bar."""
        fabric, options, settings = self.fabric, self.opened.options, self._settings
        batches = training_batches(
            self.opened.pairs,
            settings.batch_size,
            self.config.seed,
            first,
            rank=fabric.global_rank,
            processes=fabric.world_size,
            workers=options.workers,
            same_person=same_person,
        )
        hidden = not (options.progress and self.is_first)
        with tqdm(total=settings.steps, initial=first, desc=self.stage, unit="step", disable=hidden) as self.bar:
            for step, batch in zip(range(first + 1, settings.steps + 1), batches, strict=False):
                self._images += settings.batch_size
                yield step, batch.to(fabric.device)
                self.bar.update()

    def update(self, optimizer: Optimizer, clip: float = math.inf) -> float:
        """One Adam step with gradients scaled down to the norm ``clip``; a step that is not finite is skipped.

        Returns the norm before scaling. UserError: `GIVE_UP_AFTER` updates of this optimizer in a row were not finite.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, clip))
        # Each optimizer has its own count: good steps of the discriminators must not hide a generator that is lost.
        in_a_row, mine = self._skipped_in_a_row, id(optimizer)
        if math.isfinite(norm):
            optimizer.step()
            in_a_row[mine] = 0
            return norm
        self._skipped += 1
        in_a_row[mine] += 1
        if in_a_row[mine] >= GIVE_UP_AFTER:
            raise self._lost(f"{in_a_row[mine]} updates in a row had gradients that are not finite")
        return norm

    def check_finite(self, step: int) -> None:
        """UserError where a weight, or a statistic that a forward pass has kept, is not finite."""
        for name, network in self._networks.items():
            for key, tensor in network.state_dict().items():
                if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                    raise self._lost(f"{name}.{key} is not finite after {self.stage} step {step}")

    def _lost(self, what: str) -> UserError:
        """What is left of a run whose numbers are not finite, and what to try."""
        kept = f"{self.folder.checkpoint.name} keeps the last good state, {self._saved}"
        way_on = "start a new run with a smaller learning rate"
        if self._saved and self.fabric._precision.precision != "32-true":  # else the same numbers would come again
            way_on = f"go on from it with --resume --precision 32-true, or {way_on}"
        return UserError(f"{self.folder.path}: {what}; {kept if self._saved else 'nothing was saved'}; {way_on}")

    def row(self, step: int, values: Mapping[str, float | int]) -> None:
        """One row of the metrics, with the time."""
        self.log.row(self.stage, step, {"seconds": self.seconds, "skipped": self._skipped, **values})

    def losses(self, step: int) -> dict[str, float]:
        """A row with the means of the losses since the last such row, and the speed; returns the means."""
        seconds, self._last_row = self.stop.seconds - self._last_row, self.stop.seconds
        speed = self.means.count * self._settings.batch_size / max(seconds, 1e-9)
        means = self.means.take()
        self.row(step, {"images_per_second": speed, **means})
        return means

    def save(self, step: int) -> None:
        """A checkpoint after ``step`` steps of the stage; after a UserError, as `check_finite`, the last one stays."""
        self.check_finite(step)
        states = self._random_states()
        if self.is_first:
            epoch, position = epoch_and_position(step, len(self.opened.pairs), self._settings.batch_size)
            facts = {
                **{"stage": self.stage, "step": step, "epoch": epoch, "position": position},
                **{"seconds": self.seconds, "skipped": self._skipped, "numbers": self.numbers},
                "means": {"sums": self.means.sums, "count": self.means.count},
                **self.opened.about,
                **{"config": self.config.to_json(), "vocabulary": self.opened.vocabulary.to_json()},
            }
            save_checkpoint(self.folder.checkpoint, self._networks, self._optimizers, states, facts)
        self._saved = f"{self.stage} step {step}"
        self.note(step)
        self.fabric.barrier()

    def _random_states(self) -> list[dict[str, Tensor]]:
        fabric, mine = self.fabric, random_state()
        if fabric.world_size == 1:
            return [mine]
        gathered: dict[str, Any] = {kind: fabric.all_gather(state.to(fabric.device)) for kind, state in mine.items()}
        ranks = range(fabric.world_size)
        return [{kind: states[rank].cpu() for kind, states in gathered.items()} for rank in ranks]

    def note(self, step: int, **more: str) -> dict[str, Any]:
        """Tells the run's record how far this start came, how fast (all of this stage) and with how much memory."""
        seconds = max(self.stop.seconds - self._stage_began, 1e-9)
        values = {
            **{"stage": self.stage, "step": step, "seconds": round(self.stop.seconds, 1)},
            "images_per_second": round(self._images / seconds, 2),
            "peak_memory_bytes": peak_memory(self.fabric.device),
            **more,
        }
        self.log.note(values)
        return values

    def export(self, path: Path, kind: str, tensors: Mapping[str, Tensor], step: int, bits: int, held_out: Any) -> None:
        """Writes trained networks, as `weights.save` does, with what a reader should know of the run.

        UserError: the file cannot be written, or a number does not fit into so many bits.
        """
        start = self.opened.about["start_from"]
        facts = {
            **{"step": step, "seconds": round(self.seconds), "data": self.opened.about["data"]},
            **{
                "held_out": held_out,
                "hardware": hardware_of(self.log.starts),
                "start": start and start["run"],
            },
        }
        try:
            weights.save(path, kind, tensors, self.config, self.opened.vocabulary, facts, bits=bits)
        except UserError:
            raise
        except ValueError as error:
            raise UserError(f"{path}: {error}; start a new run with a smaller learning rate") from error


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]) -> Optimizer:
    """Adam (Sec. 3.2), in its fused form: one pass over the weights."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, fused=True)
