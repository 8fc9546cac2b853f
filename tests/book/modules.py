"""Opens what lies beside the chapters, for the tests of the book."""

import importlib
import json
import re
import sys
from types import ModuleType
from typing import Any

from tools.book.pages import ROOT


def module_of_the_book(name: str) -> ModuleType:
    """Import a module that lies beside the chapters and in no package."""
    sys.path.insert(0, str(ROOT / "book"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "book"))


def data_inside(page: str) -> dict[str, Any]:
    """Return the JSON data that a page without a kernel carries for its script."""
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    parts: dict[str, Any] = json.loads(found[1])
    return parts
