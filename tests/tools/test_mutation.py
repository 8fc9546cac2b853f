"""Changes that mutation tests make: each where a test could see it, one at a time, and undone afterwards."""

import ast

import pandas as pd
import pytest

from tools.book.testing import HARMLESS
from tools.mutants import mutants, units
from tools.mutation import MODULES, ROOT


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("return a < 1", {"return a <= 1", "return a < 2", "return None"}),
        ("return not a and b", {"return a and b", "return not a or b", "return None"}),
        ("return -a + b * 2", {"return a + b * 2", "return -a - b * 2", "return -a + b / 2", "return -a + b * 3"}),
        ("if a: b()", {"if not a:", "pass"}),
        ("b(a, dim=1)", {"b(a)", "b(a, dim=2)", "pass"}),
        ("return a.detach()", {"return a", "return None"}),
        ("return f'{a}/{b}'", {"return f'/{b}'", "return f'{a}/'", "return None"}),
        ("return 'sum'", {"return 'XXsum'", "return None"}),
        ("return [x for x in a if b]", {"return [x for x in a]", "return None"}),
        ("raise ValueError(f'{a} is wrong')", {"pass"}),  # words of an error are no behavior
        ("return dict(zip(a, b, strict=True))", {"return None"}),
        ("a.b = True", {"pass", "a.b = False"}),
        ("a += 1", {"a -= 1", "a += 2", "pass"}),
    ],
)
def test_a_line_is_made_wrong_in_every_way_that_a_test_could_see(line, changed):
    unit = ast.parse(f'def f(a: "batch 3", b: int = 1) -> "batch":\n    "What it does."\n    {line}').body[0]
    before = ast.unparse(unit)
    found = {after for _, _, after in mutants(unit)}
    assert changed <= found and len(found) <= len(changed) + 1
    assert ast.unparse(unit) == before


def test_functions_methods_and_values_of_a_module_are_changed_and_classes_are_not():
    module = ast.parse("import x\nA = 1\nclass B(C):\n    d: int = 2\n    def e(self): return 3\ndef f(): return 4")
    assert [owner for _, owner in units(module)] == ["", "B.e", "f"]


def test_every_module_that_is_tried_is_there_with_its_tests():
    for module, given in MODULES.items():
        tests = [one.partition("::")[0] for one in given if one.startswith("tests/")]
        assert tests and all((ROOT / file).is_file() for file in (f"lfes_core/{module}", *tests)), module


def test_every_change_that_is_called_harmless_can_still_be_made():
    rows = pd.read_csv(HARMLESS, keep_default_na=False)
    for module, told in rows.groupby("module"):
        tree = ast.parse((ROOT / "lfes_core" / module).read_text("utf-8"))
        made = {(before, after) for unit, _ in units(tree) for _, before, after in mutants(unit)}
        assert {*told[["before", "after"]].itertuples(index=False, name=None)} <= made, module
