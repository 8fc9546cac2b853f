"""What both stages of a run share: processes, data, folder, logging, checkpoints, and the question when to stop."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from lightning_fabric import Fabric
from PIL import Image
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from lfes_core.config import Config
from lfes_core.datasets.pairs import Batch, ExpressionPairs
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from lfes_core.training.batches import epoch_and_position, training_batches
from lfes_core.training.checkpoint import Checkpoint, random_state, save_checkpoint, set_random_state
from lfes_core.training.clock import Stop
from lfes_core.training.held_out import HeldOut, HeldOutNumbers
from lfes_core.training.memory import peak_memory
from lfes_core.training.metrics_file import STAGES, MetricsFile, RunningMeans
from lfes_core.training.run_folder import RunFolder
from lfes_core.training.run_record import RunRecord
from lfes_core.training.tensorboard_log import TensorBoardLog

#: So many updates in a row that are not finite end a run.
GIVE_UP_AFTER = 5


@dataclass(kw_only=True)
class Session:
    """A started run: what the stages ask for batches, rows, checkpoints and the time."""

    fabric: Fabric
    folder: RunFolder
    config: Config
    vocabulary: Vocabulary
    pairs: ExpressionPairs
    held_out: HeldOut
    data: Mapping[str, Any]
    metrics: MetricsFile
    tensorboard: TensorBoardLog
    record: RunRecord | None
    stop: Stop
    channels_last: bool
    workers: int
    progress: bool
    report: Callable[[str], None]
    means: RunningMeans = field(default_factory=RunningMeans)
    numbers: HeldOutNumbers | None = None
    seconds_before: float = 0.0
    skipped: int = 0
    _skipped_in_a_row: dict[int, int] = field(default_factory=dict)
    _last_row: float = 0.0
    _images: int = 0
    _stage_began: float = 0.0
    _saved: str | None = None

    @property
    def is_first(self) -> bool:
        """Whether this process writes files."""
        return bool(self.fabric.is_global_zero)

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a resume included."""
        return self.seconds_before + self.stop.seconds

    def batches(self, batch_size: int, first_step: int, same_person: int = 1) -> Iterator[Batch]:
        """This process's share of the training batches, on its device."""
        rank, processes = self.fabric.global_rank, self.fabric.world_size
        self._images, self._stage_began = 0, self.stop.seconds
        stream = training_batches(
            self.pairs,
            batch_size,
            self.config.seed,
            first_step,
            rank=rank,
            processes=processes,
            workers=self.workers,
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
        return tqdm(
            total=steps,
            initial=first_step,
            desc=stage,
            unit="step",
            disable=not (self.progress and self.is_first),
        )

    def seed(self, stage: str) -> None:
        """Starts the random numbers of a stage; processes draw different ones."""
        torch.manual_seed(
            self.config.seed * 10_000 + STAGES.index(stage) * 5_000 + self.fabric.global_rank + 1
        )

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

    def write_row(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """One row of the metrics file, with the time, and its points in TensorBoard."""
        if self.is_first:
            values = {"seconds": self.seconds, "skipped": self.skipped, **values}
            self.metrics.append(stage, step, values)
            self.tensorboard.scalars(stage, step, values)

    def write_grid(self, stage: str, step: int, grid: Image.Image) -> None:
        """The sample grid of a step."""
        grid.save(self.folder.sample_grid(step))
        self.tensorboard.grid(stage, step, grid)

    def write_losses(self, stage: str, step: int, batch_size: int) -> dict[str, float]:
        """The losses since the last such row, and the speed; returns them."""
        seconds, self._last_row = self.stop.seconds - self._last_row, self.stop.seconds
        speed = self.means.count * batch_size / max(seconds, 1e-9)
        losses = self.means.take()
        self.write_row(stage, step, {"images_per_second": speed, **losses})
        return losses

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
            UserError: a network is no longer finite; the checkpoint before stays.
        """
        broken = first_not_finite(networks)
        if broken is not None:
            raise UserError(
                f"{self.folder.path}: {broken} is not finite after {stage} step {step}; {self._way_on()}"
            )
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
                "numbers": None if self.numbers is None else asdict(self.numbers),
                "data": dict(self.data),
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
            self.tensorboard.flush()
        self._saved = f"{stage} step {step}"
        self.note(stage, step)
        self.fabric.barrier()

    def note(self, stage: str, step: int, stopped: str | None = None) -> None:
        """Tells the run's record how far this start came, how fast and with how much memory."""
        if self.record is not None:
            values = {
                "stage": stage,
                "step": step,
                "seconds": round(self.stop.seconds, 1),
                "images_per_second": round(self.images_per_second, 2),
                "peak_memory_bytes": peak_memory(self.fabric.device),
            }
            self.record.note(values if stopped is None else {**values, "stopped": stopped})

    @property
    def images_per_second(self) -> float:
        """Training pairs a second in this stage since this start, looking and saving included."""
        return self._images / max(self.stop.seconds - self._stage_began, 1e-9)

    def continue_from(self, checkpoint: Checkpoint) -> None:
        """Puts counters and random generators where a checkpoint left them.

        A process that the checkpoint does not know, because there were fewer then, draws anew.
        """
        facts, random_states = checkpoint.facts, checkpoint.random_states()
        self._saved = f"{facts['stage']} step {facts['step']}"
        self.skipped = int(facts["skipped"])
        self.means = RunningMeans(facts["means"]["sums"], int(facts["means"]["count"]))
        self.numbers = None if facts["numbers"] is None else HeldOutNumbers(**facts["numbers"])
        if self.fabric.global_rank < len(random_states):
            set_random_state(random_states[self.fabric.global_rank])
        else:
            torch.manual_seed(self.config.seed * 10_000 + int(facts["step"]) + self.fabric.global_rank)

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


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]) -> Optimizer:
    """Adam (Sec. 3.2), in its fused form: one pass over the weights."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, fused=True)


def set_learning_rate(optimizer: Optimizer, learning_rate: float) -> None:
    """Sets Adam's step size for all its weights."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def first_not_finite(networks: Mapping[str, nn.Module]) -> str | None:
    """The first tensor with a number that is not finite: a weight, or a statistic that a forward pass has kept."""
    for name, network in networks.items():
        for key, tensor in network.state_dict().items():
            if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                return f"{name}.{key}"
    return None
