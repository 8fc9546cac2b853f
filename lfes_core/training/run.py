"""A run: what both stages ask for batches, rows, checkpoints and the time, and what is checked before it begins."""

import json
import math
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
from lfes_core.files import alone_in, parse_json, write_text
from lfes_core.sentences import VOCABULARIES
from lfes_core.training.batches import check_batch, epoch_and_position, training_batches
from lfes_core.training.checkpoint import (
    STAGES,
    Checkpoint,
    first_difference,
    load_checkpoint,
    random_state,
    save_checkpoint,
    set_random_state,
)
from lfes_core.training.compute import (
    Precision,
    Stop,
    cache_that_fits,
    keep_freed_memory,
    parse_duration,
    peak_memory,
)
from lfes_core.training.held_out import HeldOut
from lfes_core.training.log import Log, RunFolder, RunningMeans, hardware_of, read_rows
from lfes_core.training.start import Taken, copies, take

#: So many updates in a row that are not finite end a run.
GIVE_UP_AFTER = 5


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train, beside the configuration: none of it decides what the networks learn from.

    Attributes:
        resume: continue the run in the folder from its last checkpoint.
        matching_from: another run (or its ``matching.safetensors``) whose LSE and VSE are taken instead of stage 1, or
            ``matching`` for those that come with the package. A run that resumes has a copy, and this is not read.
        start_from: another run, or a set that comes with the package, whose weights the networks start with instead of
            random ones (fine-tuning). A run that resumes has a copy, and this is not read.
        time_limit: stop with a checkpoint after this time, as in ``90s``, ``9m`` or ``2h``.
        devices: GPUs, or processes on a CPU; under torchrun what torchrun says.
        precision: ``32-true``, ``bf16-mixed``, or ``auto``: bf16-mixed where the hardware multiplies bfloat16.
        channels_last: keep the channels of a pixel side by side in memory; None does so on a GPU.
        workers: processes that read pictures; 0 reads between the steps. Decoded pictures are kept in memory if they
            take less than 4 GB, else the neutral ones.
        progress: show a progress bar.
        report: receives the lines that tell of the run: configuration, SSIM settings, held-out numbers.

    Raises:
        UserError: one of them makes no sense.
    """

    resume: bool = False
    matching_from: str | os.PathLike[str] | None = None
    start_from: str | os.PathLike[str] | None = None
    time_limit: str | None = None
    devices: int = 1
    precision: Precision = "auto"
    channels_last: bool | None = None
    workers: int = 0
    progress: bool = True
    report: Callable[[str], None] = tqdm.write

    def __post_init__(self) -> None:
        if self.time_limit is not None:
            parse_duration(self.time_limit)
        for name, value, least in (("devices", self.devices, 1), ("workers", self.workers, 0)):
            if not least <= value <= 1_000:
                raise UserError(f"{name} must lie in {least} ... 1000, not {shortened(str(value))}")


class Run:
    """What the two stages share. Making one reads and checks everything and writes nothing; `begun` begins to write.

    Args:
        config: every setting.
        dataset: training and held-out people.
        folder: where to write.
        options: how to train.
        fabric: processes, device and number format.

    Attributes:
        pairs: the training part; `test_pairs` the held-out part.
        checkpoint: where the run continues; None at its beginning.
        taken: the weights that a run takes from others at its beginning.
        about: what holds for the whole run: seed, data, whose weights were taken.
        has_matching: whether stage 1 is this run's own.
        stage: where the run is, or will continue.
        log: where rows and lines go; like `stop`, who says when to end, from `begun` on.
        means: losses since the last row.
        numbers: the last held-out numbers of the synthesizer.

    Raises:
        UserError: the data cannot be read, are too few, or are not those of the run to resume; the weights to take, or
            the files to resume from, do not fit.
    """

    log: Log
    stop: Stop

    def __init__(
        self, config: Config, dataset: FaceDataset, folder: RunFolder, options: Options, fabric: Fabric
    ) -> None:
        self.config, self.folder, self.options, self.fabric = config, folder, options, fabric
        self.vocabulary = VOCABULARIES[config.networks.language.input]()
        self.cache = cache_that_fits(len(dataset.targets()), fabric.world_size)
        self.pairs, self.test_pairs = (
            ExpressionPairs(dataset, part, self.vocabulary, seed=config.seed, cache=self.cache)
            for part in ("train", "test")
        )
        pairs = {"training_pairs": len(self.pairs), "held_out_pairs": len(self.test_pairs)}
        self.about: dict[str, Any] = {"seed": config.seed, "data": {"kind": dataset.kind, **pairs}}
        self.checkpoint: Checkpoint | None = None
        self.taken = Taken()
        if not options.resume:
            self.taken = take(options.matching_from, options.start_from, config, self.vocabulary)
        elif folder.checkpoint.exists():
            self.checkpoint = load_checkpoint(folder.checkpoint)
            self.checkpoint.check(config, self.about["data"], self.vocabulary.to_json())
        elif folder.synthesizer.exists():
            raise UserError(
                f"{folder.checkpoint} is not there, although the run had come further; put it back or start the run "
                "anew in another folder"
            )
        else:
            self.taken = copies(folder)
        facts: Mapping[str, Any] = {"stage": "matching", "step": 0, "seconds": 0.0, **self.taken.about()}
        facts = facts if self.checkpoint is None else self.checkpoint.facts
        self.about |= {name: facts[name] for name in ("matching_from", "start_from")}
        self.has_matching = (
            self.about["matching_from"] is None and config.networks.language.input == "sentence"
        )
        check_batch("adversarial", config.adversarial.batch_size, len(self.pairs), fabric.world_size)
        if self.has_matching:  # where a choice needs two
            check_batch("matching", config.matching.batch_size, len(self.pairs), fabric.world_size, least=2)
        self.rows_before = len(read_rows(folder.metrics))
        _ = self.pairs[0]  # a picture that can be read, without which the data are refused
        self.held_out = HeldOut(self.test_pairs, config.adversarial.held_out_pairs)
        on_gpu = fabric.device.type == "cuda"
        self.channels_last = on_gpu if options.channels_last is None else options.channels_last

        self.stage: str = facts["stage"]
        self.means = RunningMeans()
        self.numbers: Mapping[str, float | int] | None = None
        self._resumed_at = (facts["stage"], facts["step"])
        self._seconds_before: float = facts["seconds"]
        self._skipped = 0
        self._skipped_in_a_row: dict[int, int] = {}
        self._last_row = 0.0
        self._images = 0
        self._stage_began = 0.0
        self._saved: str | None = None

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Writes what a run needs before its first step, tells of it, and from then on catches signals.

        What ends the block before its time is noted in ``run.json`` and ``log.txt``.
        """
        fabric, folder, options = self.fabric, self.folder, self.options
        fabric.barrier()  # every process has read what it needs before one of them writes
        if self.is_first:
            if not options.resume:
                self.taken.keep(folder)
            folder.samples.mkdir(exist_ok=True)
            # The configuration comes last, for with it the folder holds a run.
            write_text(folder.config, json.dumps(self.config.to_json(), indent=2) + "\n")
        precision, data = fabric._precision.precision, self.about["data"]
        place = None if self.checkpoint is None else "{} step {}".format(*self._resumed_at)
        start = {
            "from": place,
            "processes": fabric.world_size,
            "precision": precision,
            "channels_last": self.channels_last,
            "threads": torch.get_num_threads(),
            "workers": options.workers,
            "cache": self.cache,
        }
        self.log = Log(folder, options.report, self.about, start, self._resumed_at, writes=self.is_first)
        lines = in_lines(self.config)
        lines.append(f"{fabric.world_size} x {fabric.device.type}, {precision}, torch {torch.__version__}")
        lines.append(
            f"{data['training_pairs']} training pairs, {data['held_out_pairs']} held-out pairs of {data['kind']}"
        )
        lines.append(self.held_out.settings())
        whose = {"matching_from": "matching: LSE and VSE", "start_from": "start: the weights"}
        for name, text in whose.items():
            if (taken := self.about[name]) is not None:
                lines.append(f"{text} of {taken['run']}, sha256 {taken['sha256'][:12]}")
        if place is not None:
            lines.append(f"resumed from {place}")
        elif options.resume:
            lines.append(
                f"no checkpoint yet: begins again, without the {self.rows_before} rows of metrics.csv"
            )
        with self.log as log:
            for line in lines:
                log.line(line)
            # Reader processes are copies of this one, and share what it has read.
            hidden = not (options.progress and self.is_first)
            self.pairs.fill_cache(partial(tqdm, desc="reading pictures", disable=hidden))
            told = self.pairs.left_out()
            if told is not None:
                log.line(told)
            if fabric.device.type == "cpu":
                keep_freed_memory()
            with Stop(fabric, options.time_limit) as self.stop:
                yield
            if (now := self.pairs.left_out()) is not None and now != told:  # more turned out to be damaged
                log.line(now)

    @property
    def is_first(self) -> bool:
        """Whether this process writes files."""
        return bool(self.fabric.is_global_zero)

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a resume included."""
        return self._seconds_before + self.stop.seconds

    @property
    def images_per_second(self) -> float:
        """Training pairs a second in this stage since this start, looking and saving included."""
        return self._images / max(self.stop.seconds - self._stage_began, 1e-9)

    def enter(
        self, stage: str, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]
    ) -> int | None:
        """Begins a stage, or continues it where the checkpoint left it: weights, counters and random numbers.

        Processes draw different random numbers. One that the checkpoint does not know, because there were fewer then,
        draws anew.

        Args:
            stage: ``matching`` or ``adversarial``.
            networks: what a checkpoint of this stage holds.
            optimizers: of the networks that learn.

        Returns:
            the steps made before; None where the stage begins.
        """
        self.stage, self._networks, self._optimizers = stage, networks, optimizers
        self._settings: MatchingConfig | AdversarialConfig = (
            self.config.matching if stage == "matching" else self.config.adversarial
        )
        self._images, self._stage_began = 0, self.stop.seconds
        rank = self.fabric.global_rank
        torch.manual_seed(self.config.seed * 10_000 + list(STAGES).index(stage) * 5_000 + rank + 1)
        if self.checkpoint is None or self._resumed_at[0] != stage:
            return None
        step = self._resumed_at[1]
        self.checkpoint.restore(networks, optimizers)
        facts, random_states = self.checkpoint.facts, self.checkpoint.random_states()
        self._saved = f"{stage} step {step}"
        self._skipped = facts["skipped"]
        self.means = RunningMeans(facts["means"]["sums"], facts["means"]["count"])
        self.numbers = facts["numbers"]
        if rank < len(random_states):
            set_random_state(random_states[rank])
        else:
            torch.manual_seed(self.config.seed * 10_000 + step + rank)
        return int(step)

    def steps(self, first: int, same_person: int = 1) -> Generator[tuple[int, Batch]]:
        """The steps after ``first`` with this process's share of each batch, on its device; draws a progress bar."""
        batch_size, steps = self._settings.batch_size, self._settings.steps
        batches = training_batches(
            self.pairs,
            batch_size,
            self.config.seed,
            first,
            rank=self.fabric.global_rank,
            processes=self.fabric.world_size,
            workers=self.options.workers,
            same_person=same_person,
        )
        hidden = not (self.options.progress and self.is_first)
        with tqdm(total=steps, initial=first, desc=self.stage, unit="step", disable=hidden) as self.bar:
            for step, batch in zip(range(first + 1, steps + 1), batches, strict=False):
                self._images += batch_size
                yield step, self._on_device(batch)
                self.bar.update()

    def _on_device(self, batch: Batch) -> Batch:
        batch = batch.to(self.fabric.device)
        if not self.channels_last:
            return batch
        pictures = (batch.neutral, batch.target)
        neutral, target = (picture.to(memory_format=torch.channels_last) for picture in pictures)
        return batch._replace(neutral=neutral, target=target)

    def update(self, optimizer: Optimizer, clip: float = math.inf) -> float:
        """One Adam step with gradients scaled down to the norm ``clip``; a step that is not finite is skipped.

        Returns:
            the norm before scaling.

        Raises:
            UserError: `GIVE_UP_AFTER` updates of this optimizer in a row were not finite.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, clip))
        # Each optimizer has its own count: good steps of the discriminators must not hide a generator that is lost.
        if math.isfinite(norm):
            optimizer.step()
            self._skipped_in_a_row[id(optimizer)] = 0
            return norm
        self._skipped += 1
        self._skipped_in_a_row[id(optimizer)] = in_a_row = self._skipped_in_a_row.get(id(optimizer), 0) + 1
        if in_a_row >= GIVE_UP_AFTER:
            raise UserError(
                f"{self.folder.path}: {in_a_row} updates in a row had gradients that are not finite; {self._way_on()}"
            )
        return norm

    def _way_on(self) -> str:
        """What is left of a run whose numbers are not finite, and what to try."""
        slower = "start a new run with a smaller learning rate"
        if self._saved is None:
            return f"nothing was saved yet; {slower}"
        kept = f"{self.folder.checkpoint.name} keeps the last good state, {self._saved}"
        if self.fabric._precision.precision == "32-true":
            return f"{kept}, but the same numbers would come again; {slower}"
        return f"{kept}; go on from it with --resume --precision 32-true, or {slower}"

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

    def check_finite(self, step: int) -> None:
        """Looks for a number that is not finite: in a weight, or in a statistic that a forward pass has kept.

        Raises:
            UserError: there is one; the checkpoint before stays.
        """
        for name, network in self._networks.items():
            for key, tensor in network.state_dict().items():
                if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                    raise UserError(
                        f"{self.folder.path}: {name}.{key} is not finite after {self.stage} step {step}; "
                        f"{self._way_on()}"
                    )

    def save(self, step: int) -> None:
        """A checkpoint after ``step`` steps of the stage.

        Raises:
            UserError: a network is no longer finite, or the file cannot be written; the checkpoint before stays.
        """
        self.check_finite(step)
        random_states = self._random_states()
        if self.is_first:
            epoch, position = epoch_and_position(step, len(self.pairs), self._settings.batch_size)
            facts = {
                "stage": self.stage,
                "step": step,
                "epoch": epoch,
                "position": position,
                "seconds": self.seconds,
                "skipped": self._skipped,
                "means": {"sums": self.means.sums, "count": self.means.count},
                "numbers": self.numbers,
                **self.about,
                "config": self.config.to_json(),
                "vocabulary": self.vocabulary.to_json(),
            }
            save_checkpoint(
                self.folder.checkpoint,
                networks=self._networks,
                optimizers=self._optimizers,
                random_states=random_states,
                facts=facts,
            )
        self._saved = f"{self.stage} step {step}"
        self.note(step)
        self.fabric.barrier()

    def _random_states(self) -> list[dict[str, Tensor]]:
        mine = random_state()
        if self.fabric.world_size == 1:
            return [mine]
        gathered = {
            kind: self.fabric.all_gather(state.to(self.fabric.device)) for kind, state in mine.items()
        }
        return [
            {kind: states[rank].cpu() for kind, states in gathered.items()}
            for rank in range(self.fabric.world_size)
        ]

    def note(self, step: int, **more: str) -> None:
        """Tells the run's record how far this start came, how fast and with how much memory."""
        values = {
            "stage": self.stage,
            "step": step,
            "seconds": round(self.stop.seconds, 1),
            "images_per_second": round(self.images_per_second, 2),
            "peak_memory_bytes": peak_memory(self.fabric.device),
        }
        self.log.note({**values, **more})

    def export(
        self, path: Path, kind: str, tensors: Mapping[str, Tensor], step: int, bits: int, held_out: Any
    ) -> None:
        """Writes trained networks with what a reader should know of the run.

        Args:
            path: where to.
            kind: as `weights.save` takes it, like the next.
            tensors: by full name.
            step: that they were trained for.
            bits: of a number.
            held_out: numbers on held-out people.

        Raises:
            UserError: the file cannot be written, or a number does not fit into so many bits.
        """
        start = self.about["start_from"]
        facts = {
            "step": step,
            "seconds": round(self.seconds),
            "data": self.about["data"],
            "held_out": held_out,
            "hardware": hardware_of(self.log.starts),
            "start": start and start["run"],
        }
        try:
            weights.save(path, kind, tensors, self.config, self.vocabulary, facts, bits=bits)
        except ValueError as error:
            raise UserError(f"{path}: {error}; start a new run with a smaller learning rate") from error


@contextmanager
def alone(fabric: Fabric, folder: RunFolder, config: Config, *, resume: bool) -> Iterator[None]:
    """Keeps other runs out of the folder, which is made if it is not there; one process holds the lock for all.

    Raises:
        UserError: another run is at work there, or was quicker.
    """
    with ExitStack() as stack:
        refused: str | None = None
        if fabric.is_global_zero:
            try:
                folder.path.mkdir(parents=True, exist_ok=True)
                stack.enter_context(alone_in(folder.path))
                check_folder(folder, config, resume=resume)
            except UserError as error:
                refused = str(error)
            except OSError as error:
                refused = f"{folder.path}: the folder cannot be made: {error.strerror or error}"
        refused = fabric.broadcast(refused)
        if refused is not None:
            raise UserError(refused)
        yield


def check_folder(folder: RunFolder, config: Config, *, resume: bool) -> None:
    """Looks whether a run may start there, or continue. Writes nothing.

    Raises:
        UserError: the folder holds a run and ``resume`` is off; there is none to resume; its configuration
            differs (the first setting that does is named); the path is a file.
    """
    if folder.path.exists() and not folder.path.is_dir():
        raise UserError(f"{folder.path} is a file; give a folder for the run")
    if not resume:
        if any(file.exists() for file in (folder.config, folder.checkpoint, folder.metrics)):
            raise UserError(
                f"{folder.path} already holds a run; continue it with --resume or choose another folder"
            )
        return
    if not folder.config.exists():
        raise UserError(f"{folder.path} holds no run to resume; start it without --resume")
    try:
        stored = Config.from_json(parse_json(folder.config.read_bytes(), folder.config))
    except (OSError, UserError) as error:
        raise UserError(
            f"{folder.config} cannot be read; put it back or start the run anew elsewhere"
        ) from error
    different = first_difference(stored.flat(), config.flat())
    if different is not None:
        key, before, now = different
        raise UserError(
            f"{folder.path} was started with {key} = {shortened(repr(before))}, and now it is {now!r}; resume with the "
            "same settings or choose another folder"
        )


def in_lines(config: Config) -> list[str]:
    """The whole configuration for a log: one line a section, as in ``losses: adversarial 1.0, identity 5.0``."""
    sections: dict[str, list[str]] = {}
    for key, value in config.flat().items():
        section, _, name = key.rpartition(".")
        sections.setdefault(section, []).append(f"{name} {value}")
    return [f"{section}: {', '.join(settings)}".removeprefix(": ") for section, settings in sections.items()]


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]) -> Optimizer:
    """Adam (Sec. 3.2), in its fused form: one pass over the weights."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, fused=True)
