"""What every dataset of faces gives: frames with Action Units, neutral ones, two parts, a list of what was skipped."""

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

import numpy as np
from jaxtyping import UInt8

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets.labels import read_single_number
from lfes_core.datasets.tree import Tree
from lfes_core.errors import Unreadable, UserError
from lfes_core.images import IMAGE_SIZE, Placement, align, read_image, square
from lfes_core.sentences import Description

IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""How JPEG and PNG files begin."""

GENDERS = {0: "man", 1: "woman"}
"""The number in a ``gender.txt`` -> the subject of a sentence."""

PARTS = ("train", "test")

_DATA = re.compile(r"(?<!/TimeStamp)\.(txt|jpe?g|png|tiff?|bmp)$", re.IGNORECASE)


@dataclass(frozen=True)
class Frame:
    """One picture and what is known about it.

    `action_units` holds the AUs that are present: number -> intensity 1..5 (A..E), or None where the coder
    gave none. `missing` names the AUs whose label is absent or unreadable: for them nothing is known.
    `image` is a name in the dataset's tree.
    """

    subject: str
    trial: str
    name: str
    image: str
    action_units: Mapping[int, int | None] = field(default_factory=dict, hash=False)
    gender: str = "person"
    emotion: str | None = None
    missing: tuple[int, ...] = ()

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
    """A file or folder that was left out or is worth knowing, and why; the rest of the dataset is used.

    `reason` is `why` without particulars: ``N`` stands for a number, ``..`` for anything else.
    """

    path: str
    why: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


class FaceDataset(ABC):
    """Faces in a tree: `frames` in order, a neutral frame for each, `skipped` files.

    The order is subject, trial, name; numbers in names count as numbers, so 9.jpg comes before 10.jpg.

    A subclass reads one layout in `read_frames`; `kind` is the name of its list of test subjects.
    """

    kind: str
    layout: str
    """The layout in one line, for errors."""

    def __init__(self, tree: Tree, test_subjects: Sequence[str] | None = None) -> None:
        self.tree = tree
        self.skipped: list[Skipped] = []
        self._skipped_already: set[Skipped] = set()
        for name, why in tree.left_out:
            self.skip(name, why)
        frames = sorted(self.read_frames(), key=_place_in_order)
        neutrals = _surest_neutrals(frames)
        # The first of each: later entries of the reversed list replace earlier ones.
        self._neutrals = {frame.subject: frame for frame in reversed(neutrals)}
        if not self._neutrals:
            raise UserError(self._nothing_found(len(frames)))
        for subject in sorted({frame.subject for frame in frames} - self._neutrals.keys()):
            self.skip(subject, "no neutral frame, so none of this subject's frames can be used")
        self.frames = tuple(frame for frame in frames if frame.subject in self._neutrals)
        self._trial_neutrals = {(frame.subject, frame.trial): frame for frame in reversed(neutrals)}
        self.subjects = tuple(sorted(self._neutrals))
        self.test_subjects = held_out_subjects(self.kind, self.subjects, test_subjects)

    @abstractmethod
    def read_frames(self) -> list[Frame]:
        """Read every labelled frame from `tree`; put what cannot be read on `skipped`. Called once."""

    def targets(self) -> tuple[Frame, ...]:
        """Return the frames worth synthesizing: with an AU that a sentence can name."""
        return tuple(frame for frame in self.frames if frame.description.action_units)

    def neutral(self, subject: str) -> Frame:
        """Return the neutral frame of a subject.

        Raises:
            UserError: the dataset has no such subject.
        """
        if subject not in self._neutrals:
            known = f"{self.subjects[0]} .. {self.subjects[-1]}"
            raise UserError(f"there is no subject {subject[:80]!r} in {self.tree.root}: it has {known}")
        return self._neutrals[subject]

    def neutral_of(self, frame: Frame) -> Frame:
        """Return the neutral frame for `frame`: of the same trial if it has one, else the subject's."""
        return self._trial_neutrals.get((frame.subject, frame.trial)) or self.neutral(frame.subject)

    def read(self, frame: Frame) -> UInt8[np.ndarray, "height width 3"]:
        """Return a frame's picture as it is stored, as 8-bit RGB.

        Raises:
            UserError: the picture is damaged; the message names it.
        """
        return read_image(self.tree.read_bytes(frame.image), name=frame.image)

    def face(self, frame: Frame, size: int = IMAGE_SIZE) -> UInt8[np.ndarray, "{size} {size} 3"]:
        """Return a frame's face at `size` pixels: aligned where it has a `placement`, else the middle square."""
        image = self.read(frame)
        place = self.placement(frame, image)
        return square(image, size) if place is None else align(image, place, size)

    def placement(self, frame: Frame, image: UInt8[np.ndarray, "height width 3"]) -> Placement | None:
        """Return where the face lies in a frame's picture (see `images`), or None for the middle square.

        A layout that knows landmarks overrides this, with one placement for both pictures of a pair.
        """
        return None

    def skip(self, path: str, why: str | UserError, *details: object, so: str = "") -> None:
        """Note once that something was left out or is worth knowing.

        Args:
            path: the file or folder.
            why: what is wrong, with ``{}`` for each of `details`; or the error that a reader raised.
            details: what differs from file to file.
            so: what follows from it, the end of the sentence.
        """
        if isinstance(why, Unreadable):
            details, why = why.details, why.why
        text = f"{why}{so}".removeprefix(f"{path} ")
        general = ("N" if str(detail)[:1].isdigit() else ".." for detail in details)
        entry = Skipped(path, *((text.format(*details), text.format(*general)) if details else (text, text)))
        if entry not in self._skipped_already:
            self._skipped_already.add(entry)
            self.skipped.append(entry)

    def sort_names(
        self, patterns: Mapping[str, re.Pattern[str]], folders: re.Pattern[str]
    ) -> dict[str, dict[tuple[str, ...], dict[str, str]]]:
        """Sort the names of the tree by what they are; note second copies, and names that fit no pattern.

        Args:
            patterns: kind of file -> what its name is searched for. Its groups are subject (small letters are the
                same), then perhaps trial, then what tells one file from the others (small letters are the same).
            folders: what a name is searched for that should fit.

        Returns:
            kind -> subject, or subject and trial -> last group -> name.
        """
        found: dict[str, dict[tuple[str, ...], dict[str, str]]] = {
            kind: defaultdict(dict) for kind in patterns
        }
        for name in self.tree.names():
            for kind, pattern in patterns.items():
                if match := pattern.search(name):
                    subject, *trial, last = match.groups()
                    first = found[kind][subject.upper(), *trial].setdefault(last.lower(), name)
                    if first != name:
                        self.skip(name, "a second copy of {}", first)
                    break
            else:
                if folders.search(name) and _DATA.search(name):
                    self.skip(name, "its name is none of this layout, so it is not used")
        return found

    def read_gender(self, name: str) -> str:
        """Return the subject of sentences from a ``gender.txt``; "person" if it says nothing that can be read."""
        so = "; the sentences say 'a person'"
        try:
            return GENDERS[read_single_number(self.tree.read_text(name))]
        except KeyError:
            self.skip(name, "it is neither 0 nor 1", so=so)
        except UserError as error:
            self.skip(name, error, so=so)
        return "person"

    def begins_like_an_image(self, name: str) -> bool:
        """Tell whether a file begins as JPEG and PNG files do; if not, it goes on `skipped`."""
        # Every picture of a large tree is looked at, so only its first bytes are read; damage further in
        # shows when the picture is decoded.
        try:
            start = self.tree.read_bytes(name, limit=8)
        except UserError as error:
            self.skip(name, error)
            return False
        if not start.startswith(IMAGE_STARTS):
            self.skip(name, "the file is empty" if not start else "not a JPEG or PNG picture")
            return False
        return True

    def _nothing_found(self, frames: int) -> str:
        problems = f"; {len(self.skipped)} entries skipped, first: {self.skipped[0]}" if self.skipped else ""
        if frames:
            return (
                f"{self.tree.root} has {frames} labelled pictures, but none without any Action Unit: every pair needs "
                f"a neutral face{problems}"
            )
        top = sorted({name.split("/")[0] for name in self.tree.names()})
        found = ", ".join(top[:6]) + (", .." if len(top) > 6 else "") if top else "nothing"
        return f"{self.tree.root} is not in the {self.layout}; found {found}{problems}"


def subjects_of(dataset: FaceDataset, part: str) -> tuple[str, ...]:
    """Return the subjects of one part.

    Raises:
        UserError: `part` is neither "train" nor "test".
    """
    if part not in PARTS:
        raise UserError(f"there is no part {part[:80]!r} of a dataset: say 'train' or 'test'")
    held_out = set(dataset.test_subjects)
    return tuple(subject for subject in dataset.subjects if (subject in held_out) == (part == "test"))


def split(dataset: FaceDataset, part: str) -> tuple[Frame, ...]:
    """Return the frames of one part, neutral ones included; identities are never shared between the parts."""
    chosen = set(subjects_of(dataset, part))
    return tuple(frame for frame in dataset.frames if frame.subject in chosen)


def listed_test_subjects(kind: str) -> tuple[str, ...]:
    """Read the published list ``splits/<kind>_test.txt``: one subject a line, ``#`` begins a comment.

    A dataset of another kind has no list: nobody.
    """
    file = resources.files("lfes_core.datasets").joinpath(f"splits/{kind}_test.txt")
    text = file.read_text("utf-8") if file.is_file() else ""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(sorted(line for line in lines if line))


def held_out_subjects(
    kind: str, subjects: Sequence[str], chosen: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return which of `subjects` are held out for the test, sorted.

    They are the `chosen` ones; by default those on the published list; and in a part of a dataset that has
    nobody on the list, the last tenth of the subjects (one at least, as long as somebody is left to train
    on).

    Raises:
        UserError: a chosen subject does not exist.
    """
    if chosen is not None:
        if unknown := sorted(set(chosen) - set(subjects)):
            raise UserError(
                f"the test subjects {', '.join(unknown)[:80]} are not in the dataset: it has "
                f"{subjects[0]} .. {subjects[-1]}"
            )
        return tuple(sorted(set(chosen)))
    listed = tuple(subject for subject in listed_test_subjects(kind) if subject in set(subjects))
    if listed or len(subjects) < 2:
        return listed
    return tuple(sorted(subjects))[-max(1, len(subjects) // 10) :]


def _place_in_order(frame: Frame) -> tuple[object, ...]:
    # 9.jpg comes before 10.jpg: of two runs of digits the longer one is the larger number.
    runs = [(digits.lstrip("0"), text) for digits, text in re.findall(r"([0-9]+)|([^0-9]+)", frame.name)]
    order = [(text != "", len(digits), digits, text) for digits, text in runs]
    return frame.subject, frame.trial, order, frame.name


def _surest_neutrals(frames: Sequence[Frame]) -> list[Frame]:
    """Keep the frames without an AU; of each subject only those with the fewest missing labels."""
    fewest: dict[str, int] = {}
    neutral = [frame for frame in frames if frame.is_neutral]
    for frame in neutral:
        fewest[frame.subject] = min(len(frame.missing), fewest.get(frame.subject, len(frame.missing)))
    return [frame for frame in neutral if len(frame.missing) == fewest[frame.subject]]
