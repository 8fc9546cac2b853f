"""What both stages of a run share: processes, data, folder, logging, checkpoints, and the question when to stop."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from lightning_fabric import Fabric
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
from lfes_core.training.metrics_file import STAGES, MetricsFile, RunningMeans
from lfes_core.training.run_folder import RunFolder

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
    stop: Stop
    workers: int
    progress: bool
    report: Callable[[str], None]
    means: RunningMeans = field(default_factory=RunningMeans)
    numbers: HeldOutNumbers | None = None
    seconds_before: float = 0.0
    skipped: int = 0
    skipped_in_a_row: int = 0
    _last_row: float = 0.0

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
        return (batch.to(self.fabric.device) for batch in stream)

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
            UserError: `GIVE_UP_AFTER` updates in a row were not finite.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, clip))
        if math.isfinite(norm):
            optimizer.step()
            self.skipped_in_a_row = 0
            return norm
        self.skipped += 1
        self.skipped_in_a_row += 1
        if self.skipped_in_a_row >= GIVE_UP_AFTER:
            raise UserError(
                f"{self.folder.path}: {GIVE_UP_AFTER} updates in a row had gradients that are not finite; the last "
                "checkpoint is whole; start a new run with a smaller learning rate or another precision"
            )
        return norm

    def write_row(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """One row of the metrics file, with the time."""
        if self.is_first:
            self.metrics.append(stage, step, {"seconds": self.seconds, "skipped": self.skipped, **values})

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
        """A checkpoint after ``step`` steps of a stage."""
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
        self.fabric.barrier()

    def continue_from(self, checkpoint: Checkpoint) -> None:
        """Puts counters and random generators where a checkpoint left them.

        A process that the checkpoint does not know, because there were fewer then, draws anew.
        """
        facts, random_states = checkpoint.facts, checkpoint.random_states()
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
