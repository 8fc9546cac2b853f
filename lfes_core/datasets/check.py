"""What a dataset on disk really holds: every picture is decoded, everything is counted, nothing is written."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

import pandas as pd

from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets.frames import PARTS, FaceDataset, Skipped, subjects_of
from lfes_core.errors import UserError, shortened

EXAMPLES = 3  # files that `report` names for each reason why something was left out
_PICTURE = re.compile(r"\.(jpe?g|png)$", re.IGNORECASE)
_NOT_GIVEN = "not given"


@dataclass(frozen=True)
class DatasetCheck:
    """What `check_dataset` found. Frames whose picture cannot be read count nowhere but in `broken`."""

    kind: str  # of the dataset
    root: str  # where it lies
    people: Mapping[str, tuple[str, ...]]  # part -> its subjects
    frames: pd.DataFrame
    """A line for each: subject, part, neutral, target (of a pair for training), emotion, width, height, gray,
    aligned by landmarks (else the face is the middle square)."""
    units: pd.DataFrame
    """A line for each Action Unit, by its number: targets in which it is present, and frames in which its intensity was
    not given, is A, B, C, D or E."""
    others: int  # further pictures below the root that no frame needs (CK+ between neutral and peak)
    broken: int  # pictures that cannot be read, of both
    skipped: tuple[Skipped, ...]  # what was left out or is worth knowing

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain lists, numbers and words; every skipped entry is in it.

        Entries that differ only in numbers and names have one reason, with ``N`` and ``..`` in their places.
        """
        frames = self.frames
        parts = {}
        for part, subjects in self.people.items():
            of = frames[frames.part == part]
            parts[part] = {"subjects": list(subjects), "frames": len(of), "pairs": int(of.target.sum())}
        units = {
            str(unit): {
                "name": ACTION_UNITS[unit].name if unit in ACTION_UNITS else None,
                "frames": sum(levels),
                "targets": targets,
                "intensities": dict(zip((_NOT_GIVEN, *"12345"), levels, strict=True)),
            }
            for unit, targets, *levels in (map(int, row) for row in self.units.itertuples(name=None))
        }
        sizes = Counter(frames.width.astype(str) + "x" + frames.height.astype(str))
        gray, aligned = int(frames.gray.sum()), int(frames.aligned.sum())
        colors = {"gray": gray, "color": len(frames) - gray}
        reasons: dict[str, list[dict[str, str]]] = defaultdict(list)
        for entry in self.skipped:
            reasons[entry.reason].append({"path": entry.path, "why": entry.why})
        return {
            "dataset": self.kind,
            "root": self.root,
            "parts": parts,
            "neutral_frames": int(frames.neutral.sum()),
            "action_units": units,
            "emotions": dict(sorted(Counter(frames.emotion[frames.target].dropna()).items())),
            "pictures": {"sizes": dict(sizes.most_common()), **colors, "others": self.others, "broken": self.broken},
            "faces": {"aligned": aligned, "cropped": len(frames) - aligned},
            "skipped": [
                {"reason": reason if len({it["why"] for it in entries}) > 1 else entries[0]["why"], "entries": entries}
                for reason, entries in sorted(reasons.items(), key=lambda item: -len(item[1]))
            ],
        }


def check_dataset(dataset: FaceDataset, progress: Callable[[Iterable[str]], Iterable[str]] = iter) -> DatasetCheck:
    """Decode every picture below the dataset's root and count what can be used.

    A broken picture is noted in ``dataset.skipped`` and never stops the rest; `UserError` is raised where not a single
    pair can be used. `progress` wraps the names of the pictures, as ``tqdm`` does.
    """
    frames = {frame.image: frame for frame in dataset.frames}
    pictures = [name for name in dataset.tree.names() if _PICTURE.search(name)]
    seen: dict[str, tuple[int, int, bool, bool]] = {}
    others = 0
    for name in progress(pictures):
        frame = frames.get(name)
        if frame is None and not dataset.begins_like_an_image(name):
            continue
        image = dataset.attempt(name, partial(dataset.read, name))
        others += frame is None and image is not None
        if frame is not None and image is not None:
            gray, aligned = bool((image == image[..., :1]).all()), dataset.placement(frame, image) is not None
            seen[name] = (image.shape[1], image.shape[0], gray, aligned)
    broken = len(pictures) - others - len(seen)
    targets = {f.image for f in dataset.targets() if {f.image, dataset.neutral_of(f).image} <= seen.keys()}
    if not targets:
        raise UserError(
            f"{dataset.tree.root} has no pair of a neutral face and an expression that can be used: {broken} of "
            f"{len(pictures)} pictures are broken" + "".join(f", first: {it}" for it in dataset.skipped[:1])
        )
    people = {part: subjects_of(dataset, part) for part in PARTS}
    if people["validation"] == people["test"]:  # the paper's data sets have two parts
        del people["validation"]
    part_of = {subject: part for part, subjects in people.items() for subject in subjects}
    usable = [frame for frame in dataset.frames if frame.image in seen]
    table = pd.DataFrame(
        [(f.subject, part_of[f.subject], f.is_neutral, f.image in targets, f.emotion, *seen[f.image]) for f in usable],
        columns="subject part neutral target emotion width height gray aligned".split(),
    )
    labels = pd.DataFrame(
        [(unit, level or 0, f.image in targets) for f in usable for unit, level in f.action_units.items()],
        columns=["unit", "level", "target"],
    )
    units = pd.crosstab(labels.unit, labels.level).reindex(columns=range(6), fill_value=0)
    units.columns = pd.Index([_NOT_GIVEN, *INTENSITY_LETTERS])
    units.insert(0, "targets", labels.groupby("unit").target.sum())
    root = str(dataset.tree.root)
    return DatasetCheck(dataset.kind, root, people, table, units, others, broken, tuple(dataset.skipped))


def report(check: DatasetCheck) -> Iterator[str]:
    """The lines that a person reads."""
    found = check.to_json()
    pictures, faces, emotions = found["pictures"], found["faces"], found["emotions"]
    yield f"{check.kind}: {PurePath(check.root).name}"
    yield ""
    width = max(map(len, found["parts"]))
    yield f"{'part':<{width}}  people  frames   pairs  who"
    for part, of in found["parts"].items():
        who = " ".join(of["subjects"][:8]) + (" .." if len(of["subjects"]) > 8 else "")
        yield f"{part:<{width}}  {len(of['subjects']):6}  {of['frames']:6}  {of['pairs']:6}  {who}".rstrip()
    yield ""
    sizes = ", ".join(f"{count} of {size}" for size, count in pictures["sizes"].items())
    yield f"pictures: {sizes}; {pictures['gray']} gray, {pictures['color']} in color"
    yield f"further pictures, of no frame: {check.others}; broken pictures: {check.broken}"
    yield f"faces: {faces['aligned']} aligned by landmarks, {faces['cropped']} cut out as the middle square"
    yield f"neutral frames: {found['neutral_frames']}"
    if emotions:
        yield f"emotions of the targets: {', '.join(f'{name} {count}' for name, count in emotions.items())}"
    yield ""
    letters = "".join(f"{letter:>6}" for letter in INTENSITY_LETTERS)
    yield f"AU  {'name':<22} targets  frames  not given{letters}"
    for number, unit in found["action_units"].items():
        not_given, *levels = unit["intensities"].values()
        name, numbers = unit["name"] or "(not in sentences)", "".join(f"{level:6}" for level in levels)
        yield f"{number:<2}  {name:<22} {unit['targets']:7}  {unit['frames']:6}  {not_given:9}{numbers}"
    yield ""
    yield f"left out or worth knowing: {(n := len(check.skipped))} {'entry' if n == 1 else 'entries'}"
    for reason, entries in (problem.values() for problem in found["skipped"]):
        yield f"{len(entries):6}  {reason}"
        for entry in entries[:EXAMPLES]:
            yield f"        {shortened(entry['path'])}" + ("" if entry["why"] == reason else f": {entry['why']}")
        if len(entries) > EXAMPLES:
            yield f"        and {len(entries) - EXAMPLES} more"
