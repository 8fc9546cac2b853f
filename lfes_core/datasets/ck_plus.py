"""CK+ as it lies on disk.

::

    cohn-kanade-images/S026/001/S026_001_00000001.png ... S026_001_00000015.png   neutral ... peak
    FACS/S026/001/S026_001_00000015_facs.txt         one a sequence, named after the peak
    Emotion/S026/001/S026_001_00000015_emotion.txt   327 of 593 sequences
    FACS/S026/gender.txt                             0 = man, 1 = woman; not in the release
    Landmarks/S026/001/S026_001_00000001_landmarks.txt  68 points, every picture
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from jaxtyping import UInt8

from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.datasets.labels import read_facs, read_landmarks, read_single_number
from lfes_core.datasets.tree import Tree, open_tree
from lfes_core.errors import UserError
from lfes_core.images import Placement, misfit, placement

_NAMES = {
    kind: re.compile(rf"(?:^|/){pattern}$", re.IGNORECASE)
    for kind, pattern in {
        "image": r"cohn-kanade-images/(S\d+)/(?:\1/)?(\d+)/([^/]+_\d{1,9})\.(?:png|jpe?g)",
        "facs": r"FACS/(S\d+)/(?:\1/)?(\d+)/([^/]+)_facs\.txt",
        "emotion": r"Emotion/(S\d+)/(?:\1/)?(\d+)/([^/]+)_emotion\.txt",
        "landmarks": r"Landmarks/(S\d+)/(?:\1/)?(\d+)/([^/]+)_landmarks\.txt",
        "gender": r"FACS/(S\d+)/(?:\1/)?(gender)\.txt",
    }.items()
}
_FOLDERS = re.compile(r"(?:^|/)(?:cohn-kanade-images|FACS|Emotion|Landmarks)/", re.IGNORECASE)

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

_CROPPED = "; the middle square is used"


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
        if place is not None and (why := misfit(place, image)):
            self.skip(frame.image, why, so=_CROPPED)
            return None
        return place

    def read_frames(self) -> list[Frame]:
        """Read every labelled frame (see `FaceDataset.read_frames`)."""
        names = self.sort_names(_NAMES, _FOLDERS)
        genders = {
            subject: self.read_gender(found["gender"]) for (subject,), found in names["gender"].items()
        }
        frames: list[Frame] = []
        for (subject, trial), pictures in names["image"].items():
            coded = names["facs"].pop((subject, trial), {})
            emotions = names["emotion"].get((subject, trial), {})
            gender = genders.get(subject, "person")
            sequence = self._read_sequence(subject, trial, pictures, coded, emotions, gender)
            frames += sequence
            if sequence and names["landmarks"]:
                self._read_placement(sequence[0], names["landmarks"].get((subject, trial), {}))
        if frames and not names["landmarks"]:
            self.skip("Landmarks", "no landmark file anywhere", so=_CROPPED)
        for subject, trial in names["facs"]:
            self.skip(f"FACS/{subject}/{trial}", "Action Units without any picture")
        return frames

    def _read_sequence(
        self,
        subject: str,
        trial: str,
        pictures: Mapping[str, str],
        coded: Mapping[str, str],
        emotions: Mapping[str, str],
        gender: str,
    ) -> list[Frame]:
        """Read the first picture and the peak of one sequence; an empty list if it cannot be used.

        Files are named by their stem in small letters, as in s005_001_00000001.
        """
        sequence = f"cohn-kanade-images/{subject}/{trial}"
        if not coded:
            self.skip(sequence, "no FACS file, so its Action Units are not known")
            return []
        peak, facs_file = max(coded.items())
        if peak not in pictures:
            self.skip(facs_file, "its peak picture {} does not exist", f"{peak.upper()}.png")
            return []
        try:
            present, missing, notes = read_facs(self.tree.read_text(facs_file))
        except UserError as error:
            self.skip(facs_file, error)
            return []
        for note in notes:
            self.skip(facs_file, *note)
        in_time = sorted(pictures, key=_number)
        usable = [pictures[stem] for stem in in_time if self.begins_like_an_image(pictures[stem])]
        if not usable or usable[0] == pictures[peak] or pictures[peak] not in usable:
            self.skip(sequence, "it has no neutral picture and peak that can be read")
            return []
        if not present:  # for then the peak would count as a neutral face
            self.skip(sequence, "no Action Unit of its peak is known")
            return []
        if _number(in_time[0]) > 1:
            why = "its first picture is missing: number {} is taken for the neutral face"
            self.skip(sequence, why, _number(in_time[0]))
        neutral, last = (PurePosixPath(image).name for image in (usable[0], pictures[peak]))
        emotion = self._read_emotion(emotions[peak]) if peak in emotions else None
        return [
            Frame(subject, trial, neutral, usable[0], gender=gender),
            Frame(subject, trial, last, pictures[peak], present, gender, emotion, missing),
        ]

    def _read_emotion(self, name: str) -> str | None:
        so = "; the frame is used without an emotion"
        try:
            return EMOTION_CODES[read_single_number(self.tree.read_text(name))]
        except KeyError:
            self.skip(name, "a number outside 0..7", so=so)
        except UserError as error:
            self.skip(name, error, so=so)
        return None

    def _read_placement(self, neutral: Frame, landmarks: Mapping[str, str]) -> None:
        """Learn where the faces of a sequence lie from the landmarks of its neutral picture."""
        name = landmarks.get(PurePosixPath(neutral.name).stem.lower())
        if name is None:
            where = f"Landmarks/{neutral.subject}/{neutral.trial}"
            self.skip(where, "no landmarks of the neutral face", so=_CROPPED)
            return
        try:
            points = read_landmarks(self.tree.read_text(name))
            self._placements[neutral.subject, neutral.trial] = placement(points)
        except UserError as error:
            self.skip(name, error, so=_CROPPED)


def _number(stem: str) -> int:
    return int(stem.rpartition("_")[2])
