"""Opens what lies beside the chapters, for the tests of the book."""

import base64
import importlib
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
from PIL import Image

from lfes_core.datasets import Frame
from tools.book.pages import ROOT


def module_of_the_book(name: str) -> ModuleType:
    """Import a module that lies beside the chapters and in no package."""
    sys.path.insert(0, str(ROOT / "book"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "book"))


@contextmanager
def drawn_by(name: str) -> Iterator[ModuleType]:
    """A module of figures whose figures are not shown but kept, in its new list ``kept``."""
    matplotlib.use("Agg")
    with matplotlib.rc_context(), pytest.MonkeyPatch.context() as patch:
        module = module_of_the_book(name)
        patch.setattr(module, "kept", [], raising=False)
        for show in {"show_figure", "show_photographs"} & set(vars(module)):
            patch.setattr(module, show, module.kept.append)
        yield module
        matplotlib.pyplot.close("all")


def data_inside(page: str) -> dict[str, Any]:
    """Return the JSON data that a page without a kernel carries for its script."""
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    parts: dict[str, Any] = json.loads(found[1])
    return parts


def picture_in(address: str) -> Image.Image:
    """Return the picture that the address of an image in a page holds."""
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def stands_alone(page: str) -> bool:
    """Whether a page asks no other machine, has nothing left to fill in, and says what it shows to everybody."""
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", page)) - {"http://www.w3.org"}  # of SVG
    to_fill_in = "__" in re.sub(r'<script type="application/json">.*?</script>', "", page, flags=re.DOTALL)
    return not addresses and not to_fill_in and "<noscript>" in page and "aria-" in page


class GrayFaces:
    """As much of ScanFaces as sheets and viewers ask for; a picture's gray tells what it shows."""

    validation_subjects = ("SN097", "SN098")

    def neutral(self, subject: str) -> Frame:
        return Frame(subject, "A", "000.jpg", "", {}, "woman")

    def truth(self, subject: str, units: Mapping[int, int]) -> Frame | None:
        lips = {25: units[26]} if 26 in units else {}  # a jaw that drops parts them
        return Frame(subject, "A", "001.jpg", "", lips | dict(units), "woman")

    def face(self, frame: Frame) -> Any:
        return gray_face(frame.action_units)

    def region_map(self, subject: str, number: int) -> Any:
        moved = np.zeros((256, 256), np.float32)
        moved[128:, 128:] = number
        return moved


def gray_face(units: Mapping[int, int | None]) -> Any:
    """A shade of gray for each expression."""
    gray = sum((number * 7 + 9 * (level or 0)) % 97 for number, level in units.items())
    return np.full((256, 256, 3), gray, np.uint8)
