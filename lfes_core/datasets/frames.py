"""What every dataset of faces gives: frames with Action Units, neutral frames, a list of what was skipped."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets.alignment import Placement, align
from lfes_core.datasets.held_out import held_out_subjects
from lfes_core.datasets.images import IMAGE_SIZE, read_image, square
from lfes_core.datasets.labels import read_single_number
from lfes_core.datasets.tree import Tree
from lfes_core.errors import UserError
from lfes_core.sentences import Description

IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""How JPEG and PNG files begin."""

GENDERS = {0: "man", 1: "woman"}
"""The number in a ``gender.txt`` -> the subject of a sentence."""


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
    """A file or folder that was left out, and why; the rest of the dataset is used."""

    path: str
    why: str


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
        self.skipped: list[Skipped] = [Skipped(name, why) for name, why in tree.left_out]
        self._skipped_already = set(self.skipped)
        frames = sorted(self.read_frames(), key=_place_in_order)
        neutrals = _surest_neutrals(frames)
        # The first of each: later entries of the reversed list replace earlier ones.
        self._neutrals = {frame.subject: frame for frame in reversed(neutrals)}
        for subject in sorted({frame.subject for frame in frames} - self._neutrals.keys()):
            self.skip(subject, "no neutral frame, so none of this subject's frames can be used")
        self.frames = tuple(frame for frame in frames if frame.subject in self._neutrals)
        self._trial_neutrals = {(frame.subject, frame.trial): frame for frame in reversed(neutrals)}
        if not self.frames:
            raise UserError(self._nothing_found())
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
            raise UserError(f"there is no subject {subject!r} in {self.tree.root}: it has {known}")
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
        """Return where the face lies in a frame's picture (see `alignment`), or None for the middle square.

        A layout that knows landmarks overrides this, with one placement for both pictures of a pair.
        """
        return None

    def skip(self, path: str, why: str) -> None:
        """Note once that something was left out; where `why` begins with the path, it is not said twice."""
        entry = Skipped(path, why.removeprefix(f"{path} "))
        if entry not in self._skipped_already:
            self._skipped_already.add(entry)
            self.skipped.append(entry)

    def left_out(self) -> str:
        """What was left out, counted, in one line; nothing if everything is used."""
        return ""

    def read_gender(self, name: str) -> str:
        """Return the subject of sentences from a ``gender.txt``; "person" if it says nothing that can be read."""
        try:
            return GENDERS[read_single_number(self.tree.read_text(name))]
        except (KeyError, UserError) as error:
            reason = "it is neither 0 nor 1" if isinstance(error, KeyError) else str(error)
            self.skip(name, f"{reason}; the sentences say 'a person'")
            return "person"

    def begins_like_an_image(self, name: str) -> bool:
        """Tell whether a file begins as JPEG and PNG files do; if not, it goes on `skipped`."""
        # Every picture of a large tree is looked at, so only its first bytes are read; damage further in
        # shows when the picture is decoded.
        try:
            start = self.tree.read_bytes(name, limit=8)
        except UserError as error:
            self.skip(name, str(error))
            return False
        if not start.startswith(IMAGE_STARTS):
            self.skip(name, "the file is empty" if not start else "not a JPEG or PNG picture")
            return False
        return True

    def _nothing_found(self) -> str:
        top = sorted({name.split("/")[0] for name in self.tree.names()})
        found = ", ".join(top[:6]) + (", .." if len(top) > 6 else "") if top else "nothing"
        problems = f"; {len(self.skipped)} entries skipped, first: {self.skipped[0]}" if self.skipped else ""
        return f"{self.tree.root} is not in the {self.layout}; found {found}{problems}"


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
