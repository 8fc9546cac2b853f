"""What lfes_core offers: names of its public classes and functions, and the modules they come from."""

import importlib
import inspect
import pkgutil
from functools import cache

import lfes_core


@cache
def public_names() -> dict[str, str]:
    """Every public class and function that a module of lfes_core defines, with that module."""
    found = {}
    for info in pkgutil.walk_packages(lfes_core.__path__, "lfes_core."):
        if info.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(info.name)).items():
            is_code = inspect.isclass(value) or inspect.isfunction(value)
            if is_code and not name.startswith("_") and value.__module__ == info.name:
                found[name] = info.name
    return found
