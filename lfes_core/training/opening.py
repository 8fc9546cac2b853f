"""What is read and checked before a run writes its first byte: options, data, checkpoint, weights of other runs."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric
from tqdm import tqdm

from lfes_core.config import Config
from lfes_core.datasets import ExpressionPairs, FaceDataset
from lfes_core.errors import UserError, shortened
from lfes_core.files import alone_in, parse_json
from lfes_core.sentences import VOCABULARIES
from lfes_core.training.batches import check_batch
from lfes_core.training.checkpoint import Checkpoint, check_same, load_checkpoint
from lfes_core.training.compute import Precision, cache_that_fits, parse_duration
from lfes_core.training.held_out import HeldOut
from lfes_core.training.log import RunFolder, read_rows
from lfes_core.training.start import Taken, copies, take


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train, beside the configuration: none of it decides what the networks learn from.

    Attributes:
        resume: continue the run in the folder from its last checkpoint; what it took from others it has copies of.
        matching_from: another run (or its ``matching.safetensors``) whose LSE and VSE are taken instead of stage 1, or
            ``matching`` for those of the package.
        start_from: another run, or a set of the package, whose weights the networks start with (fine-tuning).
        time_limit: stop with a checkpoint after this time, as in ``90s``, ``9m`` or ``2h``.
        devices: as `compute.launch` takes it, like ``precision``.
        workers: processes that read pictures; 0 reads between the steps.
        progress: show a progress bar.
        report: receives the lines that tell of the run: configuration, SSIM settings, held-out numbers.
    """

    resume: bool = False
    matching_from: str | os.PathLike[str] | None = None
    start_from: str | os.PathLike[str] | None = None
    time_limit: str | None = None
    devices: int = 1
    precision: Precision = "auto"
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


class Opened:
    """All that a run reads before it begins; UserError where something is missing or does not fit.

    Attributes:
        checkpoint: where the run continues; None at its beginning.
        taken: the weights that a run takes from others at its beginning.
        about: what holds for the whole run: seed, data, whose weights were taken.
        place: stage and step where the run begins or continues, after so many `seconds` of training.
        has_matching: whether stage 1 is this run's own.
    """

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
        data = {"kind": dataset.kind, **pairs}
        self.checkpoint: Checkpoint | None = None
        self.taken = Taken()
        if not options.resume:
            self.taken = take(options.matching_from, options.start_from, config, self.vocabulary)
        elif folder.checkpoint.exists():
            self.checkpoint = load_checkpoint(folder.checkpoint)
            self.checkpoint.check(config, data, self.vocabulary.to_json())
        elif folder.synthesizer.exists():
            raise UserError(f"{folder.checkpoint} is not there; put it back or start anew in another folder")
        else:
            self.taken = copies(folder)
        begins = {"stage": "matching", "step": 0, "seconds": 0.0, **self.taken.about()}
        known: Mapping[str, Any] = begins if self.checkpoint is None else self.checkpoint.facts
        self.place: tuple[str, int] = (known["stage"], known["step"])
        self.seconds: float = known["seconds"]
        taken = {name: known[name] for name in ("matching_from", "start_from")}
        self.about: dict[str, Any] = {"seed": config.seed, "data": data, **taken}
        self.has_matching = taken["matching_from"] is None and config.networks.language.input == "sentence"
        check_batch("adversarial", config.adversarial.batch_size, len(self.pairs), fabric.world_size)
        if self.has_matching:  # where a choice needs two
            check_batch("matching", config.matching.batch_size, len(self.pairs), fabric.world_size, least=2)
        self.rows_before = len(read_rows(folder.metrics))
        _ = self.pairs[0]  # a picture that can be read, without which the data are refused
        self.held_out = HeldOut(self.test_pairs, config.adversarial.held_out_pairs)

    def in_lines(self) -> Iterator[str]:
        """What the log of a run tells first: a line for each section of the configuration, device, data, beginning."""
        sections: dict[str, list[str]] = {}
        for key, value in self.config.flat().items():
            section, _, name = key.rpartition(".")
            sections.setdefault(section, []).append(f"{name} {value}")
        yield from (f"{name}: {', '.join(values)}".removeprefix(": ") for name, values in sections.items())
        fabric, data = self.fabric, self.about["data"]
        precision = fabric._precision.precision
        yield f"{fabric.world_size} x {fabric.device.type}, {precision}, torch {torch.__version__}"
        yield "{training_pairs} training pairs, {held_out_pairs} held-out pairs of {kind}".format(**data)
        yield self.held_out.settings()
        for name, whose in (("matching_from", "matching: LSE and VSE"), ("start_from", "start: the weights")):
            if (taken := self.about[name]) is not None:
                yield f"{whose} of {taken['run']}, sha256 {taken['sha256'][:12]}"
        if self.checkpoint is not None:
            yield "resumed from {} step {}".format(*self.place)
        elif self.options.resume:
            yield f"no checkpoint yet: begins again, without the {self.rows_before} rows of metrics.csv"


def check_folder(folder: RunFolder, config: Config, *, resume: bool) -> None:
    """Looks whether a run may start there, or continue with the same settings. Writes nothing; refuses by UserError."""
    if folder.path.exists() and not folder.path.is_dir():
        raise UserError(f"{folder.path} is a file; give a folder for the run")
    if not resume:
        if any(file.exists() for file in (folder.config, folder.checkpoint, folder.metrics)):
            raise UserError(f"{folder.path} already holds a run; continue it with --resume or choose another")
        return
    if not folder.config.exists():
        raise UserError(f"{folder.path} holds no run to resume; start it without --resume")
    try:
        stored = Config.from_json(parse_json(folder.config.read_bytes(), folder.config))
    except (OSError, UserError) as error:
        raise UserError(f"{folder.config} cannot be read; put it back or start anew elsewhere") from error
    advice = "resume with the same settings or choose another folder"
    check_same(f"{folder.path} was started", stored.flat(), config.flat(), advice)


@contextmanager
def alone(fabric: Fabric, folder: RunFolder, config: Config, *, resume: bool) -> Iterator[None]:
    """Keeps other runs out of the folder, which is made if it is not there; one process holds the lock for all.

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
