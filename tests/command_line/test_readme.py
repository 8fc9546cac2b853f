"""The commands that the README prints are understood as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from lfes_core.command_line import command_line_parser
from lfes_core.command_line.train import configuration

README = Path(__file__).parents[2] / "README.md"
START = ["python", "-m", "lfes_core"]


def printed_commands() -> list[list[str]]:
    blocks = re.findall(r"```bash\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[len(START) :] for line in words if line[: len(START)] == START]


@pytest.mark.parametrize("words", printed_commands(), ids=" ".join)
def test_a_printed_command_is_understood(words: list[str]) -> None:
    arguments = command_line_parser().parse_args(words)
    if words[0] == "train":
        assert configuration(arguments).preset == arguments.preset


def test_the_commands_for_a_gpu_differ_in_one_thing_each() -> None:
    trained = [command_line_parser().parse_args(words) for words in printed_commands() if words[0] == "train"]
    plain, skips, moved = (run for run in trained if run.preset == "book")
    assert skips.matching_from == moved.matching_from == plain.out
    assert moved.start_from == str(skips.out)
    changed = configuration(plain).overridden({"networks.synthesizer.moves": True})
    assert configuration(skips) == changed
    assert configuration(moved) == changed.overridden({"losses.reconstruction_moved": 10})
    assert plain.data == skips.data == moved.data
