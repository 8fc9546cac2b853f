"""The targets of `tools.fuzz` take what they should take, refuse what they should refuse, and let faults through."""

import sys

import pytest

from lfes_core.errors import UserError
from tools import fuzz
from tools.fuzz import SEEDS, TARGETS, main, refused


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_or_refuses_its_first_inputs_and_pieces_of_them(name, tmp_path):
    for seed in SEEDS[TARGETS[name]]():
        middle = len(seed) // 2
        for data in (seed, b"", b"\xff\x00" + seed, seed[:middle], seed[:middle] + seed, seed[middle:] * 3):
            TARGETS[name](data, tmp_path)


@pytest.mark.parametrize("error", [KeyError("x"), UserError("a\nb\nc"), UserError("x" * 601), UserError("\x1b[31m")])
def test_an_error_that_no_user_should_see_is_found(error):
    def broken():
        raise error

    with pytest.raises((KeyError, AssertionError)):
        refused(broken)


def test_a_refusal_is_nothing_and_what_is_taken_is_returned():
    def refuses():
        raise UserError("no sentence; write one")

    assert refused(refuses) is None and refused(lambda: 3) == 3


def test_without_atheris_one_line_says_how_to_have_it(monkeypatch, capsys):
    monkeypatch.setattr(fuzz.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["fuzz", "labels"])
    assert main() == 2
    assert "pip install atheris" in capsys.readouterr().err
