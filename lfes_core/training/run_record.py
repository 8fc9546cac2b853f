"""``run.json`` and ``log.txt``: with what, on what and how fast a run was made, each time it was started."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from lfes_core.training.memory import installed_memory

#: Packages whose versions can change what a run computes.
PACKAGES = (
    "lfes",
    "torch",
    "torchvision",
    "lightning-fabric",
    "numpy",
    "pillow",
    "safetensors",
    "scikit-image",
)


class RunRecord:
    """A JSON file with one entry for each start of a run; it is there whole or not at all.

    Args:
        path: the file.
        about: what holds for the whole run: seed, data, whose encoders were taken.
        start: what holds from this start on; versions, hardware and the time of day are added.
    """

    def __init__(self, path: Path, about: Mapping[str, Any], start: Mapping[str, Any]) -> None:
        self.path = path
        starts = _read(path).get("starts", [])
        entry = {"began": _now(), **start, "versions": versions(), "hardware": hardware()}
        self._data: dict[str, Any] = {**about, "starts": [*starts, entry]}
        self.note({})

    def note(self, values: Mapping[str, Any]) -> None:
        """Adds to the entry of this start, or changes it: how far it came, how fast, why it ended."""
        self._data["starts"][-1] |= values
        unfinished = self.path.with_name(f".{self.path.name}.unfinished")
        unfinished.write_text(json.dumps(self._data, indent=2) + "\n", encoding="utf-8")
        os.replace(unfinished, self.path)


def logged(report: Callable[[str], None], path: Path) -> Callable[[str], None]:
    """A report that also appends each line, with the time, to a file."""

    def both(line: str) -> None:
        append_line(path, line)
        report(line)

    return both


def append_line(path: Path, line: str) -> None:
    """Adds a line with the time of day to a log."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{_now()} {line}\n")


@contextmanager
def noting_failure(record: RunRecord | None, log: Path) -> Iterator[None]:
    """Writes what ended a run before its time into its record and its log; another process (None) writes nothing."""
    try:
        yield
    except BaseException as error:
        if record is not None:
            reason = str(error).partition("\n")[0] or type(error).__name__
            record.note({"stopped": reason})
            append_line(log, f"stopped: {reason}")
        raise


def versions() -> dict[str, str]:
    """Python and `PACKAGES`; one that is not installed as a package is left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def hardware() -> str:
    """The machine in words, as in ``1 x NVIDIA H200 (140 GB); AMD EPYC, 16 cores, 128 GB``."""
    gpus = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    kinds = [f"{gpu.name} ({_gigabytes(gpu.total_memory)})" for gpu in gpus]
    words = [f"{kinds.count(kind)} x {kind}" for kind in dict.fromkeys(kinds)]
    memory = installed_memory()
    parts = [_processor(), f"{os.cpu_count()} cores", *([] if memory is None else [_gigabytes(memory)])]
    return "; ".join([*words, ", ".join(parts)])


def _processor() -> str:
    if sys.platform == "linux":
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        except (OSError, StopIteration):
            pass
    return platform.processor() or platform.machine()


def _gigabytes(number: int) -> str:
    return f"{number / 1e9:.0f} GB"


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _read(path: Path) -> dict[str, Any]:
    """What earlier starts wrote; nothing if there is no file or somebody damaged it, for no run depends on it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
