"""The explorer's numbers are those of the evaluation."""

import json

import numpy as np
import pytest

from lfes_core.evaluation.measure import judge_map
from tests.book.modules import module_of_the_book
from tools.book.pages import ROOT

quickjs = pytest.importorskip("quickjs", reason="there is no QuickJS for this system")

FRONT_END = ROOT / "book" / "explorer"


@pytest.fixture(scope="module")
def script():
    """Both modules in a JavaScript engine."""
    context = quickjs.Context()
    for name in ("measures", "state"):
        context.eval((FRONT_END / f"{name}.js").read_text("utf-8").replace("export ", ""))
    context.eval(
        "function lifted(map, mask) {"
        " const beta = Float32Array.from(JSON.parse(map)), inside = Uint8Array.from(JSON.parse(mask));"
        " return lift(beta, cover(inside, Math.sqrt(beta.length))); }"
        "function named(units) { return expressionName(JSON.parse(units), 'ABCDE'); }"
        "function part(...given) {"
        " return shareOfChange(...given.map((one) => Float32Array.from(JSON.parse(one)))); }"
        "function bright(map) { return nearlyHighest(Float32Array.from(JSON.parse(map))); }"
    )
    return context


@pytest.mark.parametrize("side", [64, 128])
def test_lift_is_that_of_the_evaluation(script, side):
    generator = np.random.default_rng(side)
    rows, columns = np.mgrid[:256, :256]
    inside = (rows - 150) ** 2 + (columns - 120) ** 2 < 41**2
    beta = generator.random((side, side)).astype(np.float32)
    theirs = script.get("lifted")(json.dumps(beta.ravel().tolist()), json.dumps(inside.astype(int).ravel().tolist()))
    assert theirs == pytest.approx(judge_map(beta, inside)["lift"], rel=1e-4)


def test_an_expression_has_the_same_name_as_in_the_tables(script):
    tables = module_of_the_book("explorer_tables")
    for asked, shown in (({12: 5, 1: 2}, {1: 2, 12: 5}), ({26: 3}, {25: 3, 26: 3}), ({27: 4, 25: 1}, {25: 1, 27: 4})):
        assert script.get("named")(json.dumps(asked)) == tables.expression_name(shown)
    assert script.get("named")(json.dumps({12: 0})) == "", "no picture is the one where it is not said how much"


def test_the_share_of_a_change_is_the_factor_that_brings_the_whole_nearest(script):
    whole, neutral = np.array([1.0, 2.0, -1.0]), np.array([0.5, 0.5, 0.5])
    for factor in (0, 0.25, 1, -0.5):
        part = neutral + factor * (whole - neutral)
        given = [json.dumps(one.tolist()) for one in (part, whole, neutral)]
        assert script.get("part")(*given) == pytest.approx(factor, abs=1e-5)


def test_the_color_scale_ends_where_few_places_are_brighter(script):
    map_ = np.linspace(0, 0.5, 10_000)
    map_[:10] = 0.99
    assert script.get("bright")(json.dumps(map_.tolist())) == pytest.approx(np.quantile(map_, 0.997), abs=2e-3)
