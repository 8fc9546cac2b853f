"""Slips that teachers know: an answer that equals one of them is told which it is, and not only that numbers differ."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lfes_core.course.check import Off
from lfes_core.course.same import same


def same_unless(
    answer: Any, true: Any, slips: Mapping[str, Any], *, shape_of: str = "the answer", tolerance: float = 1e-5
) -> None:
    """Raises `Off` if an answer is not the truth: with the words of the slip whose result it equals, if there is one.

    Args:
        answer: what a student's function returned.
        true: as `same` takes it.
        slips: what is off (a sentence without a period) -> the result of whoever makes this mistake.
        shape_of: what the answer is called.
        tolerance: of the largest absolute value.
    """
    not_a_slip(answer, true, slips, tolerance)
    same(answer, true, shape_of=shape_of, tolerance=tolerance)


def not_a_slip(answer: Any, true: Any, slips: Mapping[str, Any], tolerance: float = 1e-5) -> None:
    """Raises `Off` with the words of the first slip that an answer equals; says nothing of any other wrong answer."""
    if not equals(answer, true, tolerance):
        for words, wrong in slips.items():
            if equals(answer, wrong, tolerance):
                raise Off(words)


def equals(answer: Any, other: Any, tolerance: float = 1e-5) -> bool:
    """Whether `same` finds nothing off between two results."""
    try:
        same(answer, other, tolerance=tolerance)
    except Off:
        return False
    return True


def plain(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    return value.item() if isinstance(value, np.generic) else value


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
