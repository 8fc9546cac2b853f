"""An endless stream of training batches in which batch number n is a function of the seed and n alone.

A run that resumes at step n therefore sees exactly what the unbroken run would have seen, with nothing to store: the
epoch and the place in it follow from n.
"""

import random
import signal
from collections.abc import Iterator, Sequence

import cv2
import torch
from torch.utils.data import DataLoader

from lfes_core.datasets.pairs import Batch, ExpressionPairs, collate
from lfes_core.errors import UserError


def epoch_order(epoch: int, people: Sequence[str], seed: int, same_person: int = 1) -> list[int]:
    """All pair numbers in the order of one epoch, up to ``same_person`` pairs of one person side by side.

    In a batch of different people a sentence can often be told from the others by *woman* and *man* alone, and
    matching learns no more than that (chapter 4). Beside pictures of the same person it has to see the expression.
    ``people`` says whom each pair shows; each ``epoch`` (0, 1, ...) and each ``seed`` has another order.
    """
    generator = random.Random(f"{seed}/{epoch}")
    numbers = list(range(len(people)))
    generator.shuffle(numbers)
    if same_person == 1:
        return numbers
    of_person: dict[str, list[int]] = {}
    for number in numbers:
        of_person.setdefault(people[number], []).append(number)
    groups = [mine[i : i + same_person] for mine in of_person.values() for i in range(0, len(mine), same_person)]
    generator.shuffle(groups)
    return [number for group in groups for number in group]


def batch_indices(order: Sequence[int], batch_size: int, rank: int = 0, processes: int = 1) -> list[list[int]]:
    """An epoch's order cut into batches, of which one process has its share; together they see each pair once.

    What does not fill a last batch is left out of this epoch; the next one has another order.
    """
    mine = batch_size // processes
    return [
        list(order[start + rank * mine : start + (rank + 1) * mine])
        for start in range(0, len(order) // batch_size * batch_size, batch_size)
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
    same_person: int = 1,
) -> Iterator[Batch]:
    """Batches number ``first_step``, ``first_step`` + 1, ... without end, with new sentences in each epoch.

    Of the ``batch_size`` pairs process ``rank`` gets its share, read by so many ``workers`` (0: by this process).
    `epoch_order` explains ``seed`` and ``same_person``.
    """
    people = [frame.subject for frame in pairs.frames]
    epoch, position = divmod(first_step, len(pairs) // batch_size)
    while True:
        pairs.set_epoch(epoch)
        order = epoch_order(epoch, people, seed, same_person)
        yield from DataLoader(
            pairs,
            batch_sampler=batch_indices(order, batch_size, rank, processes)[position:],
            collate_fn=collate,
            num_workers=workers,
            pin_memory=torch.cuda.is_available(),
            # Without one of its own the loader draws from the global generator, and a resumed run would differ.
            generator=torch.Generator(),
            worker_init_fn=_begin_reading,
        )
        epoch, position = epoch + 1, 0


def check_batch(stage: str, batch_size: int, pairs: int, processes: int, *, least: int = 1) -> None:
    """UserError unless so many ``pairs`` fill a batch that is shared evenly, ``least`` or more for each process."""
    if batch_size % processes or batch_size // processes < least or pairs < batch_size:
        name, share = f"{stage}.batch_size", max(min(batch_size, pairs) // processes, least)
        raise UserError(
            f"{name} {batch_size} cannot be filled by {pairs} training pairs and shared evenly by {processes} "
            f"processes with {least} or more for each; add --set {name}={share * processes}, or give more pictures"
        )


def _begin_reading(worker: int) -> None:
    """Ctrl-C and SIGTERM reach a whole group of processes; the one that trains says when reading ends."""
    cv2.setNumThreads(1)  # as PyTorch does: there are many workers
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
