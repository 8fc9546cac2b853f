"""An answer to an exercise is tried on random input, and what is off is said in one kind sentence.

A test is registered with `exercise`; its docstring's first line says what holds when the answer is right:

    @exercise("eq_2", chapter=8, function="my_loss")
    def _(answer):
        '''Eq. 2 on eight random pairs, with and without mismatched ones.'''
        same(answer(true, synthesized), adversarial_loss(true, synthesized))
"""

import difflib
import functools
import importlib
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lfes_core.errors import UserError, shortened


class Off(Exception):
    """What is off in an answer: one kind sentence without a period."""


class NotWritten(Off):
    """The answer is still the empty function of the exercise."""


@dataclass(frozen=True)
class Checked:
    """What `check` found.

    Attributes:
        name: of the exercise.
        right: whether the answer passed.
        says: what was tested, or what is off.
        written: False while the function is still empty.
    """

    name: str
    right: bool
    says: str
    written: bool = True

    def __repr__(self) -> str:
        """One or two lines, the same on every machine."""
        if not self.written:
            return f"{self.name}: not yet written" + (f": {self.says}" if self.says else "")
        return f"{self.name}: {'right,' if self.right else 'not yet:'} {self.says}"


@dataclass(frozen=True)
class Exercise:
    """A code exercise.

    Attributes:
        name: unique in the book, as in ``check("eq_2", my_loss)``.
        chapter: its number, or the name of a page without one (``"related_work"``).
        function: what the answer is called in the chapter.
        points: what it counts in a grade.
        says: what holds when the answer is right.
        test: raises `Off` for a wrong answer.
    """

    name: str
    chapter: int | str
    function: str
    points: int
    says: str
    test: Callable[[Any], object]


_REGISTERED: dict[str, Exercise] = {}


def exercise(
    name: str, *, chapter: int | str, function: str, points: int = 1
) -> Callable[[Callable[[Any], object]], Callable[[Any], object]]:
    """Registers the test below it; see `Exercise`. ValueError: the name is taken, or the test has no docstring."""

    def register(test: Callable[[Any], object]) -> Callable[[Any], object]:
        says = (inspect.getdoc(test) or "").partition("\n")[0].removesuffix(".")
        earlier = _REGISTERED.get(name)
        if not says or (earlier and earlier.test.__module__ != test.__module__):
            raise ValueError(f"exercise {name}: " + ("its name is taken" if says else "its test has no docstring"))
        _REGISTERED[name] = Exercise(name, chapter, function, points, says, test)
        return test

    return register


def exercises(chapter: int | str | None = None) -> dict[str, Exercise]:
    """All exercises by name, or those of one chapter; imports the modules of `lfes_core.course.exercises`."""
    _import_until(None)
    return {name: one for name, one in _REGISTERED.items() if chapter in (None, one.chapter)}


def reinstate(kept: Mapping[str, Exercise]) -> None:
    """Puts exercises back that code of a student may have replaced."""
    _REGISTERED.update(kept)


def check(name: str, answer: Any) -> Checked:
    """Tries an answer and says whether it is right, or what is off. It never raises because of the answer.

    Args:
        name: of the exercise. UserError: there is none of this name.
        answer: the function that the exercise asks for.
    """
    _import_until(name)
    if name not in _REGISTERED:
        near, *_ = difflib.get_close_matches(str(name), _REGISTERED, cutoff=0.0)
        raise UserError(f"no exercise is named {shortened(str(name))!r}; is it {near!r}?")
    asked = _REGISTERED[name]
    if answer is None or answer is ...:
        return Checked(name, False, "", written=False)
    if not callable(answer):
        kind = type(answer).__name__
        says = f"give {asked.function} itself, without a call; this is of type {kind}"
        return Checked(name, False, says)
    try:
        with _same_chance():
            asked.test(_watched(answer, asked.function))
    except NotWritten:
        return Checked(name, False, f"{asked.function} is still empty", written=False)
    except Off as off:
        return Checked(name, False, str(off))
    except (Exception, SystemExit) as error:
        return Checked(name, False, f"{asked.function} {_stopped(error, answer)}")
    return Checked(name, True, asked.says)


def _import_until(name: str | None) -> None:
    """Imports the modules of exercises until the name is known; all of them for None."""
    themes = importlib.import_module("lfes_core.course.exercises")
    for module in sorted(module.name for module in pkgutil.iter_modules(themes.__path__)):
        if name in _REGISTERED:
            return
        importlib.import_module(f"{themes.__name__}.{module}")


@contextmanager
def _same_chance() -> Iterator[None]:
    """PyTorch draws the same numbers in every check, and goes on afterwards as if there had been none."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def _watched(answer: Callable[..., Any], function: str) -> Callable[..., Any]:
    """The answer, where an empty function and one that changes its arguments are noticed."""

    @functools.wraps(answer)
    def called(*given: Any, **named: Any) -> Any:
        before = _copies(_by_name(answer, given, named))
        try:
            result = answer(*given, **named)
        except Off as error:  # only a test may say so
            raise RuntimeError(str(error)) from None
        if result is None or result is ...:
            raise NotWritten
        after = _by_name(answer, given, named)
        for argument, copy in before.items():
            if not _unchanged(after[argument], copy):
                raise Off(f"{function} changes its argument {argument} in place; let it work on a copy (clone)")
        return result

    return called


def _by_name(answer: Callable[..., Any], given: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(inspect.signature(answer).bind(*given, **named).arguments)
    except (TypeError, ValueError):
        return {str(number): value for number, value in enumerate(given, 1)} | dict(named)


def _copies(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Of tensors, arrays, lists and dictionaries."""
    copies = {}
    for name, value in arguments.items():
        if hasattr(value, "clone"):
            copies[name] = value.clone()
        elif isinstance(value, list | dict | set) or type(value).__module__ == "numpy":
            copies[name] = value.copy()
    return copies


def _unchanged(value: Any, copy: Any) -> bool:
    if hasattr(value, "shape"):
        return value.shape == copy.shape and bool(((value == copy) | ((value != value) & (copy != copy))).all())
    if isinstance(value, dict):
        value, copy = [*value, *value.values()], [*copy, *copy.values()]
    return len(value) == len(copy) and all(one is other for one, other in zip(value, copy, strict=True))


def _stopped(error: BaseException, answer: Callable[..., Any]) -> str:
    """What stopped an answer, with the line of the student's own code."""
    says = shortened(" ".join(str(error).split()))
    told = type(error).__name__ + (f": {says}" if says else "")
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(inspect.unwrap(answer), "__code__", None)
    own = [one.lineno for one in frames if code is not None and one.filename == code.co_filename]
    own = own or [one.lineno for one in frames if "ipykernel" in one.filename or "<ipython" in one.filename]
    return f"stopped with {told}" + (f" (line {own[-1]})" if own else "")
