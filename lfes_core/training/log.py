"""What a run leaves behind: the files of its folder, and the log that fills them as it goes.

```
config.json               every setting, the seed among them
run.json                  each start: versions, hardware, speed, memory, how it ended
log.txt                   every line that was reported, with the time
start.safetensors         weights that the run began with, if it did not begin with random ones (--start-from)
matching.safetensors      LSE and VSE after stage 1, or as another run left them
checkpoint.safetensors    the state to continue from
metrics.csv               losses and held-out numbers
tensorboard/              the same numbers and the samples, where TensorBoard is installed
samples/step_000100.png   fixed held-out faces
synthesizer.safetensors   the result, as Synthesizer.load takes it
.lock                     held while a run is at work there
```
"""

import csv
import importlib.util
import io
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from lfes_core.errors import UserError
from lfes_core.files import parse_json, write_text, written_whole
from lfes_core.training.checkpoint import STAGES

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

#: What a row of ``metrics.csv`` may hold beside stage and step, and the group of its curves in TensorBoard. Losses are
#: means since the row before, unweighted, summed over levels.
GROUPS = (
    ("run", ("seconds", "images_per_second", "skipped")),
    ("losses", ("matching",)),
    ("held_out", ("r1_image_to_sentence", "r1_sentence_to_image", "r1_chance", "gender_share")),
    ("losses", ("discriminator", "face_1", "face_2", "expression_1", "expression_2", "synthesis")),
    ("losses", ("generator", "adversarial", "identity", "reconstruction", "kl", "language_visual")),
    ("gradients", ("discriminator_gradient", "generator_gradient")),
    ("held_out", ("ssim", "ssim_moved", "copy_ssim", "copy_ssim_moved", "pairs")),
)
_GROUP_OF = {name: group for group, names in GROUPS for name in names}

#: The columns of ``metrics.csv`` after ``stage`` and ``step``.
COLUMNS = tuple(_GROUP_OF)
_HEADER = ("stage", "step", *COLUMNS)

#: Packages whose versions can change what a run computes.
PACKAGES = (
    *("lfes", "torch", "torchvision", "lightning-fabric"),
    *("numpy", "pillow", "safetensors", "scikit-image"),
)


class RunFolder:
    """Paths inside a run folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.json"
        self.start = path / "start.safetensors"
        self.matching = path / "matching.safetensors"
        self.checkpoint = path / "checkpoint.safetensors"
        self.metrics = path / "metrics.csv"
        self.record = path / "run.json"
        self.log = path / "log.txt"
        self.tensorboard = path / "tensorboard"
        self.samples = path / "samples"
        self.synthesizer = path / "synthesizer.safetensors"

    def sample_grid(self, step: int) -> Path:
        """Where the sample grid of a step lies."""
        return self.samples / f"step_{step:06d}.png"


class Log:
    """Lines, rows and pictures of a run from one of its starts on; each is on the disk when the call returns.

    Only one process of a run has a log that writes. Errors are `UserError`: the file cannot be written.

    Args:
        folder: the run's, which exists.
        report: receives each line, too.
        about: what holds for the whole run: seed, data, whose weights were taken.
        start: what holds from this start on; versions, hardware and the time of day are added.
        place: stage and step where the run begins or resumes. Later rows are forgotten: they will come again.
        writes: False for a log that does nothing.

    Raises:
        UserError: the metrics of the earlier starts cannot be read.
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
        self._report = report
        self._about = about
        self._place = _order(*place)
        self._writes = writes
        self._curves: tuple[str, SummaryWriter] | None = None
        self._draws = importlib.util.find_spec("tensorboard") is not None
        if writes:
            rows = read_rows(folder.metrics)
            kept = [row for row in rows if _order(row["stage"], row["step"]) <= self._place]
            write_text(folder.metrics, _as_csv([dict(zip(_HEADER, _HEADER, strict=True)), *kept]))
            if folder.record.exists():
                try:
                    self.starts = read_starts(folder.record)
                except UserError as error:
                    self.line(f"{error}; this start begins it anew")
            self.starts.append({"began": _now(), **start, "versions": versions(), "hardware": hardware()})
            self.note({})
            if not self._draws:
                self.line(
                    "TensorBoard is not installed, so there are no curves for it; metrics.csv has the numbers"
                )

    def line(self, text: str) -> None:
        """Reports a line, and keeps it in ``log.txt`` with the time of day."""
        if self._writes:
            _append(self.folder.log, f"{_now()} {text}\n")
            self._report(text)

    def row(self, stage: str, step: int, values: Mapping[str, float | int]) -> None:
        """One row of ``metrics.csv``, and a point on each curve; a value that is no number leaves a gap.

        An unknown name in ``values`` raises ValueError.
        """
        if not self._writes:
            return
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        row = {"stage": stage, "step": str(step)} | {name: f"{value:.6g}" for name, value in known.items()}
        _append(self.folder.metrics, _as_csv([row]))
        if self._draws:
            for name, value in known.items():
                self._curves_of(stage).add_scalar(f"{_GROUP_OF[name]}/{name}", value, step)

    def grid(self, stage: str, step: int, image: Image.Image) -> None:
        """The sample grid of a step, for TensorBoard at half its size, so that the files of a long run stay small."""
        if not self._writes:
            return
        with written_whole(self.folder.sample_grid(step)) as unfinished:
            image.save(unfinished, "PNG")
        if self._draws:
            small = np.asarray(image.reduce(2))
            self._curves_of(stage).add_image("samples", small, step, dataformats="HWC")

    def note(self, values: Mapping[str, Any]) -> None:
        """Adds to what ``run.json`` says of this start: how far it came, how fast, why it ended."""
        if self._writes:
            self.starts[-1] |= values
            data = {**self._about, "starts": self.starts}
            write_text(self.folder.record, json.dumps(data, indent=2) + "\n")
            if self._curves is not None:
                self._curves[1].flush()

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Notes what ended the run before its time, and closes what is open."""
        try:
            if error is not None and self._writes:
                reason = str(error).partition("\n")[0] or type(error).__name__
                _append(self.folder.log, f"{_now()} stopped: {reason}\n")
                self.note({"stopped": reason})
            if self._curves is not None:
                self._curves[1].close()
        except (UserError, OSError):
            if error is None:
                raise  # else it is the same full disk, and the first error says so

    def _curves_of(self, stage: str) -> "SummaryWriter":
        """The writer of a stage: each has its own folder, because both count their steps from one.

        A file of events cannot be shortened; what is written again is marked as to be forgotten at its start.
        """
        if self._curves is None or self._curves[0] != stage:
            from torch.utils.tensorboard import SummaryWriter

            if self._curves is not None:
                self._curves[1].close()
            first = self._place[1] + 1 if _order(stage, 0)[0] == self._place[0] else 0
            self._curves = stage, SummaryWriter(str(self.folder.tensorboard / stage), purge_step=first)
        return self._curves[1]


class RunningMeans:
    """Means of the losses since the last row; kept in checkpoints, so that a resumed row is the unbroken one's."""

    def __init__(self, sums: Mapping[str, float] | None = None, count: int = 0) -> None:
        self.sums = dict(sums or {})
        self.count = count

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
    """The rows of ``metrics.csv``; none if there is no file.

    Raises:
        UserError: it is not what a run has written.
    """
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = [{name: row.get(name) or "" for name in _HEADER} for row in reader]
        if {"stage", "step"} <= set(reader.fieldnames or ()):
            return rows
        reason = "it has no columns stage and step"
    except (ValueError, csv.Error) as error:
        reason = str(error)
    raise UserError(
        f"{path}: not the rows that a run wrote ({reason}); put it back, or remove it with its rows"
    )


def read_starts(path: Path) -> list[dict[str, Any]]:
    """What ``run.json`` says of each start of a run.

    Raises:
        UserError: somebody has damaged it.
    """
    data = parse_json(path.read_bytes(), path)
    starts = data.get("starts") if isinstance(data, dict) else None
    if not (isinstance(starts, list) and all(isinstance(start, dict) for start in starts)):
        raise UserError(f"{path}: not what a run wrote")
    return starts


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


def hardware_of(starts: Sequence[Mapping[str, Any]]) -> str | None:
    """On what the starts of a run computed, as in ``AMD EPYC, 2 cores, 25 GB, 1 process, 2 threads, bf16-mixed``.

    Different machines are joined by ``then``, and several starts are counted; None if there were none.
    """
    told = []
    for start in starts:
        words = [str(start.get("hardware", "not recorded"))]
        for key, one in (("processes", "process"), ("threads", "thread")):
            if key in start:
                words.append(f"{start[key]} {one if start[key] == 1 else key}")
        told.append(", ".join([*words, *([str(start["precision"])] if "precision" in start else [])]))
    sittings = f"; in {len(told)} sittings" if len(told) > 1 else ""
    return "; then ".join(dict.fromkeys(told)) + sittings if told else None


def installed_memory() -> int | None:
    """Bytes of the machine; None where nobody tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


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


def _order(stage: str, step: int | str) -> tuple[int, int]:
    """Where a row stands in the run; a row that a kill has torn stands behind everything."""
    whole = stage in STAGES and str(step).isdecimal()
    return (list(STAGES).index(stage), int(step)) if whole else (len(STAGES), 0)


def _as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    csv.DictWriter(text, _HEADER, restval="", extrasaction="raise").writerows(rows)
    return text.getvalue()


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", newline="", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
