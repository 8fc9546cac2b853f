"""A run: what both stages ask for batches, rows, checkpoints and the time, and what is checked before it begins."""

import json
import math
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from lfes_core.config import Config
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
        if self.precision not in get_args(Precision):
            raise UserError(
                f"precision must be one of {', '.join(get_args(Precision))}, not {self.precision!r}"
            )


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
        self.config, self.dataset, self.folder = config, dataset, folder
        self.options, self.fabric = options, fabric
        self.vocabulary = VOCABULARIES[config.networks.language.input]()
        self.cache = cache_that_fits(len(dataset.targets()), fabric.world_size)
        self.pairs, self.test_pairs = (
            ExpressionPairs(dataset, part, self.vocabulary, seed=config.seed, cache=self.cache)
            for part in ("train", "test")
        )
        data = {
            "kind": dataset.kind,
            "training_pairs": len(self.pairs),
            "held_out_pairs": len(self.test_pairs),
        }
        self.checkpoint: Checkpoint | None = None
        self.taken = Taken()
        if not options.resume:
            self.taken = take(options.matching_from, options.start_from, config, self.vocabulary)
        elif folder.checkpoint.exists():
            self.checkpoint = load_checkpoint(folder.checkpoint)
            self.checkpoint.check(config, data, self.vocabulary.to_json())
        elif folder.synthesizer.exists():
            raise UserError(
                f"{folder.checkpoint} is not there, although the run had come further; put it back or start the run "
                "anew in another folder"
            )
        else:
            self.taken = copies(folder)
        facts = self.taken.about() if self.checkpoint is None else self.checkpoint.facts
        self.about: dict[str, Any] = {
            "seed": config.seed,
            "data": data,
            "matching_from": facts["matching_from"],
            "start_from": facts["start_from"],
        }
        self.has_matching = (
            self.about["matching_from"] is None and config.networks.language.input == "sentence"
        )
        self._check_batches()
        self.rows_before = len(read_rows(folder.metrics))
        self.pairs[0]  # a picture that can be read: otherwise the data are refused
        self.held_out = HeldOut(self.test_pairs, config.adversarial.held_out_pairs)
        on_gpu = fabric.device.type == "cuda"
        self.channels_last = on_gpu if options.channels_last is None else options.channels_last
        self.stage, self.step, self.seconds_before = "matching", 0, 0.0
        if self.checkpoint is not None:
            self.stage, self.step, self.seconds_before = (
                self.checkpoint.facts[name] for name in ("stage", "step", "seconds")
            )
        self.means = RunningMeans()
        self.numbers: Mapping[str, float | int] | None = None
        self.skipped = 0
        self._skipped_in_a_row: dict[int, int] = {}
        self._last_row = 0.0
        self._images = 0
        self._stage_began = 0.0
        self._saved: str | None = None

    def _check_batches(self) -> None:
        pairs, processes = len(self.pairs), self.fabric.world_size
        check_batch(self.config.adversarial.batch_size, pairs, processes, "adversarial.batch_size")
        if self.has_matching:
            batch_size = self.config.matching.batch_size
            check_batch(batch_size, pairs, processes, "matching.batch_size")
            if batch_size < 2 * processes:
                raise UserError(
                    f"matching.batch_size {batch_size} leaves each of {processes} processes one pair, and a choice "
                    f"needs two; add --set matching.batch_size={2 * processes}"
                )

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Writes what a run needs before its first step, tells of it, and from then on catches signals.

        What ends the block before its time is noted in ``run.json`` and ``log.txt``.
        """
        fabric, folder, options = self.fabric, self.folder, self.options
        fabric.barrier()  # every process has read what it needs before one of them writes
        if self.is_first and not options.resume:
            self.taken.keep(folder)
            folder.samples.mkdir(exist_ok=True)
            # The configuration comes last, for with it the folder holds a run.
            write_text(folder.config, json.dumps(self.config.to_json(), indent=2) + "\n")
        precision = fabric._precision.precision
        place = f"{self.stage} step {self.step}"
        start = {
            "from": None if self.checkpoint is None else place,
            "processes": fabric.world_size,
            "precision": precision,
            "channels_last": self.channels_last,
            "threads": torch.get_num_threads(),
            "workers": options.workers,
            "cache": self.cache,
        }
        self.log = Log(
            folder, options.report, self.about, start, (self.stage, self.step), writes=self.is_first
        )
        with self.log as log:
            for line in in_lines(self.config):
                log.line(line)
            log.line(f"{fabric.world_size} x {fabric.device.type}, {precision}, torch {torch.__version__}")
            data = self.about["data"]
            log.line(
                f"{data['training_pairs']} training pairs, {data['held_out_pairs']} held-out pairs of {data['kind']}"
            )
            log.line(self.held_out.settings())
            for name, text in (
                ("matching_from", "matching: LSE and VSE"),
                ("start_from", "start: the weights"),
            ):
                if (taken := self.about[name]) is not None:
                    log.line(f"{text} of {taken['run']}, sha256 {taken['sha256'][:12]}")
            if self.checkpoint is not None:
                log.line(f"resumed from {place}")
            elif options.resume:
                log.line(
                    f"no checkpoint yet: begins again, without the {self.rows_before} rows of metrics.csv"
                )
            # Reader processes are copies of this one, and share what it has read.
            hidden = not (options.progress and self.is_first)
            self.pairs.fill_cache(partial(tqdm, desc="reading pictures", disable=hidden))
            left_out = self.dataset.left_out()
            if left_out:
                log.line(left_out)
            if fabric.device.type == "cpu":
                keep_freed_memory()  # not before the pictures: they would lie between what is freed
            with Stop(fabric, options.time_limit) as self.stop:
                yield
            if self.dataset.left_out() != left_out:  # more turned out to be damaged
                log.line(self.dataset.left_out())

    @property
    def is_first(self) -> bool:
        """Whether this process writes files."""
        return bool(self.fabric.is_global_zero)

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a resume included."""
        return self.seconds_before + self.stop.seconds

    @property
    def images_per_second(self) -> float:
        """Training pairs a second in this stage since this start, looking and saving included."""
        return self._images / max(self.stop.seconds - self._stage_began, 1e-9)

    def facts(self, step: int) -> dict[str, Any]:
        """What the header of exported weights says of the run."""
        start = self.about["start_from"]
        return {
            "step": step,
            "seconds": round(self.seconds),
            "data": self.about["data"],
            "hardware": hardware_of(self.log.starts),
            "start": start and start["run"],
        }

    def enter(
        self, stage: str, networks: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]
    ) -> int:
        """Begins a stage, or continues it where the checkpoint left it: weights, counters and random numbers.

        Processes draw different random numbers. One that the checkpoint does not know, because there were fewer then,
        draws anew.

        Returns:
            the steps made before.
        """
        rank = self.fabric.global_rank
        torch.manual_seed(self.config.seed * 10_000 + list(STAGES).index(stage) * 5_000 + rank + 1)
        if self.checkpoint is None or self.stage != stage:
            return 0
        self.checkpoint.restore(networks, optimizers)
        facts, random_states = self.checkpoint.facts, self.checkpoint.random_states()
        self._saved = f"{stage} step {self.step}"
        self.skipped = facts["skipped"]
        self.means = RunningMeans(facts["means"]["sums"], facts["means"]["count"])
        self.numbers = facts["numbers"]
        if rank < len(random_states):
            set_random_state(random_states[rank])
        else:
            torch.manual_seed(self.config.seed * 10_000 + self.step + rank)
        return self.step

    def batches(self, batch_size: int, first_step: int, same_person: int = 1) -> Generator[Batch]:
        """This process's share of the training batches, on its device."""
        self._images, self._stage_began = 0, self.stop.seconds
        stream = training_batches(
            self.pairs,
            batch_size,
            self.config.seed,
            first_step,
            rank=self.fabric.global_rank,
            processes=self.fabric.world_size,
            workers=self.options.workers,
            same_person=same_person,
        )
        for batch in stream:
            self._images += batch_size
            yield self._on_device(batch)

    def _on_device(self, batch: Batch) -> Batch:
        batch = batch.to(self.fabric.device)
        if not self.channels_last:
            return batch
        pictures = (batch.neutral, batch.target)
        neutral, target = (picture.to(memory_format=torch.channels_last) for picture in pictures)
        return batch._replace(neutral=neutral, target=target)

    def bar(self, stage: str, first_step: int, steps: int) -> Any:
        """A progress bar over the steps of a stage."""
        hidden = not (self.options.progress and self.is_first)
        return tqdm(total=steps, initial=first_step, desc=stage, unit="step", disable=hidden)

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
        self.skipped += 1
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

    def row(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """One row of the metrics, with the time."""
        self.log.row(stage, step, {"seconds": self.seconds, "skipped": self.skipped, **values})

    def losses(self, stage: str, step: int, batch_size: int) -> dict[str, float]:
        """A row with the means of the losses since the last such row, and the speed; returns the means."""
        seconds, self._last_row = self.stop.seconds - self._last_row, self.stop.seconds
        speed = self.means.count * batch_size / max(seconds, 1e-9)
        means = self.means.take()
        self.row(stage, step, {"images_per_second": speed, **means})
        return means

    def check_finite(self, stage: str, step: int, networks: Mapping[str, nn.Module]) -> None:
        """Looks for a number that is not finite: in a weight, or in a statistic that a forward pass has kept.

        Raises:
            UserError: there is one; the checkpoint before stays.
        """
        for name, network in networks.items():
            for key, tensor in network.state_dict().items():
                if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                    raise UserError(
                        f"{self.folder.path}: {name}.{key} is not finite after {stage} step {step}; {self._way_on()}"
                    )

    def save(
        self,
        stage: str,
        step: int,
        networks: Mapping[str, nn.Module],
        optimizers: Mapping[str, Optimizer],
        batch_size: int,
    ) -> None:
        """A checkpoint after ``step`` steps of a stage.

        Raises:
            UserError: a network is no longer finite, or the file cannot be written; the checkpoint before stays.
        """
        self.check_finite(stage, step, networks)
        random_states = self._random_states()
        if self.is_first:
            epoch, position = epoch_and_position(step, len(self.pairs), batch_size)
            facts = {
                "stage": stage,
                "step": step,
                "epoch": epoch,
                "position": position,
                "seconds": self.seconds,
                "skipped": self.skipped,
                "means": {"sums": self.means.sums, "count": self.means.count},
                "numbers": self.numbers,
                **self.about,
                "config": self.config.to_json(),
                "vocabulary": self.vocabulary.to_json(),
            }
            save_checkpoint(
                self.folder.checkpoint,
                networks=networks,
                optimizers=optimizers,
                random_states=random_states,
                facts=facts,
            )
        self._saved = f"{stage} step {step}"
        self.note(stage, step)
        self.fabric.barrier()

    def note(self, stage: str, step: int, stopped: str | None = None) -> None:
        """Tells the run's record how far this start came, how fast and with how much memory."""
        values = {
            "stage": stage,
            "step": step,
            "seconds": round(self.stop.seconds, 1),
            "images_per_second": round(self.images_per_second, 2),
            "peak_memory_bytes": peak_memory(self.fabric.device),
        }
        self.log.note(values if stopped is None else {**values, "stopped": stopped})

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
