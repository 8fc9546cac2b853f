"""What every dataset of faces gives: frames with Action Units, neutral ones, two parts, a list of what was skipped."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import TypeVar

import numpy as np
from jaxtyping import Float, UInt8

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets.labels import Note, in_order, read_code
from lfes_core.datasets.tree import Root, open_tree
from lfes_core.errors import Unreadable, UserError, shortened
from lfes_core.images import IMAGE_SIZE, Placement, align, read_image, square
from lfes_core.sentences import Description

IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # of JPEG and PNG files
GENDERS = ("man", "woman")  # subjects of a sentence that the numbers 0 and 1 in a ``gender.txt`` stand for
PARTS = ("train", "validation", "test")
FLOW_SIZE = 64  # places along a side of a flow field
_LITTER = r"(?:TimeStamp\.txt|Thumbs\.db|desktop\.ini)"  # beside pictures and labels, and no data
Found = TypeVar("Found")


@dataclass(frozen=True)
class Frame:
    """One picture and what is known about it.

    `action_units` holds the AUs that are present: number -> intensity 1..5 (A..E), or None where the coder gave none.
    """

    subject: str
    trial: str
    name: str
    image: str  # its name in the dataset's tree
    action_units: Mapping[int, int | None] = field(default_factory=dict, hash=False)
    gender: str = "person"
    emotion: str | None = None
    missing: tuple[int, ...] = ()  # AUs of which nothing is known

    @property
    def is_neutral(self) -> bool:
        """Whether no AU is known to be present."""
        return not self.action_units

    @property
    def description(self) -> Description:
        """What a sentence says about this frame: only AUs that the sentences have a phrase for."""
        named = {number: value for number, value in self.action_units.items() if number in ACTION_UNITS}
        return Description(subject=self.gender, emotion=self.emotion, action_units=named)


@dataclass(frozen=True)
class Skipped:
    """A file or folder that was left out or is worth knowing, and why; the rest of the dataset is used."""

    path: str
    why: str
    reason: str  # `why` without particulars: ``N`` stands for a number, ``..`` for anything else

    def __str__(self) -> str:
        return f"{shortened(self.path)}: {self.why}"


class FaceDataset(ABC):
    """Faces in a tree: `frames` in order, a neutral frame for each, `skipped` files.

    The order is subject, trial, name; numbers in names count as numbers, so 9.jpg comes before 10.jpg.
    `test_subjects` are asked once and never decide anything, `validation_subjects` guide decisions; nobody trains on
    either. A subclass reads one layout in `read_frames`; `kind` is the name of its lists of both, see `held_out`.
    `UserError` is raised where nothing in the layout was found, or a test subject does not exist.
    """

    kind: str
    layout: str  # in one line, for errors

    def __init__(self, root: Root, test_subjects: Sequence[str] | None = None) -> None:
        self.tree = open_tree(root)
        self.skipped: list[Skipped] = []
        self._skipped_already: set[Skipped] = set()
        for name, why in self.tree.left_out:
            self.skip(name, why)
        frames = sorted(self.read_frames(), key=_place_in_order)
        self._neutrals: dict[str, Frame] = {}
        self._trial_neutrals: dict[tuple[str, str], Frame] = {}
        # The surest neutral faces of a subject are those with the fewest missing labels.
        for frame in sorted(filter(lambda f: f.is_neutral, frames), key=lambda f: len(f.missing)):
            surest = self._neutrals.setdefault(frame.subject, frame)
            if len(frame.missing) == len(surest.missing):
                self._trial_neutrals.setdefault((frame.subject, frame.trial), frame)
        if not self._neutrals:
            raise UserError(self._nothing_found(len(frames)))
        for subject in sorted({frame.subject for frame in frames} - self._neutrals.keys()):
            self.skip(subject, "no neutral frame, so none of this subject's frames can be used")
        self.frames = tuple(frame for frame in frames if frame.subject in self._neutrals)
        self.subjects = tuple(sorted(self._neutrals))
        self.validation_subjects, self.test_subjects = held_out(self.kind, self.subjects, test_subjects)

    @abstractmethod
    def read_frames(self) -> list[Frame]:
        """Read every labelled frame from `tree`; put what cannot be read on `skipped`. Called once."""

    def targets(self) -> tuple[Frame, ...]:
        """Return the frames worth synthesizing: with an AU that a sentence can name."""
        return tuple(frame for frame in self.frames if frame.description.action_units)

    def neutral(self, subject: str) -> Frame:
        """Return the neutral frame of a subject; raise `UserError` where the dataset has no such subject."""
        if subject not in self._neutrals:
            known = f"{self.subjects[0]} .. {self.subjects[-1]}"
            raise UserError(f"there is no subject {subject[:80]!r} in {self.tree.root}: it has {known}")
        return self._neutrals[subject]

    def neutral_of(self, frame: Frame) -> Frame:
        """Return the neutral frame for `frame`: of the same trial if it has one, else the subject's."""
        return self._trial_neutrals.get((frame.subject, frame.trial)) or self.neutral(frame.subject)

    def read(self, of: Frame | str) -> UInt8[np.ndarray, "height width 3"]:
        """Return the picture of a frame or a name as it is stored, in 8-bit RGB; raise `UserError` if it is damaged."""
        name = of if isinstance(of, str) else of.image
        return read_image(self.tree.read_bytes(name), name=name)

    def face(self, frame: Frame, size: int = IMAGE_SIZE) -> UInt8[np.ndarray, "{size} {size} 3"]:
        """Return a frame's face at `size` pixels: aligned where it has a `placement`, else the middle square."""
        image = self.read(frame)
        place = self.placement(frame, image)
        return square(image, size) if place is None else align(image, place, size)

    def placement(self, frame: Frame, image: UInt8[np.ndarray, "height width 3"]) -> Placement | None:
        """Return where the face lies (see `images`), the same for both pictures of a pair; None: the middle square."""
        return None

    def flow(self, frame: Frame) -> Float[np.ndarray, "3 64 64"]:
        """Return a frame's flow field from its neutral frame (see `pairs.Batch`); 0 everywhere where it is unknown."""
        return np.zeros((3, FLOW_SIZE, FLOW_SIZE), np.float32)

    def skip(self, path: str, why: str | UserError, *details: object, so: str = "") -> None:
        """Note once that a file or folder was left out or is worth knowing.

        `why` says what is wrong, with ``{}`` for each of the `details` that differ from file to file, or is an error;
        `so` is what follows from it, the end of the sentence.
        """
        if isinstance(why, Unreadable):
            details, why = why.details, why.why
        text = f"{why}{so}"
        general = ("N" if str(detail)[:1].isdigit() else ".." for detail in details)
        entry = Skipped(path, *((text.format(*details), text.format(*general)) if details else (text, text)))
        if entry not in self._skipped_already:
            self._skipped_already.add(entry)
            self.skipped.append(entry)

    def attempt(self, path: str, read: Callable[[], Found], so: str = "") -> Found | None:
        """Return what `read` gives; where it raises `UserError`, note that (see `skip`) and return None."""
        try:
            return read()
        except UserError as error:
            self.skip(path, error, so=so)
            return None

    def trials(self, layout: Mapping[str, str]) -> Iterator[tuple[str, str, str, dict[str, dict[str, str]]]]:
        """Sort the files of the tree by trial; note second copies, and names that fit nowhere.

        `layout` gives for each kind of file a regular expression of its name from a folder on, in small letters or not.
        Its groups are subject, trial (empty for a ``gender.txt``) and what tells one file from the others. Yields
        subject, trial, subject of a sentence ("man", "woman", "person"), and kind -> last group -> name.
        """
        flags = re.IGNORECASE | re.ASCII  # digits of other scripts are no numbers of Action Units
        patterns = {kind: re.compile(rf"(?:^|/){name}\Z", flags) for kind, name in layout.items()}
        folders = "|".join({name.partition("/")[0] for name in layout.values()})
        stranger = re.compile(rf"(?:^|/)(?:{folders})/(?!(?:.*/)?{_LITTER}\Z)", flags | re.DOTALL)
        trials: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
        for name in self.tree.names():
            for kind, pattern in patterns.items():
                if match := pattern.search(name):
                    files = trials.setdefault((match[1].upper(), match[2]), {kind: {} for kind in layout})
                    first = files[kind].setdefault(match[3].lower(), name)
                    if first != name:
                        self.skip(name, "a second copy of {}", shortened(first))
                    break
            else:
                if stranger.search(name):
                    self.skip(name, "its name is none of this layout, so it is not used")
        genders: dict[str, str | None] = {}
        for (subject, trial), files in sorted(trials.items()):
            if trial:
                yield subject, trial, genders.get(subject) or "person", files
            else:
                file, so = files["gender"]["gender"], "; the sentences say 'a person'"
                genders[subject] = self.read_labels(file, lambda text, _: read_code(text, GENDERS), so)

    def read_labels(self, name: str, reader: Callable[[str, Note], Found], so: str = "") -> Found | None:
        """Return what a reader (see `labels`) makes of a file; what is wrong with it goes on `skipped`."""
        return self.attempt(name, lambda: reader(self.tree.read_text(name), partial(self.skip, name)), so)

    def begins_like_an_image(self, name: str) -> bool:
        """Tell whether a file begins (more is not read) as JPEG and PNG files do; if not, it goes on `skipped`."""
        start = self.attempt(name, lambda: self.tree.read_bytes(name, limit=8))
        begins = start is not None and start.startswith(IMAGE_STARTS)
        if start is not None and not begins:
            self.skip(name, "not a JPEG or PNG picture" if start else "the file is empty")
        return begins

    def _nothing_found(self, frames: int) -> str:
        found = in_order(name.split("/")[0] for name in self.tree.names()) or "nothing"
        why = f"is not in the {self.layout}; found {found}"
        if frames:
            why = f"has {frames} labelled pictures, but none without any Action Unit: pairs need neutral faces"
        first = f"; {len(self.skipped)} entries skipped, first: {self.skipped[0]}" if self.skipped else ""
        return f"{self.tree.root} {why}{first}"


def subjects_of(dataset: FaceDataset, part: str) -> tuple[str, ...]:
    """Return the subjects of one part, "train", "validation" or "test"; raise `UserError` for any other."""
    if part not in PARTS:
        raise UserError(f"there is no part {part[:80]!r} of a dataset: say {', '.join(PARTS)}")
    if part == "train":
        held_out = {*dataset.validation_subjects, *dataset.test_subjects}
        return tuple(subject for subject in dataset.subjects if subject not in held_out)
    return dataset.validation_subjects if part == "validation" else dataset.test_subjects


def split(dataset: FaceDataset, part: str) -> tuple[Frame, ...]:
    """Return the frames of one part, neutral ones included; identities are never shared between the parts."""
    chosen = set(subjects_of(dataset, part))
    return tuple(frame for frame in dataset.frames if frame.subject in chosen)


def held_out(kind: str, subjects: Sequence[str], test: Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of `subjects` are for validation and which for the test, both sorted.

    They are those on the lists ``splits/<kind>_validation.txt`` and ``splits/<kind>_test.txt``; `test` replaces the
    second, and must exist. Where nobody is on a list, the last tenth of the subjects is for the test (one at least, but
    somebody is left to train on). Without a list for validation, as with the paper's two data sets, the test subjects
    serve for both.
    """
    listed = {part: _listed(f"{kind}_{part}.txt", subjects) for part in ("validation", "test")}
    if test is not None:
        if unknown := set(test) - set(subjects):
            known = f"{subjects[0]} .. {subjects[-1]}"
            raise UserError(f"the test subjects {in_order(unknown)} are not in the dataset: it has {known}")
        listed["test"] = tuple(sorted(set(test)))
    elif not any(listed.values()):
        listed["test"] = tuple(sorted(subjects)[1:][-max(1, len(subjects) // 10) :])
    return listed["validation"] or listed["test"], listed["test"]


def _listed(name: str, subjects: Sequence[str]) -> tuple[str, ...]:
    file = resources.files("lfes_core.datasets").joinpath(f"splits/{name}")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return tuple(sorted(set(lines) & set(subjects)))  # a comment is a line of its own


def _place_in_order(frame: Frame) -> tuple[str, str, str, str]:
    return frame.subject, frame.trial, numbers_padded(frame.name), frame.name


def numbers_padded(name: str) -> str:
    """Return a name that sorts as its numbers do: 9.jpg comes before 10.jpg."""
    return re.sub("[0-9]+", lambda run: run[0].zfill(20), name)
