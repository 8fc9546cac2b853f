"""Everything on one GPU in a given time: draw people, match, train both designs, evaluate. Goes on where it stopped."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lfes_core.errors import UserError
from lfes_core.files import parse_json
from lfes_core.shipped import RUN_MATCHING
from lfes_core.training.compute import parse_duration
from tools.exit_code import exit_code

HEARD = {
    "adversarial.condition_dropout": 0.3,
    "adversarial.mirror": True,
    "losses.reconstruction_moved": 10,
    "losses.language_visual": 0.05,  # with more of L_LVM, spots came that please VSE (chapter 11)
    "losses.gradient_penalty": 0.1,
}
MOVES = {"networks.synthesizer.moves": True, "losses.flow": 1000, "losses.occlusion": 8, "losses.adversarial": 5}
ANEW = {"losses.adversarial": 8}
RUNS: Mapping[str, tuple[float, Mapping[str, Any]]] = {
    "matching": (0.2, {"adversarial.steps": 0}),
    "extension": (0.35, HEARD | MOVES),
    "paper_design": (0.45, HEARD | ANEW),
}
"""The runs in their order: share of the time for training, and what they change in the preset."""

Execute = Callable[[Sequence[str]], int]


def main(arguments: list[str] | None = None, execute: Execute = subprocess.call) -> int:
    """Run the command line; returns the exit code, 130 after Ctrl-C, and that of a command that failed."""
    options = _parser().parse_args(arguments)
    return exit_code(lambda: run(options, execute), lambda: "interrupted: the same command goes on from there")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.train_on_gpu", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for data, runs and report")
    parser.add_argument("--time", default="8h", help="for training, all runs together: 90m, 8h (default 8h)")
    parser.add_argument("--preset", choices=("tiny", "book", "paper"), default="book", help="(default book)")
    parser.add_argument("--model", type=Path, help="FaceXModel folder of a clone of ICT-FaceKit, to draw people from")
    parser.add_argument(
        "--people", type=int, default=1000, help="people to train on, if --model is given (default 1000)"
    )
    parser.add_argument(
        "--workers", type=int, default=8, help="processes that draw, and that read pictures (default 8)"
    )
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="as for train, for every run")
    return parser


def run(options: argparse.Namespace, execute: Execute) -> None:
    """Execute one command after the other; a UserError names the one that failed."""
    options.out.mkdir(parents=True, exist_ok=True)
    for command in commands(options):
        print("$", *command[1:], flush=True)
        if code := execute(command):
            if code in (130, -2):
                raise KeyboardInterrupt
            raise UserError(f"{' '.join(command[1:5])} ... ended with {code}; mend it, and the same command goes on")


def commands(options: argparse.Namespace) -> Iterator[list[str]]:
    """The commands that are left to do; each is looked for when the one before it has ended."""
    out, data = options.out, "scanfaces"
    if options.model is not None:
        archive = out / "scan_faces.zip"
        data = f"scanfaces:{archive}"
        if not archive.exists():
            people = ["--subjects", str(options.people), "--flows", "--workers", str(options.workers)]
            yield [sys.executable, "-m", "tools.scan_faces", str(options.model), str(archive), *people]
    time = parse_duration(options.time)
    program = [sys.executable, "-m", "lfes_core"]
    for name, (share, settings) in RUNS.items():
        folder = out / name
        command = [*program, "train", "--preset", options.preset, "--data", data, "--out", str(folder)]
        command += ["--workers", str(options.workers)]
        command += [] if name == "matching" else ["--matching-from", str(out / "matching")]
        for key, value in settings.items():
            command += ["--set", f"{key}={json.dumps(value)}"]
        for setting in options.set:
            command += ["--set", setting]
        if (left := share * time - spent(folder)) > 0:
            yield [*command, "--time-limit", f"{left:.0f}s"] + ["--resume"] * (
                folder / "checkpoint.safetensors"
            ).exists()
        if name == "matching" and (step := unfinished(folder)):  # what it has learned by now has to do
            yield [*command, "--set", f"matching.steps={step}", "--resume"]
    designs = [str(out / name) for name in RUNS if name != "matching"]
    yield [*program, "evaluate", *designs, "--data", data, "--out", str(out / "report")]


def spent(folder: Path) -> float:
    """Seconds that a run has trained; without end if it is finished."""
    starts = begun(folder)
    if starts and starts[-1].get("stopped") == "finished":
        return float("inf")
    return float(sum(start.get("seconds", 0.0) for start in starts))


def unfinished(folder: Path) -> int:
    """The step at which matching ran out of time; 0 if it is finished, or did not begin."""
    starts = begun(folder)
    return 0 if not starts or (folder / RUN_MATCHING).exists() else int(starts[-1].get("step", 0))


def begun(folder: Path) -> list[dict[str, Any]]:
    """What the record of a run says of each time that it was begun or taken up."""
    record = folder / "run.json"
    return list(parse_json(record.read_bytes(), record)["starts"]) if record.exists() else []


if __name__ == "__main__":
    sys.exit(main())
