"""CK+ as it lies on disk.

::

    cohn-kanade-images/S026/001/S026_001_00000001.png ... S026_001_00000015.png   neutral ... peak
    FACS/S026/001/S026_001_00000015_facs.txt         one a sequence, named after the peak
    Emotion/S026/001/S026_001_00000015_emotion.txt   327 of 593 sequences
    FACS/S026/gender.txt                             0 = man, 1 = woman; not in the release
    Landmarks/S026/001/S026_001_00000001_landmarks.txt  68 points, every picture
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from lfes_core.datasets.alignment import Placement, fits, placement
from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.datasets.labels import read_facs, read_landmarks, read_single_number
from lfes_core.datasets.tree import Tree, open_tree
from lfes_core.errors import UserError

_IMAGE = re.compile(r"(?:^|/)cohn-kanade-images/(S\d+)/(?:\1/)?(\d+)/([^/]+_(\d{1,9})\.png)$", re.IGNORECASE)
_FACS = re.compile(r"(?:^|/)FACS/(S\d+)/(?:\1/)?(\d+)/([^/]+)_facs\.txt$", re.IGNORECASE)
_EMOTION = re.compile(r"(?:^|/)Emotion/(S\d+)/(?:\1/)?(\d+)/([^/]+)_emotion\.txt$", re.IGNORECASE)
_LANDMARKS = re.compile(r"(?:^|/)Landmarks/(S\d+)/(?:\1/)?(\d+)/([^/]+)_landmarks\.txt$", re.IGNORECASE)
_GENDER = re.compile(r"(?:^|/)FACS/(S\d+)/(?:\1/)?gender\.txt$", re.IGNORECASE)

EMOTION_CODES = {
    0: None,
    1: "anger",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happiness",
    6: "sadness",
    7: "surprise",
}
"""The number in an ``_emotion.txt`` -> the emotion; 0 is neutral."""


_CROPPED = "the middle square is used"


class _Names:
    """The names of a tree, sorted by what they hold; second copies go on the dataset's `skipped`."""

    def __init__(self, dataset: FaceDataset) -> None:
        self.images: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
        self.facs: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.emotions: dict[str, str] = {}
        self.landmarks: dict[str, str] = {}
        self.genders: dict[str, str] = {}
        for name in dataset.tree.names():
            if match := _IMAGE.search(name):
                first = self.images[match[1].upper(), match[2]].setdefault(int(match[4]), name)
            elif match := _FACS.search(name):
                first = self.facs[match[1].upper(), match[2]].setdefault(match[3], name)
            elif match := _EMOTION.search(name):
                first = self.emotions.setdefault(match[3], name)
            elif match := _LANDMARKS.search(name):
                first = self.landmarks.setdefault(match[3], name)
            elif match := _GENDER.search(name):
                first = self.genders.setdefault(match[1].upper(), name)
            else:
                continue
            if first != name:
                dataset.skip(name, f"a second copy of {first}")


class CKPlus(FaceDataset):
    """CK+: posed sequences from the neutral face to a peak; the AUs of the peak are coded.

    Each sequence gives two frames: its first picture (neutral) and its peak. AU numbers that no sentence has
    a phrase for (30, 45, 54, ...) stay in `Frame.action_units` and stay out of `Frame.description`.
    Sequences without a FACS file are left out; the emotion is None where none was given.

    Faces are aligned by the landmarks of the sequence's neutral picture, the same way in both of its frames.
    Where they are missing or make no sense, `skipped` says so and the middle square of the picture serves.

    Args:
        root: the folder that holds ``cohn-kanade-images`` and ``FACS``, or a zip archive of it.
        test_subjects: who is held out; by default the published list.

    Raises:
        UserError: nothing in CK+ layout was found.
    """

    kind = "ck_plus"
    layout = (
        "CK+ layout: expected cohn-kanade-images/S026/001/S026_001_00000001.png and "
        "FACS/S026/001/S026_001_00000015_facs.txt"
    )

    def __init__(self, root: str | Path | Tree, test_subjects: Sequence[str] | None = None) -> None:
        self._placements: dict[tuple[str, str], Placement] = {}
        super().__init__(root if isinstance(root, Tree) else open_tree(root), test_subjects)

    def placement(self, frame: Frame, image: UInt8[np.ndarray, "height width 3"]) -> Placement | None:
        """Return the placement of the sequence's neutral face, or None (see the class)."""
        place = self._placements.get((frame.subject, frame.trial))
        if place is None or fits(place, image):
            return place
        self.skip(frame.image, f"the landmarks lie outside this picture; {_CROPPED}")
        return None

    def read_frames(self) -> list[Frame]:
        """Read every labelled frame (see `FaceDataset.read_frames`)."""
        names = _Names(self)
        genders = {subject: self.read_gender(name) for subject, name in names.genders.items()}
        frames: list[Frame] = []
        for (subject, trial), pictures in names.images.items():
            coded = names.facs.pop((subject, trial), {})
            gender = genders.get(subject, "person")
            sequence = self._read_sequence(subject, trial, pictures, coded, names.emotions, gender)
            frames += sequence
            if sequence and names.landmarks:
                self._read_placement(sequence[0], names.landmarks)
        if frames and not names.landmarks:
            self.skip("Landmarks", f"no landmark file anywhere; {_CROPPED}")
        for subject, trial in names.facs:
            self.skip(f"FACS/{subject}/{trial}", "Action Units without any picture")
        return frames

    def _read_sequence(
        self,
        subject: str,
        trial: str,
        pictures: Mapping[int, str],
        coded: Mapping[str, str],
        emotions: Mapping[str, str],
        gender: str,
    ) -> list[Frame]:
        """Read the first picture and the peak of one sequence; an empty list if it cannot be used."""
        sequence = f"cohn-kanade-images/{subject}/{trial}"
        if not coded:
            self.skip(sequence, "no FACS file, so its Action Units are not known")
            return []
        peak, facs_file = max(coded.items())
        try:
            present, missing = read_facs(self.tree.read_text(facs_file))
        except UserError as error:
            self.skip(facs_file, str(error))
            return []
        by_name = {Path(image).stem: image for image in pictures.values()}
        if peak not in by_name:
            self.skip(facs_file, f"its peak picture {peak}.png does not exist")
            return []
        usable = [image for _, image in sorted(pictures.items()) if self.begins_like_an_image(image)]
        if not usable or usable[0] == by_name[peak] or by_name[peak] not in usable:
            self.skip(sequence, "it has no neutral picture and peak that can be read")
            return []
        emotion = self._read_emotion(emotions[peak]) if peak in emotions else None
        return [
            Frame(subject, trial, Path(usable[0]).name, usable[0], gender=gender),
            Frame(subject, trial, f"{peak}.png", by_name[peak], present, gender, emotion, missing),
        ]

    def _read_emotion(self, name: str) -> str | None:
        try:
            return EMOTION_CODES[read_single_number(self.tree.read_text(name))]
        except (KeyError, UserError) as error:
            reason = "a number outside 0..7" if isinstance(error, KeyError) else str(error)
            self.skip(name, f"{reason}; the frame is used without an emotion")
            return None

    def _read_placement(self, neutral: Frame, landmarks: Mapping[str, str]) -> None:
        """Learn where the faces of a sequence lie from the landmarks of its neutral picture."""
        stem = Path(neutral.name).stem
        if stem not in landmarks:
            self.skip(
                f"Landmarks/{neutral.subject}/{neutral.trial}",
                f"no landmarks of the neutral face; {_CROPPED}",
            )
            return
        try:
            points = read_landmarks(self.tree.read_text(landmarks[stem]))
            self._placements[neutral.subject, neutral.trial] = placement(points)
        except UserError as error:
            self.skip(landmarks[stem], f"{error}; {_CROPPED}")
