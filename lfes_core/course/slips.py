"""Slips that teachers know: an answer that equals one of them is told which it is."""

from collections.abc import Mapping

import torch
from torch import Tensor

from lfes_core.course.check import Off

TOLERANCE = 1e-5


def not_a_slip(answer: object, true: Tensor, slips: Mapping[str, Tensor]) -> None:
    """Raises `Off` with the sentence of the first slip that the answer equals, unless it equals the truth.

    Args:
        answer: what a student's function returned.
        true: what it should be.
        slips: by the sentence that names the fault, what an answer with this fault gives.
    """
    if _alike(answer, true):
        return
    for sentence, value in slips.items():
        if _alike(answer, value):
            raise Off(sentence)


def slopes(loss: Tensor, inputs: Mapping[str, Tensor]) -> list[Tensor]:
    """The gradients of a student's loss at some inputs, by their names; raises `Off` where none arrives."""
    found = (
        torch.autograd.grad(loss, list(inputs.values()), allow_unused=True, retain_graph=True)
        if loss.requires_grad
        else [None] * len(inputs)
    )
    arrived = []
    for name, slope in zip(inputs, found, strict=True):
        if slope is None:
            raise Off(f"no gradient arrives at {name}: is something detached, or computed under no_grad?")
        arrived.append(slope)
    return arrived


def _alike(answer: object, value: Tensor) -> bool:
    if not isinstance(answer, Tensor) or answer.shape != value.shape:
        return False
    one, other = answer.detach().double(), value.detach().double()
    scale = max(1e-30, float(other.nan_to_num().abs().max()))
    return bool(torch.allclose(one, other, rtol=0, atol=TOLERANCE * scale, equal_nan=True))
