"""The ledger from paper to code is complete and true in both directions."""

import importlib
import inspect
import json
import re

import pytest
from torch import nn

from tests.book.package_names import public_names
from tools.book.pages import ROOT

LEDGER = (ROOT / "book" / "paper_to_code.md").read_text("utf-8")
ROWS = re.findall(r"^\|.*`(lfes_core\.[\w.]+)` \| \[\d+\]\((\w+\.ipynb)\) \|$", LEDGER, flags=re.MULTILINE)


def named(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def is_network(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, nn.Module)


def test_each_network_and_each_loss_of_the_package_is_in_the_ledger_with_its_file():
    parts = {
        f"{module}.{name}"
        for name, module in public_names().items()
        if module == "lfes_core.losses"
        or (module.startswith("lfes_core.networks.") and is_network(named(f"{module}.{name}")))
    }
    assert parts - {path for path, _ in ROWS} == set()


def test_the_ledger_can_be_read_and_has_each_equation():
    assert len(ROWS) == LEDGER.count("`lfes_core.") > 30
    equations = LEDGER.partition("## The equations")[2].partition("\n## ")[0]
    assert [number for number in range(1, 7) if f"| Eq. {number}," not in equations] == []


@pytest.mark.parametrize(("path", "chapter"), ROWS)
def test_each_named_object_exists_and_the_chapter_beside_it_speaks_of_it(path, chapter):
    assert named(path) is not None
    cells = json.loads((ROOT / "book" / chapter).read_text("utf-8"))["cells"]
    assert path.rpartition(".")[2] in "\n".join("".join(cell["source"]) for cell in cells)
