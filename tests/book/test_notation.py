"""Each name that the notation page gives for a symbol exists, and the symbols of the paper are there."""

import importlib
import inspect
import pkgutil
import re
from functools import cache

import pytest

import lfes_core
from lfes_core.config import preset
from tools.book.pages import ROOT

PAGE = (ROOT / "book" / "notation.md").read_text("utf-8")
TABLES = PAGE[PAGE.index("\n## ") :]
PARTS = sorted(set(re.findall(r"`(\w+)` (of|in) `(\w+)`", TABLES)))
NAMES = sorted(set(re.findall(r"`([A-Za-z_][\w.]*)`(?! (?:of|in) `)", TABLES)) - {"None", "tiny"})
SYMBOLS = r"""$B$ $N$ $J$ $I_i$ $I_t$ $I_s^n$ $f_f$ $f_s$ $q_n$ $w_N$ $U_n$ $\beta_{ij}$ $\alpha_j$ $v_r$ $c_n$ $R_{ij}$
$\gamma_1$ $\gamma_2$ $\gamma_3$ $\mu$ $\sigma$ $\epsilon$ $F_{EV}$ $f_{EV}^n$ $D_{FV}^n$ $D_{EV}^n$ $D_{syn}$ $att_n$
$L_{LVM}$ $L_{KL}$ $L_{FV}^n$ $L_{EV}^n$ $L_{syn}$ $L_{D,total}$ $L_{adv}^m$ $L_{id}^m$ $L_{recon}^m$ $L_{G,total}$"""


@cache
def package():
    """Everything that modules of the package call by a name."""
    found = {}
    for info in pkgutil.walk_packages(lfes_core.__path__, "lfes_core."):
        if not info.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(info.name)).items():
                found.setdefault(name, value)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_code_is_a_setting_or_something_of_the_package(name):
    if "." in name:
        assert name in preset("paper").flat()
    else:
        assert name in package()


@pytest.mark.parametrize(("part", "where", "owner"), PARTS)
def test_a_part_of_a_class_is_a_field_or_a_method_or_an_argument_or_a_name_in_its_code(part, where, owner):
    code = inspect.getsource(package()[owner])
    patterns = {"of": rf"^ +(?:self\.|def )?{part}\b ?[:=(]|[(,] ?{part}: ", "in": rf"^ +{part} = "}
    assert re.search(patterns[where], code, flags=re.MULTILINE)


def test_the_symbols_of_the_paper_stand_on_the_page():
    assert [symbol for symbol in SYMBOLS.split() if symbol not in PAGE] == []
