"""A frozen section of settings that checks itself, and goes to JSON and back without losing a type.

`lfes_core.config` is built from such sections.
"""

import dataclasses
import difflib
import typing
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar

from lfes_core.errors import UserError, shortened

Own = TypeVar("Own", bound="Section")


class Range(NamedTuple):
    """The least and the largest value that a setting may have."""

    low: float
    high: float


class Section:
    """What every section can do; subclasses are frozen dataclasses, ``path`` is where they stand in the whole."""

    path: ClassVar[str] = ""

    def __init_subclass__(cls, path: str = "") -> None:
        cls.path = path

    def __post_init__(self) -> None:
        """Checks type and range of each value; a subclass adds what several settings must agree on."""
        for name, annotation in _annotations(type(self)).items():
            _checked(annotation, getattr(self, name), _join(self.path, name))

    def to_json(self) -> dict[str, Any]:
        """Return the section as JSON types: dictionaries, lists, numbers, strings and booleans."""
        return {name: _encode(getattr(self, name)) for name in _annotations(type(self))}

    @classmethod
    def from_json(cls: type[Own], data: Any) -> Own:
        """Rebuild a section from ``to_json``. Keys that are missing keep their default.

        Raises:
            UserError: a key does not exist (the nearest one is named), or a value is of another type or range.
        """
        if not isinstance(data, Mapping):
            raise UserError(f"configuration: {cls.path or 'the whole'} must be a dictionary, not {_shown(data)}")
        known = _annotations(cls)
        for key in data:
            if key not in known:
                raise unknown_key(_join(cls.path, str(key)), [_join(cls.path, name) for name in known])
        return cls(**{key: _checked(known[key], data[key], _join(cls.path, key)) for key in data})

    def flat(self) -> dict[str, Any]:
        """Return all values by dotted key, as in ``networks.facial.channels``, in the order of the configuration."""
        found: dict[str, Any] = {}
        for name, value in self.to_json().items():
            own = getattr(self, name)
            inner = own.flat() if isinstance(own, Section) else {"": value}
            found |= {_join(name, key): entry for key, entry in inner.items()}
        return found


def require(condition: bool, message: str) -> None:
    """Raises a UserError that names the configuration unless the condition holds."""
    if not condition:
        raise UserError(f"configuration: {message}")


def unknown_key(key: str, known: list[str]) -> UserError:
    """The error for a key that is not among ``known``; it names the nearest one."""
    near = difflib.get_close_matches(key[:80], known, n=1, cutoff=0.0)
    return UserError(f"configuration: no setting is named {_shown(key)}; did you mean {near[0]!r}?")


def _annotations(section: type) -> dict[str, Any]:
    hints = typing.get_type_hints(section, include_extras=True)
    return {entry.name: hints[entry.name] for entry in dataclasses.fields(section)}


def _encode(value: Any) -> Any:
    if isinstance(value, Section):
        return value.to_json()
    return list(value) if isinstance(value, tuple) else value


def _checked(annotation: Any, value: Any, path: str) -> Any:
    """The value as ``annotation`` asks for it, or a UserError that names the dotted ``path``."""
    if typing.get_origin(annotation) is Annotated:
        value = _checked(annotation.__origin__, value, path)
        low, high = annotation.__metadata__[0]
        require(low <= value <= high, f"{path} must lie in {low:g} ... {high:g}, not {_shown(value)}")
        return value
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return value if isinstance(value, annotation) else annotation.from_json(value)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple:
        any_length = arguments[-1] is Ellipsis
        if isinstance(value, list | tuple) and (any_length or len(value) == len(arguments)):
            return tuple(_checked(arguments[0], entry, path) for entry in value)
        wanted = "a list of numbers" if any_length else f"a list of {len(arguments)} numbers"
    elif typing.get_origin(annotation) is Literal:
        if isinstance(value, str) and value in arguments:
            return value
        wanted = f"one of {', '.join(arguments)}"
    else:
        if annotation is float and type(value) is int and abs(value) < 2**53:
            return float(value)
        if type(value) is annotation:
            return value
        wanted = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[annotation]
    raise UserError(f"configuration: {path} must be {wanted}, not {_shown(value)}")


def _shown(value: Any) -> str:
    return shortened(repr(value))


def _join(path: str, key: str) -> str:
    return ".".join(part for part in (path, key) if part)
