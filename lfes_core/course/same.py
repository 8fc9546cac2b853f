"""What is off between an answer and the truth: shape, sign, scale, mask, or where the largest difference is."""

import math
import sys
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from lfes_core.course.check import NotWritten, Off
from lfes_core.errors import shortened

_Array = Any  # an array, or the NumPy number that arithmetic makes of an array without axes


def same(
    answer: Any,
    true: Any,
    *,
    shape_of: str = "the answer",
    tolerance: float = 1e-5,
    where: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Raises `Off` if an answer is not the truth, and says what is off.

    Args:
        answer: what a student's function returned.
        true: a tensor, an array, a number, a text; or lists, tuples, dictionaries and sets of them.
        shape_of: what it is called in the sentence, as in "the mask".
        tolerance: of the largest absolute value of `true`.
        where: masks (True at places, of a shape that broadcasts to `true`) by what lies there, as in
            ``{"padded words": mask}``: an answer that is right elsewhere is told so.
        sizes: numbers by what they count, as in ``{"pairs of the batch": 16}``: a factor of this size is explained.
    """
    if answer is None or answer is ...:
        raise NotWritten
    if _is_tensor(true) or isinstance(true, np.ndarray):
        _kind(answer, true, shape_of)
        _numbers(_array(answer), _array(true), shape_of, tolerance, where or {}, sizes or {})
    elif isinstance(true, int | float) and not isinstance(true, bool):
        single = (_is_tensor(answer) or isinstance(answer, np.ndarray | np.generic)) and _array(answer).size == 1
        number = answer.item() if single else answer
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise Off(f"{shape_of} should be one number and is {_a(answer)}")
        _numbers(np.asarray(number), np.asarray(true), shape_of, tolerance, {}, sizes or {})
    elif isinstance(true, Mapping):
        _mapping(answer, true, shape_of, tolerance)
    elif isinstance(true, list | tuple):
        _sequence(answer, true, shape_of, tolerance)
    elif type(answer) is not type(true):
        raise Off(f"{shape_of} should be {_a(true)} and is {_a(answer)}")
    elif answer != true:
        if isinstance(true, str):
            _text(answer, true, shape_of)
        if isinstance(true, set | frozenset):
            _members(answer, true, shape_of)
        raise Off(f"{shape_of} is {shortened(repr(answer))} and should be {shortened(repr(true))}")


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _array(value: Any) -> _Array:
    """On the CPU; a tensor of floats in double precision, since NumPy has not all kinds of them."""
    if _is_tensor(value):
        value = value.detach().cpu()
        value = value.double() if value.is_floating_point() else value
    return np.asarray(value)


def _a(value: Any) -> str:
    name = "nothing" if value is None else type(value).__name__
    if _is_tensor(value) or isinstance(value, np.ndarray):
        return f"{'a tensor' if _is_tensor(value) else 'an array'} of shape {list(value.shape)}"
    return name if value is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _kind(answer: Any, true: Any, what: str) -> None:
    """Tensor or array, of floats, integers or truths."""
    wanted = "a tensor" if _is_tensor(true) else "an array"
    if _is_tensor(answer) != _is_tensor(true) or isinstance(answer, np.ndarray) != isinstance(true, np.ndarray):
        why = " (.item(), float() and NumPy cut the gradients)" if isinstance(answer, int | float) else ""
        raise Off(f"{what} should be {wanted} and is {_a(answer)}{why}")
    kinds = {"f": "floats", "i": "integers", "u": "integers", "b": "truths (bool)", "c": "complex numbers"}
    has, wants = (kinds.get(_array(one).dtype.kind, "objects") for one in (answer, true))
    if has != wants:
        raise Off(f"{what} holds {has}, and should hold {wants} ({str(true.dtype).removeprefix('torch.')})")


def _numbers(
    answer: _Array, true: _Array, what: str, tolerance: float, where: Mapping[str, Any], sizes: Mapping[str, int]
) -> None:
    _shape(answer, true, what, tolerance)
    kind = true.dtype.kind
    answer, true = (one.astype(np.result_type(one, float)) for one in (answer, true))
    answer, true = _finite(answer, true, what)
    off = ~_close(answer, true, tolerance)
    if not off.any():
        return
    for name, mask in where.items():
        there = np.broadcast_to(_array(mask).astype(bool), true.shape)
        if not off[~there].any() and not there.all():
            at = tuple(np.argwhere(off)[0])
            said = f"{answer[at]:.4g} instead of {true[at]:.4g}, for instance"
            raise Off(f"{what} is right but at {name} ({said})")
    if kind in "fiu":
        _known(answer, true, what, tolerance, sizes)
    if kind == "b" and off.all():
        raise Off(f"{what} says the opposite at every place: true and false are exchanged")
    _places(answer, true, off, what)


def _shape(answer: _Array, true: _Array, what: str, tolerance: float) -> None:
    has, wants = answer.shape, true.shape
    if has == wants:
        return
    said = f"{what} has shape {list(has)}, and should have {list(wants)}"
    if len(has) != len(wants) and [size for size in has if size != 1] == [size for size in wants if size != 1]:
        kept = len(has) > len(wants)
        raise Off(f"{said}: a dimension of size one " + ("was kept (squeeze it)" if kept else "is missing (keepdim)"))
    for one, other in combinations(range(len(has)), 2):
        if np.swapaxes(answer, one, other).shape == wants:
            raise Off(f"{said}: axes {one} and {other} are exchanged (transpose them)")
    if sorted(has) == sorted(wants):
        raise Off(f"{said}: the axes stand in another order (permute them)")
    if not wants and answer.dtype.kind in "fiu":
        for name, whole in (("mean", answer.mean()), ("sum", answer.sum())):
            if _close(whole, true, tolerance):
                raise Off(f"{said}: its {name} is the number that is asked for")
    for axis in range(len(has)):
        if has[:axis] + has[axis + 1 :] == wants:
            raise Off(f"{said}: axis {axis} is still there (is a sum or a mean over it missing?)")
    if has == wants[1:]:
        raise Off(f"{said}: the batch is missing (keep one result for each member of it)")
    raise Off(said)


def _finite(answer: _Array, true: _Array, what: str) -> tuple[_Array, _Array]:
    """Both, with 0 where both are the same infinity or no number."""
    agreed = (answer == true) | (np.isnan(answer) & np.isnan(true))
    strange = ~(np.isfinite(answer) & np.isfinite(true)) & ~agreed
    if strange.any():
        at = tuple(np.argwhere(strange)[0])
        share = f"at {strange.sum()} of {strange.size} places" if strange.size > 1 else "instead of a number"
        if not np.isfinite(true[at]):
            raise Off(f"{what} is {answer[at]:.4g} {share}, and should be {true[at]}: is a mask missing?")
        hint = "a division by zero, or a logarithm of it?" if np.isfinite(true).all() else "is a mask turned?"
        raise Off(f"{what} is {answer[at]} {share}: {hint}")
    both = ~np.isfinite(answer) & agreed
    return np.where(both, 0.0, answer), np.where(both, 0.0, true)


def _close(answer: Any, true: _Array, tolerance: float) -> _Array:
    scale = np.abs(true[np.isfinite(true)]).max(initial=0.0) or 1.0
    return np.asarray(np.abs(answer - true) <= tolerance * scale)


def _known(answer: _Array, true: _Array, what: str, tolerance: float, sizes: Mapping[str, int]) -> None:
    """Off in one of the usual ways: sign, factor, offset, axes, a function that was forgotten."""

    def close(other: Any) -> bool:
        return bool(_close(np.asarray(other), true, tolerance).all())

    if close(-answer):
        raise Off(f"{what} has its sign turned: what should grow falls")
    for one, other in combinations(range(true.ndim), 2):
        if true.shape[one] == true.shape[other] and close(np.swapaxes(answer, one, other)):
            raise Off(f"{what} is transposed: axes {one} and {other} are exchanged")
    if true.any():
        if not answer.any():
            raise Off(f"{what} is 0 everywhere")
        with np.errstate(all="ignore"):
            usual: dict[str, Any] = {
                "the exponential function": np.exp(answer),
                "a logarithm": np.log(answer),
                "a sigmoid": 1 / (1 + np.exp(-answer)),
                "a square": answer**2,
                "a square root": np.sqrt(answer),
                "abs": np.abs(answer),
                "1 -": 1 - answer,
                "1 /": 1 / answer,
            }
        for name, stepped in usual.items():
            if close(stepped):
                raise Off(f"{what} would be right after one more step: {name}")
        factor = float((answer * true).sum() / (true * true).sum())
        told = _factor(factor, sizes, any_number=true.size > 2) if factor else None
        if told and _close(answer, factor * true, tolerance).all():
            raise Off(f"{what} is {told}")
    if true.size > 2:
        added = float((answer - true).mean())
        if close(answer - added):
            raise Off(f"{what} is {added:+.4g} off everywhere: is a constant added or left out?")


def _factor(factor: float, sizes: Mapping[str, int], any_number: bool) -> str | None:
    """A constant factor in words; None if it says nothing."""
    sign, size = " with its sign turned" if factor < 0 else "", abs(factor)
    for name, count in sizes.items():
        for wrong, known in ((f"{count} times", count), (f"1/{count} of", 1 / count)):
            if count > 1 and math.isclose(size, known, rel_tol=1e-5):
                question = "a sum where a mean belongs?" if known > 1 else "a mean where a sum belongs?"
                return f"{wrong} the true one{sign}, and {count} is the number of {name}: {question}"
    whole, part = round(size), round(1 / size)
    if 1 < whole <= 512 and math.isclose(size, whole, rel_tol=1e-5):
        question = "is a half lost, or something counted twice?" if whole == 2 else "a sum where a mean belongs?"
        return f"{whole} times the true one{sign}: {question}"
    if 1 < part <= 512 and math.isclose(1 / size, part, rel_tol=1e-5):
        question = "is a two lost, or a half too much?" if part == 2 else "a mean where a sum belongs?"
        return f"1/{part} of the true one{sign}: {question}"
    for word, square in (("", size**2), ("1/", size**-2)):
        if any_number and 1 < round(square) <= 4096 and math.isclose(square, round(square), rel_tol=1e-5):
            return f"{word}√{round(square)} times the true one{sign}: is a square root lost, or one too much?"
    return f"{factor:.4g} times the true one at every place: is a factor lost?" if any_number else None


def _places(answer: _Array, true: _Array, off: Any, what: str) -> None:
    """Where it is off, and how much."""
    if true.ndim == 0:
        raise Off(f"{what} is {answer:.6g}, and should be {true:.6g}")
    at = np.unravel_index(int(np.abs(answer - true).argmax()), true.shape)
    place = ", ".join(str(int(index)) for index in at)
    most = f"{answer[at]:.4g} instead of {true[at]:.4g} at [{place}]"
    if off.mean() > 0.5:
        raise Off(f"{what} differs at {off.sum()} of {off.size} places, most with {most}")
    for axis in range(true.ndim):
        indices = np.unique(np.nonzero(off)[axis])
        if len(indices) == 1 and true.shape[axis] > 1:
            raise Off(f"{what} is right but at index {indices[0]} of axis {axis}: {most}")
    raise Off(f"{what} is right at {(~off).sum()} of {off.size} places, not with {most}")


def _mapping(answer: Any, true: Mapping[Any, Any], what: str, tolerance: float) -> None:
    if not isinstance(answer, Mapping):
        raise Off(f"{what} should be a dictionary and is {_a(answer)}")
    _members(set(answer), set(true), f"the keys of {what}")
    for key, value in true.items():
        same(answer[key], value, shape_of=f"{what} at {shortened(repr(key))}", tolerance=tolerance)


def _sequence(answer: Any, true: list[Any] | tuple[Any, ...], what: str, tolerance: float) -> None:
    if not isinstance(answer, list | tuple):
        raise Off(f"{what} should be a {type(true).__name__} of {len(true)} and is {_a(answer)}")
    if len(answer) != len(true):
        raise Off(f"{what} has {len(answer)} members, and should have {len(true)}")
    for number, (one, other) in enumerate(zip(answer, true, strict=True)):
        same(one, other, shape_of=f"number {number} of {what}", tolerance=tolerance)


def _members(answer: Any, true: Any, what: str) -> None:
    for said, some in (("should hold", true - answer), ("should not hold", answer - true)):
        if some:
            raise Off(f"{what} {said} {shortened(', '.join(sorted(map(repr, some))))}")


def _text(answer: str, true: str, what: str) -> None:
    right = repr(shortened(true, 200))
    if answer.lower() == true.lower():
        raise Off(f"{what} is right but for capital letters: it should be {right}")
    if answer.split() == true.split():
        raise Off(f"{what} is right but for its spaces: it should be {right}")
    has, wants = answer.split(), true.split()
    for number, (said, wanted) in enumerate(zip(has, wants, strict=False), 1):
        if said != wanted:
            where = f"word {number} is {shortened(said, 40)!r} instead of {wanted!r}"
            raise Off(f"{what} is {shortened(answer)!r}, and should be {right} ({where})")
    raise Off(f"{what} has {len(has)} words, and should have {len(wants)}: {right}")
