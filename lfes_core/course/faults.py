"""Wrong answers that are known by name: whoever meets one is told what it is, and not only that numbers differ."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lfes_core.course.check import Off
from lfes_core.course.same import same


def same_unless(
    answer: Any, true: Any, faults: Mapping[str, Any], *, shape_of: str = "the answer", tolerance: float = 1e-5
) -> None:
    """Raises `Off` if an answer is not the truth: with the words of the fault whose result it equals, if there is one.

    Args:
        answer: what a student's function returned.
        true: as `same` takes it.
        faults: what is off (a sentence without a period) -> the result of whoever makes this mistake.
        shape_of: what the answer is called.
        tolerance: of the largest absolute value.
    """
    known(answer, true, faults, tolerance)
    same(answer, true, shape_of=shape_of, tolerance=tolerance)


def known(answer: Any, true: Any, faults: Mapping[str, Any], tolerance: float = 1e-5) -> None:
    """Raises `Off` if an answer equals one of the faults; says nothing about any other wrong answer."""
    if not equals(answer, true, tolerance):
        for words, wrong in faults.items():
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
