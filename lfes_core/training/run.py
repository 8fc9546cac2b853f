"""A run: what it reads and checks before it writes its first byte, and what both stages then ask of it."""

import json
import math
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from lfes_core import weights
from lfes_core.config import AdversarialConfig, Config, MatchingConfig
from lfes_core.datasets import ExpressionPairs, FaceDataset
from lfes_core.datasets.pairs import Batch
from lfes_core.errors import UserError, shortened
from lfes_core.files import write_text
from lfes_core.sentences import VOCABULARIES
from lfes_core.training.batches import check_batch, training_batches
from lfes_core.training.checkpoint import STAGES, load_checkpoint, random_state, save_checkpoint, set_random_state
from lfes_core.training.compute import (
    Accelerator,
    Precision,
    Stop,
    cache_that_fits,
    keep_freed_memory,
    parse_duration,
    peak_memory,
)
from lfes_core.training.held_out import HeldOut
from lfes_core.training.log import Log, RunFolder, RunningMeans, hardware_of, read_rows
from lfes_core.training.start import Given, Taken, take

#: So many updates in a row that are not finite end a run.
GIVE_UP_AFTER = 5


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train, beside the configuration: none of it decides what the networks learn from.

    Attributes:
        resume: continue the run in the folder from its last checkpoint, which also holds what it took from others.
        matching_from: the run, ``matching.safetensors`` or ``matching`` (the package's) that replaces stage 1.
        start_from: another run, or a set of the package, whose weights the networks start with (fine-tuning).
        time_limit: stop with a checkpoint after this time, as in ``90s``, ``9m`` or ``2h``.
        devices: as `compute.launch` takes it, like ``precision`` and ``accelerator``.
        workers: processes that read pictures; 0 reads between the steps.
        report: receives the lines that tell of the run; beside them ``progress`` shows a bar.
    """

    resume: bool = False
    matching_from: Given | None = None
    start_from: Given | None = None
    time_limit: str | None = None
    devices: int = 1
    precision: Precision = "auto"
    accelerator: Accelerator = "auto"
    workers: int = 0
    progress: bool = True
    report: Callable[[str], None] = tqdm.write

    def __post_init__(self) -> None:
        """Raises UserError if one of them makes no sense."""
        if self.time_limit is not None:
            parse_duration(self.time_limit)
        for name, value, least in (("devices", self.devices, 1), ("workers", self.workers, 0)):
            if not least <= value <= 1_000:
                raise UserError(f"{name} must lie in {least} ... 1000, not {shortened(str(value))}")


class Run:
    """A run, which is opened, put to work by `begun`, and handed from stage to stage.

    Opening it writes nothing. UserError: something that the run needs is missing or does not fit.

    Attributes:
        checkpoint: where the run continues; None at its beginning, when it takes the weights ``taken`` from others.
        about: what holds for the whole run: seed, data, whose weights were taken.
        has_matching: whether stage 1 is this run's own.
        stage: at work, or where the run will begin or continue, after so many of its steps: ``step``.
        numbers: the last held-out ones; ``means``: the losses since the last row.
    """

    log: Log
    stop: Stop
    means: RunningMeans

    def __init__(
        self, config: Config, dataset: FaceDataset, folder: RunFolder, options: Options, fabric: Fabric
    ) -> None:
        self.config, self.folder, self.options, self.fabric = config, folder, options, fabric
        self.is_first = bool(fabric.is_global_zero)
        self._hides_bars = not (options.progress and self.is_first)
        self.vocabulary = VOCABULARIES[config.networks.language.input]()
        self._cache = cache_that_fits(len(dataset.targets()), fabric.world_size)
        self.pairs, self.held_out_pairs = (
            ExpressionPairs(dataset, part, self.vocabulary, config.seed, self._cache, photographic)
            for part, photographic in (("train", config.adversarial.photographic), ("validation", 0.0))
        )
        data = {"kind": dataset.kind, "training_pairs": len(self.pairs), "held_out_pairs": len(self.held_out_pairs)}
        self.taken, self.checkpoint = Taken(), None
        if options.resume:
            self.checkpoint = load_checkpoint(folder.checkpoint)
            self.checkpoint.check_whole()
            self.checkpoint.check(config, data, self.vocabulary.to_json())
        else:
            self.taken = take(options.matching_from, options.start_from, config, self.vocabulary)
        begins = {"stage": "matching", "step": 0, "seconds": 0.0, **self.taken.about()}
        known: Mapping[str, Any] = begins if self.checkpoint is None else self.checkpoint.facts
        self.stage: str = known["stage"]
        self.step: int = known["step"]
        self._seconds_before: float = known["seconds"]
        taken = {name: known[name] for name in ("matching_from", "start_from")}
        self.about = {"seed": config.seed, "data": data, **taken}
        self.has_matching = taken["matching_from"] is None and config.networks.language.input == "sentence"
        check_batch("adversarial", config.adversarial.batch_size, len(self.pairs), fabric.world_size)
        if self.has_matching:  # where a choice needs two
            check_batch("matching", config.matching.batch_size, len(self.pairs), fabric.world_size, least=2)
        read_rows(folder.metrics)  # which are refused where somebody has damaged them
        _ = self.pairs[0]  # a picture that can be read, without which the data are refused
        self.held_out = HeldOut(self.held_out_pairs, config.adversarial.held_out_pairs)
        self.numbers: Mapping[str, float | int] | None = None
        self._skipped = 0
        self._skipped_in_a_row: Counter[int] = Counter()
        self._saved: str | None = None

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Writes what a run needs before its first step, tells of it, and from then on catches signals.

        What ends the block before its time is noted in ``run.json`` and ``log.txt``.
        """
        fabric, folder, options, pairs = self.fabric, self.folder, self.options, self.pairs
        fabric.barrier()  # every process has read what it needs before one of them writes
        if self.is_first:
            if not options.resume:
                self.taken.keep(folder)
            folder.samples.mkdir(exist_ok=True)
            write_text(folder.config, json.dumps(self.config.to_json(), indent=2) + "\n")
        start = {
            "from": None if self.checkpoint is None else f"{self.stage} step {self.step}",
            "processes": fabric.world_size,
            "precision": fabric._precision.precision,
            "threads": torch.get_num_threads(),
            "workers": options.workers,
            "cache": self._cache,
        }
        log = Log(folder, options.report, self.about, start, (self.stage, self.step), writes=self.is_first)
        with log as self.log:
            for line in self._in_lines():
                self.log.line(line)
            # Reader processes are copies of this one, and share what it has read.
            pairs.fill_cache(partial(tqdm, desc="reading pictures", disable=self._hides_bars))
            if (told := pairs.left_out()) is not None:
                self.log.line(told)
            if fabric.device.type == "cpu":
                keep_freed_memory()
            with Stop(fabric, options.time_limit) as self.stop, self._told_of_readers():
                yield
            if (now := pairs.left_out()) is not None and now != told:  # more turned out to be damaged
                self.log.line(now)

    @contextmanager
    def _told_of_readers(self) -> Iterator[None]:
        """UserError where a process that reads pictures has died; PyTorch says so in the middle of any line."""
        try:
            yield
        except RuntimeError as error:
            if "DataLoader worker" not in str(error):
                raise
            kept = f"go on from {self._saved} with --resume" if self._saved else "start again"
            why = "a process that reads pictures was ended from outside (out of memory?)"
            raise UserError(f"{self.folder.path}: {why}; {kept}, with fewer --workers") from error

    def _in_lines(self) -> Iterator[str]:
        """What the log tells first: a line for each section of the configuration, device, data, beginning."""
        sections: dict[str, list[str]] = {}
        for key, value in self.config.flat().items():
            section, _, name = key.rpartition(".")
            sections.setdefault(section, []).append(f"{name} {value}")
        yield from (f"{name}: {', '.join(values)}".removeprefix(": ") for name, values in sections.items())
        fabric, data = self.fabric, self.about["data"]
        yield f"{fabric.world_size} x {fabric.device.type}, {fabric._precision.precision}, torch {torch.__version__}"
        yield "{training_pairs} training pairs, {held_out_pairs} held-out pairs of {kind}".format(**data)
        yield self.held_out.settings()
        for name, whose in (("matching_from", "matching: LSE and VSE"), ("start_from", "start: the weights")):
            if (taken := self.about[name]) is not None:
                yield f"{whose} of {taken['run']}, sha256 {taken['sha256'][:12]}"
        if self.checkpoint is not None:
            yield f"resumed from {self.stage} step {self.step}"

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a resume included."""
        return self._seconds_before + self.stop.seconds

    def enter(self, stage: str, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]) -> bool:
        """Begins a stage, or continues it where the checkpoint left it: weights, counters and random numbers.

        Processes draw different random numbers; one that the checkpoint does not know, because there were fewer then,
        draws anew. Returns whether the stage continues.
        """
        self.stage, self.step, self._networks, self._optimizers = stage, 0, networks, optimizers
        self._settings: MatchingConfig | AdversarialConfig = getattr(self.config, stage)
        self.means = RunningMeans()
        self._images, self._stage_began, self._last_row = 0, self.stop.seconds, self.stop.seconds
        rank, seed = self.fabric.global_rank, self.config.seed * 10_000
        torch.manual_seed(seed + list(STAGES).index(stage) * 5_000 + rank + 1)
        checkpoint = self.checkpoint
        if checkpoint is None or checkpoint.facts["stage"] != stage:
            return False
        checkpoint.restore(networks, optimizers)
        facts, random_states = checkpoint.facts, checkpoint.random_states()
        self.step, self._skipped, self.numbers = facts["step"], facts["skipped"], facts["numbers"]
        self.means = RunningMeans(facts["means"]["sums"], facts["means"]["count"])
        self._saved = f"{stage} step {self.step}"
        if rank < len(random_states):
            set_random_state(random_states[rank])
        else:
            torch.manual_seed(seed + self.step + rank)
        return True

    def steps(self, same_person: int = 1) -> Generator[tuple[int, Batch]]:
        """The steps that are left, with this process's share of each batch, on its device; draws a progress bar."""
        fabric, settings, first = self.fabric, self._settings, self.step
        batches = training_batches(
            self.pairs,
            settings.batch_size,
            self.config.seed,
            first,
            rank=fabric.global_rank,
            processes=fabric.world_size,
            workers=self.options.workers,
            same_person=same_person,
        )
        bar = tqdm(total=settings.steps, initial=first, desc=self.stage, unit="step", disable=self._hides_bars)
        with bar as self.bar:
            for step, batch in zip(range(first + 1, settings.steps + 1), batches, strict=False):
                self.step = step
                self._images += settings.batch_size
                yield step, batch.to(fabric.device)
                bar.update()

    def update(self, optimizer: Optimizer, clip: float = math.inf) -> float:
        """One Adam step with gradients scaled down to the norm ``clip``; a step that is not finite is skipped.

        Returns the norm before scaling. UserError: `GIVE_UP_AFTER` updates of this optimizer in a row were not finite.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, clip))
        if math.isfinite(norm):
            optimizer.step()
            self._skipped_in_a_row[id(optimizer)] = 0
            return norm
        self._skipped += 1
        # Each optimizer has its own count: good steps of the discriminators must not hide a generator that is lost.
        self._skipped_in_a_row[id(optimizer)] += 1
        if self._skipped_in_a_row[id(optimizer)] == GIVE_UP_AFTER:
            raise self._lost(f"{GIVE_UP_AFTER} updates in a row had gradients that are not finite")
        return norm

    def check_finite(self) -> None:
        """UserError where a weight, or a statistic that a forward pass has kept, is not finite."""
        for name, network in self._networks.items():
            for key, tensor in network.state_dict().items():
                if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                    raise self._lost(f"{name}.{key} is not finite after {self.stage} step {self.step}")

    def _lost(self, what: str) -> UserError:
        """What is left of a run whose numbers are not finite, and what to try."""
        kept = f"{self.folder.checkpoint.name} keeps the last good state, {self._saved}"
        way_on = "start a new run with a smaller learning rate"
        if self._saved and self.fabric._precision.precision != "32-true":  # else the same numbers would come again
            way_on = f"go on from it with --resume --precision 32-true, or {way_on}"
        return UserError(f"{self.folder.path}: {what}; {kept if self._saved else 'nothing was saved'}; {way_on}")

    def row(self, values: Mapping[str, float | int]) -> None:
        """One row of the metrics, with the time."""
        self.log.row(self.stage, self.step, {"seconds": self.seconds, "skipped": self._skipped, **values})

    def losses(self) -> dict[str, float]:
        """A row with the means of the losses since the last such row, and the speed; returns the means."""
        seconds, self._last_row = self.stop.seconds - self._last_row, self.stop.seconds
        speed = self.means.count * self._settings.batch_size / max(seconds, 1e-9)
        means = self.means.take()
        self.row({"images_per_second": speed, **means})
        return means

    def save(self) -> None:
        """A checkpoint of the stage as it is now; after a UserError, as `check_finite`, the last one stays."""
        self.check_finite()
        states = self._random_states()
        if self.is_first:
            facts = {
                "stage": self.stage,
                "step": self.step,
                "seconds": self.seconds,
                "skipped": self._skipped,
                "numbers": self.numbers,
                "means": vars(self.means),
                **self.about,
                "config": self.config.to_json(),
                "vocabulary": self.vocabulary.to_json(),
            }
            save_checkpoint(self.folder.checkpoint, self._networks, self._optimizers, states, facts)
        self._saved = f"{self.stage} step {self.step}"
        self.note()
        self.fabric.barrier()

    def _random_states(self) -> list[dict[str, Tensor]]:
        fabric, mine = self.fabric, random_state()
        if fabric.world_size == 1:
            return [mine]
        gathered: dict[str, Any] = {kind: fabric.all_gather(state.to(fabric.device)) for kind, state in mine.items()}
        ranks = range(fabric.world_size)
        return [{kind: states[rank].cpu() for kind, states in gathered.items()} for rank in ranks]

    def note(self, **more: str) -> dict[str, Any]:
        """Tells the run's record how far this start came, how fast (all of this stage) and with how much memory."""
        seconds = max(self.stop.seconds - self._stage_began, 1e-9)
        values = {
            "stage": self.stage,
            "step": self.step,
            "seconds": round(self.stop.seconds, 1),
            "images_per_second": round(self._images / seconds, 2),
            "peak_memory_bytes": peak_memory(self.fabric.device),
            **more,
        }
        self.log.note(values)
        return values

    def export(
        self, path: Path, kind: str, tensors: Mapping[str, Tensor], step: int, held_out: Mapping[str, Any] | None
    ) -> None:
        """Writes networks, those of `weights.MATCHING` in full precision, and what to know of the run.

        UserError: the file cannot be written, or a number does not fit into float16.
        """
        bits = 32 if kind == weights.MATCHING else 16
        start = self.about["start_from"]
        facts = {
            "step": step,
            "seconds": round(self.seconds),
            "data": self.about["data"],
            "action_units": sorted({unit for frame in self.pairs.frames for unit in frame.description.action_units}),
            "held_out": held_out,
            "hardware": hardware_of(self.log.starts),
            "start": start and start["run"],
        }
        weights.save(path, kind, tensors, self.config, self.vocabulary, facts, bits=bits)


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]) -> Optimizer:
    """Adam (Sec. 3.2), in its fused form: one pass over the weights."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, fused=True)
