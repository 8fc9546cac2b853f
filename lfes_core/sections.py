"""A frozen section of settings that goes to JSON and back without losing a type.

:mod:`lfes_core.config` is built from such sections.
"""

import dataclasses
import difflib
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from lfes_core.errors import UserError

Own = TypeVar("Own")  # typing.Self cannot be checked at run time in a class that is no dataclass


class Section:
    """What every section can do; subclasses are frozen dataclasses."""

    def to_json(self) -> dict[str, Any]:
        """Return the section as JSON types: dictionaries, lists, numbers, strings and booleans."""
        return {name: _encode(getattr(self, name)) for name in _annotations(type(self))}

    @classmethod
    def from_json(cls: type[Own], data: Mapping[str, Any]) -> Own:
        """Rebuild a section from ``to_json``. Keys that are missing keep their default.

        Raises:
            UserError: a key does not exist (the nearest one is named), or a value is of another type.
        """
        return typing.cast(Own, _decode(cls, data, ""))


def dotted_keys(data: Mapping[str, Any], path: str = "") -> list[str]:
    """Return the keys of all values inside nested dictionaries, as in ``networks.facial.channels``."""
    found: list[str] = []
    for key, value in data.items():
        here = _join(path, key)
        found += dotted_keys(value, here) if isinstance(value, Mapping) else [here]
    return found


def unknown_key(key: str, known: list[str]) -> UserError:
    """Return the error for a key that is not among ``known``; it names the nearest one."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
    return UserError(f"configuration: no setting is named {key!r}; did you mean {near[0]!r}?")


def require(condition: bool, message: str) -> None:
    """Raise a UserError that names the configuration unless the condition holds."""
    if not condition:
        raise UserError(f"configuration: {message}")


def _annotations(section: type) -> dict[str, Any]:
    hints = typing.get_type_hints(section)
    return {entry.name: hints[entry.name] for entry in dataclasses.fields(section)}


def _encode(value: Any) -> Any:
    if isinstance(value, Section):
        return value.to_json()
    return list(value) if isinstance(value, tuple) else value


def _decode(annotation: Any, value: Any, path: str) -> Any:
    """Turn JSON into what ``annotation`` asks for, or raise a UserError that names the dotted ``path``."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return _decode_section(annotation, value, path)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple:
        any_length = arguments[-1] is Ellipsis
        if isinstance(value, list | tuple) and (any_length or len(value) == len(arguments)):
            return tuple(_decode(arguments[0], entry, path) for entry in value)
        wanted = "a list of numbers" if any_length else f"a list of {len(arguments)} numbers"
    elif typing.get_origin(annotation) is Literal:
        if value in arguments:
            return value
        wanted = f"one of {', '.join(arguments)}"
    else:
        if annotation is float and type(value) is int:
            return float(value)
        if type(value) is annotation:
            return value
        wanted = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[annotation]
    raise UserError(f"configuration: {path} must be {wanted}, not {value!r}")


def _decode_section(section: type[Section], value: Any, path: str) -> Section:
    if not isinstance(value, Mapping):
        raise UserError(f"configuration: {path or 'the whole'} must be a dictionary, not {value!r}")
    known = _annotations(section)
    for key in value:
        if key not in known:
            raise unknown_key(_join(path, key), [_join(path, name) for name in known])
    return section(**{key: _decode(known[key], entry, _join(path, key)) for key, entry in value.items()})


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
