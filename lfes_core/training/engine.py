"""``train``: one call from a dataset and a configuration to weights that `Synthesizer.load` takes."""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch.nn.utils import convert_conv2d_weight_memory_format
from tqdm import tqdm

from lfes_core.config import Config
from lfes_core.datasets.frames import FaceDataset
from lfes_core.datasets.pairs import ExpressionPairs
from lfes_core.errors import UserError
from lfes_core.networks.discriminators import Discriminators
from lfes_core.networks.generator import Generator
from lfes_core.sentences import VOCABULARIES, Vocabulary
from lfes_core.training.adversarial import train_adversarially
from lfes_core.training.checkpoint import Checkpoint, load_checkpoint
from lfes_core.training.clock import Stop, StopReason, parse_duration
from lfes_core.training.device import Precision, launch
from lfes_core.training.held_out import HeldOut
from lfes_core.training.matched_encoders import MatchedEncoders, encoders_to_take
from lfes_core.training.matching import LanguageVisualSemanticNetwork, freeze, train_matching
from lfes_core.training.memory import cache_that_fits, keep_freed_memory, peak_memory
from lfes_core.training.metrics_file import STAGES, MetricsFile
from lfes_core.training.run_folder import RunFolder, in_lines
from lfes_core.training.run_record import RunRecord, logged, noting_failure
from lfes_core.training.session import Session
from lfes_core.training.starting_point import StartingPoint, starting_point
from lfes_core.training.tensorboard_log import TensorBoardLog


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """How a call of `train` ended.

    Attributes:
        run_folder: where everything lies.
        stopped: whether the run is finished, or why it stopped before; it can then be resumed.
        stage: the stage it ended in, ``matching`` or ``adversarial``.
        step: steps made in that stage, those before a resume included.
        seconds: of training, those before a resume included.
        metrics: the last held-out numbers (ssim, ssim_moved, copy_ssim, copy_ssim_moved); empty in stage 1.
        synthesizer: the exported weights; None in stage 1.
    """

    run_folder: Path
    stopped: Literal["finished"] | StopReason
    stage: Literal["matching", "adversarial"]
    step: int
    seconds: float
    metrics: Mapping[str, float | int]
    synthesizer: Path | None


def train(
    config: Config,
    dataset: FaceDataset,
    run_folder: str | os.PathLike[str],
    *,
    resume: bool = False,
    matching_from: str | os.PathLike[str] | None = None,
    start_from: str | os.PathLike[str] | None = None,
    time_limit: str | None = None,
    devices: int = 1,
    precision: Precision = "auto",
    channels_last: bool | None = None,
    workers: int = 0,
    progress: bool = True,
    report: Callable[[str], None] = tqdm.write,
) -> TrainingResult:
    """Trains LSE and VSE to match (stage 1), freezes them, and trains the synthesizer against its discriminators.

    Where ``networks.language.input`` is ``action_units`` there is nothing to match, and stage 1 is left out.

    On a CPU, with ``precision="32-true"``, a resumed run ends with the same bits as an unbroken one. The global random
    generator of PyTorch is seeded, and on a CPU the process keeps the memory that it frees.

    Args:
        config: every setting; steps and intervals among them.
        dataset: training and held-out people.
        run_folder: where to write; see `lfes_core.training.run_folder`.
        resume: continue the run in that folder from its last checkpoint.
        matching_from: another run (or its ``matching.safetensors``) whose LSE and VSE are taken instead of stage 1, or
            ``matching`` for those that come with the package. A copy is kept in the run folder, so that a resumed run
            need not name it.
        start_from: another run, or a set that comes with the package, whose weights the networks start with instead of
            random ones (fine-tuning). A copy is kept in the run folder.
        time_limit: stop with a checkpoint after this time, as in ``90s``, ``9m`` or ``2h``.
        devices: GPUs, or processes on a CPU; under torchrun what torchrun says.
        precision: ``32-true``, ``bf16-mixed``, or ``auto``: bf16-mixed where the hardware multiplies bfloat16.
        channels_last: keep the channels of a pixel side by side in memory; None does so on a GPU.
        workers: processes that read pictures; 0 reads between the steps. Decoded pictures are kept in memory if they
            take less than a quarter of what is free, else the neutral ones.
        progress: show a progress bar.
        report: receives the lines that tell of the run: configuration, SSIM settings, held-out numbers.

    Raises:
        UserError: the folder holds another run or none to resume, a setting differs from the run's, the data differ,
            the encoders to take do not fit, or the updates stopped being finite.
    """
    folder = RunFolder(Path(run_folder))
    folder.check(config, resume=resume)
    if time_limit is not None:
        parse_duration(time_limit)
    vocabulary = VOCABULARIES[config.networks.language.input]()
    matched = encoders_to_take(folder, matching_from, config, vocabulary, resume=resume)
    start = starting_point(folder, start_from, resume=resume)
    cache = cache_that_fits(len(dataset.targets()), int(os.environ.get("WORLD_SIZE", devices)))
    pairs = ExpressionPairs(dataset, "train", vocabulary, seed=config.seed, cache=cache)
    held_out_pairs = ExpressionPairs(dataset, "test", vocabulary, seed=config.seed)
    data = {"kind": dataset.kind, "training_pairs": len(pairs), "held_out_pairs": len(held_out_pairs)}
    checkpoint = load_checkpoint(folder.checkpoint) if resume and folder.checkpoint.exists() else None
    if checkpoint is not None:
        _check_data(checkpoint, data, vocabulary)

    # While level 1 warms up alone, the weights of the other levels rest.
    fabric = launch(devices, precision, some_weights_rest=config.adversarial.level_1_alone > 0)
    if fabric.device.type == "cpu":
        keep_freed_memory()
    torch.manual_seed(config.seed)
    encoders = LanguageVisualSemanticNetwork(config.networks, len(vocabulary))
    generator = Generator(config.networks)
    discriminators = Discriminators(config.networks.discriminator)
    if start is not None:
        start.put_into(encoders, generator)
    channels_last = fabric.device.type == "cuda" if channels_last is None else channels_last
    facts: Mapping[str, Any] = {"stage": STAGES[0], "step": 0, "seconds": 0.0}
    facts = facts if checkpoint is None else checkpoint.facts
    place = f"{facts['stage']} step {facts['step']}"
    fabric.barrier()  # every process has checked the folder before one of them writes into it
    metrics = MetricsFile(folder.metrics)
    record: RunRecord | None = None
    if fabric.is_global_zero:
        _prepare(folder, config, matched, start)
        metrics.drop_after(facts["stage"], facts["step"])
        taken = matched and {"run": matched.run, "sha256": matched.sha256}
        record = RunRecord(
            folder.record,
            about={
                "seed": config.seed,
                "data": data,
                "matching_from": taken,
                "start_from": start and start.facts(),
            },
            start={
                "from": None if checkpoint is None else place,
                "processes": fabric.world_size,
                "precision": fabric._precision.precision,
                "channels_last": channels_last,
                "threads": torch.get_num_threads(),
                "workers": workers,
                "cache": cache,
            },
        )
    report = logged(report, folder.log) if fabric.is_global_zero else _say_nothing
    fabric.barrier()

    for line in in_lines(config):
        report(line)
    held_out = HeldOut(held_out_pairs, config.adversarial.held_out_pairs)
    report(
        f"{fabric.world_size} x {fabric.device.type}, {fabric._precision.precision}, torch {torch.__version__}"
    )
    report(f"{len(pairs)} training pairs, {len(held_out_pairs)} held-out pairs of {dataset.kind}")
    report(held_out.settings())
    if matched is not None:
        report(f"matching: LSE and VSE of {matched.run}, sha256 {matched.sha256[:12]}")
    if start is not None:
        report(f"start: the weights of {start.run}, sha256 {start.facts()['sha256'][:12]}")
    if checkpoint is not None:
        report(f"resumed from {place}")
    if workers:  # they are copies of this process, and share what it has read
        hidden = not (progress and fabric.is_global_zero)
        pairs.fill_cache(partial(tqdm, desc="reading pictures", disable=hidden))

    if channels_last:
        for network in (encoders, generator, discriminators):
            convert_conv2d_weight_memory_format(network, torch.channels_last)
    tensorboard = TensorBoardLog(folder.tensorboard, facts["stage"], facts["step"])
    with closing(tensorboard), noting_failure(record, folder.log), Stop(fabric, time_limit) as stop:
        session = Session(
            fabric=fabric,
            folder=folder,
            config=config,
            vocabulary=vocabulary,
            pairs=pairs,
            held_out=held_out,
            data=data,
            metrics=metrics,
            tensorboard=tensorboard,
            record=record,
            stop=stop,
            channels_last=channels_last,
            workers=workers,
            progress=progress,
            report=report,
            seconds_before=float(facts["seconds"]),
        )
        stage: Literal["matching", "adversarial"] = "matching"
        nothing_to_match = config.networks.language.input == "action_units"
        if checkpoint is None and (matched is not None or nothing_to_match):
            if matched is not None:
                matched.put_into(encoders)
            freeze(session, encoders)
            stopped, step = None, 0
        else:
            stopped, step = train_matching(session, encoders, checkpoint)
        if stopped is None:
            stage = "adversarial"
            stopped, step = train_adversarially(session, encoders, generator, discriminators, checkpoint)
        session.note(stage, step, stopped or "finished")
    report(
        f"{stopped or 'finished'} in {stage}, step {step}, after {session.seconds:.0f} s; "
        f"{session.images_per_second:.3g} images/s, at most {peak_memory(fabric.device) / 1e9:.1f} GB"
    )
    return TrainingResult(
        run_folder=folder.path,
        stopped=stopped or "finished",
        stage=stage,
        step=step,
        seconds=session.seconds,
        metrics={} if session.numbers is None else session.numbers.row(),
        synthesizer=folder.synthesizer if stage == "adversarial" else None,
    )


def _prepare(
    folder: RunFolder, config: Config, matched: MatchedEncoders | None, start: StartingPoint | None
) -> None:
    """Writes what a run needs before it begins; the configuration comes last, for with it the folder holds a run."""
    if matched is not None and matched.path != folder.matching:
        matched.copy_to(folder.matching)
    if start is not None and not folder.start.exists():
        start.copy_to(folder.start)
    folder.create(config)


def _check_data(checkpoint: Checkpoint, data: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    before = checkpoint.facts["data"]
    for name, value in data.items():
        if before.get(name) != value:
            raise UserError(
                f"{checkpoint.path}: the run was started on data with {name} = {before.get(name)!r}, and now it is "
                f"{value!r}; resume with the same data or choose another folder"
            )
    if checkpoint.facts["vocabulary"] != vocabulary.to_json():
        raise UserError(
            f"{checkpoint.path}: written with another vocabulary; start the run anew in another folder"
        )


def _say_nothing(line: str) -> None:
    """What the other processes do with a report."""
