"""CK+ as it lies on disk.

::

    cohn-kanade-images/S026/001/S026_001_00000001.png ... S026_001_00000015.png   neutral ... peak
    FACS/S026/001/S026_001_00000015_facs.txt         one a sequence, named after the peak
    Emotion/S026/001/S026_001_00000015_emotion.txt   327 of 593 sequences
    FACS/S026/gender.txt                             0 = man, 1 = woman; not in the release
    Landmarks/S026/001/S026_001_00000001_landmarks.txt  68 points, every picture
"""

from functools import partial
from pathlib import PurePosixPath

import numpy as np
from jaxtyping import UInt8

from lfes_core.action_units import EMOTIONS
from lfes_core.datasets.frames import FaceDataset, Frame, numbers_padded
from lfes_core.datasets.labels import read_code, read_facs, read_landmarks
from lfes_core.errors import Unreadable
from lfes_core.images import Placement, misfit, placement

_LAYOUT = {
    "image": r"cohn-kanade-images/(S\d+)/(?:\1/)?(\d+)/([^/]+_\d{1,9})\.(?:png|jpe?g)",
    "facs": r"FACS/(S\d+)/(?:\1/)?(\d+)/([^/]+)_facs\.txt",
    "emotion": r"Emotion/(S\d+)/(?:\1/)?(\d+)/([^/]+)_emotion\.txt",
    "landmarks": r"Landmarks/(S\d+)/(?:\1/)?(\d+)/([^/]+)_landmarks\.txt",
    "gender": r"FACS/(S\d+)/(?:\1/)?()(gender)\.txt",
}

EMOTION_CODES = (None, *EMOTIONS)  # what the numbers 0 to 7 in an ``_emotion.txt`` stand for; 0 is neutral
_CROPPED = "; the middle square is used"


class CKPlus(FaceDataset):
    """CK+, below the folder that holds ``cohn-kanade-images`` and ``FACS``: posed sequences from neutral to a peak.

    Each sequence gives two frames: its first picture (neutral) and its peak, whose AUs are coded. AU numbers that no
    sentence has a phrase for (30, 45, 54, ...) stay out of `Frame.description`. Sequences without a FACS file are left
    out; the emotion is None where none was given. Both faces are aligned by the landmarks of the neutral one; where
    they are missing or make no sense, `skipped` says so and the middle square of the picture serves.
    """

    kind = "ck_plus"
    layout = (
        "CK+ layout: expected cohn-kanade-images/S026/001/S026_001_00000001.png and "
        "FACS/S026/001/S026_001_00000015_facs.txt"
    )

    def placement(self, frame: Frame, image: UInt8[np.ndarray, "height width 3"]) -> Placement | None:
        """Return the placement of the sequence's neutral face, or None (see the class)."""
        place = self._placements.get((frame.subject, frame.trial))
        if place is not None and (why := misfit(place, image)):
            self.skip(frame.image, why, so=_CROPPED)
            return None
        return place

    def read_frames(self) -> list[Frame]:
        """Read every labelled frame (see `FaceDataset.read_frames`)."""
        self._placements: dict[tuple[str, str], Placement | None] = {}
        frames: list[Frame] = []
        trials = list(self.trials(_LAYOUT))
        tracked = any(files["landmarks"] for *_, files in trials)
        for subject, trial, gender, files in trials:
            if files["image"]:
                read = partial(self._read_sequence, subject, trial, gender, files)
                sequence = self.attempt(f"cohn-kanade-images/{subject}/{trial}", read) or []
                frames += sequence
                if sequence and tracked:
                    if file := files["landmarks"].get(PurePosixPath(sequence[0].name).stem.lower()):
                        place = self.read_labels(file, lambda text, _: placement(read_landmarks(text)), _CROPPED)
                        self._placements[subject, trial] = place
                    else:
                        self.skip(f"Landmarks/{subject}/{trial}", "no landmarks of the neutral face", so=_CROPPED)
            elif files["facs"]:
                self.skip(f"FACS/{subject}/{trial}", "Action Units without any picture")
            else:
                first = [*files["emotion"].values(), *files["landmarks"].values()][0]
                self.skip(str(PurePosixPath(first).parent), "a sequence without any picture and Action Units")
        if frames and not tracked:
            self.skip("Landmarks", "no landmark file anywhere", so=_CROPPED)
        return frames

    def _read_sequence(self, subject: str, trial: str, gender: str, files: dict[str, dict[str, str]]) -> list[Frame]:
        """Read the first picture and the peak of one sequence; none if its FACS file cannot be used."""
        pictures = files["image"]
        if not files["facs"]:
            raise Unreadable("no FACS file, so its Action Units are not known")
        peak, facs = max(files["facs"].items(), key=lambda item: numbers_padded(item[0]))
        for kind in ("facs", "emotion"):
            for stem in files[kind].keys() - {peak}:
                self.skip(files[kind][stem], "it is not of the last coded picture, {}", f"{peak.upper()}.png")
        if peak not in pictures:
            self.skip(facs, "its peak picture {} does not exist", f"{peak.upper()}.png")
            return []
        levels = self.read_labels(facs, read_facs)
        if levels is None:
            return []
        in_time = sorted(pictures, key=_number)
        usable = [pictures[stem] for stem in in_time if self.begins_like_an_image(pictures[stem])]
        if pictures[peak] not in usable[1:]:
            raise Unreadable("it has no neutral picture and peak that can be read")
        present = {unit: level or None for unit, level in levels.items() if level is not None}
        if not present:  # for then the peak would count as a neutral face
            raise Unreadable("no Action Unit of its peak is known")
        if _number(in_time[0]) > 1:
            why = "its first picture is missing: number {} is taken for the neutral face"
            self.skip(f"cohn-kanade-images/{subject}/{trial}", why, _number(in_time[0]))
        emotion = None
        if file := files["emotion"].get(peak):
            so = "; the frame is used without an emotion"
            emotion = self.read_labels(file, lambda text, _: read_code(text, EMOTION_CODES), so)
        neutral, last = (PurePosixPath(image).name for image in (usable[0], pictures[peak]))
        missing = tuple(sorted(levels.keys() - present.keys()))
        return [
            Frame(subject, trial, neutral, usable[0], gender=gender),
            Frame(subject, trial, last, pictures[peak], present, gender, emotion, missing),
        ]


def _number(stem: str) -> int:
    return int(stem.rpartition("_")[2])
