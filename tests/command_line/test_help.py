"""Help, and the program as a process of its own."""

import json
import os
import shlex
import subprocess
import sys

import pytest

from lfes_core.command_line import command_line_parser, main

COMMANDS = ("synthesize", "describe", "parse", "train", "evaluate", "weights", "faces", "check-data")
SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_parses(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    example = text.partition(f"example: python -m lfes_core {command} ")[2]
    assert example
    command_line_parser().parse_args([command, *shlex.split(example)])


def run_process(*argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "lfes_core", *argv], capture_output=True, text=True, check=False)


def test_the_module_runs_as_a_program() -> None:
    done = run_process("parse", SENTENCE, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["action_units"] == {"25": 5, "26": 5}
    wrong = run_process("parse", "A woman with highly parted lisp.")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: ") and wrong.stderr.count("\n") == 1


def test_parse_and_help_do_not_wait_for_pytorch() -> None:
    code = (
        "import sys; from lfes_core.command_line import main; "
        f"main(['parse', {SENTENCE!r}]); main(['describe', '--aus', '1:2']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_swallows_what_is_written(redirection: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m lfes_core parse 'a smile' {redirection}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1", "utf-8:strict"])
def test_characters_that_a_stream_cannot_say_are_written_as_escapes(encoding: str) -> None:
    for argv in (
        ["parse", "a man\u2019s smile \u65e5"],
        ["check-data", "--dataset", "ckplus", "\udcff/\u65e5"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "lfes_core", *argv],
            capture_output=True,
            check=False,
            env=os.environ | {"PYTHONIOENCODING": encoding},
        )
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and done.stderr.startswith(b"error: ")
