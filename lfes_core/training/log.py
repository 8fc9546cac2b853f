"""What a run tells as it goes: lines, rows of metrics, pictures, curves, and a record of each of its starts."""

import importlib.util
import json
import math
import os
import platform
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from lfes_core import shipped
from lfes_core.errors import UserError
from lfes_core.files import parse_json, write_text, written_whole
from lfes_core.training.checkpoint import STAGES

#: What a row of ``metrics.csv`` may hold beside stage and step, and the group of its curves in TensorBoard. Losses are
#: means since the row before, unweighted, summed over levels.
GROUPS = (
    ("run", ("seconds", "images_per_second", "skipped")),
    ("losses", ("matching",)),
    ("held_out", ("r1_image_to_sentence", "r1_sentence_to_image", "r1_chance", "gender_share")),
    ("losses", ("discriminator", "face_1", "face_2", "expression_1", "expression_2", "synthesis")),
    (
        "losses",
        ("generator", "adversarial", "identity", "reconstruction", "flow", "occlusion", "kl", "language_visual"),
    ),
    ("gradients", ("discriminator_gradient", "generator_gradient", "gradient_penalty")),
    ("discriminators", ("right_about_true", "right_about_synthesized")),
    ("held_out", ("ssim", "ssim_moved", "copy_ssim", "copy_ssim_moved", "sharpness", "vse_distance", "pairs")),
)
_GROUP_OF = {name: group for group, names in GROUPS for name in names}
_COLUMNS = ("stage", "step", *_GROUP_OF)

_COUNTED = {"processes": "process", "threads": "thread"}

#: Packages whose versions can change what a run computes.
PACKAGES = "lfes torch torchvision lightning-fabric numpy pillow safetensors scikit-image".split()


class RunFolder:
    """The files of a run; beside them lies ``.lock``, which is held while a run is at work there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.json"  # every setting, the seed among them
        self.record = path / "run.json"  # each start: versions, hardware, speed, memory, how it ended
        self.log = path / "log.txt"  # every line that was reported, with the time
        self.matching = path / shipped.RUN_MATCHING  # LSE and VSE after stage 1, or of another run
        self.checkpoint = path / "checkpoint.safetensors"  # the state to continue from
        self.metrics = path / "metrics.csv"  # losses and held-out numbers
        self.tensorboard = path / "tensorboard"  # the same, and the samples, where TensorBoard is installed
        self.samples = path / "samples"  # step_000100.png: fixed held-out faces
        self.discriminators = path / shipped.RUN_DISCRIMINATORS  # the other side, as `weights.load` takes it
        self.snapshots = path / "snapshots"  # step_001000/: synthesizer and discriminators as they were then
        self.synthesizer = path / shipped.RUN_SYNTHESIZER  # the result, as Synthesizer.load takes it


class Log:
    """Lines, rows and pictures of a run from one of its starts on; each is on the disk when the call returns.

    ``report`` receives each line, too. ``about`` holds for the whole run, ``start`` from this start on. Rows after
    ``place``, the stage and step where the run begins or resumes, are forgotten: they will come again. Of several
    processes one ``writes``. UserError: a file in the folder, which exists, cannot be written.
    """

    def __init__(
        self,
        folder: RunFolder,
        report: Callable[[str], None],
        about: Mapping[str, Any],
        start: Mapping[str, Any],
        place: tuple[str, int],
        *,
        writes: bool = True,
    ) -> None:
        self.folder = folder
        self.starts: list[dict[str, Any]] = []
        self._report, self._about, self._writes = report, about, writes
        self._place = _order(*place)
        self._curves: dict[str, Any] = {}
        self._draws = importlib.util.find_spec("tensorboard") is not None
        if not writes:
            return
        kept = [row for row in read_rows(folder.metrics) if _order(row["stage"], row["step"]) <= self._place]
        header = {name: name for name in _COLUMNS}
        write_text(folder.metrics, "".join(map(_as_csv, (header, *kept))))
        if folder.record.exists():
            try:
                self.starts = read_starts(folder.record)
            except UserError as error:
                self.line(f"{error}; this start begins it anew")
        self.starts.append({"began": _now(), **start, "versions": versions(), "hardware": hardware()})
        self.note({})
        if not self._draws:
            self.line("TensorBoard is not installed, so it gets no curves; metrics.csv has the numbers")

    def line(self, text: str) -> None:
        """Reports a line, and keeps it in ``log.txt`` with the time of day."""
        if self._writes:
            _append(self.folder.log, f"{_now()} {text}\n")
            self._report(text)

    def row(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """One row of ``metrics.csv``, and a point on each curve; a value that is no number leaves a gap."""
        if not self._writes:
            return
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        row = {"stage": stage, "step": str(step)} | {name: f"{value:.6g}" for name, value in known.items()}
        _append(self.folder.metrics, _as_csv(row))
        with _writing(self.folder.tensorboard):
            for name, value in known.items() if self._draws else ():
                self._curves_of(stage).add_scalar(f"{_GROUP_OF[name]}/{name}", value, step)

    def grid(self, stage: str, step: int, image: Image.Image) -> None:
        """The sample grid of a step, for TensorBoard at half its size, so that the files of a long run stay small."""
        if not self._writes:
            return
        with written_whole(self.folder.samples / f"step_{step:06d}.png") as unfinished:
            image.save(unfinished, "PNG")
        if self._draws:
            with _writing(self.folder.tensorboard):
                self._curves_of(stage).add_image("samples", np.asarray(image.reduce(2)), step, dataformats="HWC")

    def note(self, values: Mapping[str, Any]) -> None:
        """Adds to what ``run.json`` says of this start: how far it came, how fast, why it ended."""
        if self._writes:
            self.starts[-1] |= values
            write_text(self.folder.record, json.dumps({**self._about, "starts": self.starts}, indent=2) + "\n")
            with _writing(self.folder.tensorboard):
                for curves in self._curves.values():
                    curves.flush()

    def __enter__(self) -> "Log":
        self._tell_of_thread, threading.excepthook = threading.excepthook, self._thread_ended
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Notes what ended the run before its time, and closes what is open."""
        try:
            if error is not None and self._writes:
                reason = str(error).partition("\n")[0] or type(error).__name__
                _append(self.folder.log, f"{_now()} stopped: {reason}\n")
                self.note({"stopped": reason})
            with _writing(self.folder.tensorboard):
                for curves in self._curves.values():
                    curves.close()
        except UserError:
            if error is None:
                raise  # else it is the same full disk, and the first error says so
        finally:
            for thread in threading.enumerate():
                if getattr(thread, "exception", None) is not None:  # one of TensorBoard's, which is about to end
                    thread.join()
            threading.excepthook = self._tell_of_thread

    def _thread_ended(self, about: threading.ExceptHookArgs) -> None:
        # One of TensorBoard's that cannot write shows no traceback: the next row or note says why in one line.
        if not (isinstance(about.exc_value, OSError) and type(about.thread).__module__.startswith("tensorboard")):
            self._tell_of_thread(about)

    def _curves_of(self, stage: str) -> Any:
        # Each stage has its own folder, because both count their steps from one. A file of events cannot be shortened;
        # what is written again is marked as to be forgotten at its start.
        if stage not in self._curves:
            from torch.utils.tensorboard import SummaryWriter

            first = self._place[1] + 1 if _order(stage, 0)[0] == self._place[0] else 0
            self._curves[stage] = SummaryWriter(str(self.folder.tensorboard / stage), purge_step=first)
        return self._curves[stage]


@dataclass
class RunningMeans:
    """Means of the losses since the last row; kept in checkpoints, so that a resumed row is the unbroken one's."""

    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def add(self, values: Mapping[str, float | int]) -> None:
        """Takes in one step's values."""
        self.count += 1
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def take(self) -> dict[str, float]:
        """The means, and forgets them."""
        means = {name: value / self.count for name, value in self.sums.items()}
        self.sums, self.count = {}, 0
        return means


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of ``metrics.csv`` as text; none if there is no file; UserError if it is not what a run has written."""
    if not path.exists():
        return []
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False).astype({"stage": str, "step": str})
    except (ValueError, KeyError) as error:
        raise UserError(f"{path}: not the rows of a run; put it back, or remove it with its rows") from error
    found: list[dict[str, str]] = rows.reindex(columns=_COLUMNS).fillna("").to_dict("records")
    return found


def read_starts(path: Path) -> list[dict[str, Any]]:
    """What ``run.json`` says of each start of a run; UserError where somebody has damaged it."""
    data = parse_json(path.read_bytes(), path)
    starts = data.get("starts") if isinstance(data, dict) else None
    if not (isinstance(starts, list) and all(isinstance(start, dict) for start in starts)):
        raise UserError(f"{path}: not what a run wrote")
    return starts


def versions() -> dict[str, str]:
    """Python and `PACKAGES`; one that is not installed as a package is left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def hardware() -> str:
    """The machine in words, as in ``1 x NVIDIA H200 (140 GB); AMD EPYC, 16 cores, 128 GB``."""
    gpus = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    kinds = Counter(f"{gpu.name} ({gpu.total_memory / 1e9:.0f} GB)" for gpu in gpus)
    known = ""
    with suppress(OSError):
        known = Path("/proc/cpuinfo").read_text("utf-8")
    processor = re.search(r"^model name\s*: (.+)$", known, re.MULTILINE)
    machine = processor[1] if processor else platform.processor() or platform.machine()
    machine += f", {os.cpu_count()} cores"
    if hasattr(os, "sysconf"):
        machine += f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"
    return "; ".join([*(f"{count} x {kind}" for kind, count in kinds.items()), machine])


def hardware_of(starts: Sequence[Mapping[str, Any]]) -> str | None:
    """On what the starts of a run computed, as in ``AMD EPYC, 2 cores, 25 GB, 1 process, 2 threads, bf16-mixed``.

    Different machines are joined by ``then``, and several starts are counted; None if there were none.
    """
    told = []
    for start in starts:
        counted = [f"{start[key]} {key if start[key] != 1 else one}" for key, one in _COUNTED.items() if key in start]
        words = (start.get("hardware", "not recorded"), *counted, start.get("precision"))
        told.append(", ".join(str(word) for word in words if word is not None))
    sittings = f"; in {len(told)} sittings" if len(told) > 1 else ""
    return "; then ".join(dict.fromkeys(told)) + sittings if told else None


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _order(stage: str, step: int | str) -> tuple[int, int]:
    """Where a row stands in the run; a row that a kill has torn stands behind everything."""
    whole = stage in STAGES and re.fullmatch("[0-9]{1,12}", str(step))
    return (list(STAGES).index(stage), int(step)) if whole else (len(STAGES), 0)


def _as_csv(row: Mapping[str, str]) -> str:
    return ",".join(row.get(name, "") for name in _COLUMNS) + "\r\n"


def _append(path: Path, text: str) -> None:
    with _writing(path), path.open("a", newline="", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
