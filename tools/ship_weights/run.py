"""What a run folder says about itself, in the words of a model card."""

import csv
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from lfes_core.config import Config, preset
from lfes_core.datasets import FaceDataset
from lfes_core.datasets.frames import subjects_of
from lfes_core.datasets.scan_faces import ARCHIVE
from lfes_core.errors import UserError
from lfes_core.training.log import RunFolder, hardware, hardware_of, versions

DATASETS = {"scan_faces": "ScanFaces", "disfa_plus": "DISFA+", "ck_plus": "CK+"}
_SPECS = {"scan_faces": "scanfaces", "disfa_plus": "disfaplus", "ck_plus": "ckplus"}
_SHOWN_VERSIONS = ("python", "torch", "torchvision")
_OPTIONS = {"seed": "--seed", "adversarial.steps": "--steps"}

Rows = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """Rows of the card's first table; each is there only if the run folder knows it."""

    data: Rows
    matching: Rows
    adversarial: Rows
    machine: Rows


def read_run(
    folder: RunFolder,
    config: Config,
    dataset: FaceDataset,
    *,
    result: Mapping[str, Any] | None = None,
    this_machine: bool = False,
) -> RunFacts:
    """Reads configuration, metrics and record.

    Args:
        folder: of the run.
        config: of the weights.
        dataset: the card is measured on; if its training pairs are as many as the run's, it is the run's own, and
            its people are counted.
        result: what the run noted in its exported synthesizer; none where LSE and VSE are shipped.
        this_machine: the run was made on the machine that this is.

    Raises:
        UserError: this is no folder of a run.
    """
    if not folder.config.is_file():
        raise UserError(f"{folder.path}: no {folder.config.name} in this folder; give the folder of a run")
    record = _json(folder.record)
    trained_on = (
        (result or {}).get("data") or record.get("data") or _checkpoint(folder.checkpoint).get("data", {})
    )
    same = _is_own_data(trained_on, dataset)
    metrics = _metrics(folder.metrics)
    taken = record.get("matching_from") or {}
    begun = record.get("start_from") or {}
    seconds = [float(row["seconds"]) for row in metrics if row["stage"] == "matching" and row["seconds"]]
    own = seconds[-1] if seconds else 0.0
    spec = _spec(trained_on, dataset if same else None)
    return RunFacts(
        data=[
            ("data", _data_in_words(trained_on, dataset if same else None)),
            ("command", f"`{command(config, spec, taken=bool(taken), begun=bool(begun))}`"),
            *([("start", f"the weights of the run `{begun['run']}`, not random ones")] if begun else []),
            ("seed", str(config.seed)),
        ],
        matching=_matching(config, metrics, own, taken.get("run") if result is not None else None),
        adversarial=_adversarial(config, trained_on, result, own) if result else [],
        machine=_machine(record, this_machine),
    )


def command(config: Config, data: str, *, taken: bool = False, begun: bool = False) -> str:
    """The command that makes such a run: the preset, and every setting that is not the preset's.

    Args:
        config: of the run.
        data: the dataset, as the command takes it.
        taken: whether LSE and VSE are those of another run.
        begun: whether the networks began with the weights of another run.
    """
    words = ["python", "-m", "lfes_core", "train", "--preset", config.preset]
    words += ["--data", data, "--out", "RUN"]
    ready = preset(config.preset).flat()
    for key, value in config.flat().items():
        if value != ready[key]:
            text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            words += [_OPTIONS[key], text] if key in _OPTIONS else ["--set", f"{key}={text}"]
    words += ["--matching-from", "MATCHED_RUN"] if taken else []
    words += ["--start-from", "FIRST_RUN"] if begun else []
    return shlex.join(words)


def duration(seconds: float) -> str:
    """A time as a person would say it."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _data_in_words(trained_on: Mapping[str, Any], own: FaceDataset | None) -> str:
    name = DATASETS.get(trained_on.get("kind", ""), "not recorded by the run")
    if "training_pairs" not in trained_on:
        return name
    people = "" if own is None else f" of {len(subjects_of(own, 'train'))} people"
    return f"{name}: {trained_on['training_pairs']:,} training pairs{people}"


def _spec(trained_on: Mapping[str, Any], own: FaceDataset | None) -> str:
    """The dataset as a reader would name it; where another archive lies is nobody's business."""
    if own is not None and str(own.tree.root) == str(ARCHIVE):
        return "scanfaces"
    return f"{_SPECS.get(trained_on.get('kind', ''), 'DATASET')}:ROOT"


def _is_own_data(trained_on: Mapping[str, Any], dataset: FaceDataset) -> bool:
    part = set(subjects_of(dataset, "train"))
    pairs = sum(frame.subject in part for frame in dataset.targets())
    return (trained_on.get("kind"), trained_on.get("training_pairs")) == (dataset.kind, pairs)


def _matching(config: Config, metrics: list[dict[str, str]], seconds: float, another_run: str | None) -> Rows:
    if another_run:
        text = f"LSE and VSE of the run `{another_run}`, frozen; the package's are in `matching.md`"
        return [("stage 1, matching", text)]
    settings = config.matching
    pictures = settings.steps * settings.batch_size
    text = f"{settings.steps:,} steps of {settings.batch_size} pairs ({pictures:,} pictures)"
    losses = [float(row["matching"]) for row in metrics if row["stage"] == "matching" and row["matching"]]
    if losses:
        text += f"; loss {losses[0]:.2f} in the first row of the metrics, {losses[-1]:.2f} in the last"
        text += f"; {duration(seconds)}"
    return [("stage 1, matching", text)]


def _adversarial(
    config: Config, trained_on: Mapping[str, Any], result: Mapping[str, Any], matching_seconds: float
) -> Rows:
    step, batch = int(result["step"]), config.adversarial.batch_size
    pictures = f"{step * batch:,} pictures"
    if trained_on.get("training_pairs"):
        pictures += f", each pair {step * batch / trained_on['training_pairs']:.1f} times"
    text = f"{step:,} steps of {batch} pairs ({pictures})"
    if "seconds" in result:
        text += f"; {duration(float(result['seconds']) - matching_seconds)}"
    return [("stage 2, adversarial", text)]


def _machine(record: Mapping[str, Any], this_machine: bool) -> Rows:
    starts = record.get("starts", [])
    if this_machine and not starts:
        starts = [{"hardware": hardware(), "versions": versions()}]
    if not starts:
        return [("hardware, software", "not recorded by the run")]
    software = list(dict.fromkeys(_software(start.get("versions", {})) for start in starts))
    rows = [("hardware", hardware_of(starts) or ""), ("software", "; then ".join(software))]
    last = starts[-1]
    if {"images_per_second", "peak_memory_bytes"} <= last.keys():
        speed, memory = last["images_per_second"], last["peak_memory_bytes"] / 1e9
        rows.append(("speed, memory", f"{speed:.1f} pairs a second at the end, at most {memory:.1f} GB"))
    return rows


def _software(installed: Mapping[str, str]) -> str:
    shown = [f"{name} {installed[name]}" for name in _SHOWN_VERSIONS if name in installed]
    return ", ".join(shown) or "not recorded"


def _checkpoint(path: Path) -> Mapping[str, Any]:
    """The facts of a checkpoint, without its tensors."""
    try:
        with safe_open(path, framework="np") as file:
            facts = json.loads(file.metadata()["facts"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _metrics(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _json(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
