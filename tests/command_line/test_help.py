"""Help, the commands that the README prints, and the program as a process of its own."""

import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lfes_core.command_line import command_line_parser, main
from lfes_core.command_line.train import configuration
from lfes_core.config import preset
from tools import train_on_gpu

COMMANDS = (
    *("synthesize", "describe", "parse", "train", "evaluate", "weights", "faces", "check-data", "course", "grade"),
    "bench",
)
README = Path(__file__).parents[2] / "README.md"
START = ["python", "-m", "lfes_core"]
SENTENCE = "A woman with highly parted lips and a significantly dropped jaw."


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_parses(capsys, command):
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    example = text.partition(f"example: python -m lfes_core {command} ")[2]
    assert example
    command_line_parser().parse_args([command, *shlex.split(example)])


def printed_commands() -> list[list[str]]:
    blocks = re.findall(r"```bash\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[len(START) :] for line in words if line[: len(START)] == START]


@pytest.mark.parametrize("words", printed_commands(), ids=" ".join)
def test_a_printed_command_is_understood(words):
    arguments = command_line_parser().parse_args(words)
    if words[0] == "train":
        assert configuration(arguments).preset == arguments.preset


def test_the_printed_command_for_a_gpu_trains_both_designs_with_the_settings_that_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    readme = README.read_text("utf-8")
    (line,) = re.findall(r"^python -m tools\.train_on_gpu (.+)$", readme, re.MULTILINE)
    executed: list[list[str]] = []
    assert train_on_gpu.main(shlex.split(line), lambda command: executed.append(list(command)) or 0) == 0
    trained = [command_line_parser().parse_args(words[3:]) for words in executed if words[3] == "train"]
    matched, *designs = map(configuration, trained)
    assert {config.preset for config in (matched, *designs)} == {"book"}
    assert [config.networks.synthesizer.moves for config in designs] == [True, False]
    usual = preset("book").flat()
    changed = {key for config in designs for key, value in config.flat().items() if value != usual[key]}
    assert {key for key in changed if key not in readme} == set()


def test_what_may_be_a_name_of_the_package_is_handed_on_as_a_word():
    """A path that is called like a shipped set is looked up as a file."""
    parser = command_line_parser()
    [commands] = (action for action in parser._actions if hasattr(action, "choices") and action.choices)
    named = [
        (command, action)
        for command, own in commands.choices.items()
        for action in own._actions
        if "|" in str(action.metavar)
    ]
    needed = {"train": ["--out", "x"], "synthesize": ["x", "y", "-o", "z"], "evaluate": ["--out", "x"]}
    for command, action in named:
        given = vars(parser.parse_args([command, *needed[command], *action.option_strings, "matching"]))
        assert given[action.dest] in ("matching", ["matching"])
    assert {"matching_from", "start_from"} <= {action.dest for _, action in named}


def run_process(*argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "lfes_core", *argv], capture_output=True, text=True, check=False)


def test_the_module_runs_as_a_program():
    done = run_process("parse", SENTENCE, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["action_units"] == {"25": 5, "26": 5}
    wrong = run_process("parse", "A woman with highly parted lisp.")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: ") and wrong.stderr.count("\n") == 1


def test_parse_and_help_do_not_wait_for_pytorch():
    code = (
        "import sys; from lfes_core.command_line import main; "
        f"main(['parse', {SENTENCE!r}]); main(['describe', '--aus', '1:2']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.fault("Command line", "standard output or error is closed", "done as if nothing had been")
@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_swallows_what_is_written(redirection):
    command = f"{shlex.quote(sys.executable)} -m lfes_core parse 'a smile' {redirection}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.fault("Command line", "characters that a terminal cannot show", "they are written as escapes")
@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1", "utf-8"])
@pytest.mark.parametrize(
    "argv", [["parse", "a man\u2019s smile \u65e5"], ["check-data", "--dataset", "ckplus", "\udcff/\u65e5"]]
)
def test_characters_that_a_stream_cannot_say_are_written_as_escapes(monkeypatch, encoding, argv):
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding, errors="strict", newline="\n")
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(argv) == 2
    stream.flush()
    assert written.getvalue().count(b"\n") == 1 and written.getvalue().startswith(b"error: ")
