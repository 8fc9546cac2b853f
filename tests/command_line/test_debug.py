"""An error of the package itself: two lines that name its place; tracebacks are for those who ask."""

import re

import pytest
import torch
from torch.utils.data import DataLoader

from lfes_core import command_line
from lfes_core.command_line import course, evaluate, main, synthesize, train
from lfes_core.errors import Unreadable, UserError

COMMANDS = {
    "parse x": (command_line, "_run_parse"),
    "describe": (command_line, "_run_describe"),
    "synthesize x y -o z.png": (synthesize, "run"),
    "weights": (synthesize, "run_weights"),
    "faces x": (synthesize, "run_faces"),
    "train --out x": (train, "run"),
    "evaluate --out x": (evaluate, "run"),
    "check-data --dataset scanfaces": (evaluate, "run_check_data"),
    "course student x": (course, "run"),
    "grade x --out y": (course, "run_grade"),
}


class Silent(Exception):
    def __str__(self) -> str:
        return ""


FAULTS = [KeyError("a\nb" * 999), AssertionError(), Silent(), RecursionError("deep"), StopIteration(), TypeError("int")]
FAULTS += [ExceptionGroup("several", [ValueError("one")]), UnicodeDecodeError("utf-8", b"\xff" * 999, 0, 1, "no")]


@pytest.mark.fault("Command line", "an error that nobody foresaw, in any command", "two lines: what, where, --debug")
@pytest.mark.parametrize("command", COMMANDS)
def test_an_error_that_nobody_foresaw_is_two_lines_and_a_traceback_only_with_debug(capsys, monkeypatch, command):
    for fault in FAULTS:

        def fail(*_: object, fault: BaseException = fault) -> None:
            raise fault

        monkeypatch.setattr(*COMMANDS[command], fail)
        assert main(command.split()) == 1
        what, advice = capsys.readouterr().err.splitlines()
        assert re.fullmatch(rf"error: {type(fault).__name__}.* \(lfes_core/command_line/__init__\.py:\d+\)", what)
        assert len(what) < 200 and "Traceback" not in what and "--debug" in advice
        for words in (["--debug", *command.split()], [*command.split(), "--debug"]):
            assert main(words) == 1
            told = capsys.readouterr().err
            assert "Traceback (most recent call last)" in told and told.endswith(f"{what}\n{advice}\n")


def test_debug_shows_where_a_wrong_input_was_noticed_and_is_in_every_help(capsys):
    assert main(["parse", "zzz"]) == 2 == main(["parse", "zzz", "--debug"])
    told = capsys.readouterr().err
    assert told.count("Traceback") == 1 and told.splitlines()[0] == told.splitlines()[-1]
    for words in ([], *(command.split()[:1] for command in COMMANDS), ["course", "student"]):
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        assert "--debug" in capsys.readouterr().out


class Broken(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, _: int) -> None:
        raise Unreadable("is {}", "broken", file="face.png")


@pytest.mark.fault("Command line", "a process that reads pictures meets a broken one", "one line that names the file")
def test_an_error_of_another_process_is_told_without_its_traceback(capsys, monkeypatch):
    monkeypatch.setattr(command_line, "_run_parse", lambda _: list(DataLoader(Broken(), num_workers=1)))
    assert main(["parse", "x"]) == 2
    assert capsys.readouterr().err == "error: face.png is broken\n"


@pytest.mark.fault("Command line", "memory runs out, also that of a GPU", "one line says so; exit status 2")
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    ],
)
def test_too_little_memory_is_told_in_one_line(capsys, monkeypatch, error):
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(command_line, "_run_parse", fail)
    assert main(["parse", "x"]) == 2
    told = capsys.readouterr().err
    assert "not enough memory" in told and told.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["a" * 5_000, "a " * 2_000, "b/" * 300, "\n" * 99, "'" + "c d" * 99 + "'", "\x1b[31m" * 99, "\udcff" * 90]
)
def test_no_line_is_long_or_repeats_more_than_80_characters_of_a_word(capsys, monkeypatch, text):
    def fail(_: object) -> None:
        raise UserError(f"{text}: is not right; do something else")

    monkeypatch.setattr(command_line, "_run_parse", fail)
    for words in (["parse", "x"], [text], ["parse", "x", "--seed", text], ["describe", "--seed", text]):
        assert main(words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert len(line) <= 400 and line.startswith("error: ")
        assert line.isprintable() and (" " in text or text[:81] not in line)
