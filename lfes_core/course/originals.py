"""The package as it was before a student's notebook ran: what the notebook exchanged is noticed and put back."""

import sys
import types
from contextlib import suppress
from typing import Any

from lfes_core.errors import shortened

_WATCHED = ("builtins", "math", "numpy", "torch", "torch.nn", "torch.nn.functional")


def uses_package(answer: Any) -> str:
    """What of the package a function names, for the teacher's eye: the names of one that only hands on the truth."""
    spaces = getattr(answer, "__globals__", {})
    codes, found = [getattr(answer, "__code__", None)], set()
    while codes:
        code = codes.pop()
        if isinstance(code, types.CodeType):
            codes += code.co_consts
            for name in code.co_names:
                value = spaces.get(name)
                module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
                if isinstance(module, str) and module.partition(".")[0] == "lfes_core":
                    found.add(name)
            found |= {name for name in code.co_names if name.startswith("lfes_core")}
    return shortened("names from the package: " + ", ".join(sorted(found))) if found else ""


class Originals:
    """The functions of the package, and of what it is tested with, as they were before the notebook ran."""

    def __init__(self) -> None:
        """Remembers them."""
        modules = [sys.modules[name] for name in sorted(sys.modules) if name.partition(".")[0] == "lfes_core"]
        modules += [sys.modules[name] for name in _WATCHED if name in sys.modules]
        owners: list[Any] = [
            *modules,
            *(vars(sys.modules["torch"])[name] for name in ("Tensor",) if "torch" in sys.modules),
        ]
        owners += {
            value
            for module in modules
            for value in list(vars(module).values())
            if isinstance(value, type) and value.__module__.partition(".")[0] == "lfes_core"
        }
        self._kept = [
            (owner, name, value, _body(value))
            for owner in owners
            for name, value in list(vars(owner).items())
            if (callable(value) or isinstance(value, property | staticmethod | classmethod))
            and name not in ("__class__", "__dict__", "__weakref__", "display", "exit", "quit", "copyright")
        ]
        # What is exchanged is told by its own module, not by one that imports it.
        self._kept.sort(key=lambda kept: getattr(kept[2], "__module__", "") != getattr(kept[0], "__name__", ""))
        self._own = {owner: set(vars(owner)) for owner in owners if isinstance(owner, type)}

    def put_back(self) -> list[str]:
        """What had been changed, by its full name; all of it is as before now."""
        changed = []
        for owner, own in self._own.items():  # methods that hide inherited ones
            for name in vars(owner).keys() - own:
                if callable(vars(owner)[name]) and any(name in vars(base) for base in owner.__mro__[1:]):
                    delattr(owner, name)
                    changed.append(f"{owner.__module__}.{owner.__qualname__}.{name}")
        for owner, name, value, body in self._kept:
            now = vars(owner).get(name)
            if now is value and _body(value) == body:
                continue
            with suppress(BaseException):
                if body:
                    value.__code__, value.__defaults__, value.__kwdefaults__ = body
                setattr(owner, name, value)
            where = (
                owner.__name__ if isinstance(owner, types.ModuleType) else f"{owner.__module__}.{owner.__qualname__}"
            )
            changed.append(f"{where}.{name}")
        return changed


def _body(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, types.FunctionType):
        return ()
    return value.__code__, value.__defaults__, value.__kwdefaults__ and dict(value.__kwdefaults__)
