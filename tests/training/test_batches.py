"""Batch number n depends on the seed and n alone, and processes share each batch."""

import itertools

import cv2
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from lfes_core.datasets import ExpressionPairs
from lfes_core.sentences import Vocabulary
from lfes_core.training import batches
from lfes_core.training.batches import batch_indices, epoch_order, training_batches
from tests.training.faces import drawn_faces


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> ExpressionPairs:
    dataset = drawn_faces(tmp_path_factory.mktemp("faces") / "data", people=3)
    return ExpressionPairs(dataset, "train", Vocabulary(), seed=5)


def test_each_epoch_shows_each_pair_once_in_another_order():
    people = ["one"] * 5 + ["other"] * 7
    for same_person in (1, 3):
        first, second = (epoch_order(epoch, people, 1, same_person) for epoch in (0, 1))
        assert sorted(first) == sorted(second) == list(range(12))
        assert first != second


def test_an_epoch_can_show_pictures_of_one_person_side_by_side():
    people = [f"SN{number % 4}" for number in range(40)]
    order = epoch_order(0, people, seed=1, same_person=5)
    runs = [[people[number] for number in order[start : start + 5]] for start in range(0, 40, 5)]
    assert all(len(set(run)) == 1 for run in runs)
    assert len(set(map(tuple, runs))) == 4
    first_epoch = [run[0] for run in runs]
    second_epoch = [people[number] for number in epoch_order(1, people, seed=1, same_person=5)[::5]]
    assert first_epoch != second_epoch


def test_processes_share_a_batch_without_overlap():
    order = epoch_order(3, ["one"] * 14, seed=1)
    whole = batch_indices(order, 4)
    assert whole == [order[0:4], order[4:8], order[8:12]]
    parts = [batch_indices(order, 4, rank=rank, processes=2) for rank in range(2)]
    assert [one + two for one, two in zip(*parts, strict=True)] == whole


def test_a_stream_that_starts_later_gives_what_the_unbroken_one_gives_across_epochs(pairs):
    unbroken = list(itertools.islice(training_batches(pairs, 2, seed=3), 7))
    for start in (2, 3, 5):
        later = next(training_batches(pairs, 2, seed=3, first_step=start))
        assert later.sentences == unbroken[start].sentences
        assert torch.equal(later.target, unbroken[start].target)


class Threads(Dataset[torch.Tensor]):
    """Tells the threads of the process that reads it, in OpenCV and PyTorch."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.tensor([cv2.getNumThreads(), torch.get_num_threads()])


@pytest.mark.fault("Loaded and small machines", "several processes read pictures for a training", "one thread in each")
def test_a_process_that_reads_pictures_computes_in_one_thread():
    threads = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        [told] = DataLoader(Threads(), num_workers=1, worker_init_fn=batches._begin_reading)
    finally:
        cv2.setNumThreads(threads)
    assert told.tolist() == [[1, 1]]
