"""What a run tells about its weights, in the words of a model card."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from lfes_core.config import Config, preset
from lfes_core.datasets import FaceDataset
from lfes_core.datasets.frames import subjects_of
from lfes_core.datasets.scan_faces import ARCHIVE
from lfes_core.errors import UserError
from lfes_core.training.log import RunFolder, read_rows, read_starts
from lfes_core.training.start import ORIGIN
from lfes_core.weights import Stored

DATASETS = {"scan_faces": "ScanFaces", "disfa_plus": "DISFA+", "ck_plus": "CK+"}

_OPTIONS = {"seed": "--seed", "adversarial.steps": "--steps"}

Rows = list[tuple[str, str]]


def rows_of(stored: Stored, matched: Stored | None, dataset: FaceDataset) -> Rows:
    """The first table of a card: what the headers of the weights know, and what only the folder of their run does.

    Args:
        stored: the weights of a run, in its folder.
        matched: LSE and VSE of the same run: `stored` itself where these are shipped, None where it has none.
        dataset: if its training pairs are as many as the run's, it is the run's own, and its people are counted.

    Raises:
        UserError: nobody wrote down how they were trained, or the LSE and VSE to ship are those of another run.
    """
    facts, config, folder = stored.facts, stored.config, RunFolder(stored.path.parent)
    if not {"step", "seconds", "data"} <= facts.keys():
        raise UserError(f"{stored.path}: does not say how it was trained; give the folder of a run")
    taken, begun = None if matched is None else matched.facts.get(ORIGIN), facts.get("start")
    if stored is matched and taken:
        raise UserError(f"{stored.path}: LSE and VSE of the run {taken}; give the folder of that one")
    words, data = _data(facts["data"], dataset)
    rows = [("data", words), ("command", f"`{command(config, data, taken=taken, begun=begun)}`")]
    rows += [("start", f"the weights of the run `{begun}`, not random ones")] if begun else []
    rows.append(("seed", str(config.seed)))
    if matched is not None:
        frozen = f"LSE and VSE of the run `{taken}`, frozen; the package's are in `matching.md`"
        rows.append(("stage 1, matching", frozen if taken else _matching(matched, folder)))
    if stored is not matched:
        before = 0.0 if matched is None or taken else matched.facts["seconds"]
        rows.append(("stage 2, adversarial", _adversarial(stored, before)))
    return [*rows, ("hardware", facts.get("hardware") or "not recorded by the run"), *_software(folder)]


def command(config: Config, data: str, taken: str | None = None, begun: str | None = None) -> str:
    """The command that makes such a run: the preset, and every setting that is not the preset's.

    `data` is the dataset as the command takes it; LSE and VSE of a run may be `taken`, or a run be `begun` with.
    """
    words = f"python -m lfes_core train --preset {config.preset} --data {data} --out RUN".split()
    ready = preset(config.preset).flat()
    for key, value in config.flat().items():
        if value != ready[key]:
            text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            words += [_OPTIONS[key], text] if key in _OPTIONS else ["--set", f"{key}={text}"]
    words += ["--matching-from", "MATCHED_RUN"] if taken else []
    return shlex.join([*words, *(["--start-from", "FIRST_RUN"] if begun else [])])


def duration(seconds: float) -> str:
    """A time as a person would say it."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def _data(trained_on: Mapping[str, Any], dataset: FaceDataset) -> tuple[str, str]:
    """The dataset in words, and as the command takes it; where another archive lies is nobody's business."""
    kind, pairs = trained_on["kind"], trained_on["training_pairs"]
    people = subjects_of(dataset, "train")
    here = sum(frame.subject in set(people) for frame in dataset.targets())
    own = (kind, pairs) == (dataset.kind, here)
    words = f"{DATASETS[kind]}: {pairs:,} training pairs" + (f" of {len(people)} people" if own else "")
    ours = own and str(dataset.tree.root) == str(ARCHIVE)
    return words, "scanfaces" if ours else f"{kind.replace('_', '')}:ROOT"


def _matching(matched: Stored, folder: RunFolder) -> str:
    step, batch = matched.facts["step"], matched.config.matching.batch_size
    text = f"{step:,} steps of {batch} pairs ({step * batch:,} pictures)"
    losses = [float(row["matching"]) for row in read_rows(folder.metrics) if row["matching"]]
    if losses:
        text += f"; loss {losses[0]:.2f} in the first row of the metrics, {losses[-1]:.2f} in the last"
        text += f"; {duration(matched.facts['seconds'])}"
    return text


def _adversarial(stored: Stored, seconds_before: float) -> str:
    step, batch = stored.facts["step"], stored.config.adversarial.batch_size
    times = step * batch / stored.facts["data"]["training_pairs"]
    pictures = f"{step * batch:,} pictures, each pair {times:.1f} times"
    full = f"{max(0, step - stored.config.adversarial.warmup):,} with all losses"
    return f"{step:,} steps of {batch} pairs ({pictures}), {full}; {duration(stored.facts['seconds'] - seconds_before)}"


def _software(folder: RunFolder) -> Rows:
    """What only ``run.json`` knows."""
    starts = read_starts(folder.record) if folder.record.exists() else [{}]
    shown = ("python", "torch", "torchvision")
    told = [[f"{name} {start['versions'][name]}" for name in shown] for start in starts if "versions" in start]
    text = "; then ".join(dict.fromkeys(map(", ".join, told))) or "not recorded by the run"
    rows, last = [("software", text)], starts[-1]
    if {"images_per_second", "peak_memory_bytes"} <= last.keys():
        speed, memory = last["images_per_second"], last["peak_memory_bytes"] / 1e9
        rows.append(("speed, memory", f"{speed:.1f} pairs a second at the end, at most {memory:.1f} GB"))
    return rows
