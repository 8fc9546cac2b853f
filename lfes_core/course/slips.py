"""Slips that an exercise expects: an answer that equals one is told which slip it is."""

from collections.abc import Mapping
from typing import Any

import torch

from lfes_core.course.check import Off


def no_slip(answer: Any, true: Any, slips: Mapping[str, Any], tolerance: float = 1e-5) -> None:
    """Raises `Off` with the sentence of the slip that an answer equals, of the shape of the truth; else does nothing.

    Args:
        answer: what a student's function returned.
        true: a tensor, an array or a number.
        slips: by a sentence each, what comes out when one makes that slip.
        tolerance: of the largest absolute value of `true`.
    """
    found, right = _tensor(answer), _tensor(true)
    if found is None or right is None or _equal(found, right, tolerance):
        return
    for says, value in slips.items():
        wrong = _tensor(value)
        if wrong is not None and _equal(found, wrong, tolerance):
            raise Off(says)


def _tensor(value: Any) -> torch.Tensor | None:
    try:
        return torch.as_tensor(value).detach().cpu().double()
    except (TypeError, ValueError, RuntimeError):
        return None


def _equal(one: torch.Tensor, other: torch.Tensor, tolerance: float) -> bool:
    if one.shape != other.shape:
        return False
    room = tolerance * float(other.abs().nan_to_num(0, 0, 0).max() if other.numel() else 0.0)
    return torch.allclose(one, other, rtol=0.0, atol=room, equal_nan=True)
