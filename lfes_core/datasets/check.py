"""What a dataset on disk really holds: every picture is decoded, everything is counted, nothing is written."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets.frames import FaceDataset, Frame, Skipped
from lfes_core.datasets.images import read_image
from lfes_core.datasets.labels import MAX_INTENSITY
from lfes_core.datasets.splits import PARTS, subjects_of
from lfes_core.errors import UserError

LEVELS = (None, *range(1, MAX_INTENSITY + 1))
"""Intensity not given, then 1 to 5 (A to E)."""

_PICTURE = re.compile(r"\.(jpe?g|png)$", re.IGNORECASE)
# What differs between two entries that have the same reason: a path, a quotation, numbers.
_PARTICULARS = (
    (re.compile(r"\S*/\S*"), ".."),
    (re.compile(r"'[^']*'"), "'..'"),
    (re.compile(r"[0-9]+(, [0-9]+)*(, \.\.)?"), "N"),
)


@dataclass(frozen=True)
class Part:
    """The training part or the test part: who is in it, how many frames and usable pairs it has."""

    subjects: tuple[str, ...]
    frames: int
    pairs: int


@dataclass(frozen=True)
class UnitCount:
    """How often an AU is seen: in how many targets, and at each intensity (None: not given) in all frames."""

    targets: int
    intensities: Mapping[int | None, int]

    @property
    def frames(self) -> int:
        """In how many labelled frames the AU is present."""
        return sum(self.intensities.values())


@dataclass(frozen=True)
class Problem:
    """Entries of ``skipped`` that have the same reason; where they differ, `reason` has ``N`` and ``..``."""

    reason: str
    entries: tuple[Skipped, ...]


@dataclass(frozen=True)
class DatasetCheck:
    """What `check_dataset` found. Frames whose picture cannot be read count nowhere but in `broken`.

    `sizes` counts the pictures of frames by (width, height), `gray` and `color` tell them apart; `others` are
    further pictures below the root that no frame needs (CK+ between neutral and peak), `broken` are of both.
    `aligned` and `cropped` tell for how many frames the face is placed by landmarks and for how many it is
    the middle square.
    """

    kind: str
    root: str
    train: Part
    test: Part
    neutral: int
    action_units: Mapping[int, UnitCount]
    emotions: Mapping[str, int]
    sizes: Mapping[tuple[int, int], int]
    gray: int
    color: int
    others: int
    broken: int
    aligned: int
    cropped: int
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain lists, numbers and words; every skipped entry is in it."""
        parts = {
            name: {"subjects": list(part.subjects), "frames": part.frames, "pairs": part.pairs}
            for name, part in zip(PARTS, (self.train, self.test), strict=True)
        }
        units = {
            str(number): {
                "name": ACTION_UNITS[number].name if number in ACTION_UNITS else None,
                "frames": count.frames,
                "targets": count.targets,
                "intensities": {str(level or "not given"): count.intensities[level] for level in LEVELS},
            }
            for number, count in self.action_units.items()
        }
        problems = [
            {"reason": p.reason, "entries": [{"path": e.path, "why": e.why} for e in p.entries]}
            for p in self.problems
        ]
        return {
            "dataset": self.kind,
            "root": self.root,
            "parts": parts,
            "neutral_frames": self.neutral,
            "action_units": units,
            "emotions": dict(self.emotions),
            "pictures": {
                "sizes": {f"{width}x{height}": count for (width, height), count in self.sizes.items()},
                "gray": self.gray,
                "color": self.color,
                "others": self.others,
                "broken": self.broken,
            },
            "faces": {"aligned": self.aligned, "cropped": self.cropped},
            "skipped": problems,
        }


def check_dataset(
    dataset: FaceDataset, progress: Callable[[Iterable[str]], Iterable[str]] = iter
) -> DatasetCheck:
    """Decode every picture below the dataset's root and count what can be used.

    A broken picture is noted in ``dataset.skipped`` and never stops the rest. `progress` may wrap the names
    of the pictures, as ``tqdm`` does.

    Raises:
        UserError: not a single pair can be used.
    """
    frames = {frame.image: frame for frame in dataset.frames}
    pictures = [name for name in dataset.tree.names() if _PICTURE.search(name)]
    known = {entry.path for entry in dataset.skipped}
    broken: set[str] = set()
    sizes: Counter[tuple[int, int]] = Counter()
    gray = aligned = 0
    for name in progress(pictures):
        try:
            image = read_image(dataset.tree.read_bytes(name), name=name)
        except UserError as error:
            broken.add(name)
            if name not in known:
                dataset.skip(name, str(error))
            continue
        if name in frames:
            sizes[image.shape[1], image.shape[0]] += 1
            gray += bool((image == image[..., :1]).all())
            aligned += dataset.placement(frames[name], image) is not None
    usable = [frame for frame in dataset.frames if frame.image not in broken]
    targets = [
        frame
        for frame in dataset.targets()
        if frame.image not in broken and dataset.neutral_of(frame).image not in broken
    ]
    if not targets:
        raise UserError(_nothing_usable(dataset, len(broken), len(pictures)))
    train, test = (_part(subjects_of(dataset, part), usable, targets) for part in PARTS)
    return DatasetCheck(
        kind=dataset.kind,
        root=str(dataset.tree.root),
        train=train,
        test=test,
        neutral=sum(frame.is_neutral for frame in usable),
        action_units=_count_units(usable, targets),
        emotions=dict(sorted(Counter(frame.emotion for frame in targets if frame.emotion).items())),
        sizes=dict(sizes.most_common()),
        gray=gray,
        color=sizes.total() - gray,
        others=len(pictures) - len(broken) - sizes.total(),
        broken=len(broken),
        aligned=aligned,
        cropped=len(usable) - aligned,
        problems=group_problems(dataset.skipped),
    )


def group_problems(skipped: Iterable[Skipped]) -> tuple[Problem, ...]:
    """Put skipped entries that have the same reason together, the most frequent reason first."""
    groups: dict[str, list[Skipped]] = defaultdict(list)
    for entry in skipped:
        reason = entry.why
        for particular, general in _PARTICULARS:
            reason = particular.sub(general, reason)
        groups[reason].append(entry)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(
        Problem(entries[0].why if len({entry.why for entry in entries}) == 1 else reason, tuple(entries))
        for reason, entries in ordered
    )


def _part(subjects: tuple[str, ...], frames: Sequence[Frame], targets: Sequence[Frame]) -> Part:
    def count(some: Sequence[Frame]) -> int:
        return sum(frame.subject in subjects for frame in some)

    return Part(subjects, count(frames), count(targets))


def _count_units(frames: Sequence[Frame], targets: Sequence[Frame]) -> dict[int, UnitCount]:
    seen = Counter(item for frame in frames for item in frame.action_units.items())
    wanted = Counter(number for frame in targets for number in frame.action_units)
    return {
        number: UnitCount(wanted[number], {level: seen[number, level] for level in LEVELS})
        for number in sorted({number for number, _ in seen})
    }


def _nothing_usable(dataset: FaceDataset, broken: int, pictures: int) -> str:
    first = f", first: {dataset.skipped[0].path}: {dataset.skipped[0].why}" if dataset.skipped else ""
    return (
        f"{dataset.tree.root} has no pair of a neutral face and an expression that can be used: {broken} of "
        f"{pictures} pictures are broken{first}"
    )
