"""One command for a GPU: every command is one that the program takes, in the given time, and nothing is done twice."""

import json
from pathlib import Path

import pytest

from lfes_core.command_line import command_line_parser
from lfes_core.command_line.train import configuration
from lfes_core.training.compute import parse_duration
from tools.scan_faces.__main__ import _parser as scan_faces_parser
from tools.train_on_gpu import main


class Machine:
    """Runs nothing: leaves behind what a command would, and notes the commands."""

    def __init__(self, out: Path, seconds: float, stopped: str = "time limit", codes=()) -> None:
        self.out, self.seconds, self.stopped, self.codes = out, seconds, stopped, list(codes)
        self.commands: list[list[str]] = []

    def __call__(self, command):
        self.commands.append(list(command[1:]))
        if "tools.scan_faces" in command:
            (self.out / "scan_faces.zip").touch()
        if "train" in command:
            folder = Path(command[command.index("--out") + 1])
            folder.mkdir(exist_ok=True)
            (folder / "checkpoint.safetensors").touch()
            record = folder / "run.json"
            starts = json.loads(record.read_text())["starts"] if record.exists() else []
            ends = "--time-limit" not in command
            stopped, step = "finished" if ends else self.stopped, 60 if self.stopped == "finished" else 7
            starts.append({"seconds": self.seconds, "stopped": stopped, "step": step})
            if stopped == "finished" and folder.name == "matching":
                (folder / "matching.safetensors").touch()
            record.write_text(json.dumps({"starts": starts}))
        return self.codes.pop(0) if self.codes else 0

    def trained(self):
        """Run and parsed arguments of each training that has a time."""
        words = [command[2:] for command in self.commands if "--time-limit" in command]
        return {Path(one[one.index("--out") + 1]).name: command_line_parser().parse_args(one) for one in words}


def test_it_draws_trains_both_designs_and_evaluates_within_the_time(tmp_path):
    machine = Machine(tmp_path, seconds=10)
    assert main([str(tmp_path), "--time", "2h", "--model", "faces", "--people", "5", "--preset", "tiny"], machine) == 0
    first, *_, last = machine.commands
    drawn = scan_faces_parser().parse_args(first[2:])
    assert drawn.flows and drawn.subjects == 5 and str(drawn.output) == str(tmp_path / "scan_faces.zip")
    trained = machine.trained()
    assert [*trained] == ["matching", "extension", "paper_design"]
    assert sum(parse_duration(run.time_limit) for run in trained.values()) == pytest.approx(7200, abs=3)
    settings = {name: configuration(run) for name, run in trained.items()}
    assert settings["matching"].adversarial.steps == 0
    assert settings["extension"].networks.synthesizer.moves and not settings["paper_design"].networks.synthesizer.moves
    assert all(run.data == f"scanfaces:{tmp_path / 'scan_faces.zip'}" for run in trained.values())
    assert trained["extension"].matching_from == trained["paper_design"].matching_from == str(tmp_path / "matching")
    evaluated = command_line_parser().parse_args(last[2:])
    assert evaluated.models == [str(tmp_path / "extension"), str(tmp_path / "paper_design")]


def test_matching_that_runs_out_of_time_ends_with_what_it_has_learned(tmp_path):
    machine = Machine(tmp_path, seconds=1000)
    assert main([str(tmp_path), "--time", "1000s"], machine) == 0
    parsed = [command_line_parser().parse_args(words[2:]) for words in machine.commands if "train" in words]
    assert [run.out.name for run in parsed] == ["matching", "matching", "extension", "paper_design"]
    first, second = parsed[:2]
    assert not first.resume and second.resume and second.time_limit is None
    assert configuration(second).matching.steps == 7 and configuration(first).matching.steps > 7
    again = Machine(tmp_path, seconds=0)
    assert main([str(tmp_path), "--time", "1000s"], again) == 0
    assert not again.trained()


def test_it_goes_on_with_what_is_left_and_leaves_out_what_is_finished(tmp_path):
    call = [str(tmp_path), "--time", "1000s"]
    failed = Machine(tmp_path, seconds=50, codes=[0, 0, 7])
    assert main(call, failed) == 2
    assert [*failed.trained()] == ["matching", "extension"]
    again = Machine(tmp_path, seconds=150, stopped="finished")
    assert main(call, again) == 0
    limits = {name: parse_duration(run.time_limit) for name, run in again.trained().items()}
    assert limits == {"extension": 300, "paper_design": 450}
    assert {name: run.resume for name, run in again.trained().items()} == {"extension": True, "paper_design": False}
    done = Machine(tmp_path, seconds=1)
    assert main(call, done) == 0
    assert not done.trained() and len(done.commands) == 1  # the evaluation is made anew


def test_ctrl_c_in_a_command_ends_the_whole(tmp_path, capsys):
    machine = Machine(tmp_path, seconds=1, codes=[130])
    assert main([str(tmp_path)], machine) == 130
    assert len(machine.commands) == 1 and "goes on from there" in capsys.readouterr().err


def test_a_time_that_is_none_is_refused_before_anything_runs(tmp_path, capsys):
    machine = Machine(tmp_path, seconds=1)
    assert main([str(tmp_path), "--time", "soon"], machine) == 2
    assert not machine.commands and "give a positive number" in capsys.readouterr().err
