"""Slips that teachers know: an answer that equals one of them is told which it is."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lfes_core.course.check import Off


def not_a_slip(answer: Any, true: Any, slips: Mapping[str, Any], tolerance: float = 1e-5) -> None:
    """Raises `Off` with the sentence of the first slip that the answer equals, unless it equals the truth.

    Args:
        answer: what a student's function returned.
        true: what it should be: a tensor, an array or a number.
        slips: by the sentence that names the fault, what an answer with this fault gives.
        tolerance: of the largest absolute value of what is compared with.
    """
    if _alike(answer, true, tolerance):
        return
    for sentence, value in slips.items():
        if _alike(answer, value, tolerance):
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


def _alike(answer: Any, value: Any, tolerance: float) -> bool:
    one, other = _tensor(answer), _tensor(value)
    if one is None or other is None or one.shape != other.shape:
        return False
    scale = max(1e-30, float(other.nan_to_num(0, 0, 0).abs().max()) if other.numel() else 0.0)
    return bool(torch.allclose(one, other, rtol=0, atol=tolerance * scale, equal_nan=True))


def _tensor(value: Any) -> Tensor | None:
    """Numbers in double precision, or None for what is none."""
    try:
        return torch.as_tensor(value).detach().cpu().double()
    except (TypeError, ValueError, RuntimeError):
        return None
