"""An endless stream of training batches in which batch number n is a function of the seed and n alone.

A run that resumes at step n therefore sees exactly what the unbroken run would have seen, with nothing to store: the
epoch and the place in it follow from n.
"""

from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader

from lfes_core.datasets.pairs import Batch, ExpressionPairs, collate
from lfes_core.errors import UserError


def epoch_and_position(step: int, pairs: int, batch_size: int) -> tuple[int, int]:
    """The epoch that step number ``step`` (0, 1, ...) falls into, and its place in the epoch."""
    return divmod(step, _steps_in_epoch(pairs, batch_size))


def batch_indices(
    epoch: int, pairs: int, batch_size: int, seed: int, rank: int = 0, processes: int = 1
) -> list[list[int]]:
    """The order of one epoch, as lists of pair numbers for one process; all processes together see each pair once.

    What does not fill a last batch is left out of this epoch; the next one has another order.
    """
    order = torch.randperm(pairs, generator=torch.Generator().manual_seed(_mixed(seed, epoch))).tolist()
    mine = batch_size // processes
    return [
        order[start + rank * mine : start + (rank + 1) * mine]
        for start in range(0, _steps_in_epoch(pairs, batch_size) * batch_size, batch_size)
    ]


def training_batches(
    pairs: ExpressionPairs,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    *,
    rank: int = 0,
    processes: int = 1,
    workers: int = 0,
) -> Iterator[Batch]:
    """Batches number ``first_step``, ``first_step`` + 1, ... without end.

    Args:
        pairs: the training part of a dataset; its sentences are drawn anew in each epoch.
        batch_size: pairs in a batch, summed over all processes.
        seed: decides the order.
        first_step: how many steps have been made before.
        rank: number of this process.
        processes: how many there are.
        workers: reader processes; 0 reads in this one.

    Raises:
        UserError: the batch does not divide among the processes, or the data are fewer than one batch.
    """
    if batch_size % processes:
        raise UserError(f"batch_size {batch_size} cannot be shared evenly by {processes} processes")
    if len(pairs) < batch_size:
        raise UserError(f"the training part has {len(pairs)} pairs, fewer than one batch of {batch_size}")
    epoch, position = epoch_and_position(first_step, len(pairs), batch_size)
    while True:
        pairs.set_epoch(epoch)
        yield from DataLoader(
            pairs,
            batch_sampler=batch_indices(epoch, len(pairs), batch_size, seed, rank, processes)[position:],
            collate_fn=collate,
            num_workers=workers,
            pin_memory=torch.cuda.is_available(),
            # Without one of its own the loader draws from the global generator, and a resumed run would differ.
            generator=torch.Generator(),
        )
        epoch, position = epoch + 1, 0


def _steps_in_epoch(pairs: int, batch_size: int) -> int:
    return pairs // batch_size


def _mixed(seed: int, epoch: int) -> int:
    return (seed * 1_000_003 + epoch) % 2**63
