"""Slips that teachers know: an answer that equals one of them is told which it is, and not only that numbers differ."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lfes_core.course.check import Off
from lfes_core.course.same import same

Answer = Callable[..., Any]
"""A student's function."""


def same_unless(
    answer: Any, true: Any, slips: Mapping[str, Any], *, shape_of: str, tolerance: float = 1e-5, **hints: Any
) -> None:
    """Raises `Off` if an answer is not the truth: with the words of the slip whose result it equals, if there is one.

    Args:
        answer: what a student's function returned.
        true: as `same` takes it, like all that follows the slips.
        slips: what is off (a sentence without a period) -> the result of whoever makes this mistake.
        shape_of: what the answer is called.
        tolerance: of the largest absolute value.
        hints: ``where`` and ``sizes``.
    """
    not_a_slip(answer, true, slips, tolerance)
    same(answer, true, shape_of=shape_of, tolerance=tolerance, **hints)


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


def several(answer: Any, count: int, what: str) -> list[Any]:
    """An answer of ``count`` values; raises `Off` where it is none, and says ``what`` should be returned."""
    values = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if not isinstance(values, tuple | list) or len(values) != count:
        raise Off(f"return {what}, with a comma between them")
    return list(values)


def drawn(*shape: int) -> Tensor:
    """Normal random numbers in double precision."""
    return torch.randn(*shape, dtype=torch.float64)


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


def same_slopes(loss: Tensor, true: Tensor, inputs: Mapping[str, Tensor], *, of: str = "") -> None:
    """Raises `Off` unless a student's loss has the gradients of the true one at some inputs."""
    for name, ours, theirs in zip(inputs, slopes(loss, inputs), slopes(true, inputs), strict=True):
        same(ours, theirs, shape_of=f"the gradient{of} at {name}")
