"""The reference schedule computes what ours computes: the ratio of their times compares schedules, not models."""

import math
from collections.abc import Collection
from functools import partial
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

from lfes_core.bench import driven, reference
from lfes_core.datasets import ExpressionPairs
from lfes_core.datasets.pairs import Batch, collate
from lfes_core.sentences import VOCABULARIES
from tests.training.faces import drawn_faces, small

CONFIG = small(losses__gradient_penalty=0.1, losses__mismatched_sentences=True)
VOCABULARY = VOCABULARIES["sentence"]()


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Batch]:
    dataset = drawn_faces(tmp_path_factory.mktemp("faces") / "data")
    pairs = ExpressionPairs(dataset, "train", VOCABULARY)
    batch = collate([pairs[0], pairs[4]])
    in_64_bits = (x.double() if isinstance(x, Tensor) and x.is_floating_point() else x for x in batch)
    return dict.fromkeys(driven.STAGES, Batch._make(in_64_bits))


class Watched(driven.DrivenRun):
    """Keeps the gradient of each update, in one vector."""

    def update(self, optimizer: torch.optim.Optimizer, clip: float = math.inf) -> float:
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        self.told.append(torch.cat([gradient.flatten() for gradient in gradients]))
        return super().update(optimizer, clip)


def steps(
    batches: dict[str, Batch], stage: str, number: int, measures_off: Collection[str]
) -> tuple[list[dict[str, float]], list[Tensor]]:
    """The losses of so many steps, the gradients of each update, and the weights at the end, in 64 bits."""
    asked = iter([*[(stage, False)] * number, None])
    losses: list[dict[str, Any]] = []
    with reference.switched_off(measures_off):
        networks = tuple(network.double() for network in driven.networks_of(CONFIG, VOCABULARY, measures_off))
        fabric = Fabric(accelerator="cpu", devices=1, precision="64-true")
        run = Watched(CONFIG, fabric, batches, lambda: next(asked), losses.append)
        run.told = []
        driven.drive(run, *networks)
        every = [*networks, *([run._networks["average"]] if stage == "adversarial" else ())]
    weights = torch.cat([value.flatten() for network in every for value in network.state_dict().values()])
    return [one["losses"] for one in losses], [*run.told, weights]


@pytest.mark.parametrize(("stage", "number"), [("matching", 1), ("adversarial", 2)])
def test_the_reference_schedule_learns_the_same_from_the_same(batches, monkeypatch, request, stage, number):
    monkeypatch.setattr(Tensor, "float", Tensor.double)  # where the package asks for 32 bits it gets 64
    request.addfinalizer(partial(torch.set_default_dtype, torch.get_default_dtype()))
    torch.set_default_dtype(torch.float64)
    (losses, vectors), (plain_losses, plain_vectors) = (
        steps(batches, stage, number, off) for off in ((), reference.MEASURES)
    )
    for step, plain in zip(losses, plain_losses, strict=True):
        assert {"matching"} <= plain.keys() or {"generator", "discriminator", "gradient_penalty"} <= plain.keys()
        same = {name: step[name] for name in plain}  # ours tells the discriminators apart, too
        assert same == pytest.approx(plain, rel=1e-9)
    for vector, plain_vector in zip(vectors, plain_vectors, strict=True):
        # an Inception with random weights makes rounding a thousand times as large
        assert float((vector - plain_vector).norm() / plain_vector.norm()) < 1e-7
