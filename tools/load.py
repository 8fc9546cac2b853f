"""Measures how a picture fares beside other work, and how much memory pictures, training and measuring take.

``python -m tools.load`` (Linux; about four minutes on a machine that is quiet otherwise) holds itself and all that it
starts to two cores. It writes `book/runs/load.csv`, which the page of the book's status shows: for each row the median,
the least and the most of so many rounds. ``--rounds 1 --pictures 3 --many 10 --out FILE`` tries whether it works.
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tools.book.pages import LOAD, ROOT

CORES = 2
SENTENCES = ("A woman with highly parted lips and significantly dropped jaw", "a person smiling broadly")
WARM = 30
"""Pictures after which a process has what it keeps."""

BUSY = "print('at work', flush=True)\nwhile True: pass"
TRAINING = """
import torch
layers = [torch.nn.Conv2d(*each, 3, padding=1) for each in ((3, 32), (32, 32), (32, 3))]
network, pictures = torch.nn.Sequential(*layers), torch.rand(4, 3, 128, 128)
optimizer = torch.optim.Adam(network.parameters())
for step in range(10**9):
    optimizer.zero_grad()
    (network(pictures) - pictures).square().mean().backward()
    optimizer.step()
    if not step:
        print("at work", flush=True)
"""
BESIDE = {
    "alone": [],
    "beside three busy processes": [BUSY] * 3,
    "beside two PyTorch trainings": [TRAINING] * 2,
    "beside two PyTorch trainings with lfes_core": ["import lfes_core" + TRAINING] * 2,
}
"""What else runs on the same cores. Where nobody says otherwise, PyTorch's threads do not sleep while they wait."""

STEP = ("train", "--data", "scanfaces", "--steps", "2", "--set", "adversarial.warmup=0", "--out", "OUT/run", "--set")
TINY = ("matching.steps=0", "--matching-from", "matching", "--set", "adversarial.held_out_pairs=4")
PEAKS: dict[str, Sequence[str]] = {
    "a picture": ("synthesize", "FACE", SENTENCES[0], "-o", "OUT/picture.png"),
    "training tiny, 4 pairs a step": (*STEP, *TINY),
    "training tiny that moves, 4 pairs a step": (*STEP, *TINY, "--set", "networks.synthesizer.moves=true"),
    "training book, 2 pairs a step": (
        *(*STEP, "adversarial.batch_size=2", "--preset", "book", "--set", "adversarial.held_out_pairs=2"),
        *("--set", "matching.steps=1", "--set", "matching.batch_size=2"),
    ),
    "check-data of ScanFaces": ("check-data", "--dataset", "scanfaces"),
    "evaluate --quick": ("evaluate", "tiny_moving", "--quick", "--out", "OUT/report"),
}
"""Commands whose peak memory is measured, each in a process of its own."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the table; returns 0, or 2 where the system is none for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=15, help="in each round, beside each kind of work")
    parser.add_argument("--many", type=int, default=300, help="pictures in one process, whose memory is compared")
    parser.add_argument("--peaks", nargs="*", choices=PEAKS, default=list(PEAKS), metavar="WHAT", help="part of them")
    parser.add_argument("--spin", help="GOMP_SPINCOUNT of who synthesizes, instead of the package's")
    parser.add_argument("--out", type=Path, default=LOAD)
    parser.add_argument("--painter", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        print("error: this needs Linux, where processes are bound to cores, stopped and woken", file=sys.stderr)
        return 2
    if options.painter:
        return _paint()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    print(f"At work on this machine before: {os.getloadavg()[0]:.1f} processes on average.", flush=True)
    rows = [["what", "unit", "median", "least", "most", "rounds"]]
    with tempfile.TemporaryDirectory() as folder:
        pictures = _pictures(options.rounds, options.pictures, options.many, options.spin)
        for what, unit, numbers in itertools.chain(pictures, _peaks(options.peaks, Path(folder))):
            told = [f"{of(numbers):.4g}" if numbers else "" for of in (median, min, max)]
            rows.append([what, unit, *told, str(len(numbers))])
            print(*rows[-1], sep=", ", flush=True)
    with options.out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return 0


def _pictures(rounds: int, pictures: int, many: int, spin: str | None) -> Iterator[tuple[str, str, list[float]]]:
    """Rows of the machine, of milliseconds, of times the time alone, and of the memory before and after many."""
    environment = _unsettled() | ({} if spin is None else {"GOMP_SPINCOUNT": spin})
    with _working([sys.executable, "-m", "tools.load", "--painter"], environment) as painter:
        yield json.loads(_line(painter)), "machine", []
        _ask(painter, WARM)
        for when, count in (("before", 1), ("after", many)):
            yield f"{many} pictures in one process, memory {when}", "MB", [_ask(painter, count)[1]]
        times: dict[str, list[float]] = {}
        for beside in [beside for _ in range(rounds) for beside in BESIDE]:
            with _all_working(BESIDE[beside]):
                time.sleep(1 if BESIDE[beside] else 0)
                _ask(painter, 2)
                times.setdefault(beside, []).append(median(_ask(painter, pictures)[0]))
    for beside, found in times.items():
        yield f"a picture {beside}", "ms", found
    for beside, found in times.items():
        if BESIDE[beside]:
            yield f"a picture {beside}", "times", [one / two for one, two in zip(found, times["alone"], strict=True)]


def _peaks(names: Sequence[str], folder: Path) -> Iterator[tuple[str, str, list[float]]]:
    """Rows of the most memory that a command has held."""
    with zipfile.ZipFile(ROOT / "lfes_core" / "assets" / "scan_faces.zip") as faces:
        name = next(name for name in faces.namelist() if name.startswith("Images/SN100/") and name.endswith("/000.jpg"))
        (folder / "face.jpg").write_bytes(faces.read(name))
    for number, name in enumerate(names):
        (out := folder / str(number)).mkdir()
        words = [word.replace("OUT", str(out)).replace("FACE", str(folder / "face.jpg")) for word in PEAKS[name]]
        command = [sys.executable, "-m", "lfes_core", *words]
        process = subprocess.Popen(command, cwd=ROOT, env=_unsettled(), stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"error: {name} ended with {process.returncode}: {' '.join(words)}")
        yield f"peak memory of {name}", "MB", [usage.ru_maxrss * 1024 / 1e6]


def _paint() -> int:
    """The process that synthesizes: tells its machine, then for each number the milliseconds of so many, and memory."""
    from lfes_core.datasets import ScanFaces
    from lfes_core.synthesis import Synthesizer
    from lfes_core.training.log import hardware

    faces, synthesizer = ScanFaces(), Synthesizer.load()
    people = [faces.face(faces.neutral(subject)) for subject in faces.validation_subjects]
    print(json.dumps(hardware()), flush=True)
    for line in sys.stdin:
        milliseconds = []
        for number in range(int(line)):
            start = time.perf_counter()
            synthesizer(people[number % len(people)], SENTENCES[number % len(SENTENCES)])
            milliseconds.append(1000 * (time.perf_counter() - start))
        status = Path("/proc/self/status").read_text("utf-8").splitlines()
        held = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        print(json.dumps([milliseconds, held * 1024 / 1e6]), flush=True)
    return 0


@contextmanager
def _working(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _all_working(codes: Sequence[str]) -> Iterator[None]:
    """Processes that are at work; at the end they are not there any more."""
    if not codes:
        yield
        return
    with _working([sys.executable, "-c", codes[0]], _unsettled()) as process, _all_working(codes[1:]):
        _line(process)
        yield


def _ask(painter: "subprocess.Popen[str]", pictures: int) -> Any:
    assert painter.stdin
    painter.stdin.write(f"{pictures}\n")
    painter.stdin.flush()
    return json.loads(_line(painter))


def _line(process: "subprocess.Popen[str]") -> str:
    """What a process says next; SystemExit where it has ended."""
    assert process.stdout
    if line := process.stdout.readline():
        return line
    raise SystemExit(f"error: a process ended: {process.args}")


def _unsettled() -> dict[str, str]:
    """The environment of somebody who has said nothing about threads."""
    settled = ("NUM_THREADS", "THREADS_NUM", "WAIT_POLICY", "SPINCOUNT")
    return {name: value for name, value in os.environ.items() if not name.endswith(settled)}


if __name__ == "__main__":
    sys.exit(main())
